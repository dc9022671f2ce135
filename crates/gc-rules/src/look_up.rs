//! The sources that are not Finesse, behind one trait.

use std::pin::Pin;

use crate::directory::{Found, LookupError, Query};

/// The answer to a query, when it comes. The same type as the boxed future of `futures`.
pub type LookUp<'a> = Pin<Box<dyn Future<Output = Result<Found, LookupError>> + Send + 'a>>;

/// Answers the queries that Finesse cannot: skill groups, supervisors, a mobile agent's port, the queues of
/// UCCX, the recorder. gc-directory implements it; tests use answers of their own.
pub trait Directory: Send + Sync {
    /// Sends a query once. The source has a deadline of its own; dropping the future cancels the query.
    fn look_up(&self, query: Query) -> LookUp<'_>;
}

/// No data sources: the answer to every query names the source that is missing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoDirectory;

impl Directory for NoDirectory {
    fn look_up(&self, query: Query) -> LookUp<'_> {
        Box::pin(async move { Err(LookupError::NotConfigured { from: query.source() }) })
    }
}
