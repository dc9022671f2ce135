//! What a connector needs of Finesse.

use std::collections::BTreeMap;
use std::time::Duration;

use finesse_types::{Answer, Failure, Request, SystemInfo, Token};
use futures_util::future::BoxFuture;
use thiserror::Error;
use tokio::time::Instant;

use crate::notifications::{NotificationStream, StreamError};
use finesse_types::Credentials;
use gc_environment::{Watched, Watcher};
use gc_measure::Histogram;

/// What a connector needs of a Finesse cluster. Dropping a future gives its request up.
pub trait Link: Send + Sync + 'static {
    /// Asks, as this user, within a deadline. Requests in a second are limited, and those that are waited for go first. `request_id` comes back in the notifications that a write causes.
    /// A write that may have been sent is never sent again: see [`Failure::may_have_arrived`].
    fn request<'a>(
        &'a self,
        credentials: &'a Credentials,
        request: Request,
        request_id: String,
        priority: Priority,
    ) -> BoxFuture<'a, Result<Answer, Failure>>;

    /// Asks the token service, once, for another token in place of the one in these credentials. A link without such a
    /// service fails.
    fn renew_token<'a>(&'a self, _credentials: &'a Credentials) -> BoxFuture<'a, Result<Token, Failure>> {
        Box::pin(async { Err(no_token_service()) })
    }

    /// The address of the token service, for the log.
    fn token_service(&self) -> Option<&str> {
        None
    }

    /// Opens the user's notification stream at the user's node in service. When the user belongs to another node, the stream ends,
    /// or is to be left while its node still serves ([`Notification::Leaving`](crate::Notification::Leaving)). It is handed out when nothing can be missed any more: notifications flow, and Finesse is
    /// there. Logins at once are limited; those that have been without a stream longest (`since`) go first, and
    /// the wait for one's turn has no deadline. One attempt: who wants another asks again, and never after
    /// [`StreamError::is_refused`].
    fn open_stream<'a>(
        &'a self,
        credentials: &'a Credentials,
        resource: &'a str,
        since: Instant,
        priority: Priority,
    ) -> BoxFuture<'a, Result<NotificationStream, StreamError>>;

    /// Whether any node serves. Watchers are woken once per change.
    fn service(&self) -> Watcher<Service>;

    /// What the current node last said about itself.
    fn system_info(&self) -> Option<SystemInfo>;

    /// What was measured since the start.
    fn measures(&self) -> LinkMeasures {
        LinkMeasures::default()
    }

    /// Moves the user to this node (host and port), or to the other one, if that is in service: requests go there from now on, and an open stream is to be left
    /// ([`Notification::Leaving`](crate::Notification::Leaving)). Returns the node's name (host and port). The user stays there while that node serves and is not
    /// in maintenance, or the other one is not better.
    ///
    /// # Errors
    /// When there is no other node, or none of this name, or it does not serve, or is in maintenance and the present one is not; then nothing changes. A user who is
    /// at the named node already stays there, which is no error: the same request twice does what one does.
    fn move_user(&self, _user: &str, _to: Option<&str>) -> Result<String, MoveError> {
        Err(MoveError::OnlyNode)
    }
}

/// Who wants something of Finesse.
#[derive(Clone, Debug)]
pub enum Priority {
    /// Somebody who waits for the outcome of a command.
    WaitedFor,
    /// Nobody in particular: what has changed meanwhile is read, or a lost stream is opened again. Once the value is true, somebody
    /// waits for it: while it has not begun, it goes before what nobody waits for.
    Background(Watcher<bool>),
}

impl Priority {
    /// Nobody will wait for it.
    pub fn background() -> Self {
        Self::Background(Watched::new(false).watch())
    }

    /// Whether somebody waits for it now.
    pub fn is_waited_for(&self) -> bool {
        match self {
            Self::WaitedFor => true,
            Self::Background(waited_for) => waited_for.peek(),
        }
    }
}

/// What becomes of the renewal of a token where nothing renews it.
pub(crate) fn no_token_service() -> Failure {
    Failure::Unreachable { sent: false, reason: "there is no token service".to_owned() }
}

/// Why a user cannot be moved to another node.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum MoveError {
    /// There is no other one.
    #[error("the cluster has one node only")]
    OnlyNode,
    /// There is none of this name.
    #[error("the cluster has no node {node}; they are named as /admin/clusters shows them")]
    Unknown {
        /// What was asked for.
        node: String,
    },
    /// The other one does not serve.
    #[error("the other node, {node}, is not in service{}", because(.reason))]
    OutOfService {
        /// Host and port.
        node: String,
        /// Why, as far as it is known.
        reason: Option<String>,
    },
    /// The other one is to be left by its users.
    #[error("the other node, {node}, is in maintenance")]
    InMaintenance {
        /// Host and port.
        node: String,
    },
}

fn because(reason: &Option<String>) -> String {
    reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default()
}

/// What a link has measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LinkMeasures {
    /// The nodes, in the configured order.
    pub nodes: Vec<NodeMeasures>,
    /// How long attempts took, by operation ([`Request::operation`]) and outcome: `ok`, [`Failure::kind`], or `no_turn` for what waited behind others until its time was over.
    pub requests: BTreeMap<(&'static str, &'static str), Histogram>,
}

/// A node as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeMeasures {
    /// Host and port.
    pub name: String,
    /// Whether its last health check found it in service; `None` before the first one.
    pub in_service: Option<bool>,
    /// Whether that check found it in maintenance: in service, and its operator waits until its users have left it.
    pub in_maintenance: bool,
    /// Why it is not in service.
    pub reason: Option<String>,
    /// How long it has been in service, or out of it; `None` before the first check.
    pub age: Option<Duration>,
    /// What carried notifications there last, in one word; `None` before the first login.
    pub transport: Option<&'static str>,
    /// Whether new requests and streams go there, except those of users who were moved.
    pub is_current: bool,
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
