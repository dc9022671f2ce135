//! A connector that follows, until it leads.

use std::sync::Arc;
use std::time::Duration;

use gc_store::StoreBounds;
use tokio::sync::watch;
use tokio::time::sleep;

use crate::config::Membership;
use crate::leader::{Doors, Leader, Makings};
use crate::start_error::StartError;

/// After a store that nobody holds could not be taken.
const PAUSE: Duration = Duration::from_secs(3);

/// Takes the store when nobody holds it, and leads from then on. Of several that try, the others go on following.
pub(crate) async fn until_it_leads(
    membership: Arc<Membership>,
    bounds: StoreBounds,
    makings: Arc<Makings>,
    doors: Doors,
    leads: watch::Sender<Option<Arc<Leader>>>,
) {
    loop {
        let why = membership.until_free().await;
        match take(&membership, bounds, &makings).await {
            Ok(leader) => {
                doors.open(&leader.app);
                tracing::info!(why, sessions = leader.app.engine.sessions(), "this connector leads now");
                let leader = Arc::new(leader);
                leads.send_replace(Some(Arc::clone(&leader)));
                // Once more: a reload that came in between has not found it.
                leader.app.delivery.reload(&makings.reloadable().delivery);
                return;
            }
            Err(StartError::Config(error)) if error.may_pass() => {
                tracing::info!(%error, "the store was not taken");
            }
            Err(error) => {
                tracing::error!(%error, pause = ?PAUSE, "the store cannot be taken");
                sleep(PAUSE).await;
            }
        }
    }
}

async fn take(membership: &Membership, bounds: StoreBounds, makings: &Makings) -> Result<Leader, StartError> {
    let (journal, lease) = membership.lead(bounds).await?;
    makings.lead(journal, Some(lease)).await
}
