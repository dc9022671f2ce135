//! Which node is the current one, and whether the cluster serves.

use std::collections::BTreeMap;
use std::time::Duration;

use finesse_types::{SystemInfo, SystemStatus};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use gc_environment::{Watched, Watcher};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until, timeout};

use crate::checks::{Checks, Verdict};
use crate::config::HealthConfig;
use crate::link::{MoveError, Service};
use futures_util::future::BoxFuture;

/// The nodes' last answers, the current node, and whether the cluster is in service.
#[derive(Debug)]
pub(crate) struct Health {
    view: Watched<View>,
    service: Watched<Service>,
    checks: Checks,
    check_requested: Notify,
}

/// The nodes by their last answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct View {
    current: usize,
    /// The last answer of each node.
    answers: Vec<Option<Answer>>,
    /// The current node did not answer the last check.
    missed: bool,
    /// Users who were moved away from what was the current node then, and where they are as long as that node serves.
    moved: BTreeMap<String, usize>,
}

/// An answer of a node to a health check.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Answer {
    info: SystemInfo,
    /// An older absence does not outweigh the answer.
    check_began: Instant,
}

impl View {
    /// Where this user's requests and stream belong.
    fn node_of(&self, user: &str) -> usize {
        self.moved.get(user).copied().unwrap_or(self.current)
    }

    fn last_answer(&self, node: usize) -> Option<&Answer> {
        self.answers.get(node)?.as_ref()
    }
}

impl Health {
    #[cfg(test)]
    fn new(nodes: usize) -> Self {
        Self::of(vec![String::new(); nodes])
    }

    /// Of nodes with these names.
    pub(crate) fn of(names: Vec<String>) -> Self {
        let view = View { answers: vec![None; names.len()], ..View::default() };
        Self {
            view: Watched::new(view),
            service: Watched::new(Service::Unknown),
            checks: Checks::of(names),
            check_requested: Notify::new(),
        }
    }

    /// What the checks of the nodes have found.
    pub(crate) fn checks(&self) -> &Checks {
        &self.checks
    }

    /// A check of this node has ended with this answer, or none. Users who were moved there come back when it does not serve.
    fn note(&self, node: usize, info: Option<&SystemInfo>) {
        if self.checks.note(node, info.map(is_in_service)) == Verdict::Gone {
            self.view.modify_if(|view| {
                let before = view.moved.len();
                view.moved.retain(|_, at| *at != node);
                view.moved.len() != before
            });
        }
    }

    /// This user belongs to another node from now on: its name. Its stream ends where it is.
    pub(crate) fn move_user(&self, user: &str) -> Result<String, MoveError> {
        let mut moved = Err(MoveError::OnlyNode);
        self.view.modify_if(|view| {
            let from = view.node_of(user);
            moved = self.checks.other_than(from);
            let Ok((to, _)) = moved else { return false };
            match to == view.current {
                true => _ = view.moved.remove(user),
                false => _ = view.moved.insert(user.to_owned(), to),
            }
            true
        });
        moved.map(|(_, name)| name)
    }

    /// The node to ask first.
    pub(crate) fn current(&self) -> usize {
        self.view.read(|view| view.current)
    }

    /// The node to ask first for this user.
    pub(crate) fn node_of(&self, user: &str) -> usize {
        self.view.read(|view| view.node_of(user))
    }

    /// What the current node last said about itself.
    pub(crate) fn system_info(&self) -> Option<SystemInfo> {
        self.view.read(|view| Some(view.last_answer(view.current)?.info.clone()))
    }

    /// The node in service for this user and what it last said, as soon as all nodes have been checked once.
    pub(crate) async fn serving(&self, user: &str) -> Option<(usize, SystemInfo)> {
        let mut service = self.service();
        let known = service.until(|service| (*service != Service::Unknown).then_some(*service)).await;
        if known != Service::InService {
            return None;
        }
        self.view.read(|view| {
            let node = view.node_of(user);
            Some((node, view.last_answer(node)?.info.clone()))
        })
    }

    /// Waits until this node says that it is in service, in a check that began not before `since`.
    pub(crate) async fn serves(&self, node: usize, since: Option<Instant>) {
        let serves = |view: &View| {
            view.last_answer(node).is_some_and(|answer| {
                is_in_service(&answer.info) && since.is_none_or(|since| answer.check_began >= since)
            })
        };
        self.view.watch().until(|view| serves(view).then_some(())).await;
    }

    /// Waits until this user belongs to another node: this one is out of service and another one serves, or the user is moved.
    pub(crate) async fn left(&self, node: usize, user: &str) {
        self.view.watch().until(|view| (view.node_of(user) != node).then_some(())).await;
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
        let nodes = self.view.read(|view| view.answers.len());
        loop {
            let begun = Instant::now();
            // What was requested until now is met by this check.
            let _met = self.check_requested.notified().now_or_never();
            let mut answers = vec![None; nodes];
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
                    () = sleep_until(begun + config.every), if settled || unanswered.is_empty() => break,
                    () = self.next_requested_check(begun + config.at_least), if settled || unanswered.is_empty() => break,
                };
                self.note(node, info.as_ref());
                settled |= node == self.current() && info.as_ref().is_some_and(is_in_service);
                if let Some(answer) = answers.get_mut(node) {
                    *answer = info.map(|info| Answer { info, check_began: begun });
                }
                if settled || unanswered.is_empty() {
                    self.evaluate(&answers);
                }
            }
        }
    }

    /// Waits until a check is requested and may begin.
    async fn next_requested_check(&self, earliest: Instant) {
        self.check_requested.notified().await;
        sleep_until(earliest).await;
    }

    /// Takes over the answers of a check: which node is the current one, and whether the cluster is in service.
    fn evaluate(&self, answers: &[Option<Answer>]) {
        let current = self.current();
        let serves = |answer: Option<&Answer>| answer.is_some_and(|answer| is_in_service(&answer.info));
        let mut serving: Vec<bool> = answers.iter().map(|answer| serves(answer.as_ref())).collect();
        let missed = answers.get(current).is_some_and(Option::is_none);
        if let Some(current_serves) = serving.get_mut(current).filter(|_| missed) {
            // Every agent's stream would move for one slow answer: the second one counts.
            *current_serves = self.view.read(|view| !view.missed && serves(view.last_answer(current)));
        }
        let next = choose(current, &serving);
        self.view.modify(|view| {
            view.missed = missed;
            if let Some(next) = next.filter(|next| *next != view.current) {
                tracing::warn!(from = view.current, to = next, "another Finesse node is the current one");
                view.current = next;
            }
            for (known, answer) in view.answers.iter_mut().zip(answers) {
                if answer.is_some() {
                    known.clone_from(answer);
                }
            }
        });
        let service = if next.is_some() { Service::InService } else { Service::OutOfService };
        if self.service.replace(service) != service {
            let in_service = next.is_some();
            tracing::debug!(in_service, "the Finesse cluster's service changed");
        }
    }
}

fn is_in_service(info: &SystemInfo) -> bool {
    info.status == SystemStatus::InService
}

async fn within(deadline: Duration, answer: BoxFuture<'static, Option<SystemInfo>>) -> Option<SystemInfo> {
    timeout(deadline, answer).await.ok().flatten()
}

/// The node to use: the current one while it serves, else the first that does.
fn choose(current: usize, serving: &[bool]) -> Option<usize> {
    if serving.get(current) == Some(&true) {
        Some(current)
    } else {
        serving.iter().position(|serves| *serves)
    }
}

#[cfg(test)]
mod tests;
