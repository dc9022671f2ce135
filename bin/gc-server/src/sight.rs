//! How a connector of a group is placed, and when it leaves the lead to one that is placed better.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use finesse_client::Service;
use gc_environment::{Environment, RealEnvironment};
use gc_group::{Lead, Member, Sight, Standing, TakeoverReason};
use gc_session::EngineCluster;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};
use tokio_util::task::AbortOnDropHandle;

use crate::SharedStore;
use crate::config::{Dates, GroupCertificate};
use crate::leader::Leader;

/// How often it is compared with the others. The nodes are asked as often as `finesse.health_interval` says.
const LOOK: Duration = Duration::from_secs(1);
/// So long it is known whether the certificate is valid: a chain takes some work.
const VERIFIED: Duration = Duration::from_secs(10);
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
                    TakeoverReason::SawLess => {
                        format!("{url} sees clusters that this connector does not see")
                    }
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

/// The certificate that the others see.
pub(crate) struct Certificate(Mutex<Presented>);

struct Presented {
    certificate: GroupCertificate,
    /// What was found last, and when.
    found: Option<(Dates, Instant)>,
    reminder: Reminder,
}

impl Certificate {
    /// That of the start, which logs what is wrong with the configuration.
    pub(crate) fn of(certificate: GroupCertificate) -> Self {
        let (now, found) = (Instant::now(), dates(&certificate));
        let mut reminder = Reminder::default();
        _ = reminder.due(found.warning(), now);
        Self(Mutex::new(Presented { certificate, found: Some((found, now)), reminder }))
    }

    /// Another one is used from now on.
    pub(crate) fn replace(&self, certificate: GroupCertificate) {
        *self.lock() = Presented { certificate, found: None, reminder: Reminder::default() };
    }

    fn lock(&self) -> MutexGuard<'_, Presented> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the others accept it now. What is or will be wrong with it is logged, once a day.
    fn is_valid(&self) -> bool {
        let mut presented = self.lock();
        let Presented { certificate, found, reminder } = &mut *presented;
        let now = Instant::now();
        if found.as_ref().is_none_or(|(_, at)| now.duration_since(*at) >= VERIFIED) {
            *found = Some((dates(certificate), now));
        }
        let dates = found.as_ref().map_or(&Dates::Valid, |(dates, _)| dates);
        if let Some(warning) = reminder.due(dates.warning(), now) {
            tracing::warn!("{warning}");
        }
        !matches!(dates, Dates::Invalid(_))
    }
}

/// One that cannot be used whatever the date is comes through neither a start nor a reload.
fn dates(certificate: &GroupCertificate) -> Dates {
    certificate.dates(RealEnvironment.now()).unwrap_or(Dates::Valid)
}

/// What was logged last, and when.
#[derive(Default)]
struct Reminder(Option<(String, Instant)>);

impl Reminder {
    /// The warning, if it is to be logged now: when it is another one, and again after [`REPEAT`].
    fn due(&mut self, warning: Option<String>, now: Instant) -> Option<String> {
        let warning = warning?;
        let is_logged = |(said, at): &(String, Instant)| *said == warning && now.duration_since(*at) < REPEAT;
        if self.0.as_ref().is_some_and(is_logged) {
            return None;
        }
        self.0 = Some((warning.clone(), now));
        Some(warning)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_is_wrong_with_a_certificate_is_said_once_a_day_and_when_it_is_something_else() {
        let (begun, mut reminder) = (Instant::now(), Reminder::default());
        let mut after = |hours: u64, warning: Option<&str>| {
            let now = begun + Duration::from_secs(hours * 3600);
            reminder.due(warning.map(str::to_owned), now).is_some()
        };
        assert!(!after(0, None));
        assert_eq!(
            [after(1, Some("it ends")), after(2, Some("it ends")), after(24, Some("it ends"))],
            [true, false, false]
        );
        assert_eq!([after(25, Some("it ends")), after(26, Some("it ends"))], [true, false]);
        assert_eq!([after(27, Some("it has ended")), after(28, Some("it has ended"))], [true, false]);
        assert!(!after(60, None));
    }
}
