//! A day of an agent, from Hello to Logout.

use finesse_sim::Running;
use gc_scenario::brief;
use serde_json::json;

use crate::support::client::Client;
use crate::support::events::Event;
use crate::support::receiver::Receiver;
use crate::support::stage::{Control, Stage, connector, gc_toml, simulator};

fn briefs(events: &[Event]) -> Vec<String> {
    events.iter().map(Event::brief).collect()
}

#[tokio::test]
async fn a_day_seen_in_the_live_stream() {
    let stage = Stage::start().await;
    let client = stage.client();
    let mut events = client.watched("desk").await;

    let connect = client.accepted("Connect#1001", "desk,demo").await;
    let login = client.accepted("Login#1001", "demo,2001").await;
    let day = events.all_until(|event| event.event_type == "DialogState").await;
    assert_eq!(
        briefs(&day),
        ["ConnectStatus ConnectSuccess", "AgentInfo", "State NOT_READY", "DialogState NOT_FOUND"]
    );
    assert_eq!(day[0].data, json!({ "type": "ConnectStatus", "status": "ConnectSuccess" }));
    assert_ne!(connect, login);

    client.accepted("MakeReady#1001", "").await;
    events.brief("State READY").await;
    let call = stage.control().call("5550100", "1001").await;
    let ringing = events.of_type("NewInboundCall").await;
    assert_eq!((&ringing.data["dialogId"], &ringing.data["agentId"]), (&json!(call), &json!("1001")));

    client.accepted("AnswerCall#1001", &call).await;
    let answered = events.all_until(|event| event.event_type == "InboundCall").await;
    assert_eq!(briefs(&answered), ["State TALKING", "InboundCall ACTIVE"]);
    client.accepted("HoldCall#1001", &call).await;
    let held = events.all_until(|event| event.event_type == "State").await;
    assert_eq!(briefs(&held), ["InboundCall HELD", "State HOLD"]);
    client.accepted("RetrieveCall#1001", &call).await;
    let retrieved = events.all_until(|event| event.event_type == "State").await;
    assert_eq!(briefs(&retrieved), ["InboundCall ACTIVE", "State TALKING"]);
    client.accepted("ReleaseCall#1001", &call).await;
    let released = events.all_until(|event| event.event_type == "State").await;
    assert_eq!(briefs(&released), ["InboundCall DROPPED", "State READY"]);

    client.accepted("MakeNotReadyWithReason#1001", "102").await;
    let break_time = events.brief("State NOT_READY").await;
    assert_eq!((&break_time.data["reasonCode"], &break_time.data["label"]), (&json!("102"), &json!("Lunch")));
    client.accepted("Logout#1001", "").await;
    events.brief("State LOGOUT").await;
    assert_eq!(stage.server.pending_commands(), 0);
    stage.end().await;
}

/// Logs agent 1002 in for "crm" and takes a call; used by those who look at how the events come.
async fn takes_a_call(client: &Client, control: &Control) {
    client.accepted("Connect#1002", "crm,demo").await;
    client.accepted("Login#1002", "demo,2002").await;
    client.accepted("MakeReady#1002", "").await;
    control.until_state("1002", "READY").await;
    control.call("5550101", "1002").await;
}

#[tokio::test]
async fn a_second_client_gets_its_events_by_callback_with_everything_else_in_headers() {
    let stage = Stage::start().await;
    let client = stage.client();
    let mut other = client.watched("desk").await;
    let mut receiver = Receiver::good().await;
    let hello = json!({
        "type": "Hello#crm", "callbackFqdn": receiver.url, "callbackEndpoint": "/gc/events",
        "sessionUrl": "crm/7", "correlationId": "hello-1",
    });
    assert_eq!(client.send_data(hello).await.command_id(), "hello-1");
    let hello = receiver.next().await;
    assert_eq!(hello.event, json!({ "type": "System", "status": "IN_SERVICE" }));
    assert_eq!(hello.path, "POST /gc/events");
    let header = |name: &str| hello.headers.get(name).map(String::as_str);
    assert_eq!(header("gc-command-id"), Some("hello-1"));
    assert_eq!(header("gc-session-url"), Some("crm/7"));
    assert_eq!(header("gc-sequence"), Some("1"));
    assert_eq!(header("gc-agent-id"), None);
    assert!(header("webhook-id").is_some() && header("webhook-timestamp").is_some());

    takes_a_call(&client, stage.control()).await;
    let callbacks = receiver.all_until("NewInboundCall").await;
    let events: Vec<_> = callbacks.iter().map(|callback| brief(&callback.event)).collect();
    let expected = [
        "ConnectStatus ConnectSuccess",
        "AgentInfo",
        "State NOT_READY",
        "DialogState NOT_FOUND",
        "State READY",
        "NewInboundCall",
    ];
    assert_eq!(
        events.iter().filter(|event| *event != "State LOGOUT").collect::<Vec<_>>(),
        expected.each_ref()
    );
    assert!(callbacks.iter().all(|callback| callback.headers["gc-agent-id"] == "1002"));
    for callback in &callbacks {
        let dialog = callback.headers.get("gc-dialog-id").map(String::as_str);
        let is_call = callback.event["type"] == "NewInboundCall";
        assert_eq!(dialog, callback.event["dialogId"].as_str().filter(|_| is_call), "{}", callback.event);
    }
    let sequences: Vec<_> = callbacks.iter().map(|callback| callback.sequence()).collect();
    assert_eq!(sequences, (2..2 + callbacks.len() as u64).collect::<Vec<_>>());

    // The first client hears nothing of that.
    client.accepted("Beat#desk", "").await;
    assert_eq!(other.next().await.unwrap().brief(), "System IN_SERVICE");
    stage.end().await;
}

#[tokio::test]
async fn the_live_stream_resumes_behind_the_last_event_seen() {
    let stage = Stage::start().await;
    let client = stage.client();
    let mut events = client.watched("crm").await;
    takes_a_call(&client, stage.control()).await;
    let rings = |event: &Event| event.event_type == "NewInboundCall";
    let first = events.all_until(rings).await;
    drop(events);
    let (seen, missed) = first.split_at(2);

    let last = &seen.last().unwrap().id;
    let mut by_header = client.events("crm", Some(last)).await;
    assert_eq!(briefs(&by_header.all_until(rings).await), briefs(missed));
    let path = format!("/gc/events/crm?last_event_id={last}");
    let mut by_query = client.events_at(&path, None).await;
    assert_eq!(briefs(&by_query.all_until(rings).await), briefs(missed));

    // What was handed out is delivered: without an id the stream begins with what comes next.
    let mut anew = client.events("crm", None).await;
    client.accepted("Beat#crm", "").await;
    assert_eq!(anew.next().await.unwrap().sequence(), first.last().unwrap().sequence() + 1);

    // An id of another life says that something may be missing.
    let foreign = "00000000000000000000000000000000.3";
    let gap = client.events("crm", Some(foreign)).await.next().await.unwrap();
    assert_eq!((gap.event_type.as_str(), &gap.data["otherEpoch"]), ("Gap", &json!(true)));
    stage.end().await;
}

#[tokio::test]
async fn on_request_the_live_stream_shows_what_callbacks_have_in_their_headers() {
    let stage = Stage::start().await;
    let client = stage.client();
    let hello = json!({ "type": "Hello#crm", "sessionUrl": "crm/7", "correlationId": "hello-1" });
    client.send_data(hello).await.command_id();
    let mut events = client.events_at("/gc/events/crm?envelope=true", None).await;
    let hello = events.next().await.unwrap();
    assert_eq!(hello.event_type, "System");
    assert_eq!(hello.data["event"], json!({ "type": "System", "status": "IN_SERVICE" }));
    assert_eq!((&hello.data["commandId"], &hello.data["sessionUrl"]), (&json!("hello-1"), &json!("crm/7")));
    assert_eq!((&hello.data["sequence"], &hello.data["agentId"]), (&json!(1), &json!(null)));
    stage.end().await;
}

#[tokio::test]
async fn notifications_come_by_xmpp_over_tls_as_well() {
    a_call_is_notified(|sim| format!("notifications = 'xmpps://{}:{}'", sim.host(), sim.xmpp_addr().port()))
        .await;
}

#[tokio::test]
async fn notifications_come_by_starttls_as_well_and_from_the_first_place_that_works() {
    a_call_is_notified(|sim| {
        let (host, rest) = (sim.host(), sim.rest_addr().port());
        let starttls = sim.starttls_addr().unwrap().port();
        format!("notifications = ['xmpps://{host}:{rest}', 'xmpp://{host}:{starttls}']")
    })
    .await;
}

#[tokio::test]
async fn notifications_come_by_bosh_as_well() {
    a_call_is_notified(|sim| format!("notifications = '{}'", sim.bosh_url())).await;
}

#[tokio::test]
async fn without_a_configured_place_notifications_come_from_the_rest_servers_port() {
    a_call_is_notified(|_| "xmpp_domain = 'localhost'".to_owned()).await;
}

/// The simulator's node with this setting in its table.
async fn a_call_is_notified(setting: impl Fn(&Running) -> String) {
    let sim = simulator(true).await;
    let url = sim.rest_url();
    let url = url.trim_end_matches("/finesse/api");
    let nodes = format!("[{{ url = '{url}', {} }}]", setting(&sim));
    let server = connector(&gc_toml(&sim, &[("finesse.nodes", &nodes)])).await;
    let stage = Stage::of(sim, server);
    let client = stage.client();
    let mut events = client.watched("desk").await;
    client.signs_in("1001", "desk", &mut events).await;
    let call = stage.control().call("5550100", "1001").await;
    assert_eq!(events.of_type("NewInboundCall").await.data["dialogId"], call.as_str());
    stage.end().await;
}
