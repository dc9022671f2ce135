//! How a connector of a group is placed, and when it leaves the lead to one that is placed better.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use finesse_client::Service;
use gc_environment::{Environment, RealEnvironment};
use gc_group::{Lead, Member, Reason, Sight, Standing};
use gc_session::EngineCluster;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};
use tokio_util::task::AbortOnDropHandle;

use crate::SharedStore;
use crate::config::{Dates, GroupCertificate};
use crate::leader::Leader;

/// How often it is compared with the others. The nodes are asked as often as `finesse.health_interval` says.
const LOOK: Duration = Duration::from_secs(1);
/// After this it is logged again that the certificate expires, or has.
const REPEAT: Duration = Duration::from_secs(24 * 3600);

/// What this connector says of itself, compared with what the others say. Dropping it ends that.
pub(crate) struct Comparison {
    reason: watch::Receiver<Option<String>>,
    _task: AbortOnDropHandle<()>,
}

impl Comparison {
    pub(crate) fn begin(own: Arc<Judged>) -> Self {
        // Before it may take the lead.
        own.group.publish(own.standing());
        let (found, reason) = watch::channel(None);
        let task = tokio::spawn(async move {
            let reason = own.until_another_is_better().await;
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

/// What this connector is judged by.
pub(crate) struct Judged {
    pub(crate) group: Arc<SharedStore>,
    pub(crate) clusters: Vec<EngineCluster>,
    pub(crate) leads: watch::Receiver<Option<Arc<Leader>>>,
    /// None: nobody is to reach it.
    pub(crate) certificate: Option<Arc<Certificate>>,
}

impl Judged {
    /// Lets the others know how this connector is placed, until another one is to lead.
    async fn until_another_is_better(&self) -> String {
        let Self { group, .. } = self;
        let (mut view, mut sight) = (group.view(), Sight::default());
        loop {
            let own = self.standing();
            group.publish(own.clone());
            let better = view.read(|view| match view.lead {
                Lead::Here => sight.look(Instant::now(), group.id(), &own, view).cloned(),
                Lead::At(_) | Lead::Nobody => {
                    sight = Sight::default();
                    None
                }
            });
            if let Some(Member { url, standing, .. }) = better {
                let lack = own.lacks(&standing);
                let because = match lack {
                    Reason::SawLess => format!("{url} sees clusters that this connector does not see"),
                    _ => format!("{url} can be reached, and this connector's certificate is not valid"),
                };
                match group.hand_over(lack).await {
                    Ok(true) => return because,
                    Ok(false) => {
                        tracing::info!(because, "the lead has moved for such a reason lately, and stays");
                    }
                    Err(error) => {
                        tracing::warn!(%error, because, "the lead cannot be left to another connector");
                    }
                }
                sight = Sight::default();
            }
            sleep(LOOK).await;
        }
    }

    /// Whether another one is better placed than this connector is now.
    pub(crate) fn is_outdone(&self) -> bool {
        let own = self.standing();
        self.group.view().read(|view| view.better_than(self.group.id(), &own).is_some())
    }

    /// How this connector is placed now.
    fn standing(&self) -> Standing {
        let serves = |cluster: &&EngineCluster| cluster.link.service().get() == Service::InService;
        let sees = self.clusters.iter().filter(serves).map(|cluster| cluster.binding.cluster.to_string());
        let is_unreachable = self.certificate.as_ref().is_some_and(|certificate| !certificate.is_valid());
        let sessions = self.leads.borrow().as_ref().map_or(0, |leader| leader.app.engine.sessions());
        let sessions = u64::try_from(sessions).unwrap_or(u64::MAX);
        Standing { sees: sees.collect(), is_unreachable, sessions }
    }
}

/// The certificate that the others see, and what was logged of it.
pub(crate) struct Certificate(Mutex<(GroupCertificate, Option<(String, Instant)>)>);

impl Certificate {
    /// That of the start, which logs what is wrong with the configuration.
    pub(crate) fn of(certificate: GroupCertificate) -> Self {
        let logged = dates(&certificate).warning().map(|warning| (warning, Instant::now()));
        Self(Mutex::new((certificate, logged)))
    }

    /// Another one is used from now on.
    pub(crate) fn replace(&self, certificate: GroupCertificate) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (certificate, None);
    }

    /// Whether the others accept it now. What is or will be wrong with it is logged, once a day.
    fn is_valid(&self) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (certificate, logged) = &mut *state;
        let dates = dates(certificate);
        let warning = dates.warning();
        let is_logged = |said: &String| {
            logged.as_ref().is_some_and(|(logged, at)| logged == said && at.elapsed() < REPEAT)
        };
        if let Some(warning) = warning.filter(|warning| !is_logged(warning)) {
            tracing::warn!("{warning}");
            *logged = Some((warning, Instant::now()));
        }
        !matches!(dates, Dates::Invalid(_))
    }
}

/// One that cannot be used whatever the date is comes through neither a start nor a reload.
fn dates(certificate: &GroupCertificate) -> Dates {
    certificate.dates(RealEnvironment.now()).unwrap_or(Dates::Valid)
}
