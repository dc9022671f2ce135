#![doc = include_str!("../README.md")]
//!
//! Of other crates its interface shows `uuid` and tokio's `Instant`.

mod lease;
mod sight;
mod twin;

use std::{collections::BTreeSet, time::SystemTime};

use uuid::Uuid;

pub use lease::{Lease, MARGIN, RENEWAL, TTL};
pub use sight::{BLIND, CALM, Sight};
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
    /// The clusters that it sees in service, by their names.
    pub sees: BTreeSet<String>,
}

impl Member {
    /// One that joins now, and has seen nothing yet; as long as the store does not say when that was, it is 1970.
    pub fn new(id: Uuid, url: impl Into<String>, version: impl Into<String>) -> Self {
        let (url, version, sees) = (url.into(), version.into(), BTreeSet::new());
        Self { id, url, version, started: SystemTime::UNIX_EPOCH, sees }
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
}

impl View {
    /// That of a connector that shares its store with nobody.
    pub fn alone() -> Self {
        Self { lead: Lead::Here, since: None, members: Vec::new() }
    }

    /// That of a connector that knows of nobody.
    pub fn unknown() -> Self {
        Self { lead: Lead::Nobody, since: None, members: Vec::new() }
    }
}
