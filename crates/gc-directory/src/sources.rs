//! All sources, behind one trait.

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use gc_rules::{Directory, Found, LookupError, Query, Source};

use crate::axl::Axl;
use crate::cce::Cce;
use crate::ccx::HttpQueues;
use crate::http::Clients;
use crate::recorder::{Recorder, Recording};
use crate::{Config, QueueSource, SourceFaults};

/// The configured sources.
#[derive(Default)]
pub struct Sources {
    cce: Option<Cce>,
    axl: Option<Axl>,
    ccx: Option<Arc<dyn QueueSource>>,
    recorder: Option<Recorder>,
}

impl Sources {
    /// The sources of this configuration. This sends no requests.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn new(config: &Config) -> Result<Self, SourceFaults> {
        let (mut clients, mut faults) = (Clients::default(), SourceFaults::default());
        let Config { cce, axl, ccx, recorder } = config;
        let cce = cce.as_ref().and_then(|cce| faults.keep_all(Cce::new(cce, &mut clients)));
        let axl = axl.as_ref().and_then(|axl| faults.keep_all(Axl::new(axl, &mut clients)));
        let ccx = ccx.as_ref().and_then(|ccx| faults.keep_all(HttpQueues::new(ccx, &mut clients)));
        let ccx = ccx.map(|queues| -> Arc<dyn QueueSource> { Arc::new(queues) });
        let recorder =
            recorder.as_ref().and_then(|recorder| faults.keep_all(Recorder::new(recorder, &mut clients)));
        faults.or(Some(Self { cce, axl, ccx, recorder }))
    }

    /// The same sources with another source for UCCX's queues.
    #[must_use]
    pub fn with_queue_source(mut self, queues: Arc<dyn QueueSource>) -> Self {
        self.ccx = Some(queues);
        self
    }

    async fn answer(&self, query: Query) -> Result<Found, LookupError> {
        match query {
            Query::SkillGroups(range) => configured(&self.cce, Source::CceConfiguration)?
                .skill_groups(range)
                .await
                .map(Found::SkillGroups),
            Query::Supervisors => {
                configured(&self.cce, Source::CceConfiguration)?.supervisors().await.map(Found::Supervisors)
            }
            Query::AgentExtension { number } => {
                configured(&self.axl, Source::Axl)?.agent_extension(&number).await.map(Found::AgentExtension)
            }
            Query::QueueStatistics => {
                configured(&self.ccx, Source::CcxStatistics)?.queues().await.map(Found::QueueStatistics)
            }
            Query::Recording { action, agent_id, extension, dialog_id } => {
                let recording = Recording {
                    action,
                    agent_id: &agent_id,
                    extension: &extension,
                    dialog_id: dialog_id.as_deref(),
                };
                configured(&self.recorder, Source::Recorder)?.record(&recording).await.map(Found::Recording)
            }
        }
    }
}

fn configured<T>(source: &Option<T>, from: Source) -> Result<&T, LookupError> {
    source.as_ref().ok_or(LookupError::NotConfigured { from })
}

impl Directory for Sources {
    fn look_up(&self, query: Query) -> BoxFuture<'_, Result<Found, LookupError>> {
        Box::pin(async move {
            let found = self.answer(query).await;
            if let Err(error) = &found {
                match error {
                    LookupError::NotConfigured { .. } | LookupError::NotFound { .. } => {
                        tracing::debug!(%error, "a query has no result");
                    }
                    LookupError::Unreachable { reason, .. } => {
                        tracing::warn!(%error, reason, "a source failed");
                    }
                    _ => tracing::warn!(%error, "a source failed"),
                }
            }
            found
        })
    }
}

/// Shows only which sources are configured: everything else is URLs and secrets.
impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sources")
            .field("cce", &self.cce.is_some())
            .field("axl", &self.axl.is_some())
            .field("ccx", &self.ccx.is_some())
            .field("recorder", &self.recorder.is_some())
            .finish()
    }
}
