//! Explicit subscriptions of supervisors.

use std::time::Duration;

use finesse_sim::Platform;

use crate::support::Bench;
use crate::wire::Wire;

#[tokio::test]
async fn a_supervisor_subscribes_to_the_team_and_unsubscribes() {
    let bench = Bench::plain().await;
    let mut wire = Wire::websocket(&bench.sim).await;
    let jid = wire.sign_in("1091", "r").await;
    wire.become_available().await;
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
async fn on_uccx_a_subscription_can_name_the_user_by_login_name() {
    for (platform, user, accepted) in [
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
        wire.become_available().await;
        let ask = |action: &str| {
            format!(
                "<iq type='set' id='x' to='pubsub.127.0.0.1'><pubsub xmlns='http://jabber.org/protocol/pubsub'>\
                 <{action} node='/finesse/api/User/{user}' jid='{jid}'/></pubsub></iq>"
            )
        };
        let answer = wire.ask(&ask("subscribe")).await;
        assert_eq!(answer.contains("subscription='subscribed'"), accepted, "{platform:?} {user}: {answer}");
        if accepted {
            bench.login("1001").await;
            assert_eq!(wire.update().await.node, "/finesse/api/User/1001");
            assert!(wire.ask(&ask("unsubscribe")).await.contains("type='result'"));
        }
    }
}

#[tokio::test]
async fn a_supervisor_is_notified_of_a_queue() {
    let bench = Bench::with(|config| {
        config.tls = false;
        config.world.timers.queue_statistics = Duration::from_millis(5);
    })
    .await;
    let mut wire = Wire::websocket(&bench.sim).await;
    let jid = wire.sign_in("1091", "r").await;
    wire.become_available().await;
    let node = "/finesse/api/Queue/10";
    let subscribe = format!(
        "<iq type='set' id='x' to='pubsub.127.0.0.1'><pubsub xmlns='http://jabber.org/protocol/pubsub'>\
         <subscribe node='{node}' jid='{jid}'/></pubsub></iq>"
    );
    assert!(wire.ask(&subscribe).await.contains("subscribed"));
    let mut expect = async |waiting: &str| {
        let update = wire.update().await;
        assert_eq!((update.node.as_str(), update.event.as_str()), (node, "put"));
        assert_eq!(update.source, node);
        assert_eq!(
            (update.text("callsInQueue").as_str(), update.text("agentsNotReady").as_str()),
            (waiting, "1")
        );
    };
    bench.login("1001").await;
    expect("0").await;
    let call = bench.customer("Sales").await;
    expect("1").await;
    assert_eq!(bench.control("DELETE", &format!("/calls/{call}"), None).await.0, 204);
    expect("0").await;
}
