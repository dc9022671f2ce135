//! The history of a group: who has taken the lead, from whom, and why.

use std::time::{Duration, SystemTime};

use uuid::Uuid;

/// So many takeovers are remembered; older ones are forgotten.
pub const TAKEOVERS: usize = 100;

/// A connector has taken the lead.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Takeover {
    /// When, by the store's clock.
    pub at: SystemTime,
    /// Who leads from then on.
    pub to: Origin,
    /// Who led before; none: nobody, or that is not noted.
    pub from: Option<Origin>,
    /// Why the lead was free.
    pub reason: TakeoverReason,
    /// How long nobody led: since the last one has let go of the lead, or since its last sign of life, by the store's clock. None: that is
    /// not noted.
    pub vacant: Option<Duration>,
}

/// Which connector it was.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Origin {
    /// Its id, which was new with the start of its process.
    pub id: Uuid,
    /// Where the others reached it; none: it was in no group.
    pub url: Option<String>,
}

/// Why the lead was free.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum TakeoverReason {
    /// Nobody had led before.
    First,
    /// The last one has not renewed its lease: it has died, or hung, or not reached the store.
    LeaseOver,
    /// The last one was stopped.
    Left,
    /// The last one has left the lead to a connector that saw more of the contact centre.
    SawLess,
    /// The last one has left the lead because the others could not reach it.
    Unreachable,
    /// It is not noted: somebody has freed the store by hand, or it has lost what it had acknowledged, or an older version had it.
    Unknown,
    /// One that this version does not know.
    Other(String),
}

impl TakeoverReason {
    /// All that this version knows.
    const KNOWN: [Self; 6] =
        [Self::First, Self::LeaseOver, Self::Left, Self::SawLess, Self::Unreachable, Self::Unknown];

    /// The name by which stores keep it, and people read it, such as `lease_over`.
    pub fn name(&self) -> &str {
        match self {
            Self::First => "first",
            Self::LeaseOver => "lease_over",
            Self::Left => "left",
            Self::SawLess => "saw_less",
            Self::Unreachable => "unreachable",
            Self::Unknown => "unknown",
            Self::Other(name) => name,
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Self {
        let known = Self::KNOWN.into_iter().find(|known| known.name() == name);
        known.unwrap_or_else(|| Self::Other(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_is_read_as_it_was_written() {
        for reason in
            TakeoverReason::KNOWN.into_iter().chain([TakeoverReason::Other("of_tomorrow".to_owned())])
        {
            assert_eq!(TakeoverReason::named(reason.name()), reason);
        }
    }
}
