//! SIGTERM: what is under way comes to its end, and nothing new begins.

use serde_json::json;

use crate::support::process::Process;
use crate::support::receiver::{OK, Receiver, Then};
use crate::support::soon;
use crate::support::stage::{Control, gc_toml, simulator};
use crate::support::xmpp_peer::XmppPeer;

#[tokio::test]
async fn commands_under_way_end_events_reach_a_slow_callback_and_the_exit_code_is_0() {
    let sim = simulator(true).await;
    let control = Control::of(&sim);
    let process = Process::serve(&gc_toml(&sim, &[]), "info").await;
    let client = process.client();

    // desk reads a live stream; crm's callback takes its time.
    let mut desk = client.watched("desk").await;
    client.signs_in("1001", "desk", &mut desk).await;
    let mut crm = Receiver::scripted([OK, Then::Wait], OK).await;
    client.hello_with_callback("crm", &crm.url).await;
    assert_eq!(crm.next().await.sequence(), 1);
    client.accepted("Beat#crm", "").await;
    client.accepted("Beat#crm", "").await;
    assert_eq!(crm.next().await.sequence(), 2);

    let slow = json!({ "when": { "action": "READY" }, "then": { "do": "delay", "ms": 500 } });
    control.fault(slow).await;
    let ready = client.accepted("MakeReady#1001", "").await;
    process.terminate().await;
    // From some moment on nothing new is taken, while what is under way goes on.
    let draining = soon("the stop", async {
        loop {
            let answer = client.send("Beat#desk", "").await;
            if answer.status != 202 {
                return answer;
            }
        }
    });
    draining.await.is_error(503, "PLEASE_RETRY");
    assert_eq!(client.get("/health/ready").await.status(), 503);

    desk.brief("State READY").await;
    crm.release();
    assert_eq!(crm.next().await.sequence(), 3);
    assert!(desk.rest().await.iter().all(|event| event.event_type == "System"), "{ready}");
    let (code, logs) = process.ended().await;
    assert_eq!(code, Some(0), "{logs}");
    assert!(!logs.contains("WARN") && !logs.contains("ERROR"), "{logs}");
    assert_eq!(control.user("1001").await["streams"], json!([]));
    sim.shutdown().await;
}

#[tokio::test]
async fn xmpp_streams_close_politely() {
    let sim = simulator(false).await;
    let mut peer = XmppPeer::start().await;
    let url = sim.rest_url();
    let url = url.trim_end_matches("/finesse/api");
    let nodes = format!("[{{ url = \"{url}\", notifications = \"{}\" }}]", peer.url);
    let process = Process::serve(&gc_toml(&sim, &[("finesse.nodes", &nodes)]), "info").await;
    let client = process.client();
    let mut events = client.watched("desk").await;
    client.accepted("Connect#1001", "desk,demo").await;
    events.of_type("ConnectStatus").await;
    let stream = peer.stream().await;
    process.terminate().await;
    assert!(stream.ended().await.ends_with("</stream:stream>"));
    assert_eq!(process.ended().await.0, Some(0));
    sim.shutdown().await;
}

#[tokio::test]
async fn what_does_not_end_in_time_is_reported_and_does_not_delay_the_stop() {
    let sim = simulator(true).await;
    let settings = [("http.stop_grace", "'200ms'"), ("callback.attempt_timeout", "'60s'")];
    let process = Process::serve(&gc_toml(&sim, &settings), "info").await;
    let client = process.client();
    let mut desk = client.watched("desk").await;
    client.signs_in("1001", "desk", &mut desk).await;
    let mut dead = Receiver::scripted([], Then::Silence).await;
    client.hello_with_callback("crm", &dead.url).await;
    dead.next().await;
    Control::of(&sim).fault(json!({ "when": { "action": "READY" }, "then": { "do": "silent" } })).await;
    client.accepted("MakeReady#1001", "").await;
    process.terminate().await;
    let error = desk.brief("Error PLEASE_RETRY").await;
    assert!(error.data["errorMessage"].as_str().unwrap().contains("stopped"), "{error:?}");
    let (code, logs) = process.ended().await;
    assert_eq!(code, Some(0), "{logs}");
    assert!(logs.contains("events left undelivered"), "{logs}");
    sim.shutdown().await;
}
