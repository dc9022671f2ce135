//! What a browser would see: the pages of Openfire's web container (Jetty).

use axum::response::{Html, IntoResponse, Response};
use hyper::StatusCode;

use crate::xml::escape;

/// A page with this text as title and heading.
pub(super) fn page(status: StatusCode, text: &str) -> Response {
    let text = escape(text);
    let page = format!("<html><head><title>{text}</title></head><body><h2>{text}</h2></body></html>");
    (status, Html(page)).into_response()
}
