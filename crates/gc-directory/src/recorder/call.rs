//! A configured HTTP call: method, URL, headers and body, with placeholders.

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Method, RequestBuilder, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::template::{Slot, Template, json_escaped, percent_encoded};
use crate::connection::{HttpConfig, SourceFault, SourceFaults};
use crate::http::Http;

/// The format of a body, which defines how values are escaped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BodyFormat {
    /// `application/json`, with placeholders inside quotes.
    #[default]
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
}

impl BodyFormat {
    fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Form => "application/x-www-form-urlencoded",
        }
    }

    fn encode(self) -> fn(&str) -> String {
        match self {
            Self::Json => json_escaped,
            Self::Form => percent_encoded,
        }
    }
}

/// The configuration of a call.
pub(super) struct CallConfig<'a> {
    pub(super) section: &'static str,
    pub(super) method: &'a str,
    pub(super) url: &'a str,
    pub(super) headers: HeaderMap,
    pub(super) body: Option<&'a SecretString>,
    pub(super) format: BodyFormat,
    pub(super) http: &'a HttpConfig,
}

impl CallConfig<'_> {
    fn bad(&self, key: &str, reason: &str) -> SourceFault {
        SourceFault::new(format_args!("{}.{key}", self.section), reason)
    }

    /// The URL, and itself with example values.
    fn url(&self, slots: &[Slot]) -> Result<(Template, Url), SourceFault> {
        let url = Template::parse(self.url, slots);
        if url.has_literal('{') || url.has_literal('}') {
            return Err(self.bad("url", "has an unknown placeholder"));
        }
        let key = format!("{}.url", self.section);
        let example = self.http.url(&key, &url.fill(|_| "x", percent_encoded))?;
        let other = self.http.url(&key, &url.fill(|_| "yy", percent_encoded))?;
        match is_alike(&example, &other) {
            true => Ok((url, example)),
            false => Err(self
                .bad("url", "placeholders are allowed in the path and the query, not in the server's name")),
        }
    }

    fn body(&self, slots: &[Slot]) -> Result<Option<Template>, SourceFault> {
        let Some(body) = self.body else { return Ok(None) };
        let body = Template::parse(body.expose_secret(), slots);
        let is_good = match self.format {
            BodyFormat::Json => {
                let filled = body.fill(|_| TRICKY, json_escaped);
                serde_json::from_str::<serde_json::Value>(&filled).is_ok()
            }
            BodyFormat::Form => true,
        };
        let bad = || self.bad("body", "must be JSON, with its placeholders inside quotes");
        is_good.then_some(Some(body)).ok_or_else(bad)
    }
}

/// A checked call.
pub(super) struct Call {
    method: Method,
    url: Template,
    /// The URL with example values. Every filled-in URL must have the same server and depth.
    example: Url,
    headers: HeaderMap,
    body: Option<Template>,
    format: BodyFormat,
}

/// An example value. Without escaping it would end a JSON string.
const TRICKY: &str = "a\"b\\";

impl Call {
    pub(super) fn new(config: CallConfig<'_>, slots: &[Slot]) -> Result<Self, SourceFaults> {
        let mut faults = SourceFaults::default();
        let method = Method::from_bytes(config.method.as_bytes());
        let method = method.map_err(|error| config.bad("method", "is not an HTTP method").because(error));
        let method = faults.keep(method);
        let url = faults.keep(config.url(slots));
        let body = faults.keep(config.body(slots)).flatten();
        let CallConfig { mut headers, format, .. } = config;
        if body.is_some() {
            headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static(format.content_type()));
        }
        faults.or(method.zip(url).map(|(method, (url, example))| Self {
            method,
            url,
            example,
            headers,
            body,
            format,
        }))
    }

    pub(super) fn has(&self, slot: Slot) -> bool {
        self.url.has(slot) || self.body.as_ref().is_some_and(|body| body.has(slot))
    }

    /// The request, or `None` if a value would change the path: in a URL, `..` leads to another folder, even
    /// percent-encoded.
    pub(super) fn fill<'a>(&self, http: &Http, value: impl Fn(Slot) -> &'a str) -> Option<RequestBuilder> {
        let url = Url::parse(&self.url.fill(&value, percent_encoded)).ok()?;
        if !is_alike(&url, &self.example) {
            return None;
        }
        let mut request = http.request(self.method.clone(), url).headers(self.headers.clone());
        if let Some(body) = &self.body {
            let body = body.fill(&value, self.format.encode());
            request = request.body(body);
        }
        Some(request)
    }
}

/// Whether two URLs have the same server and the same number of path segments.
fn is_alike(one: &Url, other: &Url) -> bool {
    let depth = |url: &Url| url.path_segments().map(Iterator::count);
    one.origin() == other.origin() && depth(one) == depth(other)
}
