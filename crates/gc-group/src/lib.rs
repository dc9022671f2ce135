#![doc = include_str!("../README.md")]

use uuid::Uuid;

/// One connector of a group.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Member {
    /// New with each start of its process.
    pub id: Uuid,
    /// Where the others reach it, such as `https://gc-2.example:8114`.
    pub url: String,
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
    /// All members that live, this one too, in the order of their ids.
    pub members: Vec<Member>,
}

impl View {
    /// That of a connector that shares its store with nobody.
    pub fn alone() -> Self {
        Self { lead: Lead::Here, members: Vec::new() }
    }
}
