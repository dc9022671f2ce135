//! Faults on demand.

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use crate::support::Bench;
use crate::wire::Wire;

#[tokio::test]
async fn responses_are_replaced_until_the_fault_is_used_up() {
    let bench = Bench::plain().await;
    bench
        .fault(json!({"when": {"path": "/finesse/api/User"}, "times": 2,
                      "then": {"do": "answer", "status": 500, "body": "<html>boom</html>"}}))
        .await;
    for _ in 0..2 {
        let answer = bench.get("1001", "/User/1001").await;
        assert_eq!((answer.status, answer.body.as_str()), (500, "<html>boom</html>"));
        assert!(answer.content_type.starts_with("text/html"));
    }
    assert_eq!(bench.get("1001", "/User/1001").await.status, 200);
}

#[tokio::test]
async fn a_proxy_in_front_answers_with_headers_of_its_own() {
    let bench = Bench::plain().await;
    for proxy in [json!({"server": "nginx", "retry-after": "2"}), json!({})] {
        let then = json!({"do": "answer", "status": 401, "headers": proxy});
        bench.fault(json!({"when": {"path": "/finesse/api/User"}, "then": then})).await;
        let request = bench.request("GET", "/User/1001").basic_auth("1001", Some("demo"));
        let response = request.send().await.unwrap();
        let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap());
        let expected = match proxy["server"].as_str() {
            Some(_) => (Some("nginx"), Some("2"), None),
            None => (None, None, Some("Basic realm=\"Cisco Finesse\"")),
        };
        assert_eq!((header("server"), header("retry-after"), header("www-authenticate")), expected);
    }
}

#[tokio::test]
async fn a_connection_is_closed_without_a_response() {
    let bench = Bench::plain().await;
    bench.fault(json!({"when": {"method": "PUT"}, "then": {"do": "drop"}})).await;
    let body = "<User><state>READY</state></User>";
    assert!(bench.try_rest("PUT", "1001", "/User/1001", body).await.is_err());
    assert_eq!(bench.get("1001", "/User/1001").await.status, 200);
}

#[tokio::test]
async fn a_response_is_delayed() {
    let bench = Bench::plain().await;
    bench.fault(json!({"then": {"do": "delay", "ms": 60}})).await;
    let start = Instant::now();
    assert_eq!(bench.get("1001", "/User/1001").await.status, 200);
    assert!(start.elapsed() >= Duration::from_millis(60));
}

#[tokio::test]
async fn silent_requests_have_no_effect_and_lost_events_are_not_published() {
    let bench = Bench::plain().await;
    let mut wire = Wire::join(&bench.sim, "1001").await;
    bench.login("1001").await;
    wire.update().await;
    bench.fault(json!({"when": {"action": "READY"}, "then": {"do": "silent"}})).await;
    assert_eq!(bench.state("1001", "READY").await.status, 202);
    assert!(bench.get("1001", "/User/1001").await.body.contains("<state>NOT_READY</state>"));
    bench.fault(json!({"when": {"action": "READY"}, "then": {"do": "loseEvents"}})).await;
    assert_eq!(bench.state("1001", "READY").await.status, 202);
    assert!(bench.get("1001", "/User/1001").await.body.contains("<state>READY</state>"));
    bench.state("1001", "NOT_READY").await;
    assert_eq!(wire.update().await.short(), "NOT_READY", "nothing was published in between");
}

#[tokio::test]
async fn a_request_can_take_effect_without_response_and_event() {
    let bench = Bench::plain().await;
    let mut wire = Wire::join(&bench.sim, "1001").await;
    bench.login("1001").await;
    wire.update().await;
    bench.fault(json!({"when": {"action": "READY"}, "then": {"do": "loseAnswer"}})).await;
    let body = "<User><state>READY</state></User>";
    assert!(bench.try_rest("PUT", "1001", "/User/1001", body).await.is_err());
    assert!(bench.get("1001", "/User/1001").await.body.contains("<state>READY</state>"));
    bench.state("1001", "NOT_READY").await;
    assert_eq!(wire.update().await.short(), "NOT_READY", "nothing was published in between");
}

#[tokio::test]
async fn an_event_arrives_before_its_response() {
    let bench = Bench::with(|config| {
        config.tls = false;
        config.world.timers.event_delay = Duration::from_secs(60);
    })
    .await;
    let mut wire = Wire::join(&bench.sim, "1001").await;
    bench.fault(json!({"when": {"action": "LOGIN"}, "then": {"do": "eventFirst"}})).await;
    let answered = tokio::sync::Notify::new();
    let login = async {
        bench.login("1001").await;
        answered.notify_one();
    };
    let event = async {
        tokio::select! {
            biased;
            () = answered.notified() => panic!("the response came first"),
            update = wire.update() => assert_eq!(update.short(), "NOT_READY"),
        }
    };
    tokio::join!(login, event);
}

#[tokio::test]
async fn duplicates_have_the_same_item_id() {
    let bench = Bench::plain().await;
    let mut wire = Wire::join(&bench.sim, "1001").await;
    bench.fault(json!([{"when": {"user": "1001"}, "then": {"do": "duplicateEvents"}}])).await;
    bench.login("1001").await;
    let (first, second) = (wire.update().await, wire.update().await);
    assert_eq!(first.item, second.item);
    assert_eq!(first.document, second.document);
}

#[tokio::test]
async fn notifications_of_two_nodes_can_be_reordered() {
    let bench = Bench::plain().await;
    let mut wire = Wire::join(&bench.sim, "1001").await;
    bench.login("1001").await;
    let dialog = bench.customer("1001").await;
    for expected in ["NOT_READY", "POST ALERTING"] {
        assert_eq!(wire.update().await.short(), expected);
    }
    bench.fault(json!({"when": {"action": "ANSWER"}, "then": {"do": "reorderEvents"}})).await;
    bench.act("1001", &dialog, "ANSWER").await;
    for expected in ["PUT ACTIVE", "TALKING"] {
        assert_eq!(wire.update().await.short(), expected);
    }
}

#[tokio::test]
async fn the_error_of_a_fault_follows_the_response() {
    let bench = Bench::plain().await;
    let mut wire = Wire::join(&bench.sim, "1001").await;
    bench.login("1001").await;
    wire.update().await;
    let dialog = bench.customer("1001").await;
    wire.update().await;
    bench
        .fault(json!({"when": {"action": "ANSWER"}, "then": {"do": "apiError",
            "errorType": "Call Operation Failure", "errorMessage": "CF_RESOURCE_OUT_OF_SERVICE", "errorData": "34"}}))
        .await;
    assert_eq!(bench.act("1001", &dialog, "ANSWER").await.status, 202);
    let error = wire.update().await;
    assert_eq!(error.short(), "error CF_RESOURCE_OUT_OF_SERVICE");
    assert_eq!(error.text("errorType"), "Call Operation Failure");
    assert_eq!(error.request_id, "r-7");
    bench.act("1001", &dialog, "ANSWER").await;
    assert_eq!(wire.update().await.short(), "TALKING");
}

#[tokio::test]
async fn streams_end_with_or_without_a_stream_error() {
    let bench = Bench::plain().await;
    let mut wire = Wire::join(&bench.sim, "1001").await;
    let (status, body) = bench.control("DELETE", "/streams/1001?condition=see-other-host", None).await;
    assert_eq!((status, body), (200, json!({"closed": 1})));
    assert!(wire.expect("stream:error").await.contains("<see-other-host "));
    let mut wire = Wire::join(&bench.sim, "1001").await;
    bench.control("DELETE", "/streams/1001", None).await;
    assert_eq!(wire.try_next().await, None);
}

#[tokio::test]
async fn faults_are_listed_cleared_and_checked() {
    let bench = Bench::plain().await;
    bench.fault(json!({"then": {"do": "drop"}, "times": 5})).await;
    let (_, list) = bench.control("GET", "/faults", None).await;
    assert_eq!(list, json!([{"when": {}, "times": 5, "then": {"do": "drop"}}]));
    assert_eq!(bench.control("DELETE", "/faults", None).await.0, 204);
    assert_eq!(bench.get("1001", "/User/1001").await.status, 200);
    let (status, body) = bench.control("POST", "/faults", Some(json!({"then": {"do": "explode"}}))).await;
    assert_eq!(status, 422);
    assert!(body["error"].as_str().unwrap().contains("explode"));
}
