//! How well a node can be used, and which one is used.

use finesse_types::{SystemInfo, SystemStatus};

/// How well a node can be used; what is better is greater.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    /// It does not serve, or nobody knows yet.
    #[default]
    Gone,
    /// It serves, and its operator waits until its users have left it.
    Maintained,
    /// It serves.
    Serves,
}

impl Standing {
    /// By what the node says about itself.
    pub(crate) fn of(info: &SystemInfo) -> Self {
        match info.status == SystemStatus::InService {
            false => Self::Gone,
            true if info.finesse_maintenance.is_on() || info.cti_maintenance.is_on() => Self::Maintained,
            true => Self::Serves,
        }
    }

    pub(crate) fn is_in_service(self) -> bool {
        self != Self::Gone
    }
}

/// The node to use: the current one while no other is better, else the first of the best; none if none serves.
pub(crate) fn choose(current: usize, standings: &[Standing]) -> Option<usize> {
    let best = standings.iter().copied().max().filter(|best| best.is_in_service())?;
    if standings.get(current) == Some(&best) {
        return Some(current);
    }
    standings.iter().position(|standing| *standing == best)
}
