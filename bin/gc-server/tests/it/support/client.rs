//! A client that sends commands.

use std::net::SocketAddr;

use gc_access::Token;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};

use super::events::Events;
use super::{soon, until};

#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) http: reqwest::Client,
    pub(crate) url: String,
}

/// What HTTP answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) json: Value,
    /// Whether it says after which time it may be sent again.
    pub(crate) says_when: bool,
}

impl Answer {
    /// It is an `Error` event of this code that says something; with which status.
    #[track_caller]
    pub(crate) fn is_error(&self, status: u16, code: &str) {
        assert_eq!((self.status, &self.json["type"]), (status, &json!("Error")), "{self:?}");
        assert_eq!(self.json["errorType"], code, "{self:?}");
        let text = self.json["errorMessage"].as_str().unwrap();
        let readable = text.len() > 10 && text.ends_with(['.', '?']) && !text.starts_with(char::is_lowercase);
        assert!(readable && !text.contains("deserialize"), "{self:?}");
    }

    /// The id of a command that was taken.
    #[track_caller]
    pub(crate) fn command_id(&self) -> String {
        assert_eq!((self.status, &self.json["status"]), (202, &json!("accepted")), "{self:?}");
        self.json["commandId"].as_str().unwrap().to_owned()
    }
}

impl Client {
    pub(crate) fn of(listener: SocketAddr) -> Self {
        Self { http: super::http(), url: format!("http://{listener}") }
    }

    /// The same client with this in its header `Authorization`.
    pub(crate) fn authorized(&self, value: &str) -> Self {
        let headers = HeaderMap::from_iter([(AUTHORIZATION, value.parse().unwrap())]);
        Self { http: super::http_with(headers), url: self.url.clone() }
    }

    /// The same client with this token.
    pub(crate) fn bearing(&self, token: &Token) -> Self {
        self.authorized(&format!("Bearer {}", token.expose()))
    }

    pub(crate) async fn send(&self, command: &str, body: &str) -> Answer {
        self.send_data(json!({ "type": command, "body": body })).await
    }

    /// A command that has to be taken; its id.
    pub(crate) async fn accepted(&self, command: &str, body: &str) -> String {
        self.send(command, body).await.command_id()
    }

    pub(crate) async fn hello(&self, destination: &str) {
        self.accepted(&format!("Hello#{destination}"), "").await;
    }

    pub(crate) async fn hello_with_callback(&self, destination: &str, callback: &str) {
        let data = json!({ "type": format!("Hello#{destination}"), "callbackFqdn": callback });
        self.send_data(data).await.command_id();
    }

    /// Hello, and the live stream from its answer on.
    pub(crate) async fn watched(&self, destination: &str) -> Events {
        self.hello(destination).await;
        let mut events = self.events(destination, None).await;
        assert_eq!(events.of_type("System").await.data["status"], "IN_SERVICE");
        events
    }

    /// The agent is connected and signed in at its own extension: 2001 for 1001.
    pub(crate) async fn signs_in(&self, agent: &str, destination: &str, events: &mut Events) {
        self.accepted(&format!("Connect#{agent}"), &format!("{destination},demo")).await;
        events.of_type("ConnectStatus").await;
        let extension = format!("2{}", &agent[1..]);
        self.accepted(&format!("Login#{agent}"), &format!("demo,{extension}")).await;
        events.of_type("DialogState").await;
    }

    pub(crate) async fn send_data(&self, data: Value) -> Answer {
        self.send_raw("application/json", json!({ "data": data }).to_string()).await
    }

    pub(crate) async fn send_raw(&self, content_type: &str, body: impl Into<reqwest::Body>) -> Answer {
        let request = self.http.post(format!("{}/gc/command", self.url));
        self.ask(request.header(CONTENT_TYPE, content_type).body(body)).await
    }

    pub(crate) async fn ask(&self, request: RequestBuilder) -> Answer {
        let answer = soon("an answer", request.send()).await.unwrap();
        let status = answer.status().as_u16();
        assert_eq!(answer.headers()[CONTENT_TYPE], "application/json");
        let says_when = answer.headers().contains_key(RETRY_AFTER);
        assert!(status != 429 || says_when, "{answer:?}");
        Answer { status, json: soon("the answer's body", answer.json()).await.unwrap(), says_when }
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        soon("an answer", self.http.get(format!("{}{path}", self.url)).send()).await.unwrap()
    }

    /// The live stream, behind the event of this id or from the oldest undelivered one.
    pub(crate) async fn events(&self, destination: &str, after: Option<&str>) -> Events {
        self.events_at(&format!("/gc/events/{destination}"), after).await
    }

    pub(crate) async fn events_at(&self, path: &str, after: Option<&str>) -> Events {
        let mut request = self.http.get(format!("{}{path}", self.url));
        if let Some(id) = after {
            request = request.header("Last-Event-ID", id);
        }
        let answer = soon("the live stream", request.send()).await.unwrap();
        assert_eq!(answer.headers()[CONTENT_TYPE], "text/event-stream");
        Events::of(answer)
    }

    pub(crate) async fn is_ready(&self) {
        until("readiness", move || async move { self.get("/health/ready").await.status() == 200 }).await;
    }
}
