//! CCX: queue statistics of UCCX.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use gc_directory::{QueueSource, Sources};
use gc_events::{UccxCounts, UccxQueue};
use gc_rules::{Found, LookupError, Query, Source};
use serde_json::{Value, json};
use wiremock::matchers::{basic_auth, bearer_token, header, method};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{PASSWORD, ask, ccx};

async fn server(body: Value) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_body_json(body))
        .mount(&server)
        .await;
    server
}

async fn queues_of(body: Value, more: &str) -> Result<Found, LookupError> {
    let server = server(body).await;
    ask(&ccx(&server.uri(), more), Query::QueueStatistics).await
}

fn block(waiting: u64, talking: u64) -> Value {
    json!({
        "WaitingCalls": waiting, "AgentsLoggedIn": 9, "AgentsReady": 4, "AgentsNotReady": 2,
        "AgentsInAfterCallWork": 1, "AgentsTalking": talking, "AgentsReserved": 0,
    })
}

fn counts(waiting_calls: u64, agents_talking: u64) -> UccxCounts {
    UccxCounts {
        waiting_calls,
        agents_logged_in: 9,
        agents_ready: 4,
        agents_not_ready: 2,
        agents_in_after_call_work: 1,
        agents_talking,
        agents_reserved: 0,
    }
}

#[tokio::test]
async fn queues_in_the_notation_of_the_event_need_no_pointers() {
    let queue =
        json!({"queueName": "Orchard", "queue_SnapShot": block(3, 2), "queue_SinceMidNight": block(80, 71)});
    let expected = UccxQueue {
        queue_name: "Orchard".to_owned(),
        snapshot: counts(3, 2),
        since_midnight: counts(80, 71),
    };
    assert_eq!(queues_of(json!([queue]), "").await, Ok(Found::QueueStatistics(vec![expected])));
}

#[tokio::test]
async fn no_queues_are_an_empty_list() {
    assert_eq!(queues_of(json!([]), "").await, Ok(Found::QueueStatistics(Vec::new())));
}

const POINTERS: &str = r#"
    queues = "/data/csqs"
    name = "/csq/name"
    snapshot = { waiting_calls = "/now/waiting", agents_ready = "/now/ready" }
    since_midnight = { waiting_calls = "/today/1" }
"#;

#[tokio::test]
async fn numbers_have_json_pointers_and_are_zero_without_one() {
    let body = json!({"data": {"csqs": [
        {"csq": {"name": "Harbour"}, "now": {"waiting": "12", "ready": 5}, "today": [0, 340]},
    ]}});
    let expected = UccxQueue {
        queue_name: "Harbour".to_owned(),
        snapshot: UccxCounts { waiting_calls: 12, agents_ready: 5, ..UccxCounts::default() },
        since_midnight: UccxCounts { waiting_calls: 340, ..UccxCounts::default() },
    };
    assert_eq!(queues_of(body, POINTERS).await, Ok(Found::QueueStatistics(vec![expected])));
}

#[tokio::test]
async fn a_pointer_without_a_number_is_an_error_and_not_zero() {
    let queue = |waiting: Value| json!({"data": {"csqs": [{"csq": {"name": "H"}, "now": {"waiting": waiting, "ready": 5}, "today": [0, 1]}]}});
    for bad in [json!(null), json!(-1), json!(1.5), json!("many"), json!({})] {
        let error = queues_of(queue(bad.clone()), POINTERS).await.unwrap_err();
        let reason = "a queue has no number at \"/now/waiting\"".to_owned();
        assert_eq!(error, LookupError::Unreadable { from: Source::CcxStatistics, reason }, "{bad}");
    }
}

#[tokio::test]
async fn a_missing_list_or_name_is_reported_with_its_pointer() {
    for (body, expected) in [
        (json!({"data": {}}), "there is no list at \"/data/csqs\""),
        (json!({"data": {"csqs": [{"csq": {}}]}}), "a queue has no name at \"/csq/name\""),
    ] {
        let reason = expected.to_owned();
        let expected = LookupError::Unreadable { from: Source::CcxStatistics, reason };
        assert_eq!(queues_of(body, POINTERS).await, Err(expected));
    }
}

#[tokio::test]
async fn there_are_three_kinds_of_credentials() {
    let server = MockServer::start().await;
    let good = || ResponseTemplate::new(200).set_body_json(json!([]));
    Mock::given(basic_auth("gc", PASSWORD)).respond_with(good()).expect(1).mount(&server).await;
    Mock::given(bearer_token(PASSWORD)).respond_with(good()).expect(1).mount(&server).await;
    Mock::given(header("x-api-key", PASSWORD)).respond_with(good()).expect(1).mount(&server).await;
    for auth in [
        format!(r#"auth = {{ basic = {{ username = "gc", password = "{PASSWORD}" }} }}"#),
        format!(r#"auth = {{ bearer = {{ token = "{PASSWORD}" }} }}"#),
        format!(r#"auth = {{ header = {{ name = "X-Api-Key", value = "{PASSWORD}" }} }}"#),
    ] {
        let found = ask(&ccx(&server.uri(), &auth), Query::QueueStatistics).await;
        assert_eq!(found, Ok(Found::QueueStatistics(Vec::new())), "{auth}");
    }
}

/// A custom source.
struct Fixed;

impl QueueSource for Fixed {
    fn queues(&self) -> BoxFuture<'_, Result<Vec<UccxQueue>, LookupError>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

#[tokio::test]
async fn a_custom_source_can_replace_http() {
    let sources = Sources::default().with_queue_source(Arc::new(Fixed));
    assert_eq!(ask(&sources, Query::QueueStatistics).await, Ok(Found::QueueStatistics(Vec::new())));
}
