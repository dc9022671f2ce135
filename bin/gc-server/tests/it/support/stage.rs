//! A simulated Finesse and a connector in front of it, both in this process.

use std::collections::BTreeMap;
use std::time::Duration;

use finesse_sim::{Config as SimConfig, Node, Running, Sim};
use gc_server::{Config, Server};
use serde_json::Value;

use super::client::Client;
use super::until;

/// Settings of gc.toml: dotted keys, and values as TOML writes them.
pub(crate) type Settings<'a> = &'a [(&'a str, &'a str)];

pub(crate) struct Stage {
    pub(crate) sim: Running,
    pub(crate) server: Server,
    control: Control,
}

impl Stage {
    /// Everything encrypted, as in real life, and quick.
    pub(crate) async fn start() -> Self {
        Self::with(&[]).await
    }

    pub(crate) async fn with(settings: Settings<'_>) -> Self {
        let sim = simulator(true).await;
        let server = connector(&gc_toml(&sim, settings)).await;
        Self::of(sim, server)
    }

    pub(crate) fn of(sim: Running, server: Server) -> Self {
        let control = Control::of(&sim);
        Self { sim, server, control }
    }

    pub(crate) fn client(&self) -> Client {
        Client::of(self.server.address())
    }

    pub(crate) fn control(&self) -> &Control {
        &self.control
    }

    pub(crate) async fn end(self) {
        self.server.stop().await;
        self.sim.shutdown().await;
    }
}

/// The demo's world in a hurry.
pub(crate) async fn simulator(tls: bool) -> Running {
    gc_server::choose_crypto();
    let mut config = SimConfig { tls, ..SimConfig::demo().unwrap() };
    config.world.timers.event_delay = Duration::from_millis(1);
    Sim::start(config).await.unwrap()
}

/// A connector in this process.
pub(crate) async fn connector(gc_toml: &str) -> Server {
    gc_server::choose_crypto();
    let config = Config::parse(gc_toml).unwrap_or_else(|error| panic!("{error}\n{gc_toml}"));
    if std::env::var_os("RUST_LOG").is_some() {
        // Whoever wants to see; the first test of the process starts it.
        gc_server::start_logs(&config).map(std::mem::forget).ok();
    }
    let server = Server::start(&config).await.unwrap();
    Client::of(server.address()).is_ready().await;
    server
}

/// A gc.toml for this simulator.
pub(crate) fn gc_toml(sim: &Running, settings: Settings<'_>) -> String {
    let nodes = nodes_of(sim, Node::websocket_url);
    let ca = format!("'''{}'''", sim.ca_pem().unwrap_or_default());
    let mut all = vec![("finesse.nodes", nodes.as_str())];
    match sim.ca_pem() {
        Some(_) => all.push(("finesse.ca_pem", &ca)),
        None => all.push(("finesse.allow_plaintext", "true")),
    }
    all.extend(settings);
    toml_of(&all)
}

/// The nodes of this simulator, with the place of each one's notifications.
pub(crate) fn nodes_of(sim: &Running, notifications: impl Fn(&Node) -> String) -> String {
    let nodes = [Some(sim.first_node()), sim.second_node()].into_iter().flatten().map(|node| {
        let (rest, notifications) = (node.rest_url(), notifications(node));
        let url = rest.trim_end_matches("/finesse/api");
        format!("{{ url = \"{url}\", notifications = \"{notifications}\" }}")
    });
    format!("[{}]", nodes.collect::<Vec<_>>().join(", "))
}

/// A gc.toml of these settings over quick ones; a later one counts.
pub(crate) fn toml_of(settings: Settings<'_>) -> String {
    let quick = [
        ("http.listen", "'127.0.0.1:0'"),
        ("finesse.health_interval", "'100ms'"),
        ("callback.retry_at", "['10ms']"),
        ("callback.retry_every", "'50ms'"),
        ("session.reconnect_first", "'10ms'"),
    ];
    let all: BTreeMap<_, _> = quick.iter().chain(settings).copied().collect();
    all.iter().map(|(key, value)| format!("{key} = {value}\n")).collect()
}

/// The simulator's world, from outside.
pub(crate) struct Control {
    pub(crate) http: reqwest::Client,
    url: String,
    /// The REST API of each node.
    pub(crate) rest: Vec<String>,
}

impl Control {
    pub(crate) fn of(sim: &Running) -> Self {
        let nodes = [Some(sim.first_node()), sim.second_node()];
        let rest = nodes.into_iter().flatten().map(finesse_sim::Node::rest_url).collect();
        Self { http: super::http(), url: sim.control_url(), rest }
    }

    /// Another program takes the user's stream.
    pub(crate) async fn take_stream(&self, user: &str) {
        let url = format!("{}/sim/streams/{user}?condition=conflict", self.url);
        assert!(self.http.delete(url).send().await.unwrap().status().is_success());
    }

    /// A customer calls; the dialog's id.
    pub(crate) async fn call(&self, from: &str, to: &str) -> String {
        let call = self.post("/sim/calls", serde_json::json!({ "from": from, "to": to })).await;
        call["dialogId"].as_str().unwrap().to_owned()
    }

    /// The same if it is possible now: with the path and the body of a request that the simulator may refuse.
    pub(crate) async fn tries(&self, path: &str, body: Value) -> Option<Value> {
        let answer = self.http.post(format!("{}{path}", self.url)).json(&body).send().await.unwrap();
        if answer.status().is_success() { answer.json().await.ok() } else { None }
    }

    /// The customer hangs up, unless the call is over.
    pub(crate) async fn hang_up(&self, dialog: &str) {
        let answer = self.http.delete(format!("{}/sim/calls/{dialog}", self.url)).send().await.unwrap();
        assert!(matches!(answer.status().as_u16(), 204 | 404), "{dialog}: {}", answer.status());
    }

    pub(crate) async fn fault(&self, fault: Value) {
        self.post("/sim/faults", fault).await;
    }

    pub(crate) async fn system(&self, status: &str) {
        self.post("/sim/system", serde_json::json!({ "status": status })).await;
    }

    /// The same of one node.
    pub(crate) async fn system_of(&self, node: &str, status: &str) {
        self.post("/sim/system", serde_json::json!({ "status": status, "node": node })).await;
    }

    /// Begins, or ends (`OFF`), the maintenance of a node.
    pub(crate) async fn maintenance(&self, node: &str, status: &str) {
        self.post("/sim/system", serde_json::json!({ "finesseMMode": status, "node": node })).await;
    }

    /// Nobody has a stream at this node: its operator's count of clients is zero.
    pub(crate) async fn until_left(&self, node: &str) {
        let left = async || {
            let nodes = self.get("system").await;
            nodes.iter().any(|each| each["node"] == node && each["thirdPartyClients"] == 0)
        };
        until("a node without clients", left).await;
    }

    /// Ends the user's notification streams at this node; how many there were.
    pub(crate) async fn cut(&self, user: &str, node: &str) -> u64 {
        let url = format!("{}/sim/streams/{user}?node={node}", self.url);
        let answer: Value = self.http.delete(url).send().await.unwrap().json().await.unwrap();
        answer["closed"].as_u64().unwrap()
    }

    /// The node was looked at so many times from now on.
    pub(crate) async fn until_looked_at(&self, node: &str, times: u64) {
        let look = serde_json::json!({ "path": "/finesse/api/SystemInfo", "node": node });
        let then = serde_json::json!({ "do": "delay", "ms": 0 });
        self.fault(serde_json::json!({ "when": look, "times": times, "then": then })).await;
        self.until_faults_are_used().await;
    }

    /// What the simulator knows of a user.
    pub(crate) async fn user(&self, id: &str) -> Value {
        self.get("users").await.into_iter().find(|user| user["id"] == id).unwrap()
    }

    pub(crate) async fn get(&self, list: &str) -> Vec<Value> {
        let answer = self.http.get(format!("{}/sim/{list}", self.url)).send().await.unwrap();
        answer.json().await.unwrap()
    }

    /// The simulator has the user in this state.
    pub(crate) async fn until_state(&self, id: &str, state: &str) {
        until(state, move || async move { self.user(id).await["state"] == state }).await;
    }

    /// The user has a stream on which notifications come.
    pub(crate) async fn until_notified(&self, id: &str) {
        until("a stream", move || async move { self.user(id).await["streams"] != serde_json::json!([]) })
            .await;
    }

    /// Every fault has met its request.
    pub(crate) async fn until_faults_are_used(&self) {
        until("the requests to be spoilt", move || async move { self.get("faults").await.is_empty() }).await;
    }

    pub(crate) async fn delete(&self, path: &str) {
        let answer = self.http.delete(format!("{}{path}", self.url)).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        let answer = self.http.post(format!("{}{path}", self.url)).json(&body).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        // Some requests are answered by nothing.
        answer.json().await.unwrap_or_default()
    }
}
