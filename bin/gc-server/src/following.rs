//! A connector that follows, until it leads.

use std::sync::Arc;
use std::time::Duration;

use gc_store::StoreBounds;
use tokio::sync::watch;
use tokio::time::sleep;

use crate::config::{Group, Membership};
use crate::leader::{Leader, Listeners, Makings};
use crate::start_error::StartError;

/// After a store that nobody holds could not be taken.
const PAUSE: Duration = Duration::from_secs(3);

/// Takes the store when nobody holds it, and leads from then on. Of several that try, the others go on following. `group`: its
/// certificate, without which the others would not reach it.
pub(crate) async fn until_it_leads(
    membership: Arc<Membership>,
    group: Option<Group>,
    bounds: StoreBounds,
    makings: Arc<Makings>,
    listeners: Listeners,
    leads: watch::Sender<Option<Arc<Leader>>>,
) {
    let mut said = String::new();
    loop {
        let mut why = membership.until_free().await;
        // A better one has it by then, if there is one that can take it.
        let sees_less = membership.view().read(|view| view.sees_more(membership.id()).is_some());
        if sees_less || group.as_ref().is_some_and(|group| !group.warnings().is_empty()) {
            sleep(PAUSE).await;
            why = membership.until_free().await;
        }
        match take(&membership, bounds, &makings).await {
            Ok(Some(leader)) => {
                listeners.open(&leader.app);
                tracing::info!(why, sessions = leader.app.engine.sessions(), "this connector leads now");
                let leader = Arc::new(leader);
                leads.send_replace(Some(Arc::clone(&leader)));
                // Once more: a reload that came in between has not found it.
                leader.app.delivery.reload(&makings.reloadable().delivery);
                return;
            }
            Ok(None) => {
                said.clear();
                tracing::info!("another connector was first to take the store");
            }
            Err(error) => {
                // Once for each reason.
                let reason = error.to_string();
                if reason != said {
                    say(&error);
                    said = reason;
                }
                sleep(PAUSE).await;
            }
        }
    }
}

fn say(error: &StartError) {
    let seconds = PAUSE.as_secs();
    match error {
        StartError::Config(config) if config.may_pass() => {
            tracing::warn!(%error, "the store could not be taken: it is tried every {seconds} s");
        }
        error => tracing::error!(%error, "the store cannot be taken: it is tried every {seconds} s"),
    }
}

async fn take(
    membership: &Membership,
    bounds: StoreBounds,
    makings: &Makings,
) -> Result<Option<Leader>, StartError> {
    let Some((journal, lease)) = membership.lead(bounds).await? else { return Ok(None) };
    makings.lead(journal, Some(lease)).await.map(Some)
}
