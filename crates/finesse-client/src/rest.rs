//! One attempt of one request at one node.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use finesse_types::{Answer, AnswerReader, Failure, Request};
use futures_util::TryStreamExt;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue, RANGE};
use reqwest::Url;

use crate::http::Http;
use finesse_types::Credentials;
use secrecy::ExposeSecret;

const XML: HeaderValue = HeaderValue::from_static("application/xml");

/// Sends the request once and reads the response.
pub(crate) async fn send(
    http: &dyn Http,
    node: &Url,
    credentials: Option<&Credentials>,
    request: &Request,
    request_id: &str,
) -> Result<Answer, Failure> {
    let message = http_request(node, credentials, request, request_id).map_err(not_sent)?;
    let mut response = http.exchange(message).await?;
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
    request: &Request,
    request_id: &str,
) -> http::Result<http::Request<String>> {
    let mut url = node.clone();
    url.set_path(&request.path());
    url.set_query(request.query().as_deref());
    let mut message =
        http::Request::builder().method(request.method().as_str()).uri(url.as_str()).header(ACCEPT, XML);
    if let Some(range) = request.range() {
        message = message.header(RANGE, range);
    }
    if let Some(credentials) = credentials {
        message = message.header(AUTHORIZATION, authorization(credentials)?);
    }
    let Some(body) = request.body() else { return message.body(String::new()) };
    message = message.header(CONTENT_TYPE, XML);
    if let Ok(id) = HeaderValue::from_str(request_id) {
        message = message.header("requestId", id);
    }
    message.body(body)
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
