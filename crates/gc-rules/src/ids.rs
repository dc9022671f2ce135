//! The numbers of requests.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The number of a request to Finesse or a query to another source, unique within its agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AskId(pub(crate) u64);

impl fmt::Display for AskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
