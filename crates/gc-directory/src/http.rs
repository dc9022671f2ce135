//! HTTP requests to sources, with a deadline and a limit for the length of the answer.

use std::time::Duration;

use gc_net::{Trust, causes, http_client};
use gc_rules::{LookupError, Source};
use gc_xml::{Element, Limits};
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Client, Method, RequestBuilder, Response, Url};
use serde_json::Value;
use tokio::time::timeout;

use crate::connection::{HttpConfig, SourceFault, SourceFaults};

/// The timeout of a connection, including TLS.
const CONNECT: Duration = Duration::from_secs(5);

/// The longest accepted answer, in bytes. A page of a hundred agents is about a hundredth of it.
const ANSWER_LIMIT: usize = 4 << 20;

/// The longest text of a refusal in our errors, in characters.
const TEXT_LIMIT: usize = 200;

/// One client for each trust. Sources with the same trust share a client.
#[derive(Default)]
pub(crate) struct Clients(Vec<(Trust, Client)>);

impl Clients {
    /// What a source needs for requests: the client with the configured trust, the deadline, and fixed headers.
    pub(crate) fn http(
        &mut self,
        from: Source,
        section: &str,
        config: &HttpConfig,
        headers: HeaderMap,
    ) -> Result<Http, SourceFaults> {
        let mut faults = SourceFaults::default();
        let trust = faults.keep_all(config.trust(section));
        let client = trust.and_then(|trust| faults.keep(self.client(section, trust)));
        faults.or(client.map(|client| Http { client, from, deadline: config.timeout, headers }))
    }

    fn client(&mut self, section: &str, trust: Trust) -> Result<Client, SourceFault> {
        if let Some((_, client)) = self.0.iter().find(|(known, _)| *known == trust) {
            return Ok(client.clone());
        }
        let key = format!("{section}.http");
        let tls = trust.client_config().map_err(|error| SourceFault::new(&key, &error).because(error))?;
        let client = http_client(&tls)
            .connect_timeout(CONNECT)
            .user_agent(concat!("gc-directory/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| SourceFault::new(&key, causes(&error)).because(error))?;
        self.0.push((trust, client.clone()));
        Ok(client)
    }
}

/// An HTTP source.
pub(crate) struct Http {
    client: Client,
    from: Source,
    deadline: Duration,
    headers: HeaderMap,
}

/// An answer with any status.
pub(crate) struct Answer {
    from: Source,
    pub(crate) status: u16,
    content_type: String,
    body: Vec<u8>,
}

impl Http {
    pub(crate) fn request(&self, method: Method, url: Url) -> RequestBuilder {
        self.client.request(method, url).headers(self.headers.clone())
    }

    /// Sends a request once.
    pub(crate) async fn send(&self, request: RequestBuilder) -> Result<Answer, LookupError> {
        let response = request.send().await.map_err(|error| self.failure(error))?;
        let status = response.status().as_u16();
        let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let content_type = content_type.unwrap_or_default().to_ascii_lowercase();
        let body = match self.body_of(response).await {
            Ok(body) => body,
            // A refusal stays one, even if its body cannot be read.
            Err(_) if !is_success(status) => Vec::new(),
            Err(error) => return Err(error),
        };
        Ok(Answer { from: self.from, status, content_type, body })
    }

    /// Runs some work until the deadline, and then drops it.
    pub(crate) async fn in_time<T>(
        &self,
        work: impl Future<Output = Result<T, LookupError>>,
    ) -> Result<T, LookupError> {
        timeout(self.deadline, work).await.unwrap_or(Err(LookupError::TimedOut { from: self.from }))
    }

    pub(crate) fn unreadable(&self, reason: impl Into<String>) -> LookupError {
        LookupError::Unreadable { from: self.from, reason: reason.into() }
    }

    async fn body_of(&self, mut response: Response) -> Result<Vec<u8>, LookupError> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.failure(error))? {
            if body.len() + chunk.len() > ANSWER_LIMIT {
                return Err(self.unreadable(format!("it is longer than {ANSWER_LIMIT} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// The client has only a connection timeout; `in_time` has the deadline.
    fn failure(&self, error: reqwest::Error) -> LookupError {
        LookupError::Unreachable { from: self.from, reason: causes(&error.without_url()) }
    }
}

impl Answer {
    pub(crate) fn is_success(&self) -> bool {
        is_success(self.status)
    }

    pub(crate) fn is_html(&self) -> bool {
        self.content_type.starts_with("text/html")
    }

    pub(crate) fn text(&self) -> Result<&str, LookupError> {
        std::str::from_utf8(&self.body).map_err(|_| self.unreadable("it is not UTF-8"))
    }

    pub(crate) fn xml(&self) -> Result<Element<'_>, LookupError> {
        let limits = Limits { bytes: ANSWER_LIMIT, ..Limits::default() };
        gc_xml::parse(self.text()?, &limits).map_err(|error| self.unreadable(error.to_string()))
    }

    pub(crate) fn json(&self) -> Result<Value, LookupError> {
        serde_json::from_slice(&self.body).map_err(|_| self.unreadable("it is not JSON"))
    }

    pub(crate) fn unreadable(&self, reason: impl Into<String>) -> LookupError {
        LookupError::Unreadable { from: self.from, reason: reason.into() }
    }

    /// The answer as a refusal. Its body is included only if it is plain text or JSON, because HTML is not for a status
    /// bar.
    pub(crate) fn plain_refusal(&self) -> LookupError {
        let is_plain =
            ["text/plain", "application/json"].iter().any(|kind| self.content_type.starts_with(kind));
        self.refusal(self.text().ok().filter(|_| is_plain))
    }

    /// The answer as a refusal, with its text for people, if there is one.
    pub(crate) fn refusal(&self, text: Option<&str>) -> LookupError {
        LookupError::Refused {
            from: self.from,
            status: self.status,
            text: text.map(one_line).unwrap_or_default(),
        }
    }
}

fn is_success(status: u16) -> bool {
    (200..300).contains(&status)
}

/// A text from another server in the form for our errors: short, without line breaks and control characters.
fn one_line(text: &str) -> String {
    let words: Vec<&str> =
        text.split(|character: char| character.is_whitespace() || character.is_control()).collect();
    let line = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    line.chars().take(TEXT_LIMIT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_from_another_server_becomes_one_short_line() {
        assert_eq!(one_line("  not\r\nallowed\u{7} here "), "not allowed here");
        assert_eq!(one_line(&"x".repeat(5_000)).chars().count(), TEXT_LIMIT);
    }
}
