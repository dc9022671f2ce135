//! What a connector needs of Finesse.

use std::collections::BTreeMap;

use finesse_types::{Answer, Failure, Request, SystemInfo};
use futures_util::future::BoxFuture;
use tokio::time::Instant;

use crate::notifications::{NotificationStream, StreamError};
use finesse_types::Credentials;
use gc_environment::Watcher;
use gc_measure::Histogram;

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

    /// Opens the user's notification stream at the node in service; when another node takes that one's place it ends, or is
    /// to be left while its node still serves ([`Notification::Leaving`](crate::Notification::Leaving)). It is handed out when nothing can be missed any more: notifications flow, and Finesse is
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

    /// What was measured since the start.
    fn measures(&self) -> LinkMeasures {
        LinkMeasures::default()
    }
}

/// What a link has measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LinkMeasures {
    /// The nodes, in the configured order.
    pub nodes: Vec<NodeMeasures>,
    /// How long attempts took, by operation ([`Request::operation`]) and outcome: `ok`, or [`Failure::kind`].
    pub requests: BTreeMap<(&'static str, &'static str), Histogram>,
}

/// A node as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeMeasures {
    /// Host and port.
    pub name: String,
    /// Whether its last health check found it in service; `None` before the first one.
    pub in_service: Option<bool>,
    /// Whether that check found it in maintenance.
    pub in_maintenance: bool,
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
