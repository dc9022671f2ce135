//! The recorder.

use gc_rules::{Found, LookupError, Query, RecordingAction, Source};
use serde_json::{Value, json};
use wiremock::matchers::{any, basic_auth, body_json, header, method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::support::{PASSWORD, ask, pause, recorder};

const BODY: &str = r#"body = '{"line":"{extension}","call":"{dialogId}"}'"#;

async fn accepting_server() -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(204)).mount(&server).await;
    server
}

async fn only_request(server: &MockServer) -> Request {
    let mut requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 1);
    requests.remove(0)
}

fn paused() -> Result<Found, LookupError> {
    Ok(Found::Recording("Recording paused.".to_owned()))
}

#[tokio::test]
async fn the_request_is_the_filled_in_template() {
    let server = accepting_server().await;
    let url = format!("{}/agents/{{agentId}}/{{action}}?from=gc", server.uri());
    let more = format!("method = \"PUT\"\nheaders = {{ x-tenant = \"north\" }}\npause = \"mute\"\n{BODY}");
    assert_eq!(ask(&recorder(&url, &more), pause("8001", "2001", Some("16801"))).await, paused());
    let request = only_request(&server).await;
    assert_eq!(request.method.as_str(), "PUT");
    assert_eq!(request.url.path(), "/agents/8001/mute");
    assert_eq!(request.url.query(), Some("from=gc"));
    assert_eq!(request.headers["x-tenant"], "north");
    assert_eq!(request.headers["content-type"], "application/json");
    assert_eq!(request.body_json::<Value>().unwrap(), json!({"line": "2001", "call": "16801"}));
}

#[tokio::test]
async fn resume_has_its_own_word() {
    let server = accepting_server().await;
    let sources = recorder(&format!("{}/{{action}}", server.uri()), "");
    let resume = Query::Recording {
        action: RecordingAction::Resume,
        agent_id: "8001".to_owned(),
        extension: "2001".to_owned(),
        dialog_id: None,
    };
    assert_eq!(ask(&sources, resume).await, Ok(Found::Recording("Recording resumed.".to_owned())));
    let request = only_request(&server).await;
    assert_eq!((request.method.as_str(), request.url.path()), ("POST", "/resume"));
    assert!(!request.headers.contains_key("content-type") && request.body.is_empty());
}

#[tokio::test]
async fn values_stay_values_in_urls_and_in_json() {
    let server = accepting_server().await;
    let url = format!("{}/agents/{{agentId}}/pause?line={{extension}}", server.uri());
    let hostile = "../x?a=b&c#d\",\"admin\":true,\"y\":\"{agentId}";
    let sources = recorder(&url, BODY);
    assert_eq!(ask(&sources, pause(hostile, "20 01&all=1", Some(hostile))).await, paused());
    let request = only_request(&server).await;
    assert_eq!(request.url.path_segments().unwrap().count(), 3, "{}", request.url);
    assert!(request.url.path().starts_with("/agents/..%2Fx%3Fa%3Db%26c%23d%22"), "{}", request.url);
    assert_eq!(request.url.query(), Some("line=20%2001%26all%3D1"));
    assert_eq!(request.body_json::<Value>().unwrap(), json!({"line": "20 01&all=1", "call": hostile}));
}

#[tokio::test]
async fn values_stay_values_in_forms() {
    let server = accepting_server().await;
    let more = "format = \"form\"\nbody = \"agent={agentId}&do={action}\"";
    assert_eq!(ask(&recorder(&server.uri(), more), pause("a&do=delete", "", None)).await, paused());
    let request = only_request(&server).await;
    assert_eq!(request.headers["content-type"], "application/x-www-form-urlencoded");
    assert_eq!(String::from_utf8(request.body).unwrap(), "agent=a%26do%3Ddelete&do=pause");
}

#[tokio::test]
async fn a_value_that_would_change_the_path_is_not_sent() {
    let server = accepting_server().await;
    let sources = recorder(&format!("{}/agents/{{agentId}}/pause", server.uri()), "");
    for agent in ["..", "."] {
        let error = ask(&sources, pause(agent, "2001", None)).await.unwrap_err();
        assert!(matches!(error, LookupError::NotFound { from: Source::Recorder, .. }), "{error:?}");
    }
    assert_eq!(server.received_requests().await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_recording_needs_a_call_if_the_template_has_one() {
    let server = accepting_server().await;
    let error = ask(&recorder(&server.uri(), BODY), pause("8001", "2001", None)).await.unwrap_err();
    assert_eq!(error.to_string(), "The recorder has no call of this agent.");
    assert_eq!(server.received_requests().await.unwrap().len(), 0);
}

#[tokio::test]
async fn the_plain_text_of_a_refusal_is_passed_on() {
    let server = MockServer::start().await;
    let answer =
        ResponseTemplate::new(409).set_body_raw("no call\r\nis recorded", "text/plain; charset=utf-8");
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let error = ask(&recorder(&server.uri(), ""), pause("8001", "2001", None)).await.unwrap_err();
    let text = "no call is recorded".to_owned();
    assert_eq!(error, LookupError::Refused { from: Source::Recorder, status: 409, text });
}

fn login(url: &str, more: &str) -> String {
    format!(
        "[recorder.login]\nurl = \"{url}/login\"\nusername = \"gc\"\npassword = {PASSWORD:?}\n\
         token = \"/data/token\"\n{more}"
    )
}

fn token(token: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({"data": {"token": token}}))
}

async fn requested_paths(server: &MockServer) -> Vec<String> {
    server.received_requests().await.unwrap().iter().map(|request| request.url.path().to_owned()).collect()
}

#[tokio::test]
async fn a_login_comes_first_and_its_token_is_kept() {
    let server = MockServer::start().await;
    Mock::given(path("/login"))
        .and(body_json(json!({"user": "gc", "pass": PASSWORD})))
        .respond_with(token("t-1"))
        .mount(&server)
        .await;
    Mock::given(path("/pause"))
        .and(header("authorization", "Bearer t-1"))
        .respond_with(ResponseTemplate::new(200))
        .mount(&server)
        .await;
    let body = r#"body = '{"user":"{username}","pass":"{password}"}'"#;
    let sources = recorder(&format!("{}/{{action}}", server.uri()), &login(&server.uri(), body));
    assert_eq!(ask(&sources, pause("8001", "2001", None)).await, paused());
    assert_eq!(ask(&sources, pause("8002", "2002", None)).await, paused());
    assert_eq!(requested_paths(&server).await, ["/login", "/pause", "/pause"]);
}

#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    let server = MockServer::start().await;
    // Without a body, the login uses Basic authentication; the token has its own header.
    let log_in = || Mock::given(path("/login")).and(basic_auth("gc", PASSWORD));
    log_in().respond_with(token("t-1")).up_to_n_times(1).mount(&server).await;
    log_in().respond_with(token("t-2")).mount(&server).await;
    Mock::given(header("x-token", "t-2")).respond_with(ResponseTemplate::new(200)).mount(&server).await;
    Mock::given(header("x-token", "t-1")).respond_with(ResponseTemplate::new(401)).mount(&server).await;
    let more = login(&server.uri(), "header = \"X-Token\"");
    let sources = recorder(&format!("{}/{{action}}", server.uri()), &more);
    assert_eq!(ask(&sources, pause("8001", "2001", None)).await, paused());
    assert_eq!(requested_paths(&server).await, ["/login", "/pause", "/login", "/pause"]);
    assert_eq!(ask(&sources, pause("8001", "2001", None)).await, paused());
    assert_eq!(requested_paths(&server).await.len(), 5, "the new token is kept");
}

#[tokio::test]
async fn a_second_refused_token_is_a_refusal() {
    let server = MockServer::start().await;
    Mock::given(path("/login")).respond_with(token("t-1")).mount(&server).await;
    Mock::given(path("/pause")).respond_with(ResponseTemplate::new(401)).mount(&server).await;
    let sources = recorder(&format!("{}/{{action}}", server.uri()), &login(&server.uri(), ""));
    let error = ask(&sources, pause("8001", "2001", None)).await.unwrap_err();
    assert!(matches!(error, LookupError::Refused { status: 401, .. }), "{error:?}");
    assert_eq!(requested_paths(&server).await, ["/login", "/pause", "/login", "/pause"]);
}

#[tokio::test]
async fn a_failed_login_is_reported_without_its_text() {
    let server = MockServer::start().await;
    let echo = ResponseTemplate::new(403).set_body_raw(format!("bad password {PASSWORD}"), "text/plain");
    Mock::given(method("POST")).respond_with(echo).mount(&server).await;
    let sources = recorder(&format!("{}/{{action}}", server.uri()), &login(&server.uri(), ""));
    let error = ask(&sources, pause("8001", "2001", None)).await.unwrap_err();
    assert_eq!(error.to_string(), "The recorder refused the request (HTTP 403: login).");
    assert_eq!(requested_paths(&server).await, ["/login"]);
}

#[tokio::test]
async fn an_invalid_token_is_not_sent() {
    for body in [json!({}), json!({"data": {"token": 7}}), json!({"data": {"token": "a\r\nx-admin: 1"}})] {
        let server = MockServer::start().await;
        let answer = ResponseTemplate::new(200).set_body_json(body.clone());
        Mock::given(path("/login")).respond_with(answer).mount(&server).await;
        let sources = recorder(&format!("{}/{{action}}", server.uri()), &login(&server.uri(), ""));
        let error = ask(&sources, pause("8001", "2001", None)).await.unwrap_err();
        assert!(matches!(error, LookupError::Unreadable { .. }), "{body}: {error:?}");
        assert_eq!(requested_paths(&server).await, ["/login"]);
    }
}
