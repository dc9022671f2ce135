//! What a connector of a group sees of Finesse, and when it leaves the lead to one that sees more.

use std::sync::Arc;
use std::time::Duration;

use finesse_client::Service;
use gc_group::{Lead, Sight};
use gc_session::EngineCluster;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};
use tokio_util::task::AbortOnDropHandle;

use crate::config::Membership;

/// How often it is compared with what the others see. The nodes are asked as often as `finesse.health_interval` says.
const LOOK: Duration = Duration::from_secs(1);

/// What this connector sees, compared with what the others see. Dropping it ends that.
pub(crate) struct Comparison {
    reason: watch::Receiver<Option<String>>,
    _task: AbortOnDropHandle<()>,
}

impl Comparison {
    pub(crate) fn begin(membership: Arc<Membership>, clusters: Vec<EngineCluster>) -> Self {
        let (found, reason) = watch::channel(None);
        let task = tokio::spawn(async move {
            let reason = until_another_sees_more(&membership, &clusters).await;
            found.send_replace(Some(reason));
        });
        Self { reason, _task: AbortOnDropHandle::new(task) }
    }

    /// Returns when this connector leads and is to stop, so that another one leads, and why.
    pub(crate) async fn hands_over(&self) -> String {
        match self.reason.clone().wait_for(Option::is_some).await.as_deref() {
            Ok(Some(reason)) => reason.clone(),
            _ => std::future::pending().await,
        }
    }
}

/// Lets the others know which clusters are in service here, until another one is to lead.
async fn until_another_sees_more(membership: &Membership, clusters: &[EngineCluster]) -> String {
    let (mut view, mut sight) = (membership.view(), Sight::default());
    loop {
        let serves = |cluster: &&EngineCluster| cluster.link.service().get() == Service::InService;
        let sees = clusters.iter().filter(serves).map(|cluster| cluster.binding.cluster.to_string());
        membership.publish(sees.collect());
        let better = view.read(|view| match view.lead {
            Lead::Here => sight.look(Instant::now(), membership.id(), view).cloned(),
            Lead::At(_) | Lead::Nobody => {
                sight = Sight::default();
                None
            }
        });
        if let Some(better) = better {
            match membership.hand_over().await {
                Ok(true) => return format!("{} sees clusters that this connector does not see", better.url),
                Ok(false) => tracing::info!(
                    other = better.url,
                    "another connector sees more of Finesse; the lead has moved for that lately, and stays"
                ),
                Err(error) => tracing::warn!(%error, "the lead cannot be left to a connector that sees more"),
            }
            sight = Sight::default();
        }
        sleep(LOOK).await;
    }
}
