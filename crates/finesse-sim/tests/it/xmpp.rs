//! The XMPP server: login, requests, stream errors, and the end of streams.

use std::time::Duration;

use crate::support::Bench;
use crate::wire::{Wire, plain};

#[tokio::test]
async fn a_second_login_with_the_same_full_jid_ends_the_first() {
    let bench = Bench::plain().await;
    let mut first = Wire::join(&bench.sim, "1001").await;
    let mut second = Wire::join(&bench.sim, "1001").await;
    assert!(first.expect("stream:error").await.contains("<conflict "));
    assert!(first.next().await.starts_with("<close "));
    assert_eq!(first.try_next().await, None);
    bench.login("1001").await;
    assert_eq!(second.update().await.short(), "NOT_READY");
}

#[tokio::test]
async fn sasl_accepts_all_forms_of_the_identity_and_reports_errors() {
    let bench = Bench::plain().await;
    let auth = |message: String| {
        format!("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{message}</auth>")
    };
    for (authzid, user) in
        [("", "1001"), ("1001", "1001"), ("1001@127.0.0.1", "1001"), ("", "1001@127.0.0.1")]
    {
        let mut wire = Wire::websocket(&bench.sim).await;
        assert!(wire.open().await.contains("<mechanism>PLAIN</mechanism>"));
        wire.send(&auth(plain(authzid, user, "demo"))).await;
        assert!(wire.next().await.starts_with("<success "), "{authzid:?} {user:?}");
    }
    let mut wire = Wire::websocket(&bench.sim).await;
    wire.open().await;
    for (sent, condition) in [
        (auth(plain("1002", "1001", "demo")), "invalid-authzid"),
        (auth("???".to_owned()), "incorrect-encoding"),
        (auth("YWJj".to_owned()), "malformed-request"),
        ("<auth mechanism='SCRAM-SHA-1'>YWJj</auth>".to_owned(), "invalid-mechanism"),
        (auth(plain("", "1001", "wrong")), "not-authorized"),
        (auth(plain("", "4711", "demo")), "not-authorized"),
    ] {
        wire.send(&sent).await;
        let failure = wire.next().await;
        assert!(failure.starts_with("<failure ") && failure.contains(condition), "{sent}: {failure}");
        assert!(failure.contains("<text "));
    }
    wire.send("<auth mechanism='PLAIN'/>").await;
    assert!(wire.next().await.starts_with("<challenge "));
    wire.send(&format!("<response>{}</response>", plain("", "1001", "demo"))).await;
    assert!(wire.next().await.starts_with("<success "));
}

#[tokio::test]
async fn the_requests_of_common_clients_get_responses() {
    let bench = Bench::plain().await;
    let mut wire = Wire::websocket(&bench.sim).await;
    wire.sign_in("1091", "r").await;
    let session = "<iq type='set' id='s'><session xmlns='urn:ietf:params:xml:ns:xmpp-session'/></iq>";
    assert!(wire.ask(session).await.contains("type='result'"));
    for (payload, expected) in [
        ("<ping xmlns='urn:xmpp:ping'/>", "type='result'"),
        ("<query xmlns='jabber:iq:roster' ver=''/>", "<query xmlns='jabber:iq:roster'/>"),
        ("<query xmlns='http://jabber.org/protocol/disco#info'/>", "category='server'"),
        ("<query xmlns='http://jabber.org/protocol/disco#items'/>", "jid='pubsub.127.0.0.1'"),
        ("<query xmlns='jabber:iq:private'/>", "service-unavailable"),
        ("<vCard xmlns='vcard-temp'/>", "service-unavailable"),
    ] {
        let answer = wire.ask(&format!("<iq type='get' id='q' to='127.0.0.1'>{payload}</iq>")).await;
        assert!(answer.contains(expected) && answer.contains("id='q'"), "{payload}: {answer}");
    }
    let node = "<iq type='get' id='d' to='pubsub.127.0.0.1'><query xmlns='http://jabber.org/protocol/disco#info' \
                node='/finesse/api/User/1001'/></iq>";
    assert!(wire.ask(node).await.contains("category='pubsub' type='leaf'"));
    wire.send("<message id='m' to='1002@127.0.0.1'><body>hello</body></message>").await;
    assert!(wire.next().await.contains("service-unavailable"));
    wire.send("<iq type='get' to='127.0.0.1'><ping xmlns='urn:xmpp:ping'/></iq>").await;
    assert!(wire.next().await.contains("bad-request"), "an iq needs an id");
}

#[tokio::test]
async fn invalid_streams_end_with_a_stream_error() {
    let bench = Bench::plain().await;
    for (sent, condition) in [
        ("<presence>".to_owned(), "not-well-formed"),
        ("<a/><b/>".to_owned(), "not-well-formed"),
        ("<!DOCTYPE a><a/>".to_owned(), "not-well-formed"),
        ("<nonsense/>".to_owned(), "unsupported-stanza-type"),
        (format!("<message>{}</message>", "x".repeat(70_000)), "policy-violation"),
    ] {
        let mut wire = Wire::websocket(&bench.sim).await;
        wire.sign_in("1001", "r").await;
        wire.send(&sent).await;
        let error = wire.expect("stream:error").await;
        assert!(error.contains(condition), "{condition}: {error}");
    }
    let mut hasty = Wire::websocket(&bench.sim).await;
    hasty.open().await;
    hasty.send(&format!("<auth mechanism='PLAIN'>{}</auth>", plain("", "1001", "demo"))).await;
    hasty.send("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>").await;
    assert!(hasty.expect("stream:error").await.contains("not-well-formed"), "not opened again");
    let mut unbound = Wire::websocket(&bench.sim).await;
    unbound.open().await;
    unbound.send(&format!("<auth mechanism='PLAIN'>{}</auth>", plain("", "1001", "demo"))).await;
    unbound.next().await;
    unbound.open().await;
    unbound.send("<presence/>").await;
    assert!(unbound.next().await.contains("not-authorized"));
    let mut early = Wire::websocket(&bench.sim).await;
    early.open().await;
    early.send("<presence/>").await;
    assert!(early.next().await.contains("not-authorized"));
}

#[tokio::test]
async fn websockets_elsewhere_or_without_the_subprotocol_are_refused() {
    let bench = Bench::plain().await;
    for (path, protocol, accepted) in [
        ("/ws", Some("xmpp"), true),
        ("/ws/", Some("chat, xmpp"), true),
        ("/ws/", None, false),
        ("/http-bind/", Some("xmpp"), false),
    ] {
        let outcome = Wire::websocket_at(&bench.sim, bench.sim.first_node(), path, protocol).await;
        assert_eq!(outcome.is_ok(), accepted, "{path} {protocol:?}");
    }
}

#[tokio::test]
async fn a_silent_client_is_pinged_and_then_dropped() {
    let bench = Bench::with(|config| {
        config.tls = false;
        config.world.timers.xmpp_ping = Duration::from_millis(20);
    })
    .await;
    let mut wire = Wire::websocket(&bench.sim).await;
    wire.sign_in("1001", "r").await;
    assert!(wire.next().await.contains("<ping xmlns='urn:xmpp:ping'/>"));
    while wire.try_next().await.is_some() {}
}

#[tokio::test]
async fn an_agent_who_loses_the_stream_becomes_not_ready() {
    let bench = Bench::with(|config| {
        config.tls = false;
        config.world.timers.presence_loss = Duration::from_millis(20);
    })
    .await;
    let mut supervisor = Wire::websocket(&bench.sim).await;
    let jid = supervisor.sign_in("1091", "r").await;
    supervisor.become_available().await;
    let subscribe = format!(
        "<iq type='set' id='x'><pubsub xmlns='http://jabber.org/protocol/pubsub'>\
         <subscribe node='/finesse/api/User/1001' jid='{jid}'/></pubsub></iq>"
    );
    let subscribe = subscribe.replace("id='x'", "id='x' to='pubsub.127.0.0.1'");
    supervisor.ask(&subscribe).await;
    bench.login("1001").await;
    bench.state("1001", "READY").await;
    drop(Wire::join(&bench.sim, "1001").await);
    for state in ["NOT_READY", "READY", "NOT_READY"] {
        let update = supervisor.update().await;
        assert_eq!(update.short(), state);
        if update.document.contains("<code>") {
            assert_eq!(update.text("code"), "255");
            return;
        }
    }
    panic!("no reason code 255");
}

#[tokio::test]
async fn a_shutdown_ends_streams_with_a_stream_error() {
    let bench = Bench::plain().await;
    let mut websocket = Wire::join(&bench.sim, "1001").await;
    let mut tcp = Wire::tcp(&bench.sim).await;
    tcp.sign_in("1002", "r").await;
    // An idle HTTP connection must not delay the shutdown until its timeout of five seconds.
    bench.get("1001", "/SystemInfo").await;
    tokio::time::timeout(Duration::from_secs(4), bench.sim.shutdown()).await.expect("no timeout");
    assert!(websocket.expect("stream:error").await.contains("<system-shutdown "));
    assert!(tcp.expect("stream:error").await.contains("<system-shutdown "));
    assert_eq!(tcp.next().await, "</stream:stream>");
    assert_eq!(tcp.try_next().await, None);
}

#[tokio::test]
async fn starttls_is_required_where_it_is_offered() {
    let bench = Bench::with(|_| {}).await;
    let (mut wire, features) = Wire::before_starttls(&bench.sim).await;
    assert!(features.contains("<required/>") && !features.contains("<mechanism"), "{features}");
    let auth = plain("", "1001", "demo");
    wire.send(&format!("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{auth}</auth>"))
        .await;
    assert!(wire.next().await.contains("<encryption-required/>"));
    let (mut wire, _) = Wire::before_starttls(&bench.sim).await;
    wire.send("<presence/>").await;
    assert!(wire.expect("stream:error").await.contains("<policy-violation "));

    let mut wire = Wire::starttls(&bench.sim).await;
    assert_eq!(wire.sign_in("1001", "r").await, "1001@127.0.0.1/r");
    wire.become_available().await;
    bench.login("1001").await;
    assert_eq!(wire.update().await.short(), "NOT_READY");
}

#[tokio::test]
async fn what_came_before_the_handshake_does_not_count_behind_it() {
    let bench = Bench::with(|_| {}).await;
    let (mut wire, _) = Wire::before_starttls(&bench.sim).await;
    wire.send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/><presence/>").await;
    assert!(wire.next().await.starts_with("<proceed "));
    assert_eq!(wire.try_next().await, None);
}

#[tokio::test]
async fn without_tls_there_is_no_starttls() {
    assert!(Bench::plain().await.sim.starttls_addr().is_none());
}
