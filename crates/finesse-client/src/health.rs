//! Which node is the current one, and whether the cluster serves.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use finesse_types::SystemInfo;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use gc_environment::{Watched, Watcher};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until, timeout};

mod standing;

pub(crate) use standing::Standing;
use standing::choose;

use crate::config::HealthConfig;
use crate::link::Service;
use futures_util::future::BoxFuture;

/// How often the nodes are checked at least while none serves.
const EVERY_WHILE_OUT: Duration = Duration::from_secs(1);

/// The nodes' last answers, the current node, and whether the cluster is in service.
#[derive(Debug)]
pub(crate) struct Health {
    view: Watched<View>,
    service: Watched<Service>,
    checked: Mutex<Vec<Checked>>,
    check_requested: Notify,
}

/// The nodes by their last answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct View {
    current: usize,
    nodes: Vec<Known>,
}

/// What is known of one node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Known {
    /// Its last answer.
    answer: Option<Answer>,
    /// It did not answer the last check.
    missed: bool,
    standing: Standing,
}

/// What has come of the check of one node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Outcome {
    /// Nothing yet.
    #[default]
    Awaited,
    /// No answer in time.
    Silent,
    Said(Box<Answer>),
}

impl Known {
    /// Takes over an outcome. The first silence does not count: every agent's stream would move for one slow answer.
    fn take(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Awaited => {}
            Outcome::Silent if !std::mem::replace(&mut self.missed, true) => {}
            Outcome::Silent => self.standing = Standing::Gone,
            Outcome::Said(answer) => {
                let standing = Standing::of(&answer.info);
                *self = Self { answer: Some(Answer::clone(answer)), missed: false, standing };
            }
        }
    }
}

/// An answer of a node to a health check.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Answer {
    info: SystemInfo,
    /// An older absence does not outweigh the answer.
    check_began: Instant,
}

/// What the last check of a node found.
#[derive(Debug)]
struct Checked {
    /// Host and port, for logs; none while nobody knows where the node is.
    name: Option<String>,
    /// None: it was not checked yet.
    standing: Option<Standing>,
    /// Why it does not serve, where the check has come to know it.
    reason: Option<String>,
}

impl View {
    fn last_answer(&self, node: usize) -> Option<&Answer> {
        self.nodes.get(node)?.answer.as_ref()
    }
}

impl Health {
    #[cfg(test)]
    fn new(nodes: usize) -> Self {
        Self::of(vec![Some(String::new()); nodes])
    }

    /// Of nodes with these names, as far as they are known.
    pub(crate) fn of(names: Vec<Option<String>>) -> Self {
        let nodes = vec![Known::default(); names.len()];
        let checked = names.into_iter().map(|name| Checked { name, standing: None, reason: None });
        Self {
            view: Watched::new(View { current: 0, nodes }),
            service: Watched::new(Service::Unknown),
            checked: Mutex::new(checked.collect()),
            check_requested: Notify::new(),
        }
    }

    /// What the last check of each node found.
    pub(crate) fn checked(&self) -> Vec<Option<Standing>> {
        let checked = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        checked.iter().map(|node| node.standing).collect()
    }

    /// A node is there, or another one than before, which is checked soon.
    pub(crate) fn rename(&self, node: usize, name: String) {
        let mut checked = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(node) = checked.get_mut(node) {
            *node = Checked { name: Some(name), standing: None, reason: None };
        }
        self.check_soon();
    }

    /// Why the check of this node that is under way finds it out of service.
    pub(crate) fn explain(&self, node: usize, reason: String) {
        let mut checked = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(node) = checked.get_mut(node) {
            node.reason = Some(reason);
        }
    }

    /// A check of this node has ended. Logged once per change, in a target that is on whatever the filter is for.
    fn note(&self, node: usize, standing: Standing) {
        let mut checked = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(Checked { name: Some(name), standing: known, reason }) = checked.get_mut(node) else {
            return;
        };
        let reason = reason.take();
        if known.replace(standing) == Some(standing) {
            return;
        }
        match standing {
            Standing::Serves => {
                tracing::info!(target: "health", node = %name, "a Finesse node is in service")
            }
            Standing::Maintained => {
                tracing::warn!(target: "health", node = %name, "a Finesse node is in maintenance: its agents move to the other one");
            }
            Standing::Gone => {
                let reason = reason.as_deref().unwrap_or("it did not answer in time");
                tracing::warn!(target: "health", node = %name, reason, "a Finesse node is out of service");
            }
        }
    }

    /// The node to ask first.
    pub(crate) fn current(&self) -> usize {
        self.view.read(|view| view.current)
    }

    /// What the current node last said about itself.
    pub(crate) fn system_info(&self) -> Option<SystemInfo> {
        self.current_info().map(|(_, info)| info)
    }

    /// The node in service and what it last said, as soon as all nodes have been checked once.
    pub(crate) async fn serving(&self) -> Option<(usize, SystemInfo)> {
        let mut service = self.service();
        let known = service.until(|service| (*service != Service::Unknown).then_some(*service)).await;
        if known == Service::InService { self.current_info() } else { None }
    }

    fn current_info(&self) -> Option<(usize, SystemInfo)> {
        self.view.read(|view| Some((view.current, view.last_answer(view.current)?.info.clone())))
    }

    /// Waits until this node says that it is in service, in a check that began not before `since`.
    pub(crate) async fn serves(&self, node: usize, since: Option<Instant>) {
        let serves = |view: &View| {
            view.last_answer(node).is_some_and(|answer| {
                Standing::of(&answer.info).is_in_service()
                    && since.is_none_or(|since| answer.check_began >= since)
            })
        };
        self.view.watch().until(|view| serves(view).then_some(())).await;
    }

    /// Waits until this node is no longer the current one: another one is better.
    pub(crate) async fn left(&self, node: usize) {
        self.view.watch().until(|view| (view.current != node).then_some(())).await;
    }

    /// Waits until this node is no longer the current one, and does not serve either.
    pub(crate) async fn gone(&self, node: usize) {
        let gone = |view: &View| {
            let standing = view.nodes.get(node).map(|known| known.standing).unwrap_or_default();
            view.current != node && standing == Standing::Gone
        };
        self.view.watch().until(|view| gone(view).then_some(())).await;
    }

    pub(crate) fn service(&self) -> Watcher<Service> {
        self.service.watch()
    }

    /// Something went wrong: the nodes are checked soon.
    pub(crate) fn check_soon(&self) {
        self.check_requested.notify_one();
    }

    /// Checks all nodes again and again, until the future is dropped.
    pub(crate) async fn watch<F>(&self, config: &HealthConfig, ask: F)
    where
        F: Fn(usize) -> BoxFuture<'static, Option<SystemInfo>>,
    {
        let nodes = self.view.read(|view| view.nodes.len());
        loop {
            let begun = Instant::now();
            // What was requested until now is met by this check.
            let _met = self.check_requested.notified().now_or_never();
            let mut outcomes = vec![Outcome::Awaited; nodes];
            let mut unanswered: FuturesUnordered<_> = (0..nodes)
                .map(|node| within(config.deadline, ask(node)).map(move |info| (node, info)))
                .collect();
            let mut settled = false;
            loop {
                let (node, info) = tokio::select! {
                    // Answers first: one that has arrived counts in this check.
                    biased;
                    Some(answered) = unanswered.next() => answered,
                    // While the current node serves, nobody waits for what the other one says.
                    () = sleep_until(begun + self.pause(config)), if settled || unanswered.is_empty() => break,
                    () = self.next_requested_check(begun + config.at_least), if settled || unanswered.is_empty() => break,
                };
                let standing = info.as_ref().map(Standing::of).unwrap_or_default();
                self.note(node, standing);
                settled |= node == self.current() && standing.is_in_service();
                if let Some(outcome) = outcomes.get_mut(node) {
                    let said = |info| Outcome::Said(Box::new(Answer { info, check_began: begun }));
                    *outcome = info.map_or(Outcome::Silent, said);
                }
                if settled || unanswered.is_empty() {
                    self.evaluate(&mut outcomes);
                }
            }
        }
    }

    /// Waits until a check is requested and may begin.
    async fn next_requested_check(&self, earliest: Instant) {
        self.check_requested.notified().await;
        sleep_until(earliest).await;
    }

    /// From the beginning of one check to that of the next. While no node serves, everybody waits for what it finds.
    fn pause(&self, config: &HealthConfig) -> Duration {
        match self.service.read(|service| *service) {
            Service::OutOfService => config.every.min(EVERY_WHILE_OUT),
            _ => config.every,
        }
    }

    /// Takes over what has come of a check: which node is the current one, and whether the cluster is in service.
    fn evaluate(&self, outcomes: &mut [Outcome]) {
        let mut next = None;
        self.view.modify(|view| {
            let current = view.current;
            let mut standings = Vec::new();
            for (node, (known, outcome)) in view.nodes.iter_mut().zip(&mut *outcomes).enumerate() {
                known.take(outcome);
                // Whoever is silent keeps its place, and does not get another one's.
                let counts = node == current || matches!(outcome, Outcome::Said(_));
                standings.push(if counts { known.standing } else { Standing::Gone });
                // Each silence counts once.
                if *outcome == Outcome::Silent {
                    *outcome = Outcome::Awaited;
                }
            }
            next = choose(current, &standings);
            if let Some(next) = next.filter(|next| *next != current) {
                let because = standings.get(current).copied().unwrap_or_default();
                tracing::warn!(
                    from = current,
                    to = next,
                    ?because,
                    "another Finesse node is the current one"
                );
                view.current = next;
            }
        });
        let service = if next.is_some() { Service::InService } else { Service::OutOfService };
        if self.service.replace(service) != service {
            tracing::debug!(?service, "the Finesse cluster's service changed");
        }
    }
}

async fn within(deadline: Duration, answer: BoxFuture<'static, Option<SystemInfo>>) -> Option<SystemInfo> {
    timeout(deadline, answer).await.ok().flatten()
}

#[cfg(test)]
mod tests;
