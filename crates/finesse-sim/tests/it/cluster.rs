//! Two nodes that share one world.

use finesse_sim::{Config, Node, Platform, Release, SecondNode, UccxTakeover};
use reqwest::Method;
use serde_json::json;

use crate::support::{Answer, Bench, read};
use crate::wire::Wire;

const SECOND: &str = "finesse-b.site.example";

async fn cluster(platform: Platform) -> Bench {
    cluster_with(|config| config.platform = platform).await
}

async fn cluster_with(change: impl FnOnce(&mut Config)) -> Bench {
    Bench::with(|config| {
        config.tls = false;
        config.second_node = Some(SecondNode::any(SECOND));
        change(config);
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
    let bench = cluster_with(|config| config.world.rules.release = Release::Finesse12_5).await;
    let first = bench.get("1001", "/SystemInfo").await.body;
    let other = read_second(&bench, "1001", "/SystemInfo").await.body;
    let nodes = format!(
        "<primaryNode><host>127.0.0.1</host></primaryNode><secondaryNode><host>{SECOND}</host></secondaryNode>"
    );
    assert!(first.contains(&nodes) && other.contains(&nodes), "{first} {other}");
    assert!(first.contains("<xmppDomain>127.0.0.1</xmppDomain>"));
    assert!(other.contains(&format!("<xmppPubSubDomain>pubsub.{SECOND}</xmppPubSubDomain>")));
    assert!(!first.contains("MMode"));
    let maintenance = json!({"finesseMMode": "IN_PROGRESS"});
    assert_eq!(bench.control("POST", "/system", Some(maintenance)).await.0, 409, "not before 12.6");
}

#[tokio::test]
async fn since_12_6_system_info_names_ports_and_15_has_none_without_tls() {
    for (release, plain) in [(Release::Finesse12_6, true), (Release::Finesse15, false)] {
        let bench = cluster_with(|config| {
            config.world.rules.release = release;
            config.tls = true;
        })
        .await;
        let info = bench.get("1001", "/SystemInfo").await.body;
        let address = |name: &str, node: &Node| {
            let xmpp = node.starttls_addr().filter(|_| plain).map_or(0, |address| address.port());
            format!(
                "<{name}><host>{}</host><httpsPort>{}</httpsPort><xmppPort>{xmpp}</xmppPort>\
                 <xmppSecurePort>{}</xmppSecurePort></{name}>",
                node.host(),
                node.rest_addr().port(),
                node.xmpp_addr().port()
            )
        };
        for part in [address("primaryNode", bench.sim.first_node()), address("secondaryNode", second(&bench))]
        {
            assert!(info.contains(&part), "{part} in {info}");
        }
    }
}

#[tokio::test]
async fn the_websocket_is_beside_the_rest_api_since_12_6() {
    for (release, status) in
        [(Release::Finesse12_5, 404), (Release::Finesse12_6, 101), (Release::Finesse15, 101)]
    {
        let bench = cluster_with(|config| config.world.rules.release = release).await;
        let url = bench.sim.rest_url().replace("/finesse/api", "/ws/");
        let upgrade =
            bench.at(Method::GET, url).header("connection", "upgrade").header("upgrade", "websocket");
        let upgrade = upgrade.header("sec-websocket-version", "13").header("sec-websocket-protocol", "xmpp");
        let answer = upgrade.header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==").send().await.unwrap();
        assert_eq!(answer.status(), status, "{release:?}");
    }
}

#[tokio::test]
async fn a_maintenance_is_notified_and_counts_who_is_still_there() {
    let bench = cluster(Platform::Ucce).await;
    let (mut first, other) = streams(&bench, "1001").await;
    let change = json!({"finesseMMode": "IN_PROGRESS", "node": "a"});
    let (status, servers) = bench.control("POST", "/system", Some(change)).await;
    let seen = |server: usize| {
        (servers[server]["finesseMMode"].clone(), servers[server]["thirdPartyClients"].clone())
    };
    assert_eq!((status, seen(0), seen(1)), (200, (json!("IN_PROGRESS"), json!(1)), (json!("OFF"), json!(1))));
    let update = first.update().await;
    assert_eq!((update.text("finesseMMode"), update.text("ctiMMode")), ("IN_PROGRESS".into(), String::new()));
    assert_eq!((update.text("status"), update.text("finesseTimeInMMode")), ("IN_SERVICE".into(), "0".into()));
    bench.login("1001").await;
    assert_eq!(first.update().await.short(), "NOT_READY", "it serves until it is stopped");
    drop((first, other));
    let gone = async || bench.control("GET", "/system", None).await.1[0]["thirdPartyClients"] == json!(0);
    while !gone().await {}
    let over = json!({"finesseMMode": "OFF", "ctiMMode": "INITIATING"});
    let (_, servers) = bench.control("POST", "/system", Some(over)).await;
    assert_eq!((&servers[0]["finesseMMode"], &servers[1]["ctiMMode"]), (&json!("OFF"), &json!("INITIATING")));
    assert!(
        read_second(&bench, "1001", "/SystemInfo").await.body.contains("<ctiMMode>INITIATING</ctiMMode>")
    );
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
    standby_takes_over(UccxTakeover::KeepsStates, "NOT_READY").await;
}

#[tokio::test]
async fn the_standby_of_uccx_signs_out_the_agents_it_does_not_know() {
    standby_takes_over(UccxTakeover::SignsOut, "LOGOUT").await;
}

/// `then`: the agent's state after it.
async fn standby_takes_over(takeover: UccxTakeover, then: &str) {
    let bench = cluster_with(|config| {
        config.platform = Platform::Uccx;
        config.world.rules.uccx_takeover = takeover;
    })
    .await;
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
    let state = other.update().await;
    assert_eq!((state.short().as_str(), state.text("reasonCodeId").as_str()), (then, state_reason(then)));
    let call = other.update().await;
    assert_eq!((call.short().as_str(), call.text("callType").as_str()), ("PUT ALERTING", "NULL"));
    assert_eq!(bench.get("1001", "/User/1001").await.status, 503);
    system(&bench, "a", "IN_SERVICE").await;
    assert_eq!(read_second(&bench, "1001", "/User/1001").await.status, 503);
}

/// The reason's id that is shown with the state: NOT_READY has that of the sign-in, a takeover's LOGOUT none.
fn state_reason(state: &str) -> &'static str {
    if state == "LOGOUT" { "-1" } else { "6" }
}

#[tokio::test]
async fn an_agent_on_a_queue_call_is_signed_out_by_the_takeover_when_it_ends() {
    let bench = cluster(Platform::Uccx).await;
    bench.login("1001").await;
    bench.state("1001", "READY").await;
    let call = bench.customer("Sales").await;
    let mut other = Wire::join_at(&bench.sim, second(&bench), "1001").await;
    system(&bench, "a", "OUT_OF_SERVICE").await;
    assert_eq!(other.update().await.text("status"), "IN_SERVICE");
    let state = other.update().await;
    assert_eq!((state.short().as_str(), state.text("pendingState").as_str()), ("RESERVED", "LOGOUT"));
    let answer = "<Dialog><requestedAction>ANSWER</requestedAction>\
                  <targetMediaAddress>2001</targetMediaAddress></Dialog>";
    assert_eq!(at_second(&bench, Method::PUT, "1001", &format!("/Dialog/{call}"), answer).await.status, 202);
    bench.control("DELETE", &format!("/calls/{call}"), None).await;
    loop {
        let update = other.update().await;
        if update.short() == "LOGOUT" {
            break;
        }
    }
}

#[tokio::test]
async fn each_node_has_its_own_certificate() {
    let bench = Bench::with(|config| config.second_node = Some(SecondNode::any(SECOND))).await;
    Wire::join_at(&bench.sim, second(&bench), "1001").await;
}
