#![doc = include_str!("../README.md")]
//!
//! Begin with [`Group`] and the [`View`] that it gives; [`Alone`] is the group of a connector without others. [`Lease`], [`Sight`] and
//! [`Takeover`] are the rules.
//!
//! Of other crates its interface shows `gc-environment`'s `Watcher`, `uuid`, tokio's `Instant` and the boxed future of `futures`.

mod alone;
mod group;
mod lease;
mod pulse;
mod sight;
mod takeover;
mod twin;

use std::{collections::BTreeSet, sync::Arc, time::SystemTime};

use uuid::Uuid;

pub use alone::Alone;
pub use group::{Group, GroupError, Led};
pub use lease::{Lease, MARGIN, RENEWAL, TTL};
pub use pulse::{Life, Pulse};
pub use sight::{BLIND, CALM, Sight};
pub use takeover::{Origin, TAKEOVERS, Takeover, TakeoverReason};
pub use twin::Twin;

/// One connector of a group.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Member {
    /// New with each start of its process.
    pub id: Uuid,
    /// Where the others reach it, such as `https://gc-2.example:8114`.
    pub url: String,
    /// The version of its program.
    pub version: String,
    /// When it joined, by the store's clock.
    pub started: SystemTime,
    /// Until when its lease lasts, by the store's clock: then the others count it as gone, and one of them leads, if it did.
    pub expires: SystemTime,
    /// What it says of itself.
    pub standing: Standing,
}

/// What a connector says of itself to the others.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Standing {
    /// The clusters that it sees in service, by their names.
    pub sees: BTreeSet<String>,
    /// Whether the others cannot reach it, because its certificate is not valid now.
    pub is_unreachable: bool,
    /// How many agents have a session there: none, unless it leads.
    pub sessions: u64,
}

impl Member {
    /// One that joins now, and has seen nothing yet; as long as the store does not say when that was, it is 1970.
    pub fn new(id: Uuid, url: impl Into<String>, version: impl Into<String>) -> Self {
        let (url, version, unknown) = (url.into(), version.into(), SystemTime::UNIX_EPOCH);
        Self { id, url, version, started: unknown, expires: unknown, standing: Standing::default() }
    }
}

/// Who leads.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Lead {
    /// This connector.
    Here,
    /// Another one.
    At(Member),
    /// Nobody, as far as this connector knows: the one that led has gone, or the store cannot be asked.
    Nobody,
}

impl Lead {
    /// Where to pass requests on to, if another connector leads.
    pub fn url(&self) -> Option<&str> {
        match self {
            Self::At(member) => Some(&member.url),
            Self::Here | Self::Nobody => None,
        }
    }
}

/// What a connector knows of its group.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct View {
    /// Who leads.
    pub lead: Lead,
    /// Since when, by the store's clock, if somebody leads.
    pub since: Option<SystemTime>,
    /// All members that live, this one too, in the order of their ids.
    pub members: Vec<Member>,
    /// The last [`TAKEOVERS`], the newest first.
    pub takeovers: Arc<[Takeover]>,
}

impl View {
    /// That of a connector that shares its store with nobody.
    pub fn alone() -> Self {
        Self { lead: Lead::Here, ..Self::unknown() }
    }

    /// Which one leads, as far as this connector knows: `own` if it does itself.
    pub fn leader(&self, own: Uuid) -> Option<Uuid> {
        match &self.lead {
            Lead::Here => Some(own),
            Lead::At(member) => Some(member.id),
            Lead::Nobody => None,
        }
    }

    /// That of a connector that knows of nobody.
    pub fn unknown() -> Self {
        Self { lead: Lead::Nobody, since: None, members: Vec::new(), takeovers: Arc::default() }
    }
}
