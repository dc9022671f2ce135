//! What happened in a run, by whom and when, and whether the nine invariants of several connectors on one database held. Nothing is decided while
//! the run goes on: what was seen at four places is put together afterwards, and looked at as a whole.
//!
//! - `recorder`: what the test itself sees, while it happens;
//! - `database`: what was committed, written down by triggers in the same transactions, with the time of the commit;
//! - `tap`: what a member asks Finesse for, on the way there; `process_of`: which member a callback comes from;
//! - `invariants`: one function for each.

pub(crate) mod database;
mod invariants;
mod process_of;
mod recorder;
pub(crate) mod tap;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

pub(crate) use recorder::Recorder;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// Since 1970, by the clock of the machine, which all have in common.
    pub(crate) at: Duration,
    /// The member, or who else did it.
    pub(crate) by: String,
    pub(crate) what: What,
}

/// Where an event stands: the epoch of its outbox, and its number there.
pub(crate) type Place = (String, u64);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    // Committed.
    /// The member has this id in the store.
    Joined {
        id: String,
    },
    /// Who holds the store now, and until when. It stands first in each transaction that writes.
    Held(Hold),
    /// An event has its place.
    Appended {
        place: Place,
        id: String,
        command: Option<String>,
        agent: Option<String>,
        brief: String,
    },
    /// How far an outbox is: the last number, up to where all are delivered, and who delivers.
    Outbox {
        client: String,
        epoch: String,
        last: u64,
        delivered: u64,
        claim: Option<(u64, String)>,
    },
    GivenUp {
        place: Place,
    },
    CommandOpened {
        id: String,
    },
    CommandEnded {
        id: String,
    },
    SessionOver {
        agent: String,
    },

    // Seen by the receivers and the clients.
    Posted {
        client: String,
        place: Place,
        id: String,
        brief: String,
    },
    /// A command was answered with 202.
    Accepted {
        id: String,
        command: String,
    },

    // Seen on the way to Finesse.
    Requested {
        user: String,
        request: String,
    },
    /// A connection for notifications; the user is not known yet.
    StreamAsked {
        connection: u64,
    },
    StreamOpened {
        connection: u64,
        user: String,
    },
    StreamEnded {
        connection: u64,
        user: String,
        by_conflict: bool,
    },

    // Done by the test.
    Fault(String),
    Sleeps,
    Wakes,
    Died,
}

/// The row of the store after a change, and what it was before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hold {
    pub(crate) holder: Option<String>,
    pub(crate) until: Duration,
    pub(crate) commits: u64,
    pub(crate) before: Option<String>,
    pub(crate) until_before: Duration,
}

/// All of it, in order.
#[derive(Debug, Default)]
pub(crate) struct History {
    records: Vec<Record>,
}

/// So many records before and behind one that is wrong are shown.
const AROUND: usize = 15;

impl History {
    /// What several have seen. Of records of one time those keep their order that come from one of them.
    pub(crate) fn of(records: impl IntoIterator<Item = Record>) -> Self {
        let mut records: Vec<_> = records.into_iter().collect();
        records.sort_by_key(|record| record.at);
        Self { records }
    }

    /// The first violation of each invariant, with what happened around it; empty when all hold.
    pub(crate) fn violations(&self) -> String {
        let mut text = String::new();
        for (name, holds) in invariants::ALL {
            if let Err(violation) = holds(&self.records) {
                _ = writeln!(text, "{name}: {}\n{}", violation.says, self.around(violation.place));
            }
        }
        text
    }

    fn around(&self, place: usize) -> String {
        let (from, to) = (place.saturating_sub(AROUND), (place + AROUND + 1).min(self.records.len()));
        let begun = self.records.first().map_or(Duration::ZERO, |record| record.at);
        let line = |number: usize| {
            let Record { at, by, what } = &self.records[number];
            let mark = if number == place { '>' } else { ' ' };
            format!("{mark} {:>12.6} s  {by}: {what:?}\n", at.saturating_sub(begun).as_secs_f64())
        };
        (from..to).map(line).collect()
    }

    /// How much was seen of each kind.
    pub(crate) fn counts(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for record in &self.records {
            *counts.entry(record.what.kind()).or_default() += 1;
        }
        counts
    }
}

impl What {
    fn kind(&self) -> &'static str {
        match self {
            Self::Joined { .. } => "joined",
            Self::Held(hold) if hold.holder.is_some() && hold.holder != hold.before => "leads taken",
            Self::Held(_) => "leases renewed",
            Self::Appended { .. } => "appended",
            Self::Outbox { .. } => "outboxes",
            Self::GivenUp { .. } => "given up",
            Self::CommandOpened { .. } => "commands opened",
            Self::CommandEnded { .. } => "commands ended",
            Self::SessionOver { .. } => "sessions over",
            Self::Posted { .. } => "posted",
            Self::Accepted { .. } => "commands accepted",
            Self::Requested { .. } => "requests",
            Self::StreamAsked { .. } => "streams asked for",
            Self::StreamOpened { .. } => "streams opened",
            Self::StreamEnded { by_conflict: true, .. } => "conflicts",
            Self::StreamEnded { .. } => "streams ended",
            Self::Fault(_) => "faults",
            Self::Sleeps | Self::Wakes | Self::Died => "members",
        }
    }
}

fn since_1970(at: SystemTime) -> Duration {
    at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}
