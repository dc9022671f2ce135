//! Two nodes that share one world.

use finesse_sim::{Node, Platform, SecondNode};
use reqwest::Method;
use serde_json::json;

use crate::support::{Answer, Bench, read};
use crate::wire::Wire;

const SECOND: &str = "finesse-b.site.example";

async fn cluster(platform: Platform) -> Bench {
    Bench::with(|config| {
        config.tls = false;
        config.platform = platform;
        config.second_node = Some(SecondNode::any(SECOND));
    })
    .await
}

fn second(bench: &Bench) -> &Node {
    bench.sim.second_node().unwrap()
}

/// A request to the second node, by its address, because its name cannot be resolved.
async fn at_second(bench: &Bench, method: Method, user: &str, path: &str, body: &str) -> Answer {
    let url = format!("http://{}/finesse/api{path}", second(bench).rest_addr());
    let request = bench.at(method, url).basic_auth(user, Some("demo")).header("requestId", "r-8");
    let request = request.header("Content-Type", "application/xml").body(body.to_owned());
    read(request.send().await.unwrap()).await
}

async fn read_second(bench: &Bench, user: &str, path: &str) -> Answer {
    at_second(bench, Method::GET, user, path, "").await
}

/// A stream of the user at each node.
async fn streams(bench: &Bench, user: &str) -> (Wire, Wire) {
    let first = Wire::join(&bench.sim, user).await;
    (first, Wire::join_at(&bench.sim, second(bench), user).await)
}

async fn system(bench: &Bench, node: &str, status: &str) {
    let change = json!({"status": status, "node": node});
    assert_eq!(bench.control("POST", "/system", Some(change)).await.0, 200);
}

#[tokio::test]
async fn each_node_shows_both_names_and_its_own_domain() {
    let bench = cluster(Platform::Ucce).await;
    let first = bench.get("1001", "/SystemInfo").await.body;
    let other = read_second(&bench, "1001", "/SystemInfo").await.body;
    let nodes = format!(
        "<primaryNode><host>127.0.0.1</host></primaryNode><secondaryNode><host>{SECOND}</host></secondaryNode>"
    );
    assert!(first.contains(&nodes) && other.contains(&nodes), "{first} {other}");
    assert!(first.contains("<xmppDomain>127.0.0.1</xmppDomain>"));
    assert!(other.contains(&format!("<xmppPubSubDomain>pubsub.{SECOND}</xmppPubSubDomain>")));
}

#[tokio::test]
async fn a_change_at_one_node_is_published_at_both() {
    let bench = cluster(Platform::Ucce).await;
    let (mut first, mut other) = streams(&bench, "1001").await;
    let login = "<User><state>LOGIN</state><extension>2001</extension></User>";
    assert_eq!(at_second(&bench, Method::PUT, "1001", "/User/1001", login).await.status, 202);
    let (first, other) = (first.update().await, other.update().await);
    assert_eq!((first.short(), first.request_id.as_str()), ("NOT_READY".to_owned(), "r-8"));
    assert_eq!(first.document, other.document);
    assert_eq!((first.to, other.to), ("1001@127.0.0.1".to_owned(), format!("1001@{SECOND}")));
    assert_ne!(first.item.get(..36), other.item.get(..36), "each node has its own item ids");
}

#[tokio::test]
async fn one_node_goes_out_of_service_alone() {
    let bench = cluster(Platform::Ucce).await;
    let (mut first, mut other) = streams(&bench, "1001").await;
    bench.login("1001").await;
    assert_eq!(
        (first.update().await.short(), other.update().await.short()),
        ("NOT_READY".into(), "NOT_READY".into())
    );
    system(&bench, "b", "OUT_OF_SERVICE").await;
    assert_eq!(other.update().await.text("status"), "OUT_OF_SERVICE");
    assert_eq!(read_second(&bench, "1001", "/User/1001").await.status, 503);
    assert_eq!(bench.state("1001", "READY").await.status, 202);
    assert_eq!(first.update().await.short(), "READY", "nothing else is published here");
    system(&bench, "b", "IN_SERVICE").await;
    assert_eq!(other.update().await.text("status"), "IN_SERVICE");
    assert_eq!(other.update().await.short(), "READY");
    bench.state("1001", "NOT_READY").await;
    assert_eq!(first.update().await.short(), "NOT_READY", "only the returning node republishes");
}

#[tokio::test]
async fn the_web_application_of_one_node_stops_alone() {
    let bench = cluster(Platform::Ucce).await;
    let (mut first, mut other) = streams(&bench, "1001").await;
    let change = json!({"webApplication": "down", "node": "b"});
    assert_eq!(bench.control("POST", "/system", Some(change)).await.0, 200);
    assert!(other.next().await.contains("type='unavailable'"));
    assert_eq!(read_second(&bench, "1001", "/SystemInfo").await.status, 503);
    bench.login("1001").await;
    assert!(first.next().await.starts_with("<message "), "nothing else is published here");
}

#[tokio::test]
async fn only_the_primary_serves_the_configuration() {
    let bench = cluster(Platform::Ucce).await;
    for path in ["/PhoneBooks", "/PhoneBook/61/Contacts", "/Team/1/PhoneBooks"] {
        assert_eq!(bench.get("administrator", path).await.status, 200);
        let refused = read_second(&bench, "administrator", path).await;
        assert_eq!(refused.status, 403);
        assert!(refused.body.contains("<ErrorType>Forbidden</ErrorType>"));
    }
    for path in ["/Users", "/Teams", "/User/1001"] {
        assert_eq!(read_second(&bench, "administrator", path).await.status, 200, "{path}");
    }
    assert_eq!(read_second(&bench, "1001", "/Users").await.status, 401);
}

#[tokio::test]
async fn one_node_can_be_delayed() {
    let bench = cluster(Platform::Ucce).await;
    let (mut first, mut other) = streams(&bench, "1001").await;
    bench
        .fault(
            json!({"when": {"action": "LOGIN"}, "then": {"do": "delayNode", "node": "b", "ms": 3_600_000}}),
        )
        .await;
    bench.login("1001").await;
    bench.state("1001", "READY").await;
    for expected in ["NOT_READY", "READY"] {
        assert_eq!(first.update().await.short(), expected);
    }
    other.ask("<iq type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>").await;
    assert_eq!(other.skipped, 0);
}

#[tokio::test]
async fn a_fault_can_be_for_one_node() {
    let bench = cluster(Platform::Ucce).await;
    bench.fault(json!({"when": {"node": "b"}, "then": {"do": "answer", "status": 500}})).await;
    assert_eq!(bench.get("1001", "/User/1001").await.status, 200);
    assert_eq!(read_second(&bench, "1001", "/User/1001").await.status, 500);
}

#[tokio::test]
async fn streams_are_ended_at_one_node() {
    let bench = cluster(Platform::Ucce).await;
    let (mut first, mut other) = streams(&bench, "1001").await;
    let (_, closed) = bench.control("DELETE", "/streams/1001?node=b", None).await;
    assert_eq!(closed, json!({"closed": 1}));
    assert_eq!(other.try_next().await, None);
    bench.login("1001").await;
    assert_eq!(first.update().await.short(), "NOT_READY");
}

#[tokio::test]
async fn the_standby_of_uccx_takes_over_without_the_call_types() {
    let bench = cluster(Platform::Uccx).await;
    let (mut first, mut other) = streams(&bench, "1001").await;
    assert_eq!(read_second(&bench, "1001", "/User/1001").await.status, 503, "on standby");
    bench.login("1001").await;
    bench.customer("1001").await;
    for expected in ["NOT_READY", "POST ALERTING"] {
        assert_eq!(first.update().await.short(), expected);
    }
    system(&bench, "a", "OUT_OF_SERVICE").await;
    assert_eq!(first.update().await.text("status"), "OUT_OF_SERVICE");
    assert_eq!(other.update().await.text("status"), "IN_SERVICE");
    assert_eq!(other.update().await.short(), "NOT_READY");
    let call = other.update().await;
    assert_eq!((call.short().as_str(), call.text("callType").as_str()), ("PUT ALERTING", "NULL"));
    assert_eq!(bench.get("1001", "/User/1001").await.status, 503);
    system(&bench, "a", "IN_SERVICE").await;
    assert_eq!(read_second(&bench, "1001", "/User/1001").await.status, 503);
}

#[tokio::test]
async fn each_node_has_its_own_certificate() {
    let bench = Bench::with(|config| config.second_node = Some(SecondNode::any(SECOND))).await;
    Wire::join_at(&bench.sim, second(&bench), "1001").await;
}
