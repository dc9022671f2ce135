//! The sources that are not Finesse, behind one trait.

use finesse_client::BoxFuture;
use gc_core::{Found, LookupError, Query};

/// Answers the queries that Finesse cannot: skill groups, supervisors, a mobile agent's port, the queues of
/// UCCX, the recorder. gc-directory implements it; tests use answers of their own.
pub trait Directory: Send + Sync {
    /// Sends a query once. The source has a deadline of its own; dropping the future cancels the query.
    fn look_up(&self, query: Query) -> BoxFuture<'_, Result<Found, LookupError>>;
}

/// No data sources: the answer to every query names the source that is missing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoDirectory;

impl Directory for NoDirectory {
    fn look_up(&self, query: Query) -> BoxFuture<'_, Result<Found, LookupError>> {
        Box::pin(async move { Err(LookupError::NotConfigured { from: query.source() }) })
    }
}
