//! What the database committed, against what the receivers got.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::super::{Place, Record, What};
use super::{Violation, violated};

/// What a receiver gets was committed before. What counts as delivered has come to its receiver, or was given up; no outbox counts more than
/// it has, and neither of the two goes back.
pub(super) fn commits_come_first(records: &[Record]) -> Result<(), Violation> {
    // Events that were lost with the database are the matter of another invariant.
    let mut committed: BTreeMap<&Place, Duration> = BTreeMap::new();
    for record in records {
        if let What::Appended { place, .. } = &record.what {
            committed.entry(place).or_insert(record.at);
        }
    }
    let mut there: BTreeSet<Place> = BTreeSet::new();
    let mut outboxes: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for (place, record) in records.iter().enumerate() {
        match &record.what {
            What::Posted { place: of, brief, .. } => {
                if committed.get(of).is_some_and(|at| *at > record.at) {
                    return violated(place, format!("{brief} ({of:?}) is posted before its commit"));
                }
                there.insert(of.clone());
            }
            What::GivenUp { place: of } => _ = there.insert(of.clone()),
            What::Outbox { epoch, last, delivered, client, .. } => {
                let before = outboxes.insert(epoch, (*last, *delivered)).unwrap_or_default();
                if delivered > last {
                    return violated(place, format!("{client}: {delivered} of {last} are delivered"));
                }
                if (*last, *delivered) < before || *delivered < before.1 {
                    return violated(place, format!("{client}: {last}, {delivered} come after {before:?}"));
                }
                let missing = (before.1 + 1..=*delivered).find(|n| !there.contains(&(epoch.clone(), *n)));
                if let Some(missing) = missing {
                    return violated(
                        place,
                        format!("{client}: {missing} counts as delivered and never came"),
                    );
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// An outbox is claimed by one sender after the other, and only the member of the last one moves its cursor. An event that comes again has the id that it had.
pub(super) fn one_sends_for_each_client(records: &[Record]) -> Result<(), Violation> {
    // The claim, its sender, and the member that has made it; and how far the cursor is.
    let mut claims: BTreeMap<&str, ((u64, &str), &str, u64)> = BTreeMap::new();
    let mut posted: BTreeMap<&Place, &str> = BTreeMap::new();
    for (place, record) in records.iter().enumerate() {
        let by = record.by.as_str();
        match &record.what {
            What::Outbox { epoch, client, delivered, claim: Some((number, sender)), .. } => {
                let now = (*number, sender.as_str());
                let (claim, member, cursor) = claims.entry(epoch).or_insert((now, by, *delivered));
                if now != *claim && now.0 <= claim.0 {
                    return violated(place, format!("{client} is {now:?}'s, after {claim:?}"));
                }
                if now != *claim {
                    (*claim, *member) = (now, by);
                }
                if *delivered > *cursor && *member != by {
                    return violated(
                        place,
                        format!("{by} moves {client}'s cursor, which {member} has claimed"),
                    );
                }
                *cursor = *delivered;
            }
            What::Posted { place: of, id, client, .. } => {
                let first = *posted.entry(of).or_insert(id);
                if first != id {
                    return violated(place, format!("{client}: {of:?} came as {first}, and comes as {id}"));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// A place is one event's for ever. If the database has lost an event that a receiver has, nothing is appended to its outbox any more: the client goes
/// on in a new epoch.
pub(super) fn no_number_is_used_twice(records: &[Record]) -> Result<(), Violation> {
    let mut ids: BTreeMap<&Place, &str> = BTreeMap::new();
    for (place, record) in records.iter().enumerate() {
        if let What::Appended { place: of, id, .. } = &record.what
            && let Some(other) = ids.insert(of, id)
        {
            return violated(place, format!("{of:?} was {other}, and is {id} now"));
        }
    }
    // Epochs of which something was lost, since when.
    let mut spoilt: BTreeMap<&str, usize> = BTreeMap::new();
    for (place, record) in records.iter().enumerate() {
        match &record.what {
            What::Posted { place: of, id, .. } => match ids.get(of) {
                Some(known) if known != id => {
                    return violated(place, format!("{of:?} is {known}, and comes as {id}"));
                }
                Some(_) => {}
                None => _ = spoilt.entry(&of.0).or_insert(place),
            },
            What::Appended { place: (epoch, number), .. } if spoilt.contains_key(epoch.as_str()) => {
                return violated(place, format!("{number} is appended to {epoch}, of which events are lost"));
            }
            _ => {}
        }
    }
    Ok(())
}
