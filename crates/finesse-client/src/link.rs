//! What a connector needs of Finesse.

use finesse_types::{Answer, Failure, Request, SystemInfo};
use futures_util::future::BoxFuture;
use tokio::time::Instant;

use crate::notifications::{NotificationStream, StreamError};
use finesse_types::Credentials;
use gc_environment::Watcher;

/// What a connector needs of a Finesse cluster. Dropping a future gives its request up.
pub trait Link: Send + Sync + 'static {
    /// Asks, as this user, within a deadline. `request_id` comes back in the notifications that a write causes.
    /// A write that may have been sent is never sent again: see [`Failure::may_have_arrived`].
    fn request<'a>(
        &'a self,
        credentials: &'a Credentials,
        request: Request,
        request_id: String,
    ) -> BoxFuture<'a, Result<Answer, Failure>>;

    /// Opens the user's notification stream at the node in service; it ends when another node takes that
    /// one's place. It is handed out when nothing can be missed any more: notifications flow, and Finesse is
    /// there. Logins at once are limited; those that have been without a stream longest (`since`) go first, and
    /// the wait for one's turn has no deadline. One attempt: who wants another asks again, and never after
    /// [`StreamError::is_refused`].
    fn open_stream<'a>(
        &'a self,
        credentials: &'a Credentials,
        resource: &'a str,
        since: Instant,
    ) -> BoxFuture<'a, Result<NotificationStream, StreamError>>;

    /// Whether any node serves. Watchers are woken once per change.
    fn service(&self) -> Watcher<Service>;

    /// What the current node last said about itself.
    fn system_info(&self) -> Option<SystemInfo>;
}

/// Whether a cluster serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// No node has been checked yet.
    Unknown,
    /// A node serves.
    InService,
    /// No node does.
    OutOfService,
}
