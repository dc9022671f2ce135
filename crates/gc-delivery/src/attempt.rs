//! The sink of HTTP callbacks: one attempt posts one entry.

use std::{
    future::poll_fn,
    sync::{Arc, Mutex, PoisonError},
    task::Poll,
    time::{SystemTime, UNIX_EPOCH},
};

use futures_util::future::BoxFuture;
use gc_environment::Environment;
use gc_guard::Forbidden;
use gc_net::{causes, retry_after};
use reqwest::{
    Client, Response,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};

use crate::{
    Attempt, BuildError, Callback, Config, Entry, Envelope, Failure, Order, Rest, Sink, http,
    signature::{ID, SIGNATURE, TIMESTAMP},
};

/// How many bytes of a response are read, so that its connection can be reused.
const ANSWER_LIMIT: usize = 16 * 1024;
/// The longest header value. Many receivers refuse a request with a longer one.
const HEADER_LIMIT: usize = 4 * 1024;

/// Why there was no answer.
pub(crate) fn failure(error: reqwest::Error) -> Failure {
    if let Some(forbidden) = Forbidden::in_causes_of(&error) {
        return Failure::Forbidden(forbidden.to_string());
    }
    match error {
        error if error.is_timeout() => Failure::TimedOut,
        // Without the address, whose query may hold a token.
        error if error.is_connect() => Failure::Unreachable(causes(&error.without_url())),
        error => Failure::Broken(causes(&error.without_url())),
    }
}

/// Posts entries to HTTP callbacks (docs/delivery.md).
pub struct HttpSink {
    current: Mutex<Current>,
    environment: Arc<dyn Environment>,
}

/// What a reload can change.
#[derive(Clone)]
struct Current {
    http: Client,
    config: Arc<Config>,
}

impl HttpSink {
    /// A sink with these time limits, certificates, envelope and secrets.
    ///
    /// # Errors
    /// When the configured certificates cannot be used.
    pub fn new(config: &Config, environment: Arc<dyn Environment>) -> Result<Self, BuildError> {
        let current = Current { http: http::client(config)?, config: Arc::new(config.clone()) };
        Ok(Self { current: Mutex::new(current), environment })
    }

    /// Takes over this configuration, beginning with the next attempt; only the clients' orders stay as they were.
    /// Connections stay open unless something about connections has changed.
    ///
    /// # Errors
    /// When the certificates cannot be used; then nothing changes.
    pub fn reload(&self, new: &Config) -> Result<(), BuildError> {
        let Current { mut http, config } = self.current();
        let is_same = new.trust == config.trust
            && new.identity == config.identity
            && new.guard == config.guard
            && new.connect_timeout == config.connect_timeout
            && new.attempt_timeout == config.attempt_timeout;
        let config = Config { orders: config.orders.clone(), ..new.clone() };
        if !is_same {
            http = http::client(&config)?;
        }
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) =
            Current { http, config: Arc::new(config) };
        Ok(())
    }

    fn current(&self) -> Current {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Sink for HttpSink {
    /// A 2xx means that the entry is delivered, whatever becomes of the rest of the answer.
    fn deliver(&self, to: &Callback, entry: &Entry) -> BoxFuture<'static, Attempt> {
        let event = &entry.message.body;
        let Current { http, config } = self.current();
        let body = match config.envelope {
            Envelope::Bare => event.clone(),
            Envelope::Data => format!(r#"{{"data":{event}}}"#),
        };
        let now = self.environment.now();
        let headers = headers(entry, config.orders.of(&entry.client), now, &body, &config);
        let request = http.post(to.url().clone()).headers(headers).body(body);
        Box::pin(async move {
            match request.send().await {
                Err(error) => Attempt::Retry { failure: failure(error), after: None },
                Ok(answer) if answer.status().is_success() => {
                    // Usually the body has already arrived, and nothing is left to read.
                    let mut rest = Box::pin(finish(answer));
                    let is_there = poll_fn(|context| Poll::Ready(rest.as_mut().poll(context).is_ready()));
                    Attempt::Delivered(if is_there.await { Rest::none() } else { Rest::of(rest) })
                }
                Ok(answer) => Attempt::Retry {
                    failure: Failure::Status { status: answer.status().as_u16() },
                    after: retry_after(answer.headers(), now),
                },
            }
        })
    }
}

/// Reads a short answer to its end, within the time of the attempt.
async fn finish(mut answer: Response) {
    let mut read = 0;
    while let Ok(Some(chunk)) = answer.chunk().await {
        read += chunk.len();
        if read > ANSWER_LIMIT {
            break;
        }
    }
}

/// The headers of docs/delivery.md. The body is that of the request, byte for byte: it is signed.
fn headers(entry: &Entry, order: Order, now: SystemTime, body: &str, config: &Config) -> HeaderMap {
    let message = &entry.message;
    let seconds = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let id = entry.id.to_string();
    let signature = config.signing.secrets_of(&entry.client).sign(&id, seconds, body.as_bytes());
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(token) = config.bearer.as_ref().and_then(|bearer| bearer.authorization(seconds)) {
        headers.insert(AUTHORIZATION, token);
    }
    headers.insert(TIMESTAMP, HeaderValue::from(seconds));
    headers.insert("gc-sequence", HeaderValue::from(entry.sequence));
    if order != Order::Client {
        // The numbers do not arrive in their order.
        headers.insert("gc-order", HeaderValue::from_static("agent"));
    }
    let texts = [
        (ID, Some(&id)),
        (SIGNATURE, signature.as_ref()),
        ("gc-epoch", Some(&entry.epoch.to_string())),
        ("gc-session-url", message.session_url.as_ref()),
        ("gc-command-id", message.command_id.as_ref()),
        ("gc-agent-id", message.agent_id.as_ref()),
        ("gc-dialog-id", message.dialog_id.as_ref()),
    ];
    for (name, text) in texts {
        if let Some(value) = text.and_then(|text| header_value(text)) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    headers
}

/// A text as a header value. Bytes that a header does not allow are percent-encoded. A text that is too long is left
/// out, and the event is sent without it.
fn header_value(text: &str) -> Option<HeaderValue> {
    let mut value = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' '..=b'~' => value.push(char::from(byte)),
            _ => value.push_str(&format!("%{byte:02X}")),
        }
    }
    (value.len() <= HEADER_LIMIT).then(|| HeaderValue::from_str(&value).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_stand_in_a_header_is_percent_encoded() {
        assert_eq!(
            header_value("https://crm.example/s?a=1&b=<x>").unwrap(),
            "https://crm.example/s?a=1&b=<x>"
        );
        assert_eq!(header_value("Zoë\r\nx: 1").unwrap(), "Zo%C3%AB%0D%0Ax: 1");
        assert_eq!(header_value("\u{7f}\0").unwrap(), "%7F%00");
    }

    #[test]
    fn a_value_that_is_too_long_is_left_out() {
        assert!(header_value(&"a".repeat(HEADER_LIMIT)).is_some());
        assert!(header_value(&"a".repeat(HEADER_LIMIT + 1)).is_none());
    }
}
