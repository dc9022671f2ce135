//! Which node is the current one, and whether the cluster serves.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use finesse_types::{SystemInfo, SystemStatus};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use gc_environment::{Watched, Watcher};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until, timeout};

use crate::config::HealthConfig;
use crate::link::Service;
use futures_util::future::BoxFuture;

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
    /// The last answer of each node.
    answers: Vec<Option<Answer>>,
    /// The current node did not answer the last check.
    missed: bool,
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
    /// Host and port; for logs.
    name: String,
    /// None: it was not checked yet.
    in_service: Option<bool>,
    /// Why it does not serve, where the check has come to know it.
    reason: Option<String>,
}

impl View {
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
        let nodes = names.len();
        let checked = names.into_iter().map(|name| Checked { name, in_service: None, reason: None });
        Self {
            view: Watched::new(View { current: 0, answers: vec![None; nodes], missed: false }),
            service: Watched::new(Service::Unknown),
            checked: Mutex::new(checked.collect()),
            check_requested: Notify::new(),
        }
    }

    /// Whether the last check of each node found it in service.
    pub(crate) fn checked(&self) -> Vec<Option<bool>> {
        let checked = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        checked.iter().map(|node| node.in_service).collect()
    }

    /// Why the check of this node that is under way finds it out of service.
    pub(crate) fn explain(&self, node: usize, reason: String) {
        let mut checked = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(node) = checked.get_mut(node) {
            node.reason = Some(reason);
        }
    }

    /// A check of this node has ended. Logged once per change, in a target that is on whatever the filter is for.
    fn note(&self, node: usize, in_service: bool) {
        let mut checked = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(Checked { name, in_service: known, reason }) = checked.get_mut(node) else { return };
        let reason = reason.take();
        if known.replace(in_service) == Some(in_service) {
            return;
        }
        match in_service {
            true => tracing::info!(target: "health", node = %name, "a Finesse node is in service"),
            false => {
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
                is_in_service(&answer.info) && since.is_none_or(|since| answer.check_began >= since)
            })
        };
        self.view.watch().until(|view| serves(view).then_some(())).await;
    }

    /// Waits until this node is no longer the current one: it is out of service and another one serves.
    pub(crate) async fn left(&self, node: usize) {
        self.view.watch().until(|view| (view.current != node).then_some(())).await;
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
                self.note(node, info.as_ref().is_some_and(is_in_service));
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
            tracing::debug!(?service, "the Finesse cluster's service changed");
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
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::mpsc;

    use super::*;

    const CONFIG: HealthConfig = HealthConfig {
        every: Duration::from_secs(10),
        at_least: Duration::from_secs(1),
        deadline: Duration::from_secs(5),
    };

    fn info(status: SystemStatus, domain: &str) -> Option<SystemInfo> {
        Some(SystemInfo { status, xmpp_domain: domain.to_owned(), ..SystemInfo::default() })
    }

    /// Nodes that answer each check with the next line of the script, its last line for ever; and the times of the checks.
    fn watched(script: Vec<[Option<SystemInfo>; 2]>) -> (Arc<Health>, mpsc::UnboundedReceiver<Instant>) {
        let health = Arc::new(Health::new(2));
        let (checked, checks) = mpsc::unbounded_channel();
        let task = health.clone();
        tokio::spawn(async move {
            let answers = script.iter().flatten().cloned().collect::<Vec<_>>();
            let count = AtomicUsize::new(0);
            let ask = |node: usize| -> BoxFuture<'static, Option<SystemInfo>> {
                if node == 0 {
                    checked.send(Instant::now()).unwrap();
                }
                let at = count.fetch_add(1, Ordering::Relaxed);
                let answer = answers.get(at).unwrap_or(&answers[answers.len() - 2 + node]).clone();
                Box::pin(async move { answer })
            };
            task.watch(&CONFIG, ask).await;
        });
        (health, checks)
    }

    fn up(domain: &str) -> Option<SystemInfo> {
        info(SystemStatus::InService, domain)
    }

    #[test]
    fn the_current_node_stays_while_it_serves() {
        assert_eq!(choose(1, &[true, true]), Some(1));
        assert_eq!(choose(1, &[true, false]), Some(0));
        assert_eq!(choose(0, &[false, true]), Some(1));
        assert_eq!(choose(0, &[false, false]), None);
    }

    #[tokio::test(start_paused = true)]
    async fn the_service_changes_once_per_change() {
        let down = || info(SystemStatus::OutOfService, "a");
        let script = vec![
            [up("a"), None],
            [up("a"), None],
            [down(), up("b")],
            [down(), None],
            [None, None],
            [up("a"), up("b")],
        ];
        let (health, _checks) = watched(script);
        let mut service = health.service();
        let mut changes = vec![service.read(|service| *service)];
        while changes.len() < 4 {
            service.changed().await;
            changes.push(service.read(|service| *service));
        }
        assert_eq!(
            changes,
            [Service::Unknown, Service::InService, Service::OutOfService, Service::InService]
        );
        // It had moved to the second node and stays there, because that one serves again.
        assert_eq!(health.system_info().unwrap().xmpp_domain, "b");
    }

    #[tokio::test(start_paused = true)]
    async fn a_node_is_left_when_it_does_not_serve_or_misses_two_checks() {
        let current_after = |script: Vec<[Option<SystemInfo>; 2]>| async {
            let lines = script.len();
            let (health, mut checks) = watched(script);
            // When the next one begins, the last one has been evaluated.
            for _ in 0..=lines {
                checks.recv().await.unwrap();
            }
            health.current()
        };
        let down = || info(SystemStatus::OutOfService, "a");
        assert_eq!(current_after(vec![[up("a"), up("b")], [down(), up("b")]]).await, 1);
        let missed = || [None, up("b")];
        let now_and_then =
            vec![[up("a"), up("b")], missed(), [up("a"), up("b")], missed(), [up("a"), up("b")]];
        assert_eq!(current_after(now_and_then).await, 0);
        assert_eq!(current_after(vec![[up("a"), up("b")], missed(), missed()]).await, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_requested_check_comes_sooner_but_not_below_the_limit() {
        let (health, mut checks) = watched(vec![[up("a"), None]]);
        let mut next = async || checks.recv().await.unwrap();
        let first = next().await;
        health.check_soon();
        health.check_soon();
        let second = next().await;
        let third = next().await;
        assert_eq!((second - first, third - second), (CONFIG.at_least, CONFIG.every));
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_the_other_node_while_the_current_one_serves() {
        let health = Arc::new(Health::new(2));
        let task = health.clone();
        tokio::spawn(async move {
            let ask = |node: usize| -> BoxFuture<'static, Option<SystemInfo>> {
                if node == 0 { Box::pin(async { up("a") }) } else { Box::pin(std::future::pending()) }
            };
            task.watch(&CONFIG, ask).await;
        });
        let begun = Instant::now();
        assert_eq!(health.serving().await.unwrap().0, 0);
        assert_eq!(begun.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_requested_check_does_not_wait_for_a_silent_node() {
        let health = Arc::new(Health::new(2));
        let (task, (checked, mut checks)) = (health.clone(), mpsc::unbounded_channel());
        tokio::spawn(async move {
            let ask = |node: usize| -> BoxFuture<'static, Option<SystemInfo>> {
                if node == 1 {
                    return Box::pin(std::future::pending());
                }
                checked.send(Instant::now()).unwrap();
                Box::pin(async { up("a") })
            };
            task.watch(&CONFIG, ask).await;
        });
        let first = checks.recv().await.unwrap();
        health.check_soon();
        assert_eq!(checks.recv().await.unwrap() - first, CONFIG.at_least);
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_from_before_does_not_say_that_a_node_is_back() {
        let down = || info(SystemStatus::OutOfService, "a");
        let (health, mut checks) = watched(vec![[up("a"), None], [down(), None], [up("a"), None]]);
        checks.recv().await.unwrap();
        health.serves(0, None).await;
        tokio::time::sleep(Duration::from_millis(1)).await;
        let gone = Instant::now();
        health.serves(0, Some(gone)).await;
        assert_eq!(checks.len(), 2, "the second check found it out of service, the third in service");
    }

    #[tokio::test(start_paused = true)]
    async fn a_node_that_does_not_answer_in_time_does_not_serve() {
        let health = Arc::new(Health::new(1));
        let task = health.clone();
        tokio::spawn(async move {
            task.watch(&CONFIG, |_| Box::pin(std::future::pending())).await;
        });
        let mut service = health.service();
        service.until(|service| (*service == Service::OutOfService).then_some(())).await;
    }
}
