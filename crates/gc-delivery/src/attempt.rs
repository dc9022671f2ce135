//! The sink of HTTP callbacks: one attempt posts one entry.

use std::{
    borrow::Cow,
    future::poll_fn,
    sync::{Arc, Mutex, PoisonError},
    task::Poll,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use gc_environment::Environment;
use gc_guard::Forbidden;
use gc_net::{causes, is_late, retry_after};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, USER_AGENT},
};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use crate::{
    Attempt, BuildError, Callback, Config, Entry, Failure, Order, Record, Rest, Sink, Wrapping,
    connection::status_of_unread,
    http_client::{self, Http},
    signature::{ID, SIGNATURE, TIMESTAMP},
};

/// How many bytes of a response are read, so that its connection can be reused.
const ANSWER_LIMIT: usize = 16 * 1024;
/// How long the end of a successful answer is waited for; then its connection is closed. The next event waits as long.
const LONGEST_REST: Duration = Duration::from_secs(1);
/// The longest header value. Many receivers refuse a request with a longer one.
const HEADER_LIMIT: usize = 4 * 1024;
/// Room for all headers of a callback.
const HEADERS: usize = 16;
const AGENT: &str = concat!("gc-delivery/", env!("CARGO_PKG_VERSION"));
/// The names are checked when this is compiled.
const WEBHOOK_ID: HeaderName = HeaderName::from_static(ID);
const WEBHOOK_TIMESTAMP: HeaderName = HeaderName::from_static(TIMESTAMP);
const WEBHOOK_SIGNATURE: HeaderName = HeaderName::from_static(SIGNATURE);
const GC_ORDER: HeaderName = HeaderName::from_static("gc-order");
const GC_SEQUENCE: HeaderName = HeaderName::from_static("gc-sequence");
const GC_EPOCH: HeaderName = HeaderName::from_static("gc-epoch");
const GC_SESSION_URL: HeaderName = HeaderName::from_static("gc-session-url");
const GC_COMMAND_ID: HeaderName = HeaderName::from_static("gc-command-id");
const GC_AGENT_ID: HeaderName = HeaderName::from_static("gc-agent-id");
const GC_DIALOG_ID: HeaderName = HeaderName::from_static("gc-dialog-id");

/// Why there was no answer.
pub(crate) fn failure(error: &hyper_util::client::legacy::Error) -> Failure {
    if let Some(forbidden) = Forbidden::in_causes_of(error) {
        return Failure::Forbidden(forbidden.to_string());
    }
    // None of them holds the address, whose query may hold a token.
    match error {
        error if is_late(error) => Failure::TimedOut,
        error if error.is_connect() => Failure::Unreachable(causes(error)),
        error => Failure::Broken(causes(error)),
    }
}

/// Posts entries to HTTP callbacks (docs/delivery.md).
pub struct HttpSink {
    current: Mutex<Arc<Current>>,
    environment: Arc<dyn Environment>,
}

/// What a reload can change.
struct Current {
    http: Http,
    config: Config,
}

impl HttpSink {
    /// A sink with these time limits, certificates, wrapping and secrets.
    ///
    /// # Errors
    /// When the configured certificates cannot be used.
    pub fn new(config: &Config, environment: Arc<dyn Environment>) -> Result<Self, BuildError> {
        let current = Current { http: http_client::client(config)?, config: config.clone() };
        Ok(Self { current: Mutex::new(Arc::new(current)), environment })
    }

    /// Takes over this configuration, beginning with the next attempt; only the clients' orders stay as they were.
    /// Connections stay open unless something about connections has changed.
    ///
    /// # Errors
    /// When the certificates cannot be used; then nothing changes.
    pub fn reload(&self, new: &Config) -> Result<(), BuildError> {
        let current = self.current();
        let Current { http, config } = &*current;
        let is_same = new.trust == config.trust
            && new.identity == config.identity
            && new.guard == config.guard
            && new.connect_timeout == config.connect_timeout;
        let config = Config { orders: config.orders.clone(), ..new.clone() };
        let http = if is_same { http.clone() } else { http_client::client(&config)? };
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(Current { http, config });
        Ok(())
    }

    fn current(&self) -> Arc<Current> {
        Arc::clone(&self.current.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Sink for HttpSink {
    /// A 2xx means that the entry is delivered, whatever becomes of the rest of the answer.
    fn deliver(&self, to: &Callback, entry: &Entry) -> BoxFuture<'static, Attempt> {
        let (current, to, entry) = (self.current(), to.clone(), entry.clone());
        let (now, begun) = (self.environment.now(), Instant::now());
        Box::pin(async move {
            let Current { http, config } = &*current;
            let deadline = begun + config.attempt_timeout;
            let answer = http.exchange(|| request(&entry, &to, now, config));
            let again = |failure, after| Attempt::Retry { failure, after };
            match timeout_at(deadline, answer).await {
                Err(_) => again(Failure::TimedOut, None),
                Ok(Err(error)) => match status_of_unread(&error) {
                    Some(status) if status.is_success() => Attempt::Delivered(Rest::none()),
                    Some(status) => again(Failure::Status { status: status.as_u16() }, None),
                    None => again(failure(&error), None),
                },
                Ok(Ok(answer)) if answer.status().is_success() => {
                    Attempt::Delivered(rest_of(answer.into_body(), deadline).await)
                }
                Ok(Ok(answer)) => again(
                    Failure::Status { status: answer.status().as_u16() },
                    retry_after(answer.headers(), now),
                ),
            }
        })
    }
}

fn request(entry: &Entry, to: &Callback, now: SystemTime, config: &Config) -> Request<Full<Bytes>> {
    let body = match config.wrapping {
        Wrapping::Bare => Bytes::from_owner(Event(Arc::clone(&entry.record))),
        Wrapping::Data => Bytes::from(format!(r#"{{"data":{}}}"#, entry.message.body)),
    };
    let headers = headers(entry, to, now, &body, config);
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = to.uri().clone();
    *request.headers_mut() = headers;
    request
}

/// The event's JSON where it is kept: it is posted from there.
struct Event(Arc<Record>);

impl AsRef<[u8]> for Event {
    fn as_ref(&self) -> &[u8] {
        self.0.message.body.as_bytes()
    }
}

/// Reading a short answer to its end, within [`LONGEST_REST`] and the time of the attempt. Usually it has arrived, and nothing is left.
async fn rest_of(answer: Incoming, deadline: Instant) -> Rest {
    if answer.is_end_stream() {
        return Rest::none();
    }
    let deadline = deadline.min(Instant::now() + LONGEST_REST);
    let mut rest = Box::pin(async move { _ = timeout_at(deadline, finish(answer)).await });
    let is_there = poll_fn(|context| Poll::Ready(rest.as_mut().poll(context).is_ready()));
    if is_there.await { Rest::none() } else { Rest::of(rest) }
}

async fn finish(mut answer: Incoming) {
    let mut read = 0;
    while let Some(Ok(frame)) = answer.frame().await {
        read += frame.data_ref().map_or(0, Bytes::len);
        if read > ANSWER_LIMIT {
            break;
        }
    }
}

/// The headers of docs/delivery.md. The body is that of the request, byte for byte: it is signed.
fn headers(entry: &Entry, to: &Callback, now: SystemTime, body: &[u8], config: &Config) -> HeaderMap {
    let message = &entry.message;
    let seconds = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let mut id = Uuid::encode_buffer();
    let id = entry.id.as_hyphenated().encode_lower(&mut id);
    let signature = config.signing.secrets_of(&entry.client).sign(id, seconds, body);
    let mut headers = HeaderMap::with_capacity(HEADERS);
    headers.insert(HOST, to.host_header().clone());
    headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
    headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(token) = config.bearer.as_ref().and_then(|bearer| bearer.authorization(seconds)) {
        headers.insert(AUTHORIZATION, token);
    }
    headers.insert(WEBHOOK_TIMESTAMP, HeaderValue::from(seconds));
    headers.insert(GC_SEQUENCE, HeaderValue::from(entry.sequence));
    if config.orders.of(&entry.client) != Order::Client {
        // The numbers do not arrive in their order.
        headers.insert(GC_ORDER, HeaderValue::from_static("agent"));
    }
    let texts = [
        (WEBHOOK_ID, Some(&*id)),
        (WEBHOOK_SIGNATURE, signature.as_deref()),
        (GC_EPOCH, Some(&*entry.epoch.to_string())),
        (GC_SESSION_URL, message.session_url.as_deref()),
        (GC_COMMAND_ID, message.command_id.as_deref()),
        (GC_AGENT_ID, message.agent_id.as_deref()),
        (GC_DIALOG_ID, message.dialog_id.as_deref()),
    ];
    for (name, text) in texts {
        if let Some(value) = text.and_then(header_value) {
            headers.insert(name, value);
        }
    }
    headers
}

/// A text as a header value. Bytes that a header does not allow are percent-encoded. A text that is too long is left
/// out, and the event is sent without it.
fn header_value(text: &str) -> Option<HeaderValue> {
    let is_plain = |byte| matches!(byte, b' '..=b'~');
    let mut value = Cow::Borrowed(text);
    if !text.bytes().all(is_plain) {
        let encoded = text.bytes().map(|byte| match byte {
            byte if is_plain(byte) => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        });
        value = encoded.collect();
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
