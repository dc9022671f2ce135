//! Which node is asked, and when the cluster's service changes.

use std::time::Duration;

use finesse_client::{Cluster, Link, Service};
use futures_util::FutureExt;
use gc_environment::Watcher;
use tokio::time::timeout;
use wiremock::ResponseTemplate;

use crate::node::{Node, ask, cluster, config, ready, until_domain};

/// The next state of the service.
async fn changed(service: &mut Watcher<Service>) -> Service {
    timeout(Duration::from_secs(10), service.changed()).await.unwrap();
    service.read(|service| *service)
}

#[tokio::test]
async fn the_node_in_service_is_the_current_one_and_stays_it() {
    let (first, second) = (Node::start().await, Node::start().await);
    for node in [&first, &second] {
        node.answers(ResponseTemplate::new(202)).await;
    }
    let cluster = cluster(&[&first, &second]).await;
    assert_eq!(cluster.system_info().unwrap().xmpp_domain, first.domain());

    first.set_status("OUT_OF_SERVICE");
    until_domain(&cluster, &second.domain()).await;
    first.set_status("IN_SERVICE");
    ask(&cluster, &ready()).await.unwrap();
    assert_eq!((first.requests().await.len(), second.requests().await.len()), (0, 1));
    assert_eq!(cluster.service().read(|service| *service), Service::InService);
}

#[tokio::test]
async fn the_end_and_the_return_of_the_service_are_reported_once() {
    let (first, second) = (Node::start().await, Node::start().await);
    let cluster = cluster(&[&first, &second]).await;
    let mut service = cluster.service();
    assert_eq!(service.read(|service| *service), Service::InService);
    first.set_status("OUT_OF_SERVICE");
    until_domain(&cluster, &second.domain()).await;
    assert!(service.changed().now_or_never().is_none(), "one node is enough");

    second.set_status("PARTIAL_SERVICE");
    assert_eq!(changed(&mut service).await, Service::OutOfService);
    first.set_status("IN_SERVICE");
    assert_eq!(changed(&mut service).await, Service::InService);
    assert_eq!(cluster.system_info().unwrap().xmpp_domain, first.domain());
}

#[tokio::test]
async fn a_node_that_is_gone_is_out_of_service() {
    let node = Node::start().await;
    let cluster = cluster(&[&node]).await;
    let mut service = cluster.service();
    service.read(|_| ());
    drop(node);
    assert_eq!(changed(&mut service).await, Service::OutOfService);
}

#[tokio::test]
async fn a_cluster_has_one_or_two_nodes() {
    let url = "http://127.0.0.1:1";
    let refused = |urls: &[&str]| Cluster::new(config(urls)).unwrap_err().to_string();
    assert_eq!(refused(&[]), "nodes: a cluster has one or two nodes, not 0");
    assert_eq!(refused(&[url, url, url]), "nodes: a cluster has one or two nodes, not 3");
}
