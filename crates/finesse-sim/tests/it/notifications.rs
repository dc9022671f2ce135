//! Notifications over both transports, and the manners of the XMPP server.

use std::time::Duration;

use finesse_sim::Platform;
use futures_util::StreamExt;

use crate::support::Bench;
use crate::wire::{Wire, plain};

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
    for told in ["PUT DROPPED", "DELETE DROPPED", "READY"] {
        assert_eq!(wire.update().await.short(), told);
    }
}

#[tokio::test]
async fn errors_of_the_contact_centre_come_as_notifications() {
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
async fn tcp_with_and_without_tls_and_websocket_bring_the_same_events() {
    let bench = Bench::with(|_| {}).await;
    let mut tcp = Wire::tcp(&bench.sim).await;
    assert_eq!(tcp.sign_in("1001", "tcp").await, "1001@127.0.0.1/tcp");
    tcp.appear().await;
    let mut plain = Wire::tcp_plain(&bench.sim).await;
    plain.sign_in("1001", "plain").await;
    plain.appear().await;
    let mut websocket = Wire::join(&bench.sim, "1001").await;
    bench.login("1001").await;
    for wire in [&mut tcp, &mut plain, &mut websocket] {
        let update = wire.update().await;
        assert_eq!(update.short(), "NOT_READY");
    }
}

#[tokio::test]
async fn there_are_no_events_before_presence_nor_after_it_ends() {
    let bench = Bench::plain().await;
    // The other stream shows when an event is out.
    let mut other = Wire::join(&bench.sim, "1001").await;
    let mut wire = Wire::websocket(&bench.sim).await;
    wire.sign_in("1001", "r").await;
    bench.login("1001").await;
    assert_eq!(other.update().await.short(), "NOT_READY");
    wire.send("<presence><priority>-1</priority></presence>").await;
    wire.expect("from='finesse@127.0.0.1'").await;
    bench.state("1001", "READY").await;
    assert_eq!(other.update().await.short(), "READY");
    wire.appear().await;
    wire.send("<presence type='unavailable'/>").await;
    wire.ask("<iq type='get' id='p' to='127.0.0.1'><ping xmlns='urn:xmpp:ping'/></iq>").await;
    bench.state("1001", "NOT_READY").await;
    assert_eq!(other.update().await.short(), "NOT_READY");
    wire.appear().await;
    bench.state("1001", "READY").await;
    assert_eq!(wire.update().await.short(), "READY", "only what came while it was available");
    assert_eq!(wire.passed_over, 0);
}

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
async fn sasl_takes_three_ways_to_write_the_identity_and_answers_mistakes() {
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
async fn the_requests_of_common_clients_are_answered() {
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
async fn a_supervisor_subscribes_to_the_team_and_unsubscribes() {
    let bench = Bench::plain().await;
    let mut wire = Wire::websocket(&bench.sim).await;
    let jid = wire.sign_in("1091", "r").await;
    wire.appear().await;
    let ask = |action: &str, node: &str| {
        format!(
            "<iq type='set' id='x' to='pubsub.127.0.0.1'><pubsub xmlns='http://jabber.org/protocol/pubsub'>\
             <{action} node='{node}' jid='{jid}'/></pubsub></iq>"
        )
    };
    let team = "/finesse/api/Team/1/Users";
    let answer = wire.ask(&ask("subscribe", team)).await;
    assert!(answer.contains("subscription='subscribed'") && answer.contains(team), "{answer}");
    assert!(wire.ask(&ask("subscribe", "/finesse/api/Team/9/Users")).await.contains("item-not-found"));
    assert!(wire.ask(&ask("subscribe", "/finesse/api/User/1001")).await.contains("subscribed"));
    bench.login("1001").await;
    let update = wire.update().await;
    assert_eq!((update.node.as_str(), update.to.as_str()), ("/finesse/api/User/1001", jid.as_str()));
    let update = wire.update().await;
    assert_eq!((update.node.as_str(), update.to.as_str()), (team, jid.as_str()));
    assert_eq!(update.source, "/finesse/api/User/1001");
    assert!(update.document.contains("<roles><role>Agent</role></roles><state>"), "{}", update.document);
    assert!(wire.ask(&ask("unsubscribe", team)).await.contains("type='result'"));
    assert!(wire.ask(&ask("unsubscribe", team)).await.contains("unexpected-request"));
    bench.login("1002").await;
    bench.state("1001", "READY").await;
    assert_eq!(wire.update().await.node, "/finesse/api/User/1001");
}

#[tokio::test]
async fn on_uccx_a_subscription_may_name_the_user_by_login_name() {
    for (platform, user, told) in [
        (Platform::Uccx, "amira.haddad", true),
        (Platform::Uccx, "1001", true),
        (Platform::Ucce, "amira.haddad", false),
    ] {
        let bench = Bench::with(|config| {
            config.tls = false;
            config.platform = platform;
        })
        .await;
        let mut wire = Wire::websocket(&bench.sim).await;
        let jid = wire.sign_in("uma.stone", "r").await;
        wire.appear().await;
        let ask = |action: &str| {
            format!(
                "<iq type='set' id='x' to='pubsub.127.0.0.1'><pubsub xmlns='http://jabber.org/protocol/pubsub'>\
                 <{action} node='/finesse/api/User/{user}' jid='{jid}'/></pubsub></iq>"
            )
        };
        let answer = wire.ask(&ask("subscribe")).await;
        assert_eq!(answer.contains("subscription='subscribed'"), told, "{platform:?} {user}: {answer}");
        if told {
            bench.login("1001").await;
            assert_eq!(wire.update().await.node, "/finesse/api/User/1001");
            assert!(wire.ask(&ask("unsubscribe")).await.contains("type='result'"));
        }
    }
}

#[tokio::test]
async fn a_supervisor_is_told_of_a_queue() {
    let bench = Bench::with(|config| {
        config.tls = false;
        config.world.timers.queue_statistics = Duration::from_millis(5);
    })
    .await;
    let mut wire = Wire::websocket(&bench.sim).await;
    let jid = wire.sign_in("1091", "r").await;
    wire.appear().await;
    let node = "/finesse/api/Queue/10";
    let subscribe = format!(
        "<iq type='set' id='x' to='pubsub.127.0.0.1'><pubsub xmlns='http://jabber.org/protocol/pubsub'>\
         <subscribe node='{node}' jid='{jid}'/></pubsub></iq>"
    );
    assert!(wire.ask(&subscribe).await.contains("subscribed"));
    let mut told = async |waiting: &str| {
        let update = wire.update().await;
        assert_eq!((update.node.as_str(), update.event.as_str()), (node, "put"));
        assert_eq!(update.source, node);
        assert_eq!(
            (update.text("callsInQueue").as_str(), update.text("agentsNotReady").as_str()),
            (waiting, "1")
        );
    };
    bench.login("1001").await;
    told("0").await;
    let call = bench.customer("Sales").await;
    told("1").await;
    assert_eq!(bench.control("DELETE", &format!("/calls/{call}"), None).await.0, 204);
    told("0").await;
}

#[tokio::test]
async fn where_the_release_is_so_a_consultation_does_not_name_the_held_call() {
    let bench = Bench::with(|config| {
        config.tls = false;
        config.world.rules.associated_dialog_uri = false;
    })
    .await;
    bench.login("1001").await;
    let main = bench.customer("1001").await;
    bench.act("1001", &main, "ANSWER").await;
    let consult = "<Dialog><toAddress>5550150</toAddress><targetMediaAddress>2001</targetMediaAddress>\
                   <requestedAction>CONSULT_CALL</requestedAction></Dialog>";
    assert_eq!(bench.rest("PUT", "1001", &format!("/Dialog/{main}"), consult).await.status, 202);
    let dialogs = bench.get("1001", "/User/1001/Dialogs").await.body;
    assert_eq!(dialogs.matches("<associatedDialogUri></associatedDialogUri>").count(), 2, "{dialogs}");
}

#[tokio::test]
async fn broken_streams_end_with_the_reason() {
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
    assert!(hasty.expect("stream:error").await.contains("not-well-formed"), "not opened anew");
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
    for (path, protocol, fine) in [
        ("/ws", Some("xmpp"), true),
        ("/ws/", Some("chat, xmpp"), true),
        ("/ws/", None, false),
        ("/http-bind/", Some("xmpp"), false),
    ] {
        let outcome = Wire::websocket_at(&bench.sim, bench.sim.first_node(), path, protocol).await;
        assert_eq!(outcome.is_ok(), fine, "{path} {protocol:?}");
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
    supervisor.appear().await;
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
async fn a_stop_ends_streams_politely() {
    let bench = Bench::plain().await;
    let mut websocket = Wire::join(&bench.sim, "1001").await;
    let mut tcp = Wire::tcp(&bench.sim).await;
    tcp.sign_in("1002", "r").await;
    // An idle HTTP connection must not hold the stop up; its last resort comes after five seconds.
    bench.get("1001", "/SystemInfo").await;
    tokio::time::timeout(Duration::from_secs(4), bench.sim.shutdown()).await.expect("all ends by itself");
    assert!(websocket.expect("stream:error").await.contains("<system-shutdown "));
    assert!(tcp.expect("stream:error").await.contains("<system-shutdown "));
    assert_eq!(tcp.next().await, "</stream:stream>");
    assert_eq!(tcp.try_next().await, None);
}

#[tokio::test]
async fn a_consultation_names_the_held_call_and_the_survivor_names_the_consultation() {
    let bench = Bench::plain().await;
    bench.login("1001").await;
    bench.login("1002").await;
    let main = bench.customer("1001").await;
    bench.act("1001", &main, "ANSWER").await;
    let path = format!("/Dialog/{main}");
    let consult = |number: &str| {
        format!(
            "<Dialog><toAddress>{number}</toAddress><targetMediaAddress>2001</targetMediaAddress>\
             <requestedAction>CONSULT_CALL</requestedAction></Dialog>"
        )
    };
    assert_eq!(bench.rest("PUT", "1001", &path, &consult("")).await.status, 400);
    assert_eq!(bench.rest("PUT", "1001", &path, &consult("2002")).await.status, 202);
    let held = bench.get("1001", &path).await.body;
    assert!(held.contains("<action>RETRIEVE</action><action>TRANSFER</action></actions>"), "{held}");
    let asked = bench.get("1002", "/User/1002/Dialogs").await.body;
    assert!(
        asked.contains(&format!("<associatedDialogUri>/finesse/api/Dialog/{main}</associatedDialogUri>"))
    );
    assert!(asked.contains("<callType>CONSULT_OFFERED</callType>"));
    let leg = asked.split("<id>").nth(1).unwrap().split("</id>").next().unwrap().to_owned();
    bench.act("1002", &leg, "ANSWER").await;
    let held = bench.get("1001", &path).await.body;
    assert!(held.contains("<action>TRANSFER</action><action>CONFERENCE</action></actions>"), "{held}");
    assert_eq!(bench.act("1001", &main, "TRANSFER").await.status, 202);
    let taken = bench.get("1002", &path).await.body;
    assert!(taken.contains("<callType>TRANSFER</callType>"));
    assert!(taken.contains(&format!("<secondaryId>{leg}</secondaryId><state>ACTIVE</state>")));
    assert_eq!(bench.get("1001", "/User/1001/Dialogs").await.body, "<Dialogs/>");
}

#[tokio::test(flavor = "multi_thread")]
async fn hundreds_of_agents_are_signed_on_and_told() {
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
