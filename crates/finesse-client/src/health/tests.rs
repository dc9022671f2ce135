//! Which node is the current one, on a paused clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::mpsc;

use finesse_types::{Maintenance, SystemStatus};

use crate::checks::Condition;
use crate::standing::choose;

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
fn the_current_node_stays_while_no_other_is_better() {
    use Standing::{Gone, Maintained, Serves};
    for (current, standings, chosen) in [
        (1, [Serves, Serves], Some(1)),
        (1, [Serves, Gone], Some(0)),
        (0, [Gone, Serves], Some(1)),
        (0, [Gone, Gone], None),
        (0, [Maintained, Serves], Some(1)),
        (1, [Maintained, Serves], Some(1)),
        (0, [Maintained, Gone], Some(0)),
        (1, [Maintained, Maintained], Some(1)),
    ] {
        assert_eq!(choose(current, &standings), chosen, "{current} {standings:?}");
    }
}

fn maintained(domain: &str) -> Option<SystemInfo> {
    maintained_by(["IN_PROGRESS", ""], domain)
}

fn maintained_by(words: [&str; 2], domain: &str) -> Option<SystemInfo> {
    let [finesse, cti] = words.map(Maintenance::from);
    Some(SystemInfo { finesse_maintenance: finesse, cti_maintenance: cti, ..up(domain).unwrap() })
}

#[tokio::test(start_paused = true)]
async fn a_node_in_maintenance_is_left_and_is_gone_only_when_it_stops() {
    for words in [["INITIATING", ""], ["IN_PROGRESS", ""], ["", "IN_PROGRESS"]] {
        let both = || [maintained_by(words, "a"), up("b")];
        let script =
            vec![[up("a"), up("b")], both(), both(), [info(SystemStatus::OutOfService, "a"), up("b")]];
        let (health, mut checks) = watched(script);
        health.left(0, "1001").await;
        assert_eq!(health.current(), 1);
        assert!(health.gone(0, "1001").now_or_never().is_none(), "it serves");
        let found = |Condition { in_service, in_maintenance, .. }| (in_service, in_maintenance);
        let found: Vec<_> = health.checks().conditions().into_iter().map(found).collect();
        assert_eq!(found, [(Some(true), true), (Some(true), false)]);
        health.gone(0, "1001").await;
        assert_eq!(checks.len(), 4);
        while checks.try_recv().is_ok() {}
    }
}

#[tokio::test(start_paused = true)]
async fn while_no_node_serves_they_are_checked_every_second() {
    let (health, mut checks) = watched(vec![[info(SystemStatus::OutOfService, "a"), None]]);
    let mut service = health.service();
    service.until(|service| (*service == Service::OutOfService).then_some(())).await;
    let first = checks.recv().await.unwrap();
    assert_eq!(checks.recv().await.unwrap() - first, EVERY_WHILE_OUT);
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
    assert_eq!(changes, [Service::Unknown, Service::InService, Service::OutOfService, Service::InService]);
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
    let now_and_then = vec![[up("a"), up("b")], missed(), [up("a"), up("b")], missed(), [up("a"), up("b")]];
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
    assert_eq!(health.serving("1001").await.unwrap().0, 0);
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

#[tokio::test(start_paused = true)]
async fn a_moved_user_stays_until_that_node_misses_two_checks() {
    let silent = || [up("a"), None];
    let both = || [up("a"), up("b")];
    let (health, mut checks) = watched(vec![both(), silent(), both(), silent(), silent(), both()]);
    let mut next = async || checks.recv().await.unwrap();
    assert_eq!(health.move_user("1001", None).map_err(|error| error.to_string()), Err(AWAY.to_owned()));
    next().await;
    assert_eq!(health.move_user("1001", None), Ok(String::new()));
    assert_eq!((health.node_of("1001"), health.node_of("1002"), health.current()), (1, 0, 0));
    assert_eq!(health.serving("1001").await.unwrap().1.xmpp_domain, "b");
    for _ in 0..3 {
        next().await;
        assert_eq!(health.node_of("1001"), 1, "it never missed two checks in a row");
    }
    health.left(1, "1001").await;
    assert_eq!(health.node_of("1001"), 0);
    assert!(health.move_user("1001", None).is_err(), "the other node is silent");
}

const AWAY: &str = "the other node, , is not in service";

#[tokio::test(start_paused = true)]
async fn a_user_is_moved_back_and_only_where_there_is_another_node() {
    let (health, mut checks) = watched(vec![[up("a"), up("b")]]);
    for _ in 0..2 {
        checks.recv().await.unwrap();
    }
    for node in [1, 0, 1] {
        health.move_user("1001", None).unwrap();
        assert_eq!(health.node_of("1001"), node);
    }
    assert_eq!(Health::new(1).move_user("1001", None), Err(MoveError::OnlyNode));
}

#[tokio::test(start_paused = true)]
async fn a_user_at_a_node_in_maintenance_comes_back_and_nobody_is_moved_there() {
    let script = vec![[up("a"), up("b")], [up("a"), up("b")], [up("a"), maintained("b")]];
    let (health, mut checks) = watched(script);
    for _ in 0..2 {
        checks.recv().await.unwrap();
    }
    health.move_user("1001", None).unwrap();
    assert_eq!(health.node_of("1001"), 1);
    timeout(CONFIG.every * 3, health.left(1, "1001")).await.unwrap();
    assert_eq!((health.node_of("1001"), health.current()), (0, 0));
    assert!(health.gone(1, "1001").now_or_never().is_none(), "its stream has time to move");
    assert_eq!(health.move_user("1001", None), Err(MoveError::InMaintenance { node: String::new() }));
    assert_eq!(health.node_of("1001"), 0);
}

#[tokio::test(start_paused = true)]
async fn while_both_nodes_are_in_maintenance_users_are_moved_as_always() {
    let (health, mut checks) = watched(vec![[maintained("a"), maintained("b")]]);
    for _ in 0..2 {
        checks.recv().await.unwrap();
    }
    assert_eq!(health.move_user("1001", None), Ok(String::new()));
    checks.recv().await.unwrap();
    checks.recv().await.unwrap();
    assert_eq!((health.node_of("1001"), health.current()), (1, 0), "the other one is not better");
}

#[tokio::test(start_paused = true)]
async fn whoever_was_moved_stays_when_everybody_follows() {
    let script = vec![[up("a"), up("b")], [up("a"), up("b")], [maintained("a"), up("b")]];
    let (health, mut checks) = watched(script);
    checks.recv().await.unwrap();
    checks.recv().await.unwrap();
    health.move_user("1001", None).unwrap();
    health.left(0, "1002").await;
    assert_eq!((health.node_of("1001"), health.node_of("1002")), (1, 1));
    assert!(health.move_user("1001", None).is_err(), "back at the current node, as everybody");
}

#[tokio::test(start_paused = true)]
async fn whoever_is_moved_to_a_named_node_stays_there_when_asked_again() {
    let (health, mut checks) = watched(vec![[up("a"), up("b")]]);
    for _ in 0..2 {
        checks.recv().await.unwrap();
    }
    health.checks.rename(0, "fa.example:8445".to_owned());
    health.checks.rename(1, "fb.example:8445".to_owned());
    for node in ["fb", "fb", "fa", "fa"] {
        let name = format!("{node}.example:8445");
        assert_eq!(health.move_user("1001", Some(&name)), Ok(name.clone()));
        assert_eq!(health.node_of("1001"), usize::from(node == "fb"));
    }
    let unknown = MoveError::Unknown { node: "fc.example:8445".to_owned() };
    assert_eq!(health.move_user("1001", Some("fc.example:8445")), Err(unknown));
}
