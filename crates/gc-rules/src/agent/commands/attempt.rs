//! A command's permission to use its password, and what became of that.

use gc_events::{CfCode, ErrorCode};

use crate::{Outcome, Verdict};

/// Whether a command may use its password. `asks`: Finesse is asked about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::agent) enum Attempt {
    #[default]
    None,
    Requested {
        asks: bool,
    },
    Allowed {
        asks: bool,
    },
}

impl Attempt {
    /// What became of the password, by the outcome of the command.
    pub(super) fn verdict(self, outcome: &Outcome) -> Option<Verdict> {
        const LOCKED: ErrorCode = ErrorCode::Cf(CfCode::AgentAccountLockedOut);
        Some(match (self, outcome) {
            (Self::None, _) => return None,
            (Self::Allowed { asks: true }, Outcome::Done) => Verdict::Accepted,
            (Self::Allowed { asks: false }, Outcome::Done) => Verdict::Matched,
            (
                Self::Allowed { .. },
                Outcome::Failed(ErrorCode::SubscriptionFailed | ErrorCode::Unauthorized | LOCKED),
            ) => Verdict::Refused,
            _ => Verdict::Unknown,
        })
    }

    /// The same if the session ends first. A refusal of the held password is the session's.
    pub(super) fn verdict_of_session(self, outcome: &Outcome) -> Option<Verdict> {
        match self {
            Self::Allowed { asks: true } => Some(Verdict::Unknown),
            _ => self.verdict(outcome),
        }
    }

    /// Whether the password is the held one.
    pub(super) fn is_held(self) -> bool {
        matches!(self, Self::Requested { asks: false } | Self::Allowed { asks: false })
    }
}
