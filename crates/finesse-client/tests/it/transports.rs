//! Which of a node's transports is used.

use std::time::Duration;

use finesse_client::{Cluster, Credentials, Link, NotificationStream, Priority, StreamError};
use tokio::net::TcpListener;
use tokio::time::Instant;

use wiremock::matchers::path;
use wiremock::{Mock, MockServer};

use crate::node::{Node, config, xml};
use crate::xmpp_peer::{Listener, soon};

fn cluster(node: &Node, places: &[String]) -> Cluster {
    let mut config = config(&[&node.server.uri()]);
    config.nodes[0].notifications = places.to_vec();
    config.nodes[0].xmpp_domain = Some("desk.example".to_owned());
    Cluster::new(config).unwrap()
}

async fn open(cluster: &Cluster) -> Result<NotificationStream, StreamError> {
    soon(
        "an opening",
        cluster.open_stream(
            &Credentials::new("1042", "open sesame"),
            "gc",
            Instant::now(),
            Priority::WaitedFor,
        ),
    )
    .await
}

/// The node's web server refuses to be a WebSocket; how often it was asked.
async fn upgrades(node: &Node) -> usize {
    let requests = node.server.received_requests().await.unwrap();
    requests.iter().filter(|request| request.url.path() == "/ws/").count()
}

fn no_websocket(node: &Node) -> String {
    format!("ws://{}/ws/", node.server.address())
}

/// An address at which nobody listens.
async fn nowhere() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("xmpp://{}", listener.local_addr().unwrap())
}

#[tokio::test]
async fn the_first_place_that_works_is_used_and_remembered() {
    let (node, listener) = (Node::start().await, Listener::start().await);
    let places = [no_websocket(&node), nowhere().await, listener.url()];
    let cluster = cluster(&node, &places);
    for _ in 0..3 {
        let (stream, _peer) = tokio::join!(open(&cluster), listener.welcomes());
        stream.unwrap();
    }
    assert_eq!(upgrades(&node).await, 1, "it is tried once");
}

#[tokio::test]
async fn when_the_remembered_place_fails_the_others_are_tried_again() {
    let (node, first, second) = (Node::start().await, Listener::start().await, Listener::start().await);
    let cluster = cluster(&node, &[no_websocket(&node), first.url(), second.url()]);
    let (stream, _peer) = tokio::join!(open(&cluster), first.welcomes());
    stream.unwrap();
    drop(first);
    for _ in 0..2 {
        let (stream, _peer) = tokio::join!(open(&cluster), second.welcomes());
        stream.unwrap();
    }
    assert_eq!(upgrades(&node).await, 2, "at the beginning, and when the remembered one failed");
}

#[tokio::test]
async fn a_place_that_says_nothing_does_not_hide_the_ones_behind_it() {
    let (node, silent, listener) = (Node::start().await, Listener::start().await, Listener::start().await);
    let mut config = config(&[&node.server.uri()]);
    config.nodes[0].notifications = vec![silent.url(), listener.url()];
    config.nodes[0].xmpp_domain = Some("desk.example".to_owned());
    config.opening.deadline = Duration::from_millis(300);
    config.xmpp.step = Duration::from_secs(3600);
    let cluster = Cluster::new(config).unwrap();
    // The whole time goes to the first place; the next opening goes on behind it.
    assert!(open(&cluster).await.err().unwrap().is_transient());
    let (stream, _peer) = tokio::join!(open(&cluster), listener.welcomes());
    stream.unwrap();
}

#[tokio::test]
async fn a_password_that_was_sent_goes_nowhere_else() {
    let (node, first, second) = (Node::start().await, Listener::start().await, Listener::start().await);
    let cluster = cluster(&node, &[first.url(), second.url()]);
    let refuses = async {
        let mut peer = first.greets().await;
        peer.says("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>").await;
    };
    let (refused, ()) = tokio::join!(open(&cluster), refuses);
    assert!(refused.err().unwrap().is_refused());
    let breaks = async { drop(first.greets().await) };
    let (broken, ()) = tokio::join!(open(&cluster), breaks);
    assert!(broken.err().unwrap().is_transient());
    let (again, _peer) = tokio::join!(open(&cluster), first.welcomes());
    again.unwrap();
    assert!(second.was_never_called());
}

#[tokio::test]
async fn when_no_place_works_each_is_named_with_its_reason() {
    let node = Node::start().await;
    let (nowhere, elsewhere) = (nowhere().await, no_websocket(&node));
    let error = open(&cluster(&node, &[nowhere.clone(), elsewhere.clone()])).await.err().unwrap();
    assert!(error.is_transient(), "one of the reasons may pass");
    let error = error.to_string();
    assert!(error.starts_with(&format!("{nowhere}: cannot connect: ")), "{error}");
    assert!(error.contains(&format!("; {elsewhere}: ")) && error.ends_with("HTTP status 404"), "{error}");
}

#[tokio::test]
async fn a_trial_goes_through_the_usual_places_in_their_order_and_ends_before_the_password() {
    let (server, listener) = (MockServer::builder().start().await, Listener::start().await);
    let info = format!(
        "<SystemInfo><status>IN_SERVICE</status><xmppDomain>desk.example</xmppDomain>\
         <primaryNode><host>127.0.0.1</host><xmppPort>{}</xmppPort></primaryNode></SystemInfo>",
        listener.port()
    );
    Mock::given(path("/finesse/api/SystemInfo")).respond_with(xml(200, &info)).mount(&server).await;
    let cluster = Cluster::new(config(&[&server.uri()])).unwrap();
    let (tried, said) = tokio::join!(cluster.try_node(0), listener.is_looked_at());
    let tried = tried.unwrap();
    assert!(tried.system_info.unwrap().is_some());
    let places: Vec<_> =
        tried.notifications.iter().map(|place| (place.url.as_str(), place.result.is_ok())).collect();
    let (rest, xmpp) =
        (format!("ws://{}/ws/", server.address()), format!("xmpp://127.0.0.1:{}", listener.port()));
    assert_eq!(places, [(&*rest, false), ("ws://127.0.0.1:7071/ws/", false), (&*xmpp, true)]);
    assert!(!said.contains("<auth"), "{said}");
    assert!(cluster.try_node(1).await.is_none(), "there is no other node");
}
