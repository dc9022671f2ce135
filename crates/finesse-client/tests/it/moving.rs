//! Streams that move to another node while their own still serves.

use std::num::NonZeroUsize;

use finesse_client::{
    Closed, Cluster, Credentials, Link, Notification, NotificationStream, Priority, Service,
};
use futures_util::FutureExt;
use tokio::time::Instant;

use crate::node::{Node, config, credentials, until};
use crate::xmpp_peer::{Listener, Peer, id_of, soon};

const READY: &str = "<Update><data><user><state>READY</state></user></data><event>PUT</event></Update>";

/// Two nodes with a listener each; one stream at a time moves.
async fn pair(nodes: [&Node; 2], listeners: [&Listener; 2]) -> Cluster {
    let mut config = config(&nodes.map(|node| node.server.uri()).each_ref().map(String::as_str));
    for (node, listener) in config.nodes.iter_mut().zip(listeners) {
        node.notifications = vec![listener.url()];
        node.xmpp_domain = Some("desk.example".to_owned());
    }
    config.opening.moves_at_once = NonZeroUsize::MIN;
    let cluster = Cluster::new(config).unwrap();
    until(&cluster, |service| service == Service::InService).await;
    cluster
}

async fn open(cluster: &Cluster, listener: &Listener) -> (NotificationStream, Peer) {
    let credentials: Credentials = credentials();
    let stream = cluster.open_stream(&credentials, "gc", Instant::now(), Priority::WaitedFor);
    let (stream, peer) = tokio::join!(stream, listener.welcomes());
    (stream.unwrap(), peer)
}

#[tokio::test]
async fn one_stream_after_the_other_moves_and_each_goes_on_until_its_successor_is_open() {
    let (first, second) = (Node::start().await, Node::start().await);
    let (at_first, at_second) = (Listener::start().await, Listener::start().await);
    let cluster = pair([&first, &second], [&at_first, &at_second]).await;
    let (mut moving, mut peer) = open(&cluster, &at_first).await;
    let (mut waiting, _waiting_peer) = open(&cluster, &at_first).await;
    // Once the other node is known.
    while cluster.move_user("1042", None).is_err() {
        tokio::task::yield_now().await;
    }
    assert_eq!(soon("the first one's turn", moving.next()).await, Some(Notification::Leaving));
    assert_eq!(waiting.next().now_or_never(), None, "one at a time");

    let successor = moving.successor(&credentials(), "gc");
    let (successor, _) = tokio::join!(successor, at_second.welcomes());
    let _successor = successor.unwrap();
    peer.publishes("i1", READY).await;
    let still = soon("what the first node sends meanwhile", moving.next()).await;
    assert!(matches!(still, Some(Notification::Update { .. })), "{still:?}");
    assert_eq!(waiting.next().now_or_never(), None, "the first one is still there");

    moving.leave();
    let last = async {
        let ping = peer.until("</iq>").await;
        peer.says(&format!("<iq type='result' id='{}'/>", id_of(&ping))).await;
    };
    let (end, ()) = tokio::join!(moving.next(), last);
    assert_eq!(end, Some(Notification::Closed { reason: Closed::ByUs }));
    assert_eq!(waiting.next().now_or_never(), None);
    moving.close().await;
    assert_eq!(soon("the second one's turn", waiting.next()).await, Some(Notification::Leaving));
}
