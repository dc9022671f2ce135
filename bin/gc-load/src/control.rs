//! The simulator's control API (docs/simulator.md): customers' calls.

use reqwest::Client;
use serde_json::json;

#[derive(Clone, Debug)]
pub(crate) struct Control {
    http: Client,
    url: String,
}

impl Control {
    pub(crate) fn new(http: Client, url: &str) -> Self {
        Self { http, url: url.trim_end_matches('/').to_owned() }
    }

    /// A customer calls.
    ///
    /// # Errors
    /// When the simulator does not accept the call; errors are counted by the text.
    pub(crate) async fn ring(&self, from: &str, to: &str) -> Result<(), String> {
        let call = json!({ "from": from, "to": to });
        let url = format!("{}/calls", self.url);
        let answer = self.http.post(url).json(&call).send().await;
        let answer = answer.map_err(|_| "no answer from the simulator".to_owned())?;
        let status = answer.status();
        // Read to the end, so that the connection can be reused.
        let _ = answer.bytes().await;
        if status.is_success() { Ok(()) } else { Err(format!("simulator: HTTP {}", status.as_u16())) }
    }
}
