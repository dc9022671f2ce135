//! Notifications over both transports.

use futures_util::StreamExt;

use crate::support::Bench;
use crate::wire::Wire;

#[tokio::test]
async fn a_call_is_notified_to_its_end_with_the_request_ids_echoed() {
    let bench = Bench::plain().await;
    let mut wire = Wire::join(&bench.sim, "1001").await;
    bench.login("1001").await;
    let update = wire.update().await;
    assert_eq!(update.short(), "NOT_READY");
    assert_eq!(update.to, "1001@127.0.0.1", "the bare JID");
    assert_eq!(update.request_id, "r-7");
    assert_eq!(update.source, "/finesse/api/User/1001");
    assert_eq!(update.node, "/finesse/api/User/1001");
    let (prefix, first) = update.item.split_at(36);
    let prefix = prefix.to_owned();
    let first: u64 = first.parse().unwrap();

    bench.state("1001", "READY").await;
    assert_eq!(wire.update().await.short(), "READY");
    let dialog = bench.customer("Sales").await;
    assert_eq!(wire.update().await.short(), "RESERVED");
    let ringing = wire.update().await;
    assert_eq!(ringing.short(), "POST ALERTING");
    assert_eq!(ringing.request_id, "");
    assert_eq!(ringing.source, "/finesse/api/User/1001/Dialogs");
    assert_eq!(ringing.text("queueName"), "");
    assert_eq!((ringing.text("DNIS").as_str(), ringing.text("toAddress").as_str()), ("2001", "8001"));
    assert!(ringing.item.starts_with(&prefix));
    assert!(ringing.item.split_at(36).1.parse::<u64>().unwrap() > first);

    assert_eq!(bench.act("1001", &dialog, "ANSWER").await.status, 202);
    let talking = wire.update().await;
    assert_eq!((talking.short().as_str(), talking.request_id.as_str()), ("TALKING", ""));
    let answered = wire.update().await;
    assert_eq!((answered.short().as_str(), answered.request_id.as_str()), ("PUT ACTIVE", "r-7"));
    assert_eq!(answered.source, format!("/finesse/api/Dialog/{dialog}"));
    assert_eq!(answered.text("queueName"), "Sales");
    let (status, _) = bench.control("DELETE", &format!("/calls/{dialog}"), None).await;
    assert_eq!(status, 204);
    for expected in ["PUT DROPPED", "DELETE DROPPED", "READY"] {
        assert_eq!(wire.update().await.short(), expected);
    }
}

#[tokio::test]
async fn errors_of_the_contact_centre_are_notifications() {
    let bench = Bench::plain().await;
    let mut wire = Wire::join(&bench.sim, "1001").await;
    assert_eq!(bench.state("1001", "READY").await.status, 202);
    let error = wire.update().await;
    assert_eq!(error.short(), "error CF_INVALID_OBJECT_STATE");
    assert_eq!((error.event.as_str(), error.request_id.as_str()), ("put", "r-7"));
    assert_eq!(error.node, "/finesse/api/User/1001");

    let body = "<User><state>LOGIN</state><extension>7777</extension></User>";
    assert_eq!(bench.rest("PUT", "1001", "/User/1001", body).await.status, 202);
    let error = wire.update().await;
    assert_eq!(error.text("errorType"), "Invalid Device");
    assert_eq!(error.text("errorData"), "260");
    assert_eq!(error.text("peripheralErrorCode"), "10125");

    bench.login("1001").await;
    assert_eq!(wire.update().await.short(), "NOT_READY");
    let dialog = bench.customer("1001").await;
    assert_eq!(wire.update().await.short(), "POST ALERTING");
    assert_eq!(bench.act("1001", &dialog, "HOLD").await.status, 202);
    let error = wire.update().await;
    assert_eq!(error.short(), "error INVALID_ACTION HOLD on extension 2001");
    assert_eq!(error.node, "/finesse/api/User/1001/Dialogs");
    assert_eq!(error.source, format!("/finesse/api/Dialog/{dialog}"));
}

#[tokio::test]
async fn tcp_with_and_without_tls_and_websocket_deliver_the_same_events() {
    let bench = Bench::with(|_| {}).await;
    let mut tcp = Wire::tcp(&bench.sim).await;
    assert_eq!(tcp.sign_in("1001", "tcp").await, "1001@127.0.0.1/tcp");
    tcp.become_available().await;
    let mut plain = Wire::tcp_plain(&bench.sim).await;
    plain.sign_in("1001", "plain").await;
    plain.become_available().await;
    let mut websocket = Wire::join(&bench.sim, "1001").await;
    bench.login("1001").await;
    for wire in [&mut tcp, &mut plain, &mut websocket] {
        let update = wire.update().await;
        assert_eq!(update.short(), "NOT_READY");
    }
}

#[tokio::test]
async fn there_are_no_events_before_presence_or_after_it_ends() {
    let bench = Bench::plain().await;
    // The other stream shows when an event has been published.
    let mut other = Wire::join(&bench.sim, "1001").await;
    let mut wire = Wire::websocket(&bench.sim).await;
    wire.sign_in("1001", "r").await;
    bench.login("1001").await;
    assert_eq!(other.update().await.short(), "NOT_READY");
    wire.send("<presence><priority>-1</priority></presence>").await;
    wire.expect("from='finesse@127.0.0.1'").await;
    bench.state("1001", "READY").await;
    assert_eq!(other.update().await.short(), "READY");
    wire.become_available().await;
    wire.send("<presence type='unavailable'/>").await;
    wire.ask("<iq type='get' id='p' to='127.0.0.1'><ping xmlns='urn:xmpp:ping'/></iq>").await;
    bench.state("1001", "NOT_READY").await;
    assert_eq!(other.update().await.short(), "NOT_READY");
    wire.become_available().await;
    bench.state("1001", "READY").await;
    assert_eq!(wire.update().await.short(), "READY", "only events published while it is available");
    assert_eq!(wire.skipped, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn hundreds_of_agents_sign_in_and_are_notified() {
    let bench = Bench::with(|config| {
        config.tls = false;
        let pattern = config.world.agents[0].clone();
        config.world.agents = (1000..1300)
            .map(|number| finesse_sim::Agent {
                id: number.to_string(),
                login_name: format!("agent{number}"),
                extension: (number + 1000).to_string(),
                ..pattern.clone()
            })
            .collect();
    })
    .await;
    let agent = |number: u32| {
        let bench = &bench;
        async move {
            let user = number.to_string();
            let mut wire = Wire::join(&bench.sim, &user).await;
            bench.login(&user).await;
            assert_eq!(wire.update().await.short(), "NOT_READY");
            bench.state(&user, "READY").await;
            assert_eq!(wire.update().await.short(), "READY");
            wire
        }
    };
    let agents = futures_util::stream::iter((1000..1300).map(agent));
    let wires: Vec<Wire> = agents.buffer_unordered(50).collect().await;
    assert_eq!(wires.len(), 300);
}
