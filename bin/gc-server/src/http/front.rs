//! What a listener needs before it knows what a request is for: who calls, within which limits, and how a refusal is worded.

use std::ops::Deref;
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

/// What every listener works with, whether this connector leads or follows. Each request takes several copies.
#[derive(Clone)]
pub(crate) struct Front(Arc<FrontParts>);

#[derive(Clone)]
pub(crate) struct FrontParts {
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

impl From<FrontParts> for Front {
    fn from(parts: FrontParts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for Front {
    type Target = FrontParts;

    fn deref(&self) -> &FrontParts {
        &self.0
    }
}

impl Front {
    /// The same, which counts refusals for the clients of this delivery.
    pub(crate) fn counting_for(&self, delivery: &Arc<Delivery>) -> Self {
        Self::from(FrontParts { counted: Some(Arc::clone(delivery)), ..FrontParts::clone(self) })
    }
}
