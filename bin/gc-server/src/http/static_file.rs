//! Web pages that are part of the program, and their files.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use sha2::{Digest, Sha256};

pub(super) const HTML: &str = "text/html; charset=utf-8";
pub(super) const CSS: &str = "text/css; charset=utf-8";
pub(super) const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// A file as it is sent.
#[derive(Debug)]
pub(super) struct StaticFile {
    pub(super) path: &'static str,
    content_type: &'static str,
    text: String,
    /// Of the text, so that a browser fetches it again only after it has changed.
    etag: HeaderValue,
}

impl StaticFile {
    pub(super) fn new(path: &'static str, content_type: &'static str, text: String) -> Self {
        let digest: String = Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect();
        let etag = HeaderValue::try_from(format!("\"{digest}\"")).unwrap_or(HeaderValue::from_static("\"\""));
        Self { path, content_type, text, etag }
    }

    /// The answer to a request with these headers. `policy`: what the page may load.
    pub(super) fn answer(&self, policy: &HeaderValue, headers: &HeaderMap) -> Response {
        let cached = [
            (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
            (header::ETAG, self.etag.clone()),
        ];
        if headers.get(header::IF_NONE_MATCH) == Some(&self.etag) {
            return (StatusCode::NOT_MODIFIED, security(policy), cached).into_response();
        }
        let content_type = [(header::CONTENT_TYPE, self.content_type)];
        (security(policy), cached, content_type, self.text.clone()).into_response()
    }
}

/// The first lines of a page, the same in all that the server writes.
pub(super) fn head(title: &str, style: &str, further: &Markup) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            title { "Generic Connector: " (title) }
            link rel="stylesheet" href=(style);
            link rel="icon" href="data:,";
            (further)
        }
    }
}

/// The headers that restrict a page.
pub(super) fn security(policy: &HeaderValue) -> [(header::HeaderName, HeaderValue); 3] {
    [
        (header::CONTENT_SECURITY_POLICY, policy.clone()),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ]
}
