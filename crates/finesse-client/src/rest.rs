//! One attempt of one request at one node.

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use finesse_types::{Answer, AnswerReader, Failure, Request};
use futures_util::TryStreamExt;
use gc_net::retry_after;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, COOKIE, HeaderValue, RANGE};
use http::{Response, StatusCode};
use url::Url;

use crate::http::{AnswerBody, Http};
use crate::nodes::Node;
use crate::range::Part;
use crate::trace::traceparent;
use finesse_types::Credentials;
use secrecy::ExposeSecret;

const XML: HeaderValue = HeaderValue::from_static("application/xml");

/// What one attempt brought.
pub(crate) struct Attempt {
    pub(crate) answer: Result<Answer, Failure>,
    /// The pause that the server asks for.
    pub(crate) retry_after: Option<Duration>,
    /// The part of a list that it is, if it is one.
    pub(crate) part: Option<Part>,
}

impl Attempt {
    /// There was no answer.
    pub(crate) fn failed(failure: Failure) -> Self {
        Self { answer: Err(failure), retry_after: None, part: None }
    }
}

/// Sends the request once and reads the response.
pub(crate) async fn send(
    http: &dyn Http,
    node: &Node,
    credentials: Option<&Credentials>,
    request: &Request,
    request_id: &str,
    range: Option<&str>,
    now: SystemTime,
) -> Attempt {
    let cookies = credentials.and_then(|credentials| node.cookies.header(credentials));
    let message = match http_request(&node.place.url, credentials, cookies, request, request_id, range) {
        Ok(message) => message,
        Err(error) => return Attempt::failed(not_sent(error)),
    };
    let mut response = match http.exchange(message).await {
        Ok(response) => response,
        Err(failure) => return Attempt::failed(failure),
    };
    let answer = read(request, &mut response).await;
    let headers = response.headers();
    let answer = node.refusals.judge(answer, headers, credentials);
    if let (Some(credentials), Ok(_)) = (credentials, &answer) {
        node.cookies.keep(credentials, headers);
    }
    let part = Part::of(headers).filter(|_| response.status() == StatusCode::PARTIAL_CONTENT);
    Attempt { answer, retry_after: retry_after(headers, now), part }
}

async fn read(request: &Request, response: &mut Response<AnswerBody>) -> Result<Answer, Failure> {
    let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let mut answer = AnswerReader::new(request, response.status().as_u16(), content_type);
    while let Some(chunk) =
        response.body_mut().try_next().await.map_err(|failure| answer.interrupted_by(failure))?
    {
        // What is no answer, or too long for one, is not read to its end.
        answer.push(&chunk)?;
    }
    answer.finish()
}

fn http_request(
    node: &Url,
    credentials: Option<&Credentials>,
    cookies: Option<HeaderValue>,
    request: &Request,
    request_id: &str,
    range: Option<&str>,
) -> http::Result<http::Request<String>> {
    // Behind a proxy the API may stand below a path.
    let mut url = format!("{}{}", node.as_str().trim_end_matches('/'), request.path());
    if let Some(query) = request.query() {
        url.extend(["?", &query]);
    }
    let mut message = http::Request::builder().method(request.method().as_str()).uri(url).header(ACCEPT, XML);
    if let Some(range) = range {
        message = message.header(RANGE, range);
    }
    if let Some(credentials) = credentials {
        message = message.header(AUTHORIZATION, authorization(credentials)?);
    }
    if let Some(cookies) = cookies {
        message = message.header(COOKIE, cookies);
    }
    if let Some(trace) = traceparent(request_id) {
        message = message.header("traceparent", trace);
    }
    if let Some(id) = HeaderValue::from_str(request_id).ok().filter(|id| !id.is_empty()) {
        message = message.header("requestId", id);
    }
    let Some(body) = request.body() else { return message.body(String::new()) };
    message.header(CONTENT_TYPE, XML).body(body)
}

/// A password as Basic, a token as Bearer.
fn authorization(credentials: &Credentials) -> http::Result<HeaderValue> {
    let secret = credentials.password().expose_secret();
    let text = match credentials.token() {
        Some(_) => format!("Bearer {secret}"),
        None => format!("Basic {}", BASE64_STANDARD.encode(format!("{}:{secret}", credentials.user()))),
    };
    let mut value = HeaderValue::try_from(text)?;
    // So that nothing prints it.
    value.set_sensitive(true);
    Ok(value)
}

fn not_sent(error: http::Error) -> Failure {
    Failure::Unreachable { sent: false, reason: error.to_string() }
}
