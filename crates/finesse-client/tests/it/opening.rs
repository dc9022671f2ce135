//! When a stream counts as open, how many are opened at once, and who goes first.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use finesse_client::{
    Cluster, ClusterConfig, Credentials, Link, Notification, NotificationStream, Priority, Service,
    StreamError,
};
use futures_util::FutureExt;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use crate::node::{Node, config, until};
use crate::xmpp_peer::{Listener, Peer, soon};

const READY: &str = "<Update><data><user><state>READY</state></user></data><event>PUT</event></Update>";
const HERE: &str = "<presence from='finesse@desk.example/x'/>";
const AWAY: &str = "<presence from='finesse@desk.example/x' type='unavailable'/>";

type Opening = JoinHandle<Result<NotificationStream, StreamError>>;

fn config_of(nodes: &[(&Node, &Listener)]) -> ClusterConfig {
    let urls: Vec<_> = nodes.iter().map(|(node, _)| node.server.uri()).collect();
    let mut config = config(&urls.iter().map(String::as_str).collect::<Vec<_>>());
    for (node, (_, listener)) in config.nodes.iter_mut().zip(nodes) {
        node.notifications = vec![listener.url()];
        node.xmpp_domain = Some("desk.example".to_owned());
    }
    config
}

fn open(cluster: &Arc<Cluster>, since: Instant) -> Opening {
    let cluster = Arc::clone(cluster);
    tokio::spawn(async move {
        let credentials = Credentials::new("1042", "open sesame");
        cluster.open_stream(&credentials, "gc", since, Priority::background()).await
    })
}

/// Once the client has answered, it has read all that was said before.
async fn has_been_read(peer: &mut Peer) {
    peer.says("<iq type='get' id='read?'><ping xmlns='urn:xmpp:ping'/></iq>").await;
    peer.until("id=\"read?\"").await;
}

async fn is_waiting(opening: &mut Opening) -> bool {
    tokio::task::yield_now().await;
    timeout(Duration::ZERO, opening).await.is_err()
}

async fn opened(opening: Opening) -> NotificationStream {
    soon("an open stream", opening).await.unwrap().unwrap_or_else(|error| panic!("{error}"))
}

#[tokio::test]
async fn a_stream_is_open_when_presence_is_in_effect_and_what_came_before_is_delivered() {
    let (node, listener) = (Node::start().await, Listener::start().await);
    let cluster = Arc::new(Cluster::new(config_of(&[(&node, &listener)])).unwrap());
    let mut opening = open(&cluster, Instant::now());
    let (mut peer, jid) = listener.lets_in().await;
    peer.publishes("early", READY).await;
    has_been_read(&mut peer).await;
    assert!(is_waiting(&mut opening).await, "open before presence is in effect");
    peer.says(&format!("<presence from='{jid}'/>")).await;
    let mut stream = opened(opening).await;
    let first = stream.next().await;
    assert!(matches!(first, Some(Notification::Update { item_id: Some(id), .. }) if id == "early"));
}

#[tokio::test]
async fn a_stream_is_open_when_finesse_is_there_by_its_presence() {
    let (node, listener) = (Node::start().await, Listener::start().await);
    let cluster = Arc::new(Cluster::new(config_of(&[(&node, &listener)])).unwrap());
    let mut opening = open(&cluster, Instant::now());
    let (mut peer, jid) = listener.lets_in().await;
    node.set_status("OUT_OF_SERVICE");
    until(&*cluster, |service| service == Service::OutOfService).await;
    peer.says(&format!("{AWAY}<presence from='{jid}'/>")).await;
    peer.publishes("i1", READY).await;
    has_been_read(&mut peer).await;
    assert!(is_waiting(&mut opening).await, "open without Finesse");
    peer.says(HERE).await;
    let mut stream = opened(opening).await;
    assert_eq!(stream.next().await, Some(Notification::FinessePresence { available: false }));
    assert!(matches!(stream.next().await, Some(Notification::Update { .. })), "nothing is lost meanwhile");
    assert_eq!(stream.next().await, Some(Notification::FinessePresence { available: true }));
}

#[tokio::test]
async fn a_stream_is_open_when_finesse_is_there_by_its_own_word() {
    let (node, listener) = (Node::start().await, Listener::start().await);
    let cluster = Arc::new(Cluster::new(config_of(&[(&node, &listener)])).unwrap());
    let opening = open(&cluster, Instant::now());
    let (mut peer, jid) = listener.lets_in().await;
    // Its presence is late; SystemInfo says that it serves.
    peer.says(&format!("{AWAY}<presence from='{jid}'/>")).await;
    let mut stream = opened(opening).await;
    assert_eq!(stream.next().await, Some(Notification::FinessePresence { available: false }));
}

#[tokio::test]
async fn without_finesse_the_opening_fails_at_its_deadline_and_may_be_tried_again() {
    let (node, listener) = (Node::start().await, Listener::start().await);
    let mut config = config_of(&[(&node, &listener)]);
    config.opening.deadline = Duration::from_millis(300);
    // Only the first check finds it in service.
    (config.health.at_least, config.health.every) = (Duration::from_secs(3600), Duration::from_secs(3600));
    let cluster = Arc::new(Cluster::new(config).unwrap());
    let opening = open(&cluster, Instant::now());
    // However slow the login is here: the opening ends.
    let _playing = tokio::spawn(async move {
        let (mut peer, jid) = listener.lets_in().await;
        peer.says(&format!("{AWAY}<presence from='{jid}'/>")).await;
        peer.until("</stream:stream>").await;
    });
    let error = soon("a failure", opening).await.unwrap().err().unwrap();
    assert!(error.is_transient(), "{error:?}");
}

#[tokio::test]
async fn a_login_that_takes_too_long_fails_as_a_whole() {
    let (node, listener) = (Node::start().await, Listener::start().await);
    let mut config = config_of(&[(&node, &listener)]);
    config.opening.deadline = Duration::from_millis(300);
    config.xmpp.step = Duration::from_secs(3600);
    let cluster = Arc::new(Cluster::new(config).unwrap());
    // The system accepts the connection for a listener that never accepts it.
    assert!(soon("a failure", open(&cluster, Instant::now())).await.unwrap().err().unwrap().is_transient());
}

#[tokio::test]
async fn so_many_log_in_at_once_and_those_who_wait_longest_go_first() {
    let (node, listener) = (Node::start().await, Listener::start().await);
    let mut config = config_of(&[(&node, &listener)]);
    config.opening.at_once = NonZeroUsize::MIN;
    let cluster = Arc::new(Cluster::new(config).unwrap());
    let now = Instant::now();
    let first = open(&cluster, now);
    let (mut peer, jid) = listener.lets_in().await;
    let (mut late, mut early) = (open(&cluster, now + Duration::from_secs(2)), open(&cluster, now));
    assert!(is_waiting(&mut late).await && is_waiting(&mut early).await);
    assert!(listener.greets().now_or_never().is_none(), "a second one logs in");
    peer.says(&format!("<presence from='{jid}'/>")).await;
    let _first = opened(first).await;

    let _second = listener.welcomes().await;
    let _early = opened(early).await;
    assert!(!late.is_finished());
    // A place is free again when a login fails, too.
    drop(listener.greets().await);
    assert!(soon("a failure", late).await.unwrap().is_err());
    let again = open(&cluster, now);
    let _third = listener.welcomes().await;
    let _again = opened(again).await;
}

#[tokio::test]
async fn whoever_waits_for_finesse_keeps_nobody_from_the_login() {
    let (node, listener) = (Node::start().await, Listener::start().await);
    let mut config = config_of(&[(&node, &listener)]);
    config.opening.at_once = NonZeroUsize::MIN;
    config.opening.deadline = Duration::from_secs(3600);
    (config.health.at_least, config.health.every) = (Duration::from_secs(3600), Duration::from_secs(3600));
    let cluster = Arc::new(Cluster::new(config).unwrap());
    let mut first = open(&cluster, Instant::now());
    let (mut peer, jid) = listener.lets_in().await;
    peer.says(&format!("{AWAY}<presence from='{jid}'/>")).await;
    let second = open(&cluster, Instant::now());
    let (mut peer, jid) = listener.lets_in().await;
    peer.says(&format!("{HERE}<presence from='{jid}'/>")).await;
    let _second = opened(second).await;
    assert!(is_waiting(&mut first).await);
}

#[tokio::test]
async fn an_opening_goes_to_the_other_node_when_its_own_is_left() {
    let (first, second) = (Node::start().await, Node::start().await);
    let (at_first, at_second) = (Listener::start().await, Listener::start().await);
    let config = config_of(&[(&first, &at_first), (&second, &at_second)]);
    let cluster = Arc::new(Cluster::new(config).unwrap());
    let opening = open(&cluster, Instant::now());
    let _stuck = at_first.lets_in().await;
    first.set_status("OUT_OF_SERVICE");
    let mut peer = at_second.welcomes().await;
    let mut stream = opened(opening).await;
    peer.publishes("i1", READY).await;
    assert!(matches!(stream.next().await, Some(Notification::Update { .. })));
}
