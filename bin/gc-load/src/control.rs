//! The simulator's control API (docs/simulator.md): customers' calls.

use reqwest::{Client, RequestBuilder};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

/// So many customers call or hang up at the same time, so that connections are used again.
const AT_ONCE: usize = 32;

#[derive(Debug)]
pub(crate) struct Control {
    http: Client,
    url: String,
    free: Semaphore,
}

/// What the nodes have counted since the start, together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    /// Users who are connected now.
    pub(crate) connected: usize,
    pub(crate) logins: u64,
    pub(crate) requests: u64,
}

impl Counted {
    /// How many users have opened a stream since then, and have it. Streams of before have gone with their process, although the simulator may
    /// not have noticed the end of all of them.
    pub(crate) fn opened_since(self, before: Self) -> usize {
        let opened = usize::try_from(self.logins.saturating_sub(before.logins)).unwrap_or(usize::MAX);
        opened.min(self.connected)
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Node {
    third_party_clients: usize,
    logins: u64,
    requests: u64,
}

impl Control {
    pub(crate) fn new(http: Client, url: &str) -> Self {
        Self { http, url: url.trim_end_matches('/').to_owned(), free: Semaphore::new(AT_ONCE) }
    }

    /// The web applications of all nodes stop, or start again.
    ///
    /// # Errors
    /// When the simulator does not answer.
    pub(crate) async fn run_nodes(&self, run: bool) -> Result<(), String> {
        let change = json!({ "webApplication": if run { "up" } else { "down" } });
        let _: Value = read(self.http.post(format!("{}/system", self.url)).json(&change)).await?;
        Ok(())
    }

    /// Every stream ends.
    ///
    /// # Errors
    /// When the simulator does not answer.
    pub(crate) async fn end_streams(&self) -> Result<(), String> {
        let ended = self.http.delete(format!("{}/streams", self.url)).send().await;
        ended.and_then(reqwest::Response::error_for_status).map_err(|error| error.to_string())?;
        Ok(())
    }

    /// # Errors
    /// When the simulator does not answer.
    pub(crate) async fn counted(&self) -> Result<Counted, String> {
        let nodes: Vec<Node> = read(self.http.get(format!("{}/system", self.url))).await?;
        let add = |sum: Counted, node: &Node| Counted {
            connected: sum.connected + node.third_party_clients,
            logins: sum.logins + node.logins,
            requests: sum.requests + node.requests,
        };
        Ok(nodes.iter().fold(Counted::default(), add))
    }

    /// A customer calls.
    ///
    /// # Errors
    /// When the simulator does not accept the call; errors are counted by the text.
    pub(crate) async fn ring(&self, from: &str, to: &str) -> Result<(), String> {
        let call = json!({ "from": from, "to": to });
        self.act(self.http.post(format!("{}/calls", self.url)).json(&call)).await
    }

    /// The customer of this call hangs up.
    ///
    /// # Errors
    /// When the simulator has no such call; errors are counted by the text.
    pub(crate) async fn hang_up(&self, dialog: &str) -> Result<(), String> {
        self.act(self.http.delete(format!("{}/calls/{dialog}", self.url))).await
    }

    async fn act(&self, request: RequestBuilder) -> Result<(), String> {
        // The semaphore is never closed.
        let _connection = self.free.acquire().await;
        let answer = request.send().await;
        let answer = answer.map_err(|_| "no answer from the simulator".to_owned())?;
        let status = answer.status();
        // Read to the end, so that the connection can be reused.
        let _ = answer.bytes().await;
        if status.is_success() { Ok(()) } else { Err(format!("simulator: HTTP {}", status.as_u16())) }
    }
}

async fn read<T: serde::de::DeserializeOwned>(request: RequestBuilder) -> Result<T, String> {
    let answer = request.send().await.and_then(reqwest::Response::error_for_status);
    let answer = answer.map_err(|error| format!("the simulator: {error}"))?;
    let bytes = answer.bytes().await.map_err(|error| format!("the simulator: {error}"))?;
    serde_json::from_slice(&bytes).map_err(|error| format!("the simulator: {error}"))
}
