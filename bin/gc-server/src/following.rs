//! A connector that follows, until it leads.

use std::sync::Arc;
use std::time::Duration;

use gc_group::Led;
use tokio::sync::watch;
use tokio::time::sleep;

use crate::SharedStore;
use crate::leader::{Leader, Listeners, Makings};
use crate::sight::Judged;
use crate::start_error::StartError;

/// After a lead that nobody has could not be taken.
const PAUSE: Duration = Duration::from_secs(3);

/// A connector that does not lead yet, and what it takes to do so.
pub(crate) struct Candidate {
    pub(crate) group: Arc<SharedStore>,
    pub(crate) judged: Arc<Judged>,
    pub(crate) makings: Arc<Makings>,
    pub(crate) listeners: Arc<Listeners>,
    pub(crate) leads: watch::Sender<Option<Arc<Leader>>>,
}

impl Candidate {
    /// Takes the lead, and answers from then on. None: another connector was first. If it cannot do so, it follows as before.
    pub(crate) async fn leads(&self) -> Result<Option<Arc<Leader>>, StartError> {
        let Some(Led { store, lease }) = self.group.lead().await? else { return Ok(None) };
        let leader = match self.makings.lead(Arc::clone(&store), lease).await {
            Ok(leader) => Arc::new(leader),
            Err(error) => {
                // No agent has a task yet, and no client a sender: nothing was done with it.
                self.group.give_back().await;
                store.release().await;
                return Err(error);
            }
        };
        self.listeners.open(&leader.app);
        self.leads.send_replace(Some(Arc::clone(&leader)));
        // Once more: a reload that came in between has not found it.
        leader.app.delivery.reload(&self.makings.reloadable().delivery);
        Ok(Some(leader))
    }

    /// Takes the lead when nobody has it. Of several that try, the others go on following.
    pub(crate) async fn until_it_leads(self) {
        let mut said = String::new();
        loop {
            let mut why = self.group.until_free().await;
            // A better one has it by then, if there is one that can take it.
            if self.judged.is_outdone() {
                sleep(PAUSE).await;
                why = self.group.until_free().await;
            }
            match self.leads().await {
                Ok(Some(leader)) => {
                    tracing::info!(why, sessions = leader.app.engine.sessions(), "this connector leads now");
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
}

fn say(error: &StartError) {
    let seconds = PAUSE.as_secs();
    match error.may_pass() {
        true => tracing::warn!(%error, "the store could not be taken: it is tried every {seconds} s"),
        false => tracing::error!(%error, "the store cannot be taken: it is tried every {seconds} s"),
    }
}
