//! An agent is recorded over the administration's interface.

use gc_scenario::Scenario;
use reqwest::Method;
use serde_json::json;

use crate::core_stage;
use crate::support::admin;
use crate::support::client::{Answer, Client};
use crate::support::stage::Stage;
use crate::support::tenants::{entry, token};
use crate::support::until;

/// Two tenants, administrators of each, and one of everything.
struct Cast {
    stage: Stage,
    acme: Client,
    bell: Client,
    admin_of_acme: Client,
    admin_of_bell: Client,
    root: Client,
}

impl Cast {
    async fn new(settings: &[(&str, &str)]) -> Self {
        let admin = |name: &str, number: u8| {
            let hash = token(number).hash();
            format!(
                "{{ name = '{name}-admin', token_hashes = ['{hash}'], destinations = ['{name}*'], rights = ['admin'] }}"
            )
        };
        let clients = [
            entry("acme", 1, "agent"),
            entry("bell", 2, "agent"),
            admin("acme", 3),
            admin("bell", 4),
            entry("root", 5, "admin"),
        ];
        let clients = format!("[{}]", clients.join(", "));
        let stage = Stage::with(&[&[("client", clients.as_str())], settings].concat()).await;
        let [acme, bell, admin_of_acme, admin_of_bell, root] =
            [1, 2, 3, 4, 5].map(|number| stage.client().bearing(&token(number)));
        Self { stage, acme, bell, admin_of_acme, admin_of_bell, root }
    }
}

async fn ask(who: &Client, method: Method, agent: &str) -> Answer {
    admin::ask(who, method, &format!("/agents/{agent}/recording")).await
}

async fn text(who: &Client, agent: &str) -> String {
    who.get(&format!("/admin/agents/{agent}/recording")).await.text().await.unwrap()
}

#[tokio::test]
async fn a_recording_of_a_running_agent_replays_against_the_core_and_names_nobody() {
    let Cast { stage, acme, admin_of_acme, .. } = Cast::new(&[]).await;
    let mut events = acme.watched("acme-desk").await;
    acme.signs_in("1001", "acme-desk", &mut events).await;
    let begun = ask(&admin_of_acme, Method::POST, "1001").await;
    let wanted = json!({ "agentId": "1001", "cluster": "default", "state": "waiting" });
    assert_eq!(begun.status, 201, "{begun:?}");
    for member in ["agentId", "cluster", "state"] {
        assert_eq!(begun.json[member], wanted[member], "{begun:?}");
    }
    assert_eq!(ask(&admin_of_acme, Method::POST, "1001").await.status, 409);

    acme.accepted("MakeReady#1001", "").await;
    events.all_until(|event| event.data["state"] == "READY").await;
    let variables = json!({ "callVariable1": "Frieda Lawinky" });
    let call = json!({ "from": "5550142", "to": "1001", "variables": variables });
    let call = stage.control().post("/sim/calls", call).await["dialogId"].as_str().unwrap().to_owned();
    events.of_type("NewInboundCall").await;
    acme.accepted("AnswerCall#1001", &call).await;
    events.all_until(|event| event.data["type"] == "InboundCall" && event.data["state"] == "ACTIVE").await;
    acme.accepted("ReleaseCall#1001", &call).await;
    events.all_until(|event| event.data["state"] == "DROPPED").await;
    until("the end of the call in the recording", async || {
        text(&admin_of_acme, "1001").await.contains("InboundCall state=DROPPED")
    })
    .await;

    let recording = text(&admin_of_acme, "1001").await;
    assert!(recording.contains("acme> AnswerCall#1001 16777001"), "{recording}");
    for personal in ["5550142", "Frieda", "Lawinky", "Amira", "Haddad", "acme-desk", &call] {
        assert!(!recording.contains(personal), "{personal} is in the recording:\n{recording}");
    }
    let scenario = Scenario::parse("recording", &recording).unwrap();
    core_stage::Stage::play(&scenario, gc_scenario::Platform::Ucce).unwrap_or_else(|error| panic!("{error}"));

    assert_eq!(ask(&admin_of_acme, Method::DELETE, "1001").await.status, 200);
    assert_eq!(ask(&admin_of_acme, Method::GET, "1001").await.status, 404);
    stage.end().await;
}

#[tokio::test]
async fn an_administrator_with_destinations_records_only_agents_of_its_clients() {
    let Cast { stage, acme, admin_of_acme, admin_of_bell, root, .. } = Cast::new(&[]).await;
    let mut events = acme.watched("acme-desk").await;
    acme.signs_in("1001", "acme-desk", &mut events).await;
    assert_eq!(ask(&acme, Method::POST, "1001").await.status, 403);
    for begun in [false, true] {
        // Another's agent is answered exactly as one that does not exist.
        for method in [Method::POST, Method::GET, Method::DELETE] {
            let [theirs, nobodys] = [
                ask(&admin_of_bell, method.clone(), "1001").await,
                ask(&admin_of_bell, method, "9999").await,
            ];
            assert_eq!((theirs.status, nobodys.status), (404, 404), "{theirs:?}");
            let [theirs, nobodys] =
                [theirs, nobodys].map(|answer| answer.json["errorMessage"].as_str().unwrap().to_owned());
            assert_eq!(theirs, nobodys.replace("9999", "1001"));
        }
        if !begun {
            assert_eq!(ask(&root, Method::POST, "1001").await.status, 201);
        }
    }
    assert!(text(&admin_of_acme, "1001").await.contains("given> recording"));
    stage.end().await;
}

#[tokio::test]
async fn recordings_end_when_they_are_full_and_there_are_no_more_than_allowed() {
    let settings = [("recording.max_agents", "1"), ("recording.max_kib", "1")];
    let Cast { stage, acme, root, .. } = Cast::new(&settings).await;
    let mut events = acme.watched("acme-desk").await;
    acme.signs_in("1001", "acme-desk", &mut events).await;
    acme.signs_in("1002", "acme-desk", &mut events).await;
    assert_eq!(ask(&root, Method::POST, "1001").await.status, 201);
    let refused = ask(&root, Method::POST, "1002").await;
    refused.is_error(409, "GENERAL_ERROR");
    acme.accepted("MakeReady#1001", "").await;
    events.all_until(|event| event.data["state"] == "READY").await;
    until("the end of the recording", async || {
        text(&root, "1001").await.contains("as long as it may be (recording.max_kib)")
    })
    .await;
    stage.end().await;
}

#[tokio::test]
async fn a_recording_ends_when_a_client_of_somebody_else_takes_the_agent_over() {
    let Cast { stage, acme, bell, admin_of_acme, admin_of_bell, root } = Cast::new(&[]).await;
    let mut events = acme.watched("acme-desk").await;
    acme.signs_in("1001", "acme-desk", &mut events).await;
    acme.signs_in("1002", "acme-desk", &mut events).await;
    assert_eq!(ask(&admin_of_acme, Method::POST, "1001").await.status, 201);
    assert_eq!(ask(&root, Method::POST, "1002").await.status, 201);
    let mut events = bell.watched("bell-desk").await;
    bell.signs_in("1001", "bell-desk", &mut events).await;
    bell.signs_in("1002", "bell-desk", &mut events).await;
    for who in [&admin_of_acme, &admin_of_bell, &root] {
        assert_eq!(ask(who, Method::DELETE, "1001").await.status, 404);
    }
    // Whoever began this one administers the new client, too. It shows both clients' sessions, and so is for nobody who
    // administers only one of them.
    for who in [&admin_of_acme, &admin_of_bell] {
        assert_eq!(ask(who, Method::GET, "1002").await.status, 404);
        assert_eq!(ask(who, Method::DELETE, "1002").await.status, 404);
    }
    assert!(text(&root, "1002").await.contains("beta> Login#1001"));
    stage.end().await;
}
