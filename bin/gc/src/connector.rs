//! The connector's HTTP API.

use std::error::Error;
use std::time::Duration;

use gc_net::{causes, http_client};
use gc_protocol::{Dialect, Event, Request};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, Url};
use secrecy::ExposeSecret;
use serde_json::Value;

use crate::failed::{Failed, Kind};
use crate::target::Target;

/// For a connection.
const CONNECT: Duration = Duration::from_secs(10);
/// For a whole request that is no stream.
const ANSWER: Duration = Duration::from_secs(30);
/// A live stream has a comment every 15 s; one that is silent for so long is lost.
const SILENCE: Duration = Duration::from_secs(45);
/// As `since`: from now on. A time in the future means now, whatever the clocks say.
pub(crate) const FROM_NOW: &str = "9999-01-01T00:00:00Z";

/// Where a live stream begins.
#[derive(Clone, Debug)]
pub(crate) enum Position {
    /// At the oldest event that is not delivered.
    Undelivered,
    /// As the query `since` says.
    Since(String),
    /// Behind the event of this id.
    Behind(String),
}

/// A command that was taken.
#[derive(Debug)]
pub(crate) struct Accepted {
    pub(crate) command_id: String,
    /// The answer as it came.
    pub(crate) json: String,
}

/// A connector, and what to present to it.
#[derive(Debug)]
pub(crate) struct Connector {
    http: Client,
    target: Target,
}

impl Connector {
    pub(crate) fn new(target: Target) -> Result<Self, Failed> {
        let config = |text: String| Failed::new(Kind::Config, text);
        let tls = target.trust.client_config().map_err(|error| config(error.to_string()))?;
        let mut headers = HeaderMap::new();
        if let Some(token) = &target.token {
            let bearer = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret()));
            let mut bearer =
                bearer.map_err(|_| config("the token has characters that no token has".to_owned()))?;
            bearer.set_sensitive(true);
            headers.insert(AUTHORIZATION, bearer);
        }
        let http = http_client(&tls).default_headers(headers).connect_timeout(CONNECT).read_timeout(SILENCE);
        let http = http.build().map_err(|error| config(causes(&error)))?;
        Ok(Self { http, target })
    }

    pub(crate) fn target(&self) -> &Target {
        &self.target
    }

    /// The address of these segments, each as it is.
    pub(crate) fn address(&self, segments: &[&str]) -> Result<Url, Failed> {
        address(&self.target.url, segments)
    }

    /// Sends a command, to this cluster or wherever it belongs.
    pub(crate) async fn send(&self, cluster: Option<&str>, request: &Request) -> Result<Accepted, Failed> {
        let url = command_address(&self.target.url, cluster)?;
        let body = request.to_json().expose_secret().to_owned();
        let post = self.http.post(url).header(CONTENT_TYPE, "application/json").body(body);
        let json = self.text(post).await?;
        let answer: Value = serde_json::from_str(&json).unwrap_or_default();
        let command_id = answer.get("commandId").and_then(Value::as_str).map(str::to_owned);
        let command_id = command_id.ok_or_else(|| self.is_no_connector("its answer has no commandId"))?;
        Ok(Accepted { command_id, json })
    }

    /// Opens the live stream of a client, with envelopes.
    pub(crate) async fn events(&self, client: &str, position: &Position) -> Result<Response, Failed> {
        let mut url = self.address(&["gc", "events", client])?;
        url.query_pairs_mut().append_pair("envelope", "true");
        if let Position::Since(since) = position {
            url.query_pairs_mut().append_pair("since", since);
        }
        let mut get = self.http.get(url).header(ACCEPT, "text/event-stream");
        if let Position::Behind(id) = position {
            get = get.header("Last-Event-ID", id);
        }
        let answer = get.send().await.map_err(|error| self.unreachable(&error))?;
        match answer.status() {
            StatusCode::OK => Ok(answer),
            status => Err(refused(status, &answer.text().await.unwrap_or_default())),
        }
    }

    /// Asks `/admin` for JSON, or changes something there.
    pub(crate) async fn ask_admin(
        &self,
        method: Method,
        segments: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Value, Failed> {
        match self.ask(method, segments, query).await {
            // Of a list, or because there is no such client: then the list of clients is there.
            Err(error) if error.kind == Kind::NotFound => {
                match self.ask(Method::GET, &["clients"], &[("limit", "1")]).await {
                    Err(listed) if listed.kind == Kind::NotFound => Err(self.has_no_admin()),
                    _ => Err(error),
                }
            }
            answer => answer,
        }
    }

    async fn ask(&self, method: Method, segments: &[&str], query: &[(&str, &str)]) -> Result<Value, Failed> {
        let mut url = self.address(&[&["admin"], segments].concat())?;
        for (name, value) in query {
            url.query_pairs_mut().append_pair(name, value);
        }
        let text = self.text(self.http.request(method, url)).await?;
        serde_json::from_str(&text).map_err(|_| self.is_no_connector("its answer is not JSON"))
    }

    fn has_no_admin(&self) -> Failed {
        let by = match self.target.is_profiles_token {
            // To an address that the profile does not name its token is not sent.
            true => "admin_url in the profile, or with --token-file by --admin-url",
            false => "--admin-url, GC_ADMIN_URL or admin_url in the profile",
        };
        let text = format!(
            "there is no /admin at {}: a connector with http.admin_listen has it only there; name that address by {by}",
            self.target.url
        );
        Failed::new(Kind::Unavailable, text)
    }

    /// The status and the text of a health check.
    pub(crate) async fn health(&self, check: &str) -> Result<(StatusCode, String), Failed> {
        let get = self.http.get(self.address(&["health", check])?).timeout(ANSWER);
        let answer = get.send().await.map_err(|error| self.unreachable(&error))?;
        let status = answer.status();
        let text = answer.text().await.map_err(|error| self.unreachable(&error))?;
        match status {
            StatusCode::OK | StatusCode::SERVICE_UNAVAILABLE => Ok((status, text.trim_end().to_owned())),
            other => Err(self.is_no_connector(&format!("/health/{check} answers {other}"))),
        }
    }

    /// What a stream or an answer that breaks off says.
    pub(crate) fn unreachable(&self, error: &reqwest::Error) -> Failed {
        let url = &self.target.url;
        let why = match url.scheme() == "http" && is_no_http(error) {
            true => {
                let https = url.as_str().replacen("http", "https", 1);
                format!("it does not speak plain HTTP there: try {https}")
            }
            false => causes(error),
        };
        Failed::new(Kind::Unavailable, format!("no connector at {url}: {why}"))
    }

    async fn text(&self, request: RequestBuilder) -> Result<String, Failed> {
        let answer = request.timeout(ANSWER).send().await.map_err(|error| self.unreachable(&error))?;
        let status = answer.status();
        let text = answer.text().await.map_err(|error| self.unreachable(&error))?;
        if status.is_success() { Ok(text) } else { Err(refused(status, &text)) }
    }

    fn is_no_connector(&self, why: &str) -> Failed {
        Failed::new(Kind::Unavailable, format!("{}: is it a connector? {why}", self.target.url))
    }
}

/// Whether something answers that is not HTTP.
fn is_no_http(error: &(dyn Error + 'static)) -> bool {
    error.downcast_ref().is_some_and(hyper::Error::is_parse) || error.source().is_some_and(is_no_http)
}

/// Where commands are posted.
pub(crate) fn command_address(url: &Url, cluster: Option<&str>) -> Result<Url, Failed> {
    match cluster {
        Some(cluster) => address(url, &["gc", cluster, "command"]),
        None => address(url, &["gc", "command"]),
    }
}

fn address(url: &Url, segments: &[&str]) -> Result<Url, Failed> {
    // In an address these two mean the folder itself and the one above, also when they are escaped.
    if let Some(dots) = segments.iter().find(|segment| matches!(**segment, "." | ".." | "")) {
        return Err(Failed::new(Kind::Usage, format!("{dots:?} cannot stand in an address")));
    }
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    match url.path_segments_mut() {
        Ok(mut path) => drop(path.pop_if_empty().extend(segments)),
        Err(()) => return Err(Failed::new(Kind::Usage, "the address of the connector has no host")),
    }
    Ok(url)
}

/// What the connector says with this status.
fn refused(status: StatusCode, body: &str) -> Failed {
    let kind = match status.as_u16() {
        404 => Kind::NotFound,
        405 | 409 => Kind::Refused,
        400 | 413 | 415 | 431 => Kind::Data,
        401 | 403 => Kind::NotAllowed,
        408 | 429 | 503 => Kind::Later,
        _ => Kind::Unavailable,
    };
    let text = match Event::from_json(body, Dialect::Gc4412) {
        Ok(Event::Error(error)) => {
            format!("{}: {}{}", error.code, error.message, begun(body).unwrap_or_default())
        }
        Ok(Event::State(state)) => {
            format!("{}: agent {} has no session: send Connect and Login first", state.state, state.agent_id)
        }
        Ok(Event::System(system)) => {
            format!("{}: the connector does not know this client: send Hello first", system.status)
        }
        _ => status.canonical_reason().unwrap_or("no reason given").to_owned(),
    };
    Failed::new(kind, crate::output::shown(&format!("refused ({}): {text}", status.as_u16())))
}

/// The command that was begun all the same.
fn begun(body: &str) -> Option<String> {
    let answer: Value = serde_json::from_str(body).ok()?;
    Some(format!(" (command {})", answer.get("commandId")?.as_str()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_in_addresses_as_they_are() {
        let base: Url = "https://proxy.example/gc-1/?x=1".parse().unwrap();
        let url = address(&base, &["gc", "events", "a/b c?é"]).unwrap();
        assert_eq!(url.as_str(), "https://proxy.example/gc-1/gc/events/a%2Fb%20c%3F%C3%A9");
        for dots in [".", "..", ""] {
            assert_eq!(address(&base, &["admin", "clients", dots]).unwrap_err().kind, Kind::Usage);
        }
    }

    #[test]
    fn a_refusal_has_a_code_by_its_status_and_the_connectors_own_words() {
        let error = r#"{"type":"Error","errorType":"GENERAL_ERROR","errorMessage":"Not\u001b[2J here."}"#;
        for (status, kind, text) in [
            (404, Kind::NotFound, "refused (404): GENERAL_ERROR: Not\\u{1b}[2J here."),
            (401, Kind::NotAllowed, "refused (401): GENERAL_ERROR: Not\\u{1b}[2J here."),
            (429, Kind::Later, "refused (429): GENERAL_ERROR: Not\\u{1b}[2J here."),
        ] {
            let failed = refused(StatusCode::from_u16(status).unwrap(), error);
            assert_eq!((failed.kind, failed.reason.as_str()), (kind, text));
        }
        let begun =
            r#"{"type":"Error","errorType":"PLEASE_RETRY","errorMessage":"Not saved.","commandId":"c-1"}"#;
        let begun = refused(StatusCode::SERVICE_UNAVAILABLE, begun);
        assert_eq!(begun.reason, "refused (503): PLEASE_RETRY: Not saved. (command c-1)");
        let state = refused(StatusCode::CONFLICT, r#"{"type":"State","agentId":"1001","state":"RE_LOGIN"}"#);
        assert!(
            state.kind == Kind::Refused && state.reason.contains("agent 1001 has no session"),
            "{state:?}"
        );
        assert_eq!(refused(StatusCode::BAD_GATEWAY, "<html>").kind, Kind::Unavailable);
    }
}
