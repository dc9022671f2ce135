//! Notification streams: who may have one, what comes on them, how they end.

use finesse_client::{
    Closed, Cluster, Link, Notification, NotificationStream, Priority, Service, StreamError, SubscribeError,
};
use finesse_types::Payload;
use tokio::time::Instant;

use crate::node::{Node, config, credentials, until, until_domain};
use crate::xmpp_peer::{Listener, id_of, message};

const READY: &str = "<Update><data><user><state>READY</state></user></data><event>PUT</event></Update>";

/// A cluster of one node whose notification service is this listener.
async fn cluster(node: &Node, listener: &Listener) -> Cluster {
    let mut config = config(&[&node.server.uri()]);
    config.nodes[0].notifications = vec![listener.url()];
    config.nodes[0].xmpp_domain = Some("desk.example".to_owned());
    config.nodes[0].pubsub_domain = Some("pubsub.desk.example".to_owned());
    Cluster::new(config).unwrap()
}

async fn open(cluster: &Cluster) -> Result<NotificationStream, StreamError> {
    cluster.open_stream(&credentials(), "gc", Instant::now(), Priority::WaitedFor).await
}

/// What a notification says, shortly.
fn short(notification: Option<Notification>) -> String {
    match notification {
        Some(Notification::Update { item_id, node, update }) => {
            let Payload::User(user) = update.payload else { panic!() };
            format!("{} {node} {}", item_id.unwrap(), user.state)
        }
        Some(Notification::Unreadable { item_id, reason, .. }) => {
            format!("{} {reason}", item_id.unwrap_or("no item".to_owned()))
        }
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn what_finesse_sends_arrives_in_order_and_nothing_is_dropped() {
    let (node, listener) = (Node::start().await, Listener::start().await);
    let cluster = cluster(&node, &listener).await;
    let (stream, mut peer) = tokio::join!(open(&cluster), listener.welcomes());
    let mut stream = stream.unwrap();
    peer.publishes("i1", READY).await;
    peer.publishes("i2", "<Update><data><us").await;
    peer.says("<message from='pubsub.desk.example'>&poison;</message>").await;
    peer.says("<presence from='finesse@desk.example/x' type='unavailable'/>").await;
    peer.says("<presence from='1043@desk.example/gc'/><presence from='FINESSE@desk.example'/>").await;
    peer.publishes("i3", "\n  <html/>").await;
    peer.publishes("i4", &format!("\n{READY}\n")).await;
    peer.says("<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>")
        .await;
    assert_eq!(short(stream.next().await), "i1 /finesse/api/User/1042 READY");
    assert_eq!(short(stream.next().await), "i2 XML ends too early");
    assert_eq!(short(stream.next().await), "no item XML has an unknown entity &poison;");
    assert_eq!(stream.next().await, Some(Notification::FinessePresence { available: false }));
    assert_eq!(stream.next().await, Some(Notification::FinessePresence { available: true }));
    assert_eq!(short(stream.next().await), "i3 expected <Update>, found <html>");
    assert_eq!(short(stream.next().await), "i4 /finesse/api/User/1042 READY");
    assert_eq!(stream.next().await, Some(Notification::Closed { reason: Closed::Conflict }));
    assert_eq!(stream.next().await, None);
}

#[tokio::test]
async fn a_refused_password_is_said_at_once_and_tried_once() {
    let (node, listener) = (Node::start().await, Listener::start().await);
    let cluster = cluster(&node, &listener).await;
    let server = async {
        let mut peer = listener.greets().await;
        peer.says("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>").await;
        peer
    };
    let (opened, _peer) = tokio::join!(open(&cluster), server);
    let error = opened.err().unwrap();
    assert!(error.is_refused(), "{error:?}");
}

#[tokio::test]
async fn what_comes_before_a_subscriptions_answer_is_kept() {
    let (node, listener) = (Node::start().await, Listener::start().await);
    let cluster = cluster(&node, &listener).await;
    let (stream, mut peer) = tokio::join!(open(&cluster), listener.welcomes());
    let mut stream = stream.unwrap();
    let server = async {
        let asked = peer.until("</iq>").await;
        assert!(
            asked.contains("/finesse/api/Team/5/Users") && asked.contains("pubsub.desk.example"),
            "{asked}"
        );
        for item in 0..200 {
            peer.publishes(&format!("i{item}"), READY).await;
        }
        peer.says(&format!(
            "<iq type='result' from='pubsub.desk.example' id='{}'><pubsub xmlns='http://jabber.org/protocol/pubsub'>\
             <subscription node='/finesse/api/Team/5/Users' jid='1042@desk.example/gc' subscription='subscribed'/>\
             </pubsub></iq>",
            id_of(&asked)
        ))
        .await;
        let asked = peer.until("</iq>").await;
        assert!(asked.contains("unsubscribe"), "{asked}");
        let refusal =
            "<error type='cancel'><not-allowed xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";
        peer.says(&format!(
            "<iq type='error' from='pubsub.desk.example' id='{}'>{refusal}</iq>",
            id_of(&asked)
        ))
        .await;
    };
    let node = "/finesse/api/Team/5/Users";
    let (subscribed, unsubscribed) = (stream.subscribe(node), stream.unsubscribe(node));
    let client = async {
        subscribed.await.unwrap();
        assert!(unsubscribed.await.is_err());
    };
    let reader = async {
        for item in 0..200 {
            assert_eq!(short(stream.next().await), format!("i{item} /finesse/api/User/1042 READY"));
        }
    };
    tokio::join!(client, server, reader);
}

#[tokio::test]
async fn a_subscription_that_is_not_answered_ends_at_its_deadline_and_the_stream_goes_on() {
    let (node, listener) = (Node::start().await, Listener::start().await);
    let mut config = config(&[&node.server.uri()]);
    config.nodes[0].notifications = vec![listener.url()];
    config.xmpp.request = std::time::Duration::from_millis(50);
    let cluster = Cluster::new(config).unwrap();
    let (stream, mut peer) = tokio::join!(open(&cluster), listener.welcomes());
    let mut stream = stream.unwrap();
    let node = finesse_types::team_users_node("5");
    assert_eq!(stream.subscribe(&node).await, Err(SubscribeError::TimedOut));
    assert_eq!(stream.unsubscribe(&node).await, Err(SubscribeError::TimedOut));
    peer.publishes("i1", READY).await;
    assert_eq!(short(stream.next().await), "i1 /finesse/api/User/1042 READY");
    drop(peer);
    assert!(matches!(stream.next().await, Some(Notification::Closed { .. })));
    assert_eq!(stream.subscribe(&node).await, Err(SubscribeError::Closed));
}

#[tokio::test]
async fn without_a_node_in_service_nobody_is_called() {
    let (node, listener) = (Node::with_status("OUT_OF_SERVICE").await, Listener::start().await);
    let cluster = cluster(&node, &listener).await;
    let error = open(&cluster).await.err().unwrap();
    assert_eq!(error, StreamError::OutOfService);
    assert!(error.is_transient());
}

#[tokio::test]
async fn a_system_that_reports_its_stop_is_checked_at_once() {
    let (node, listener) = (Node::start().await, Listener::start().await);
    let mut config = config(&[&node.server.uri()]);
    config.nodes[0].notifications = vec![listener.url()];
    config.health.every = std::time::Duration::from_secs(3600);
    let cluster = Cluster::new(config).unwrap();
    let (stream, mut peer) = tokio::join!(open(&cluster), listener.welcomes());
    let mut stream = stream.unwrap();
    node.set_status("OUT_OF_SERVICE");
    let system = "<Update><data><systemInfo><status>OUT_OF_SERVICE</status></systemInfo></data><event>PUT</event></Update>";
    peer.publishes("i1", system).await;
    assert!(matches!(stream.next().await, Some(Notification::Update { .. })));
    until(&cluster, |service| service == Service::OutOfService).await;
}

/// A cluster of two nodes with a listener each.
async fn pair(nodes: [&Node; 2], listeners: [&Listener; 2]) -> Cluster {
    let mut config = config(&nodes.map(|node| node.server.uri()).each_ref().map(String::as_str));
    for (node, listener) in config.nodes.iter_mut().zip(listeners) {
        node.notifications = vec![listener.url()];
        node.xmpp_domain = Some("desk.example".to_owned());
    }
    Cluster::new(config).unwrap()
}

#[tokio::test]
async fn a_stream_ends_when_its_node_is_out_of_service_and_another_one_serves() {
    let (first, second) = (Node::start().await, Node::start().await);
    let (at_first, at_second) = (Listener::start().await, Listener::start().await);
    let cluster = pair([&first, &second], [&at_first, &at_second]).await;
    let (stream, mut peer) = tokio::join!(open(&cluster), at_first.welcomes());
    let mut stream = stream.unwrap();
    first.set_status("OUT_OF_SERVICE");
    assert!(matches!(stream.next().await, Some(Notification::Closed { reason: Closed::Lost(_) })));
    assert_eq!(stream.next().await, None);
    // The node learns that nobody listens any more.
    peer.until("</stream:stream>").await;

    let (stream, mut peer) = tokio::join!(open(&cluster), at_second.welcomes());
    let mut stream = stream.unwrap();
    // The first one's return is no reason to leave the one that serves.
    first.set_status("IN_SERVICE");
    let checks = first.checks().await;
    while first.checks().await < checks + 2 {
        tokio::task::yield_now().await;
    }
    peer.publishes("i1", READY).await;
    assert_eq!(short(stream.next().await), "i1 /finesse/api/User/1042 READY");
}

#[tokio::test]
async fn a_stream_stays_while_no_other_node_serves() {
    let (first, second) = (Node::start().await, Node::with_status("OUT_OF_SERVICE").await);
    let (at_first, at_second) = (Listener::start().await, Listener::start().await);
    let cluster = pair([&first, &second], [&at_first, &at_second]).await;
    let (stream, mut peer) = tokio::join!(open(&cluster), at_first.welcomes());
    let mut stream = stream.unwrap();
    first.set_status("OUT_OF_SERVICE");
    until(&cluster, |service| service == Service::OutOfService).await;
    first.set_status("IN_SERVICE");
    until(&cluster, |service| service == Service::InService).await;
    peer.publishes("i1", READY).await;
    assert_eq!(short(stream.next().await), "i1 /finesse/api/User/1042 READY");
}

#[tokio::test]
async fn what_a_node_sent_before_it_went_comes_before_the_end() {
    let (first, second) = (Node::start().await, Node::start().await);
    let (at_first, at_second) = (Listener::start().await, Listener::start().await);
    let cluster = pair([&first, &second], [&at_first, &at_second]).await;
    let (stream, mut peer) = tokio::join!(open(&cluster), at_first.welcomes());
    let mut stream = stream.unwrap();
    // In one packet: who has read the first has all.
    peer.says(&["i1", "i2", "i3"].map(|item| message(item, READY)).concat()).await;
    assert_eq!(short(stream.next().await), "i1 /finesse/api/User/1042 READY");
    first.set_status("OUT_OF_SERVICE");
    until_domain(&cluster, &second.domain()).await;
    assert_eq!(short(stream.next().await), "i2 /finesse/api/User/1042 READY");
    assert_eq!(short(stream.next().await), "i3 /finesse/api/User/1042 READY");
    assert!(matches!(stream.next().await, Some(Notification::Closed { reason: Closed::Lost(_) })));
}

#[tokio::test]
async fn a_stream_is_closed_in_order() {
    let (node, listener) = (Node::start().await, Listener::start().await);
    let cluster = cluster(&node, &listener).await;
    let (stream, mut peer) = tokio::join!(open(&cluster), listener.welcomes());
    let server = async {
        peer.until("</stream:stream>").await;
        peer.says("</stream:stream>").await;
    };
    tokio::join!(stream.unwrap().close(), server);
}

#[tokio::test]
async fn a_lost_connection_is_the_end_of_the_stream() {
    let (node, listener) = (Node::start().await, Listener::start().await);
    let cluster = cluster(&node, &listener).await;
    let (stream, peer) = tokio::join!(open(&cluster), listener.welcomes());
    drop(peer);
    assert!(matches!(stream.unwrap().next().await, Some(Notification::Closed { reason: Closed::Lost(_) })));
}
