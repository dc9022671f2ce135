//! One attempt of one request at one node.

use std::error::Error;

use finesse_types::{Answer, AnswerReader, Failure, Method, Request};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderValue, RANGE};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use rustls::ClientConfig;

use crate::config::{ConfigError, RestConfig};
use crate::credentials::Credentials;

const XML: &str = "application/xml";

/// The one HTTP client of a cluster: no proxy, no redirects, deadlines, our TLS.
pub(crate) fn http_client(tls: &ClientConfig, deadlines: &RestConfig) -> Result<Client, ConfigError> {
    Client::builder()
        .tls_backend_preconfigured(tls.clone())
        .no_proxy()
        .redirect(Policy::none())
        .connect_timeout(deadlines.connect)
        .timeout(deadlines.attempt)
        .build()
        .map_err(|error| ConfigError::Http(causes(&error)))
}

/// Asks once.
pub(crate) async fn send(
    http: &Client,
    node: &Url,
    credentials: Option<&Credentials>,
    request: &Request,
    request_id: &str,
) -> Result<Answer, Failure> {
    let mut url = node.clone();
    url.set_path(&request.path());
    url.set_query(request.query().as_deref());
    let mut call = match request.method() {
        Method::Get => http.get(url),
        Method::Put => http.put(url),
        Method::Post => http.post(url),
    };
    call = call.header(ACCEPT, XML);
    if let Some(range) = request.range() {
        call = call.header(RANGE, range);
    }
    if let Some(credentials) = credentials {
        // reqwest marks the header as sensitive, so that nothing prints it.
        call = call.basic_auth(credentials.user(), Some(credentials.exposed_password()));
    }
    if let Some(body) = request.body() {
        call = call.header(CONTENT_TYPE, XML).body(body);
        if let Ok(id) = HeaderValue::from_str(request_id) {
            call = call.header("requestId", id);
        }
    }
    let mut response = call.send().await.map_err(failure)?;
    let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let mut answer = AnswerReader::new(request, response.status().as_u16(), content_type);
    while let Some(part) = response.chunk().await.map_err(|error| answer.interrupted_by(failure(error)))? {
        // What is no answer, or too long for one, is not read to its end.
        answer.push(&part)?;
    }
    answer.finish()
}

/// What an HTTP client's error means for the request.
fn failure(error: reqwest::Error) -> Failure {
    let sent = !(error.is_connect() || error.is_builder());
    if error.is_timeout() {
        Failure::TimedOut { sent }
    } else {
        Failure::Unreachable { sent, reason: causes(&error.without_url()) }
    }
}

/// An error with all its causes: the outermost one of an HTTP client says little.
fn causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
