//! The connector's HTTP API.

use std::time::Duration;

use gc_protocol::{Dialect, Event, Request};
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Client, Response, StatusCode};
use secrecy::ExposeSecret;
use tokio::time::{Instant, interval};

/// Sends commands and opens streams.
#[derive(Clone, Debug)]
pub(crate) struct Connector {
    http: Client,
    url: String,
}

/// The interval between two readiness checks.
const CHECK_INTERVAL: Duration = Duration::from_millis(50);

impl Connector {
    pub(crate) fn new(http: Client, url: &str) -> Self {
        Self { http, url: url.trim_end_matches('/').to_owned() }
    }

    /// Waits until the connector reports Finesse in service.
    ///
    /// # Errors
    /// When the connector does not answer, or is not ready in time; the text says so.
    pub(crate) async fn wait_until_ready(&self, timeout: Duration) -> Result<(), String> {
        let url = format!("{}/health/ready", self.url);
        let (start, mut checks) = (Instant::now(), interval(CHECK_INTERVAL));
        loop {
            checks.tick().await;
            let response = self.http.get(&url).timeout(timeout).send().await;
            let status = response
                .map_err(|error| format!("no connector at {}: {}", self.url, cause(&error)))?
                .status();
            match status {
                StatusCode::OK => return Ok(()),
                StatusCode::SERVICE_UNAVAILABLE if start.elapsed() < timeout => {}
                StatusCode::SERVICE_UNAVAILABLE => {
                    return Err(format!("the connector at {} has no Finesse in service", self.url));
                }
                other => return Err(format!("{url} answers {other}: is it a connector?")),
            }
        }
    }

    /// Waits until it answers, whatever it says of Finesse.
    ///
    /// # Errors
    /// When it does not do so in time.
    pub(crate) async fn wait_until_answering(&self, timeout: Duration) -> Result<(), String> {
        let url = format!("{}/health/live", self.url);
        let (start, mut checks) = (Instant::now(), interval(CHECK_INTERVAL));
        while start.elapsed() < timeout {
            checks.tick().await;
            if self.http.get(&url).timeout(timeout).send().await.is_ok() {
                return Ok(());
            }
        }
        Err(format!("the connector at {} does not answer again", self.url))
    }

    /// Waits until the connector reports that Finesse is out of service.
    ///
    /// # Errors
    /// When it does not do so in time.
    pub(crate) async fn wait_until_out(&self, timeout: Duration) -> Result<(), String> {
        let url = format!("{}/health/ready", self.url);
        let (start, mut checks) = (Instant::now(), interval(CHECK_INTERVAL));
        while start.elapsed() < timeout {
            checks.tick().await;
            let response = self.http.get(&url).timeout(timeout).send().await;
            if response.is_ok_and(|response| response.status() == StatusCode::SERVICE_UNAVAILABLE) {
                return Ok(());
            }
        }
        Err("the connector does not notice that Finesse is gone".to_owned())
    }

    /// Sends a command.
    ///
    /// # Errors
    /// When it is not accepted; errors are counted by the text.
    pub(crate) async fn send(&self, request: &Request) -> Result<(), String> {
        let json = request.to_json().expose_secret().to_owned();
        let url = format!("{}/gc/command", self.url);
        let sent = self.http.post(url).header(CONTENT_TYPE, "application/json").body(json).send().await;
        let answer = sent.map_err(|_| NO_ANSWER.to_owned())?;
        match answer.status() {
            StatusCode::ACCEPTED => {
                // Read to the end, so that the connection can be reused.
                answer.bytes().await.map_err(|_| NO_ANSWER.to_owned())?;
                Ok(())
            }
            status => Err(refusal(status, &answer.text().await.unwrap_or_default())),
        }
    }

    /// Opens the live stream of a client that has sent Hello.
    ///
    /// # Errors
    /// When it cannot be opened; the text gives the reason.
    pub(crate) async fn stream(&self, client: &str) -> Result<Response, String> {
        let url = format!("{}/gc/events/{client}?envelope=true", self.url);
        let answer = self.http.get(&url).header(ACCEPT, "text/event-stream").send().await;
        let answer = answer.map_err(|error| format!("{url}: {}", cause(&error)))?;
        match answer.status() {
            StatusCode::OK => Ok(answer),
            status => {
                Err(format!("{url} answers {}", refusal(status, &answer.text().await.unwrap_or_default())))
            }
        }
    }
}

const NO_ANSWER: &str = "no answer";

/// Whether a command failed with this because the connector is not there, or is being stopped.
pub(crate) fn is_away(code: &str) -> bool {
    code == NO_ANSWER || code.starts_with("HTTP 503")
}

/// `HTTP 409 SESSION_INVALIDATED`: the status, and the code of the event in the body.
fn refusal(status: StatusCode, body: &str) -> String {
    let code = match Event::from_json(body, Dialect::Gc4412) {
        Ok(Event::Error(error)) => error.code.to_string(),
        Ok(Event::State(state)) => state.state,
        Ok(Event::System(system)) => system.status.to_string(),
        _ => String::new(),
    };
    format!("HTTP {} {code}", status.as_u16()).trim_end().to_owned()
}

/// The root cause; reqwest's own text omits it.
fn cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_counted_by_status_and_code() {
        let error = r#"{"type":"Error","errorType":"SESSION_INVALIDATED","errorMessage":"m"}"#;
        assert_eq!(refusal(StatusCode::CONFLICT, error), "HTTP 409 SESSION_INVALIDATED");
        let state = r#"{"type":"State","agentId":"1001","state":"RE_LOGIN"}"#;
        assert_eq!(refusal(StatusCode::CONFLICT, state), "HTTP 409 RE_LOGIN");
        let system = r#"{"type":"System","status":"RECONNECT"}"#;
        assert_eq!(refusal(StatusCode::CONFLICT, system), "HTTP 409 RECONNECT");
        assert_eq!(refusal(StatusCode::BAD_GATEWAY, "<html>"), "HTTP 502");
    }
}
