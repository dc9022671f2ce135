//! What a listener needs before it knows what a request is for: who calls, within which limits, and how a refusal is worded.

use std::sync::Arc;
use std::time::Duration;

use gc_access::Authenticator;
use gc_delivery::Delivery;
use gc_environment::Watcher;
use gc_events::Dialect;
use gc_group::View;
use tokio::sync::watch;
use tokio::time::Instant;
use uuid::Uuid;

use super::{Audit, Browsers, Limits};

/// What every listener works with, whether this connector leads or follows.
#[derive(Clone)]
pub(crate) struct Front {
    /// In which answers are written.
    pub(crate) dialect: Dialect,
    /// Who is known; changes when the clients are reloaded.
    pub(crate) clients: watch::Receiver<Arc<dyn Authenticator>>,
    pub(crate) audit: Audit,
    pub(crate) browsers: Arc<Browsers>,
    pub(crate) limits: Arc<Limits>,
    /// Whose refusals are counted for each client. None: the one that leads counts them.
    pub(crate) counted: Option<Arc<Delivery>>,
    /// What this connector knows of its group.
    pub(crate) view: Watcher<View>,
    /// Which one of its group it is.
    pub(crate) member: Uuid,
    pub(crate) max_body_bytes: usize,
    pub(crate) request_timeout: Duration,
    pub(crate) started: Instant,
}
