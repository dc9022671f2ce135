//! How a connector comes to lead, or is stopped before it does.

use std::sync::Arc;
use std::thread::JoinHandle;

use super::finesse;
use crate::support::group::{Group, free_port, until_it_leads, until_taken_over_for};
use crate::support::pki::{Authority, Files};
use crate::support::process::{Process, config_file, run};
use crate::support::stage::gc_toml;
use crate::support::until;

/// Nor does it pass anything on to itself: its own row says that it leads.
#[tokio::test(flavor = "multi_thread")]
async fn a_leader_that_was_killed_and_started_again_follows_nobody_until_its_lease_is_over() {
    let Some(group) = Group::new() else { return };
    let sim = finesse().await;
    let config = group.config(&gc_toml(&sim, &[]));
    let leader = Process::listening(&config, "info").await;
    until_it_leads(&leader).await;
    leader.kill().await;
    let again = Process::listening(&config, "info").await;
    again.logged("which it was before its restart").await;
    let client = again.client();
    let ready = client.get("/health/ready").await;
    assert_eq!((ready.status().as_u16(), &*ready.text().await.unwrap()), (503, "nobody leads the group\n"));
    client.send("Hello#desk", "").await.is_error(503, "PLEASE_RETRY");
    group.ends_the_lease();
    until_it_leads(&again).await;
    until_taken_over_for(&again, "lease_over").await;
    client.is_ready().await;
    assert!(!again.has_logged("cannot be passed on"), "{}", again.logs());
}

/// A table that a connector has to read that has just taken the store, and somebody has locked.
struct Locked {
    group: Arc<Group>,
    locking: JoinHandle<()>,
}

impl Locked {
    /// And that connector.
    async fn new() -> Option<(Self, Process)> {
        let group = Arc::new(Group::new()?);
        let sim = finesse().await;
        let settings = gc_toml(&sim, &[]);
        // It makes the tables.
        let first = group.member(&settings).await;
        until_it_leads(&first).await;
        first.terminate().await;
        assert_eq!(first.ended().await.0, Some(0));
        let locking = std::thread::spawn({
            let group = Arc::clone(&group);
            let text = "begin; lock table gc.event in access exclusive mode; select pg_sleep(600)";
            // It is ended before it wakes.
            move || _ = group.database.sql("gc", text).unwrap_err()
        });
        let sees = async |what: &str, wanted: &str| {
            until(what, async || group.database.sql("gc", what).unwrap() == wanted).await;
        };
        sees("select count(*) from pg_locks where relation = 'gc.event'::regclass and granted", "1").await;
        let opening = group.member(&settings).await;
        sees("select holder is null from gc.store", "f").await;
        Some((Self { group, locking }, opening))
    }

    fn unlock(self) -> Arc<Group> {
        let end = "select pg_terminate_backend(pid) from pg_stat_activity \
            where query like '%pg_sleep(600)' and pid <> pg_backend_pid()";
        self.group.database.sql("gc", end).unwrap();
        self.locking.join().unwrap();
        self.group
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connector_that_is_stopped_while_it_opens_the_store_leaves_it_to_the_others_at_once() {
    let Some((locked, opening)) = Locked::new().await else { return };
    opening.terminate().await;
    opening.logged("\"stopped\"").await;
    let group = locked.unlock();
    let (code, logs) = opening.ended().await;
    assert!(code == Some(0) && !logs.contains("this connector leads now"), "{code:?} {logs}");
    let store = group.database.sql("gc", "select holder is null, left_for from gc.store").unwrap();
    assert_eq!(store, "t|left");
}

/// It would wait for as long as the database hangs.
#[tokio::test(flavor = "multi_thread")]
async fn a_connector_that_is_stopped_while_it_opens_the_store_ends_soon_although_it_cannot_leave_it() {
    let Some((locked, opening)) = Locked::new().await else { return };
    opening.terminate().await;
    assert_eq!(opening.ended().await.0, Some(0));
    let group = locked.unlock();
    assert_eq!(group.database.sql("gc", "select holder is null from gc.store").unwrap(), "f");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_other_connectors_of_a_group_are_tried_before_one_joins_it() {
    let Some(group) = Group::new() else { return };
    let sim = finesse().await;
    let settings = gc_toml(&sim, &[]);
    let [one, two] = [free_port(), free_port()];
    let url = group.database.url("gc");
    let leader = Process::listening(&group.config_by(&url, (one, one), &settings), "info").await;
    until_it_leads(&leader).await;
    let checked = async |config: &str| {
        let file = config_file(config);
        let output = run(&["check-config", "--connect", "--config", file.path().to_str().unwrap()]).await;
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let line = |stdout: &str| {
        let mut lines = stdout.lines();
        let line =
            lines.find(|line| line.starts_with(&format!("group: the connector at https://localhost:{one}")));
        line.map(|line| line.split_whitespace().nth(5).unwrap().to_owned())
    };
    let (code, stdout, stderr) = checked(&group.config_by(&url, (two, two), &settings)).await;
    assert_eq!((code, line(&stdout).as_deref(), &*stderr), (Some(0), Some("OK"), ""), "{stdout}");
    // Another authority; and a port that nobody listens on.
    let files = Files::of(&Authority::new());
    let (code, stdout, stderr) = checked(&group.config_with(&files, &settings)).await;
    assert_eq!((code, line(&stdout).as_deref()), (Some(69), Some("FAILED:")), "{stdout} {stderr}");
    let (code, stdout, stderr) = checked(&group.config_by(&url, (two, free_port()), &settings)).await;
    assert_eq!((code, line(&stdout).as_deref()), (Some(0), Some("OK")), "{stdout}");
    assert!(stderr.contains("warning: group.url: the others use its port"), "{stderr}");
    // Itself, while it runs, is nobody to be tried.
    let (_, stdout, _) = checked(&group.config_by(&url, (one, one), &settings)).await;
    assert_eq!(line(&stdout), None, "{stdout}");
}
