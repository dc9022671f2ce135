//! What the nodes say about themselves and each other, as far as the configuration does not say it.

use std::time::Duration;

use finesse_sim::{Config as SimConfig, Release, SecondNode, Sim};
use serde_json::{Value, json};

use crate::support::client::Client;
use crate::support::stage::{Stage, connector, toml_of};
use crate::support::until;

/// Two nodes of this release, and a connector with these of the configuration.
async fn stage(release: Release, nodes: impl Fn(&finesse_sim::Running) -> String) -> Stage {
    gc_server::choose_crypto();
    let second_node = Some(SecondNode::any("127.0.0.1"));
    let mut config = SimConfig { second_node, ..SimConfig::demo().unwrap() };
    config.world.timers.event_delay = Duration::from_millis(1);
    config.world.rules.release = release;
    let sim = Sim::start(config).await.unwrap();
    let (nodes, ca) = (nodes(&sim), format!("'''{}'''", sim.ca_pem().unwrap()));
    let toml = toml_of(&[("finesse.nodes", &nodes), ("finesse.ca_pem", &ca)]);
    Stage::of(sim, connector(&toml).await)
}

fn url(node: &finesse_sim::Node) -> String {
    node.rest_url().trim_end_matches("/finesse/api").to_owned()
}

async fn nodes(client: &Client) -> Vec<Value> {
    let answer = client.ask(client.http.get(format!("{}/admin/clusters", client.url))).await;
    answer.json["clusters"][0]["nodes"].as_array().unwrap().clone()
}

async fn node_of(client: &Client, agent: &str) -> Value {
    let answer = client.ask(client.http.get(format!("{}/admin/agents/{agent}", client.url))).await;
    answer.json["stream"]["node"].clone()
}

#[tokio::test]
async fn agents_go_to_a_node_that_only_the_other_one_has_named() {
    let stage = stage(Release::Finesse12_6, |sim| format!("[{{ url = '{}' }}]", url(sim.first_node()))).await;
    let client = stage.client();
    let mut events = client.watched("desk").await;
    client.signs_in("1001", "desk", &mut events).await;
    until("the other node", async || nodes(&client).await.len() == 2).await;
    let found = url(stage.sim.second_node().unwrap()).replace("https://", "");
    until("its service", async || nodes(&client).await[1]["inService"] == true).await;
    assert_eq!(nodes(&client).await[1]["node"], found);

    stage.control().system_of("a", "OUT_OF_SERVICE").await;
    until("the agent's stream there", async || node_of(&client, "1001").await == found).await;
    client.accepted("MakeReady#1001", "").await;
    events.brief("State READY").await;
    // Over the first place of the order: beside its REST API.
    assert_eq!(nodes(&client).await[1]["transport"], "websocket");
    stage.end().await;
}

#[tokio::test]
async fn a_node_of_the_configuration_is_not_replaced_by_the_one_that_is_named() {
    let both = |sim: &finesse_sim::Running| {
        let (first, second) = (url(sim.first_node()), url(sim.second_node().unwrap()));
        // By another name than the one that the first node says.
        format!("[{{ url = '{first}' }}, {{ url = '{}' }}]", second.replace("127.0.0.1", "localhost"))
    };
    let stage = stage(Release::Finesse12_6, both).await;
    let client = stage.client();
    for node in ["a", "b"] {
        stage.control().until_looked_at(node, 3).await;
    }
    let names: Vec<_> = nodes(&client).await.iter().map(|node| node["node"].clone()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(names.iter().all(|name| name.as_str().unwrap().starts_with("localhost:")), "{names:?}");
    stage.end().await;
}

#[tokio::test]
async fn the_next_place_is_used_remembered_and_shown_where_the_first_has_no_notifications() {
    // Before 12.6 there is no WebSocket beside the REST API.
    let stage = stage(Release::Finesse12_5, |sim| {
        let (node, url) = (sim.first_node(), url(sim.first_node()));
        let (websocket, port) = (url.replace("https", "wss"), node.xmpp_addr().port());
        format!("[{{ url = '{url}', notifications = ['{websocket}/ws/', 'xmpps://localhost:{port}'] }}]")
    })
    .await;
    let client = stage.client();
    let mut events = client.watched("desk").await;
    for agent in ["1001", "1002"] {
        client.signs_in(agent, "desk", &mut events).await;
        let answer = client.ask(client.http.get(format!("{}/admin/agents/{agent}", client.url))).await;
        assert_eq!(answer.json["stream"]["transport"], json!("tcp"));
    }
    assert_eq!(nodes(&client).await[0]["transport"], "tcp");
    stage.end().await;
}
