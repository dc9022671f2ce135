//! One of two nodes is put into maintenance: its agents move to the other one, and nobody notices.

use std::collections::BTreeMap;
use std::time::Duration;

use finesse_sim::{Config as SimConfig, SecondNode, Sim};
use serde_json::json;

use crate::support::client::Client;
use crate::support::events::Events;
use crate::support::stage::{Stage, connector, gc_toml};
use crate::support::until;

const AGENTS: std::ops::RangeInclusive<u32> = 1001..=1020;
/// How many move at once.
const GROUP: u64 = 2;

/// Two nodes, at which nobody may be without a stream for longer than a millisecond, and a connector in front of them.
async fn stage() -> Stage {
    gc_server::choose_crypto();
    let second_node = Some(SecondNode::any("127.0.0.1"));
    let mut config = SimConfig { second_node, ..SimConfig::demo().unwrap() };
    config.world.timers.event_delay = Duration::from_millis(1);
    config.world.timers.presence_loss = Duration::from_millis(1);
    let sim = Sim::start(config).await.unwrap();
    let group = GROUP.to_string();
    let server = connector(&gc_toml(&sim, &[("finesse.moves_at_once", &group)])).await;
    Stage::of(sim, server)
}

/// All agents are ready, and a supervisor follows their team.
async fn at_work(client: &Client) -> Events {
    let mut events = client.watched("desk").await;
    for agent in AGENTS {
        client.signs_in(&agent.to_string(), "desk", &mut events).await;
        client.accepted(&format!("MakeReady#{agent}"), "").await;
        events.brief("State READY").await;
    }
    client.signs_in("1091", "desk", &mut events).await;
    client.accepted("getteamusers#1091", "1,true").await;
    events.of_type("TeamAgents").await;
    events
}

#[tokio::test]
async fn the_agents_of_a_node_in_maintenance_move_in_groups_and_miss_nothing() {
    let stage = stage().await;
    let (client, control) = (stage.client(), stage.control());
    let mut events = at_work(&client).await;
    let clients = async || {
        let nodes = control.get("system").await;
        [0, 1].map(|node| nodes[node]["thirdPartyClients"].as_u64().unwrap())
    };
    let all = u64::from(AGENTS.end() - AGENTS.start()) + 2;
    assert_eq!(clients().await, [all, 0]);

    control.maintenance("a", "IN_PROGRESS").await;
    let mut calls = Vec::new();
    let mut most = 0;
    // A call rings at each agent, before, while or after that one moves.
    for agent in AGENTS {
        calls.push(control.call("5550100", &agent.to_string()).await);
        let [left, moved] = clients().await;
        most = most.max(left + moved);
    }
    control.until_left("a").await;
    assert_eq!(clients().await, [0, all]);
    assert!(most <= all + GROUP, "{most} streams of {all} users: one group has two each");

    // The operator stops the node.
    control.post("/sim/system", json!({ "webApplication": "down", "node": "a" })).await;
    for call in &calls {
        control.hang_up(call).await;
    }
    client.accepted("MakeNotReady#1001", "").await;
    let mut seen: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for _ in 0..calls.len() * 2 + 2 {
        let event = events.next().await.unwrap();
        let member = event.data["teamAgentId"].as_str().map(|member| format!(" of {member}"));
        let agent = event.data["agentId"].as_str().unwrap_or_default().to_owned();
        seen.entry(agent).or_default().push(event.brief() + &member.unwrap_or_default());
    }
    // Nothing came twice, and nobody was signed out or made not ready.
    client.accepted("Beat#desk", "").await;
    assert_eq!(events.next().await.unwrap().brief(), "System IN_SERVICE");
    for agent in AGENTS {
        let mut expected = vec!["NewInboundCall", "InboundCall DROPPED"];
        expected.extend((agent == 1001).then_some("State NOT_READY"));
        assert_eq!(seen[&agent.to_string()], expected, "{agent}");
    }
    assert_eq!(seen["1091"], ["State NOT_READY of 1001"]);
    let scrape = client.get("/metrics").await.text().await.unwrap();
    let moved = format!("gc_stream_closed_total{{cluster=\"default\",reason=\"moved\"}} {all}\n");
    assert!(scrape.contains(&moved), "{scrape}");
    stage.end().await;
}

/// The other node is in maintenance as well: there is no better place, and nobody moves.
#[tokio::test]
async fn while_both_nodes_are_in_maintenance_agents_stay_where_they_are() {
    let stage = stage().await;
    let (client, control) = (stage.client(), stage.control());
    let mut events = client.watched("desk").await;
    client.signs_in("1001", "desk", &mut events).await;
    control.post("/sim/system", json!({ "finesseMMode": "IN_PROGRESS" })).await;
    for node in ["a", "b"] {
        control.until_looked_at(node, 2).await;
    }
    assert_eq!(control.cut("1001", "b").await, 0);
    control.maintenance("b", "OFF").await;
    control.until_left("a").await;
    client.accepted("MakeReady#1001", "").await;
    events.brief("State READY").await;
    stage.end().await;
}

/// An administrator moved the agent there before. It has a stream all the time, on both ways.
#[tokio::test]
async fn an_agent_who_was_moved_to_a_node_comes_back_when_that_is_in_maintenance() {
    let stage = stage().await;
    let (client, control) = (stage.client(), stage.control());
    let mut events = client.watched("desk").await;
    client.signs_in("1001", "desk", &mut events).await;
    let ask = async || client.ask(client.http.post(format!("{}/admin/agents/1001/move", client.url))).await;
    // Once the other node is known.
    until("the way to the other node", async || ask().await.status == 202).await;
    control.until_left("a").await;

    control.maintenance("b", "IN_PROGRESS").await;
    control.until_left("b").await;
    let refused = ask().await;
    refused.is_error(409, "GENERAL_ERROR");
    let text = refused.json["errorMessage"].as_str().unwrap();
    assert!(text.ends_with("is in maintenance."), "{text}");
    client.accepted("MakeReady#1001", "").await;
    assert_eq!(events.next().await.unwrap().brief(), "State READY", "nothing else was heard");
    let scrape = client.get("/metrics").await.text().await.unwrap();
    let moved = "gc_stream_closed_total{cluster=\"default\",reason=\"moved\"} 2\n";
    assert!(scrape.contains(moved), "{scrape}");
    // A planned move is no fault.
    let reread = "gc_rereads_total{cluster=\"default\",cause=\"moved\"} 2\n";
    assert!(scrape.contains(reread) && !scrape.contains("reason=\"lost\""), "{scrape}");
    stage.end().await;
}
