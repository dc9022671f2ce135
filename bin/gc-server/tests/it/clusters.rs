//! Two clusters behind one connector, with an agent 1001 in each of them.

use finesse_sim::Running;
use gc_server::Server;
use serde_json::json;

use crate::support::client::{Answer, Client};
use crate::support::stage::{Control, connector, simulator};

/// The clusters west, which is the first, and east, to which clients named east-… belong.
async fn two_clusters() -> (Running, Running, Server) {
    let (west, east) = (simulator(true).await, simulator(true).await);
    let section = |name: &str, destinations: &str, sim: &Running| {
        let (rest, notifications) = (sim.first_node().rest_url(), sim.first_node().websocket_url());
        let url = rest.trim_end_matches("/finesse/api");
        let ca = sim.ca_pem().unwrap_or_default();
        format!(
            "[[cluster]]\nname = '{name}'\ndestinations = [{destinations}]\nhealth_interval = '100ms'\n\
             ca_pem = '''{ca}'''\nnodes = [{{ url = '{url}', notifications = '{notifications}' }}]\n"
        )
    };
    let toml = format!(
        "[http]\nlisten = '127.0.0.1:0'\n{}{}",
        section("west", "", &west),
        section("east", "'east-*'", &east)
    );
    let server = connector(&toml).await;
    (west, east, server)
}

async fn post_to(client: &Client, cluster: &str, command: &str, body: &str) -> Answer {
    let data = json!({ "data": { "type": command, "body": body } });
    client.ask(client.http.post(format!("{}/gc/{cluster}/command", client.url)).json(&data)).await
}

async fn has_state(sim: &Running, state: &str) {
    Control::of(sim).until_state("1001", state).await;
}

#[tokio::test]
async fn the_same_agent_of_two_clusters_is_driven_apart() {
    let (west, east, server) = two_clusters().await;
    let client = Client::of(server.address());
    let mut at_west = client.watched("crm").await;
    let mut at_east = client.watched("east-crm").await;
    client.signs_in("1001", "crm", &mut at_west).await;
    client.accepted("Connect#1001", "east-crm,demo").await;
    at_east.of_type("ConnectStatus").await;
    post_to(&client, "east", "Login#1001", "demo,2001").await.command_id();
    at_east.of_type("DialogState").await;
    has_state(&west, "NOT_READY").await;
    has_state(&east, "NOT_READY").await;

    // Nobody says who asks, so that either may be meant.
    let unclear = client.send("MakeReady#1001", "").await;
    unclear.is_error(409, "PLEASE_RETRY");
    let text = unclear.json["errorMessage"].as_str().unwrap();
    assert!(text.contains("west, east") && text.contains("/gc/<cluster>/command"), "{text}");
    post_to(&client, "north", "MakeReady#1001", "").await.is_error(409, "PLEASE_RETRY");

    // By the address, and by the session of the client.
    post_to(&client, "east", "MakeReady#1001", "").await.command_id();
    assert_eq!(at_east.of_type("State").await.data["state"], "READY");
    has_state(&east, "READY").await;
    has_state(&west, "NOT_READY").await;
    let hello = json!({ "type": "Hello#crm", "sessionUrl": "https://crm.example/s" });
    client.send_data(hello).await.command_id();
    let ready = json!({ "type": "MakeReady#1001", "sessionUrl": "https://crm.example/s" });
    client.send_data(ready).await.command_id();
    has_state(&west, "READY").await;

    server.stop().await;
    west.shutdown().await;
    east.shutdown().await;
}

#[tokio::test]
async fn a_cluster_that_goes_out_of_service_is_the_business_of_its_clients() {
    let (west, east, server) = two_clusters().await;
    let client = Client::of(server.address());
    let mut at_west = client.watched("crm").await;
    let mut at_east = client.watched("east-crm").await;
    Control::of(&east).system("OUT_OF_SERVICE").await;
    assert_eq!(at_east.of_type("System").await.data["status"], "OUT_OF_SERVICE");
    // What the other one hears next is the answer to its own question.
    client.accepted("Beat#crm", "").await;
    assert_eq!(at_west.of_type("System").await.data["status"], "IN_SERVICE");
    // The server goes on for the other cluster.
    let ready = client.get("/health/ready").await;
    assert_eq!(ready.status(), 200);
    assert_eq!(ready.text().await.unwrap(), "ready; Finesse is not in service in cluster east\n");
    Control::of(&west).system("OUT_OF_SERVICE").await;
    assert_eq!(at_west.of_type("System").await.data["status"], "OUT_OF_SERVICE");
    assert_eq!(client.get("/health/ready").await.status(), 503);

    server.stop().await;
    west.shutdown().await;
    east.shutdown().await;
}
