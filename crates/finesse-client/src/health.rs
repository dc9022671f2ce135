//! Which node is the current one, and whether the cluster serves.

use std::time::Duration;

use finesse_types::SystemInfo;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use gc_environment::{Watched, Watcher};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until, timeout};

mod view;

use view::{Answer, Outcome, View};

use crate::checks::Checks;
use crate::config::HealthConfig;
use crate::link::{MoveError, Service};
use crate::standing::Standing;
use futures_util::future::BoxFuture;

/// How often the nodes are checked at least while none serves.
const EVERY_WHILE_OUT: Duration = Duration::from_secs(1);

/// The nodes' last answers, the current node, and whether the cluster is in service.
#[derive(Debug)]
pub(crate) struct Health {
    view: Watched<View>,
    service: Watched<Service>,
    checks: Checks,
    check_requested: Notify,
}

impl Health {
    #[cfg(test)]
    fn new(nodes: usize) -> Self {
        Self::of(vec![Some(String::new()); nodes])
    }

    /// Of nodes with these names, as far as they are known.
    pub(crate) fn of(names: Vec<Option<String>>) -> Self {
        Self {
            view: Watched::new(View::of(names.len())),
            service: Watched::new(Service::Unknown),
            checks: Checks::of(names),
            check_requested: Notify::new(),
        }
    }

    /// What the checks of the nodes have found.
    pub(crate) fn checks(&self) -> &Checks {
        &self.checks
    }

    /// A node is there, or another one than before, which is checked soon.
    pub(crate) fn rename(&self, node: usize, name: String) {
        self.checks.rename(node, name);
        self.check_soon();
    }

    /// This user belongs to this node, or to the other one, from now on: its name. Its stream is to leave where it is.
    pub(crate) fn move_user(&self, user: &str, to: Option<&str>) -> Result<String, MoveError> {
        let known =
            |name: &str| self.checks.named(name).ok_or_else(|| MoveError::Unknown { node: name.to_owned() });
        let wanted = to.map(known).transpose()?;
        if let (Some(name), true) = (to, wanted == Some(self.node_of(user))) {
            return Ok(name.to_owned());
        }
        let (mut from, mut to) = (0, None);
        self.view.modify_if(|view| {
            from = view.node_of(user);
            to = view.move_user(user);
            to.is_some()
        });
        let to = to.and_then(|to| self.checks.name(to));
        let to = to.ok_or_else(|| self.checks.why_nobody_leaves(from))?;
        let from = self.checks.name(from).unwrap_or_default();
        tracing::info!(
            agent = user,
            from,
            to,
            "an agent is to move to another Finesse node, as an administrator wants"
        );
        Ok(to)
    }

    /// The node to ask first for users who were not moved.
    pub(crate) fn current(&self) -> usize {
        self.view.read(View::current)
    }

    /// The node to ask first for this user.
    pub(crate) fn node_of(&self, user: &str) -> usize {
        self.view.read(|view| view.node_of(user))
    }

    /// What the current node last said about itself.
    pub(crate) fn system_info(&self) -> Option<SystemInfo> {
        self.view.read(|view| Some(view.last_answer(view.current())?.info.clone()))
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
                Standing::of(&answer.info).is_in_service()
                    && since.is_none_or(|since| answer.check_began >= since)
            })
        };
        self.view.watch().until(|view| serves(view).then_some(())).await;
    }

    /// Waits until this user belongs to another node: that one is better, or the user was moved there.
    pub(crate) async fn left(&self, node: usize, user: &str) {
        self.view.watch().until(|view| (view.node_of(user) != node).then_some(())).await;
    }

    /// Waits until this user belongs to another node, and this one does not serve either.
    pub(crate) async fn gone(&self, node: usize, user: &str) {
        let gone = |view: &View| view.node_of(user) != node && !view.standing(node).is_in_service();
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
        let nodes = self.view.read(View::nodes);
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
                self.checks.note(node, standing);
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

    /// Takes over what has come of a check: which node is whose, and whether the cluster is in service.
    fn evaluate(&self, outcomes: &mut [Outcome]) {
        let mut in_service = false;
        let mut change = None;
        self.view.modify(|view| {
            let before = view.current();
            in_service = view.take(outcomes);
            let after = view.current();
            change = (after != before).then(|| (before, after, view.standing(before)));
        });
        if let Some((from, to, standing)) = change {
            self.checks.note_change(from, to, standing);
        }
        let service = if in_service { Service::InService } else { Service::OutOfService };
        if self.service.replace(service) != service {
            tracing::debug!(in_service, "the Finesse cluster's service changed");
        }
    }
}

async fn within(deadline: Duration, answer: BoxFuture<'static, Option<SystemInfo>>) -> Option<SystemInfo> {
    timeout(deadline, answer).await.ok().flatten()
}

#[cfg(test)]
mod tests;
