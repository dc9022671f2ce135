//! What decides which connector leads, and what one needs of it.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use gc_environment::Watcher;
use uuid::Uuid;

use crate::{Lease, Standing, TakeoverReason, View};

/// A connector's membership in its group. [`Alone`](crate::Alone) is that of a connector without others; gc-store-postgres has one whose
/// leases are in the database.
pub trait Group: Send + Sync {
    /// What the one that leads works with, and nobody else: the store.
    type Store;

    /// This connector among the members.
    fn id(&self) -> Uuid;

    /// Who is there, and who leads: now and whenever it changes. Where that is [`Lead::Here`](crate::Lead::Here) from the start, the
    /// connector is to take the lead before it does anything else.
    fn view(&self) -> Watcher<View>;

    /// What this connector says of itself from now on.
    fn publish(&self, standing: Standing);

    /// Waits until nobody leads, and says why that is so. Dropping the future changes nothing.
    fn until_free(&self) -> BoxFuture<'_, &'static str>;

    /// Takes the lead. None: another connector was first.
    ///
    /// # Errors
    /// When nobody can take it now, or this connector cannot.
    fn lead(&self) -> BoxFuture<'_, Result<Option<Led<Self::Store>>, GroupError>>;

    /// This connector cannot use what [`lead`](Self::lead) gave, and has done nothing with it: the lead is as free as before, and it follows
    /// again. It releases what it was given after that.
    fn give_back(&self) -> BoxFuture<'_, ()>;

    /// Whether this connector may leave the lead to another one for this reason, which it then has to do: not if somebody has done so
    /// in the last [`CALM`](crate::CALM), or it does not lead.
    ///
    /// # Errors
    /// When that is not known.
    fn hand_over(&self, reason: TakeoverReason) -> BoxFuture<'_, Result<bool, GroupError>>;

    /// Leaves: the others do not see this connector any more. Whatever it led with is released before.
    fn leave(&self) -> BoxFuture<'_, ()>;
}

/// The lead, and how long it lasts.
#[derive(Clone, Debug)]
pub struct Led<S> {
    /// What to lead with.
    pub store: S,
    /// For how long, if nothing is heard of the others.
    pub lease: Lease,
}

/// Why the lead could not be taken or left.
#[derive(Clone, Debug)]
pub struct GroupError {
    /// In words, for whoever runs the connector. What the cause says is part of it.
    pub reason: String,
    /// Whether the same may succeed later, without anybody changing the configuration.
    pub may_pass: bool,
    /// The error behind it, if it is one.
    pub cause: Option<Arc<dyn Error + Send + Sync>>,
}

impl fmt::Display for GroupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl Error for GroupError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_behind_it_is_its_source() {
        let cause: Arc<dyn Error + Send + Sync> = Arc::new(std::io::Error::other("the disk is full"));
        let error =
            GroupError { reason: "no lead: the disk is full".into(), may_pass: true, cause: Some(cause) };
        assert!(error.source().is_some_and(|source| source.is::<std::io::Error>()));
        assert!(GroupError { cause: None, ..error }.source().is_none());
    }
}
