//! Why Finesse is read again.

use crate::CommandId;

/// Why Finesse is read again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::agent) enum ReadFor {
    /// Notifications may have been missed.
    Resync,
    /// The stream has moved to another node, as planned. Nothing should be missing, and it is made sure.
    Moved,
    /// Whether the agent was put back as it was before the link was lost.
    Recovery,
    /// A command needs it, for a full report or to be decided.
    Command(CommandId),
}

impl ReadFor {
    /// Whether it has to be tried again until Finesse was read.
    pub(in crate::agent) fn is_resync(&self) -> bool {
        matches!(self, Self::Resync | Self::Moved)
    }

    /// In one word; for statistics.
    pub(in crate::agent) fn cause(&self) -> &'static str {
        match self {
            Self::Resync => "missed",
            Self::Moved => "moved",
            Self::Recovery => "recovery",
            Self::Command(_) => "command",
        }
    }
}

/// The commands among the purposes.
pub(in crate::agent) fn commands_of(purposes: &[ReadFor]) -> impl Iterator<Item = &CommandId> {
    purposes.iter().filter_map(|purpose| match purpose {
        ReadFor::Command(id) => Some(id),
        ReadFor::Resync | ReadFor::Moved | ReadFor::Recovery => None,
    })
}
