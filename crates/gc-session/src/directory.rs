//! The sources that are not Finesse, behind one trait.

use finesse_client::BoxFuture;
use gc_core::{Found, LookupError, Query};

/// Answers questions that Finesse cannot: skill groups, supervisors, a mobile agent's port, the queues of
/// UCCX, the recorder. gc-directory has the real sources; a test stands its own answers here.
pub trait Directory: Send + Sync {
    /// Asks once. The answer comes within the source's own deadline; dropping the future gives the question
    /// up.
    fn look_up(&self, query: Query) -> BoxFuture<'_, Result<Found, LookupError>>;
}

/// No sources at all: every question is answered by what is missing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoDirectory;

impl Directory for NoDirectory {
    fn look_up(&self, query: Query) -> BoxFuture<'_, Result<Found, LookupError>> {
        Box::pin(async move { Err(LookupError::NotConfigured { from: query.source() }) })
    }
}
