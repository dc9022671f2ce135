//! The randomness of a run.

use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::plan::FaultPlan;

/// Each part of a run has dice of its own, so that a change in one does not change the choices of the others.
#[derive(Clone, Copy)]
pub(crate) enum Dice {
    Product,
    Simulator,
    Net,
    Players,
    Faults,
    Openings,
    Receivers,
    Disk,
    Crashes,
    DiskFaults,
    Trouble,
    Takeovers,
}

impl FaultPlan {
    pub(crate) fn dice(&self, part: Dice) -> StdRng {
        StdRng::seed_from_u64(self.dice_seed(part))
    }

    pub(super) fn dice_seed(&self, part: Dice) -> u64 {
        self.seed.wrapping_mul(16).wrapping_add(1 + part as u64)
    }
}
