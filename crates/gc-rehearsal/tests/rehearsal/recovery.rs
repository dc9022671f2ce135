//! One fault of the link at a time, on the paused clock: what clients hear of it, and how long until every agent has a stream again
//! and its client knows what Finesse has. The table in docs/reliability.md has the figures.

use std::time::Duration;

use finesse_sim::Platform;
use serde_json::{Value, json};
use tokio::runtime::Builder;
use tokio::time::{Instant, sleep};

use crate::net::Path;
use crate::plan::{FaultPlan, Lateness};
use crate::site::{Site, text};

/// What Finesse waits after an agent's last stream has ended.
const PRESENCE_LOSS: Duration = Duration::from_secs(60);

/// From one look to the next.
const LOOK: Duration = Duration::from_millis(50);

/// The simulator sees the end of a connection that has broken.
const NOTICE: Duration = Duration::from_millis(1);

/// Nothing fails by itself.
fn quiet(platform: Platform) -> FaultPlan {
    FaultPlan {
        platform,
        agents: 6,
        clients: 2,
        late: Lateness::default(),
        every: None,
        callback_fails: 0,
        callback_late: Duration::ZERO,
        licences_missing: 0,
        trouble_every: None,
        websocket: true,
        presence_loss: PRESENCE_LOSS,
        ..FaultPlan::from_seed(11)
    }
}

/// What came of a fault.
struct Recovered {
    /// From its end until all was well.
    after: Duration,
    /// What clients heard from its beginning on, each line `1001 State READY`, the connector's own as `- System …`.
    heard: Vec<String>,
}

impl Recovered {
    /// Whether it was at most so long, which is a share of the 60 s.
    fn within(&self, most: Duration) -> bool {
        println!("all was well after {:?}; heard: {:?}", self.after, self.heard);
        self.after <= most
    }
}

/// All agents are ready; then this happens, and is over.
fn recovered(plan: FaultPlan, fault: impl AsyncFnOnce(&Site)) -> Recovered {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let site = Site::open(plan).await;
        sleep(Duration::from_secs(1)).await;
        for agent in site.agents() {
            site.connects(&agent);
            site.logs_in(&agent);
        }
        sleep(Duration::from_secs(2)).await;
        for agent in site.agents() {
            site.sends(&agent, "MakeReady", "");
        }
        sleep(Duration::from_secs(10)).await;
        assert!(is_well(&site).await);
        let before = site.journal.transcript().lines().count();
        fault(&site).await;
        let over = Instant::now();
        while !is_well(&site).await {
            assert!(over.elapsed() < Duration::from_secs(120), "{}", site.journal.transcript());
            sleep(LOOK).await;
        }
        let after = over.elapsed();
        assert_eq!(site.deaf().await, [""; 0]);
        // An event has come: its number, who and what.
        let heard = |line: &str| {
            let (_, event) = line.split_once("< desk-")?;
            let (_, what) = event.split_once(' ')?;
            (!what.contains("This is mark") && !what.ends_with(" again")).then(|| what.to_owned())
        };
        let transcript = site.journal.transcript();
        Recovered { after, heard: transcript.lines().skip(before).filter_map(heard).collect() }
    })
}

/// Each agent is ready and has one stream, and its client knows that.
async fn is_well(site: &Site) -> bool {
    let users = site.get("/sim/users").await;
    let ours: Vec<_> = site.agents().collect();
    let mut ours = users.iter().filter(|user| ours.contains(&text(user, "id")));
    let well = |user: &Value| user["state"] == "READY" && user["streams"] == json!(["gc"]);
    ours.all(well) && site.differences().await.is_empty()
}

/// Nobody gets to the notification services for so long, and whoever is there loses the connection.
async fn streams_away(site: &Site, away: Duration) {
    for node in [0, 1] {
        site.net.refuse(node, Path::Notifications, true);
        site.net.cut(node, Path::Notifications);
    }
    sleep(away).await;
    for node in [0, 1] {
        site.net.refuse(node, Path::Notifications, false);
    }
}

async fn set_system(site: &Site, change: Value) {
    assert!(site.control("POST", "/sim/system", &change).await.0, "{change}");
}

/// Both nodes are as if they were switched off.
async fn set_power(site: &Site, on: bool) {
    for node in [0, 1] {
        for path in [Path::Rest, Path::Notifications] {
            site.net.refuse(node, path, !on);
            site.net.cut(node, path);
        }
    }
}

#[test]
fn streams_cut_for_5_s_or_50_s_are_back_within_8_s_and_nobody_hears_of_it() {
    for away in [5, 50] {
        let recovered = recovered(quiet(Platform::Ucce), async |site: &Site| {
            streams_away(site, Duration::from_secs(away)).await;
        });
        assert!(recovered.within(Duration::from_secs(8)));
        assert_eq!(recovered.heard, [""; 0]);
    }
}

/// Finesse makes the agents not ready after 60 s; the connector makes them ready again.
#[test]
fn after_streams_were_cut_for_70_s_agents_are_made_ready_again() {
    let recovered = recovered(quiet(Platform::Ucce), async |site: &Site| {
        streams_away(site, Duration::from_secs(70)).await;
    });
    assert!(recovered.within(Duration::from_secs(9)));
    let last = |agent: &str| recovered.heard.iter().rfind(|line| line.starts_with(agent)).cloned();
    for agent in ["1001", "1006"] {
        assert_eq!(last(agent), Some(format!("{agent} State READY")));
    }
}

/// There they are signed out, and signed in again.
#[test]
fn after_streams_were_cut_for_70_s_agents_of_uccx_are_signed_in_again() {
    let recovered = recovered(quiet(Platform::Uccx), async |site: &Site| {
        streams_away(site, Duration::from_secs(70)).await;
    });
    assert!(recovered.within(Duration::from_secs(9)));
    assert!(!recovered.heard.iter().any(|line| line.contains("LOGOUT")), "{:?}", recovered.heard);
}

/// The streams that the connector holds open.
fn open_streams(site: &Site) -> u64 {
    site.alive().engine.measures(&[]).values().flat_map(|cluster| cluster.streams.values()).sum()
}

#[test]
fn half_open_streams_are_noticed_within_18_s() {
    let recovered = recovered(quiet(Platform::Ucce), async |site: &Site| {
        site.net.swallow(0, Path::Notifications, true);
        let begun = Instant::now();
        while open_streams(site) > 0 {
            sleep(LOOK).await;
        }
        let noticed = begun.elapsed();
        println!("noticed after {noticed:?}");
        assert!(
            noticed >= Duration::from_secs(12) && noticed <= Duration::from_secs(18) + LOOK,
            "{noticed:?}"
        );
        site.net.swallow(0, Path::Notifications, false);
        sleep(NOTICE).await;
    });
    assert!(recovered.within(Duration::from_secs(8)));
    assert_eq!(recovered.heard, [""; 0]);
}

#[test]
fn when_one_node_is_switched_off_agents_are_at_the_other_one_within_11_s() {
    let recovered = recovered(quiet(Platform::Ucce), async |site: &Site| {
        for path in [Path::Rest, Path::Notifications] {
            site.net.refuse(0, path, true);
            site.net.cut(0, path);
        }
        sleep(NOTICE).await;
    });
    assert!(recovered.within(Duration::from_secs(11)));
    assert_eq!(recovered.heard, [""; 0]);
}

#[test]
fn when_both_nodes_were_switched_off_each_client_hears_it_once_and_streams_are_back_in_2_s() {
    let recovered = recovered(quiet(Platform::Ucce), async |site: &Site| {
        set_power(site, false).await;
        sleep(Duration::from_secs(40)).await;
        set_power(site, true).await;
    });
    assert!(recovered.within(Duration::from_secs(2)));
    let each = ["- System OUT_OF_SERVICE", "- System IN_SERVICE"];
    for told in each {
        assert_eq!(recovered.heard.iter().filter(|line| *line == told).count(), 2, "{told}");
    }
    assert_eq!(recovered.heard.len(), 4);
}

#[test]
fn when_the_cti_of_both_nodes_was_lost_agents_are_read_again_at_once() {
    let recovered = recovered(quiet(Platform::Ucce), async |site: &Site| {
        set_system(site, json!({ "status": "OUT_OF_SERVICE" })).await;
        sleep(Duration::from_secs(40)).await;
        set_system(site, json!({ "status": "IN_SERVICE" })).await;
    });
    assert!(recovered.within(Duration::from_secs(2)));
    assert_eq!(recovered.heard.len(), 4, "two clients, each the end and the return");
}

#[test]
fn when_the_notification_service_restarts_streams_are_back_within_2_s() {
    let recovered = recovered(quiet(Platform::Ucce), async |site: &Site| {
        site.control("DELETE", "/sim/streams", &Value::Null).await;
    });
    assert!(recovered.within(Duration::from_secs(2)));
    assert_eq!(recovered.heard, [""; 0]);
}

/// The wall clocks of the connector jump while streams are away: nothing of the link goes by them.
#[test]
fn a_clock_that_jumps_changes_nothing_at_the_link() {
    for jump in [-7200, 7200] {
        let recovered = recovered(quiet(Platform::Ucce), async |site: &Site| {
            site.clock.jumps(jump);
            streams_away(site, Duration::from_secs(20)).await;
        });
        assert!(recovered.within(Duration::from_secs(8)));
        assert_eq!(recovered.heard, [""; 0]);
    }
}

#[test]
fn a_maintenance_moves_everybody_while_calls_ring_and_each_call_is_announced_once() {
    let recovered = recovered(quiet(Platform::Ucce), async |site: &Site| {
        set_system(site, json!({ "finesseMMode": "IN_PROGRESS", "node": "a" })).await;
        for agent in site.agents() {
            let call = json!({ "from": "5550142", "to": agent });
            assert!(site.control("POST", "/sim/calls", &call).await.0);
            sleep(Duration::from_millis(700)).await;
        }
        let streams_at_a = async || site.get("/sim/system").await[0]["thirdPartyClients"].as_u64();
        while streams_at_a().await != Some(0) {
            sleep(LOOK).await;
        }
        set_system(site, json!({ "webApplication": "down", "node": "a" })).await;
        for call in site.get("/sim/calls").await {
            site.control("DELETE", &format!("/sim/calls/{}", text(&call, "dialogId")), &Value::Null).await;
        }
    });
    assert!(recovered.within(Duration::from_secs(2)));
    for agent in ["1001", "1002", "1003", "1004", "1005", "1006"] {
        let heard: Vec<_> = recovered.heard.iter().filter(|line| line.starts_with(agent)).collect();
        let kinds: Vec<_> = heard.iter().filter_map(|line| line.split(' ').nth(1)).collect();
        assert_eq!(kinds, ["NewInboundCall", "InboundCall"], "{heard:?}");
    }
}
