//! What a live stream cannot replay.

use serde::{Deserialize, Serialize};

/// `{"type":"Gap","from":5,"to":9,"otherEpoch":false}`: these events cannot be replayed. Ask for the present state of each
/// agent (`refresh`). Only live streams have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Gap {
    /// The first number that is missing.
    pub from: u64,
    /// The last number that is missing; less than `from` if none of this epoch is.
    pub to: u64,
    /// The place at which the stream was to resume is not one of the present epoch: more may be missing, and numbers
    /// cannot be compared with those of before.
    pub other_epoch: bool,
}
