//! Notifications and REST come on ways of their own, and either may be late by any time. Whatever happens before, while or after
//! a stream opens, in the end the client knows what Finesse has.

use std::time::Duration;

use finesse_sim::{Config as SimConfig, SecondNode, Sim};
use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use tokio::time::{Instant, sleep_until};

use crate::support::site::{Path, Site};
use crate::support::soon;
use crate::support::way::Towards;

/// So many agents, each with a moment of its own, and the first of them.
const AGENTS: u32 = 16;
const FIRST: &str = "1001";

/// Opening a stream takes about so many delays: connection, WebSocket, login, resource, presence, and the re-read.
const STEPS: u32 = 9;

/// From one agent to the next, so that not all work at once and each has its own time.
const APART: Duration = Duration::from_millis(25);

/// So many skews at the same time.
const AT_ONCE: usize = 5;

/// One direction of one path is late.
#[derive(Clone, Copy, Debug)]
struct Skew {
    path: Path,
    towards: Towards,
    late: Duration,
}

impl Skew {
    fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for path in [Path::Notifications, Path::Rest] {
            for towards in [Towards::Server, Towards::Client] {
                all.extend([20, 100, 400].map(Duration::from_millis).map(|late| Self {
                    path,
                    towards,
                    late,
                }));
            }
        }
        all.push(Self { path: Path::Rest, towards: Towards::Server, late: Duration::ZERO });
        all
    }

    /// From now on.
    fn begins(self, site: &Site) {
        site.delay(self.path, self.towards, self.late);
    }

    /// For each agent when its stream begins to open, and a moment before, while or after it does.
    fn moments(self) -> impl Iterator<Item = (Instant, Instant)> {
        let (now, before) = (Instant::now(), self.late * 2);
        let around = before + self.late * STEPS + Duration::from_millis(50);
        (0..AGENTS).map(move |agent| {
            let first = now + APART * agent;
            (first + before, first + around * agent / AGENTS)
        })
    }
}

/// Plays it with each skew.
async fn with_each_skew(play: impl AsyncFn(&Site, Skew) -> Result<(), String>) {
    let played = stream::iter(Skew::all()).map(async |skew| {
        let site = site().await;
        let played = play(&site, skew).await.and_then(|()| site.keeps_the_rules());
        site.end().await;
        played.map_err(|failure| format!("== {skew:?}\n{failure}"))
    });
    let played: Vec<_> = played.buffer_unordered(AT_ONCE).collect().await;
    let failures: Vec<_> = played.into_iter().filter_map(Result::err).collect();
    assert!(failures.is_empty(), "{} skews failed\n{}", failures.len(), failures.join("\n"));
}

async fn site() -> Site {
    gc_server::choose_crypto();
    let second_node = Some(SecondNode::any("127.0.0.1"));
    let mut config = SimConfig { tls: false, second_node, ..SimConfig::demo().unwrap() };
    config.world.timers.event_delay = Duration::from_millis(1);
    let sim = Sim::start(config).await.unwrap();
    // At its deadline a command has Finesse read again, which would put right what was missed.
    let settings = [("session.deadline", "'1h'"), ("finesse.health_interval", "'250ms'")];
    let agents: Vec<_> = (1001..1001 + AGENTS).map(|agent| agent.to_string()).collect();
    Site::open(sim, &settings, &agents, 1).await
}

/// All agents sign in.
async fn sign_in(site: &Site) {
    for agent in site.agents() {
        site.connects(agent).await;
        site.logs_in(agent).await;
    }
    let all = site.journal.until(|book| site.agents().all(|agent| book.view(agent).state == "NOT_READY"));
    soon("all agents to be signed in", all).await;
}

/// A call rings at each agent.
async fn ring(site: &Site) -> Vec<String> {
    join_all(site.agents().map(|agent| site.control.call("5550100", agent))).await
}

/// For each agent at another moment around that at which its stream `opens`: the call that rings ends, another one comes, a
/// third one comes and goes, and the agent is in this state. The calls that ring in the end.
async fn change(
    site: &Site,
    skew: Skew,
    calls: &[String],
    state: &str,
    opens: impl AsyncFn(&str),
) -> Vec<String> {
    let changes = async |agent: &str, call: &str, at: Instant| {
        sleep_until(at).await;
        site.control.delete(&format!("/sim/calls/{call}")).await;
        let next = site.control.call("5550101", agent).await;
        site.control.asks_for(agent, state).await;
        let brief = site.control.call("5550102", agent).await;
        site.control.delete(&format!("/sim/calls/{brief}")).await;
        let news = format!("Finesse: {call} ended, {next} rings, {brief} came and went, {state}");
        site.journal.note(Some(agent), news);
        next
    };
    let opens = async |agent: &str, at: Instant| {
        sleep_until(at).await;
        site.journal.note(Some(agent), "-- now");
        opens(agent).await;
    };
    let each = site.agents().zip(calls).zip(skew.moments());
    let each = each.map(async |((agent, call), (opening, moment))| {
        tokio::join!(changes(agent, call, moment), opens(agent, opening)).0
    });
    join_all(each).await
}

/// The client knows what Finesse has, and hears that the calls end.
async fn settle(site: &Site, calls: &[String]) -> Result<(), String> {
    site.settles().await?;
    for call in calls {
        site.control.delete(&format!("/sim/calls/{call}")).await;
    }
    site.settles().await
}

#[tokio::test(flavor = "multi_thread")]
async fn at_connect_nothing_is_missed() {
    with_each_skew(async |site, skew| {
        // The agents are at work already: at Finesse's own desktop.
        join_all(site.agents().map(|agent| site.control.asks_for(agent, "LOGIN"))).await;
        let calls = ring(site).await;
        skew.begins(site);
        let connects = async |agent: &str| _ = site.connects(agent).await;
        let calls = change(site, skew, &calls, "READY", connects).await;
        settle(site, &calls).await
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_reconnect_nothing_is_missed() {
    with_each_skew(async |site, skew| {
        sign_in(site).await;
        let calls = ring(site).await;
        site.settles().await?;
        skew.begins(site);
        // What Finesse had sent before the end arrives.
        let ends = async |agent: &str| _ = site.control.cut(agent, "a").await;
        let calls = change(site, skew, &calls, "READY", ends).await;
        site.settles().await?;
        // What was on its way is lost, for all at once.
        let breaks = async |agent: &str| {
            if agent == FIRST {
                site.ways[0].notifications.cut()
            }
        };
        let calls = change(site, skew, &calls, "NOT_READY", breaks).await;
        settle(site, &calls).await
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_failover_nothing_is_missed() {
    with_each_skew(async |site, skew| {
        sign_in(site).await;
        let calls = ring(site).await;
        site.settles().await?;
        skew.begins(site);
        let a_goes = async |agent: &str| {
            if agent == FIRST {
                site.control.system_of("a", "OUT_OF_SERVICE").await;
            }
        };
        let calls = change(site, skew, &calls, "READY", a_goes).await;
        site.settles().await?;
        site.control.system_of("a", "IN_SERVICE").await;
        site.control.until_looked_at("a", 2).await;
        let b_dies = async |agent: &str| {
            if agent == FIRST {
                site.ways[1].rest.shut().await;
                site.ways[1].notifications.shut().await;
            }
        };
        let calls = change(site, skew, &calls, "NOT_READY", b_dies).await;
        settle(site, &calls).await
    })
    .await;
}

/// The deadline is an hour: an effect that nobody saw is waited for in vain.
#[tokio::test(flavor = "multi_thread")]
async fn connect_and_login_in_one_go_are_answered_however_late_either_path_is() {
    with_each_skew(async |site, skew| {
        skew.begins(site);
        for agent in site.agents() {
            site.connects(agent).await;
            site.logs_in(agent).await;
        }
        site.settles().await
    })
    .await;
}
