//! What members did that no fence stops, against their leases.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::super::{Record, What};
use super::{Violation, violated};

/// As long Finesse waits for a stream before it acts.
const PRESENCE: Duration = Duration::from_secs(60);
/// A leader that stops closes its streams so long before its last commit at most.
const STOPPING: Duration = Duration::from_secs(5);

/// Until when each member leads, as far as it knows itself: the end of the lease that it has written last. Until then nobody else is let in; a member's own
/// clock ends earlier, by a margin that is as much as a record may be late.
#[derive(Default)]
struct Leases<'a> {
    ids: BTreeMap<&'a str, &'a str>,
    until: BTreeMap<&'a str, Duration>,
}

impl<'a> Leases<'a> {
    fn takes_in(&mut self, record: &'a Record) {
        match &record.what {
            What::Joined { id } => _ = self.ids.insert(id, &record.by),
            What::Held(hold) => match hold.holder.as_deref() {
                Some(holder) if self.ids.get(holder) == Some(&record.by.as_str()) => {
                    self.until.insert(&record.by, hold.until);
                }
                // Given back.
                None if self.until.contains_key(record.by.as_str()) => {
                    self.until.insert(&record.by, record.at);
                }
                _ => {}
            },
            _ => {}
        }
    }

    /// For how long the member has not led any more. None: it leads.
    fn over(&self, member: &str, now: Duration) -> Option<Duration> {
        let until = self.until.get(member).copied().unwrap_or_default();
        (now > until).then(|| now.saturating_sub(until))
    }
}

/// After the end of its lease a member posts nothing, asks Finesse for nothing about any user, and opens no stream. Unless it sleeps, it has closed its streams by
/// then.
pub(super) fn nobody_acts_after_its_lease(records: &[Record]) -> Result<(), Violation> {
    let mut leases = Leases::default();
    let (mut open, mut asleep) = (BTreeMap::new(), BTreeSet::new());
    let members = records.iter().filter_map(|record| match &record.what {
        What::Joined { .. } => Some(record.by.as_str()),
        _ => None,
    });
    let members: BTreeSet<&str> = members.collect();
    for (place, record) in records.iter().enumerate() {
        leases.takes_in(record);
        let by = record.by.as_str();
        match &record.what {
            What::Sleeps | What::Died => _ = asleep.insert(by),
            // Now it ends what it has open.
            What::Wakes => {
                asleep.remove(by);
                open.retain(|(member, _), _| *member != by);
            }
            What::StreamEnded { connection, .. } => _ = open.remove(&(by, *connection)),
            _ => {}
        }
        let is_act = matches!(
            &record.what,
            What::Posted { .. }
                | What::Requested { .. }
                | What::StreamAsked { .. }
                | What::StreamOpened { .. }
        );
        if is_act && members.contains(by) {
            if let Some(over) = leases.over(by, record.at) {
                return violated(place, format!("{by} acts {over:?} after the end of its lease"));
            }
            if let What::StreamOpened { connection, user } = &record.what {
                open.insert((by, *connection), user);
            }
        }
        let late = open
            .iter()
            .find(|((member, _), _)| !asleep.contains(member) && leases.over(member, record.at).is_some());
        if let Some(((member, _), user)) = late {
            return violated(place, format!("{member} still has {user}'s stream, and no lease"));
        }
    }
    Ok(())
}

/// Once another member has opened a user's stream, the one that had it opens none for this user. Nor does it report the user as signed out because its own
/// stream died by that.
pub(super) fn what_was_taken_over_is_not_taken_back(records: &[Record]) -> Result<(), Violation> {
    // Who has each user's stream, and who has had it before.
    let mut owners: BTreeMap<&str, (&str, BTreeSet<&str>)> = BTreeMap::new();
    for (place, record) in records.iter().enumerate() {
        let by = record.by.as_str();
        match &record.what {
            What::StreamOpened { user, .. } => {
                let (owner, before) = owners.entry(user).or_insert((by, BTreeSet::new()));
                if before.contains(by) {
                    return violated(place, format!("{by} takes {user}'s stream back from {owner}"));
                }
                if *owner != by {
                    before.insert(owner);
                    *owner = by;
                }
            }
            What::Appended { agent: Some(agent), brief, .. } => {
                let lost = owners.get(agent.as_str()).is_some_and(|(_, before)| before.contains(by));
                if lost && matches!(brief.as_str(), "State LOGOUT" | "State RE_LOGIN") {
                    return violated(place, format!("{by} has lost {agent}'s stream, and reports {brief}"));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whoever had a stream at the member that led has one at the next within 60 s, counted from the end of the old one, unless the session was over.
pub(super) fn streams_are_back_in_time(records: &[Record]) -> Result<(), Violation> {
    let Some(end) = records.last().map(|last| last.at) else { return Ok(()) };
    // When each member has committed last, or renewed its lease.
    let mut alive: BTreeMap<&str, Duration> = BTreeMap::new();
    let committed = records.iter().filter(|record| matches!(record.what, What::Held(_)));
    committed.for_each(|record| _ = alive.insert(&record.by, record.at));
    for (place, record) in records.iter().enumerate() {
        let What::StreamEnded { user, .. } = &record.what else { continue };
        let is_last = |alive: &Duration| record.at + STOPPING > *alive;
        if !alive.get(record.by.as_str()).is_some_and(is_last) {
            continue;
        }
        let is_back = |later: &Record| match &later.what {
            What::StreamOpened { user: of, .. } => of == user,
            What::SessionOver { agent } => agent == user,
            _ => false,
        };
        // The next member may have opened it before.
        let has_moved = records[..place].iter().rev().find_map(|earlier| match &earlier.what {
            What::StreamOpened { user: of, .. } if of == user => Some(earlier.by != record.by),
            _ => None,
        });
        let until = record.at + PRESENCE;
        let mut later = records[place + 1..].iter().take_while(|later| later.at <= until);
        if has_moved != Some(true) && until <= end && !later.any(is_back) {
            return violated(place, format!("{user} has no stream for 60 s"));
        }
    }
    Ok(())
}
