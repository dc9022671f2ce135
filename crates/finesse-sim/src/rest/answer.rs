//! Responses: Finesse's XML, empty ones (202), error pages of the web container, and those of faults.

use std::collections::BTreeMap;
use std::str::FromStr;

use axum::body::Body;
use axum::response::Response;
use hyper::StatusCode;
use hyper::header::{
    CONTENT_RANGE, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, SET_COOKIE, WWW_AUTHENTICATE,
};

use crate::net::HangUp;
use crate::render;
use crate::world::ApiError;

/// A response before it is sent.
pub(super) struct Answer {
    status: StatusCode,
    content_type: Option<HeaderValue>,
    content_range: Option<HeaderValue>,
    cookie: Option<HeaderValue>,
    body: String,
    hang_up: Option<HangUp>,
    /// Those of a proxy.
    headers: HeaderMap,
}

const XML: HeaderValue = HeaderValue::from_static("application/xml;charset=UTF-8");
const HTML: HeaderValue = HeaderValue::from_static("text/html;charset=utf-8");

impl Answer {
    /// An object.
    pub(super) fn xml(body: String) -> Self {
        let (content_type, status) = (Some(XML), StatusCode::OK);
        Self {
            status,
            content_type,
            content_range: None,
            cookie: None,
            body,
            hang_up: None,
            headers: HeaderMap::new(),
        }
    }

    /// The part of a list given by `content_range`.
    pub(super) fn partial(body: String, content_range: &str) -> Self {
        let content_range = HeaderValue::from_str(content_range).ok();
        Self { status: StatusCode::PARTIAL_CONTENT, content_range, ..Self::xml(body) }
    }

    /// 202: the effect follows as a notification.
    pub(super) fn accepted() -> Self {
        Self { status: StatusCode::ACCEPTED, content_type: None, ..Self::xml(String::new()) }
    }

    /// 200 without a body.
    pub(super) fn empty() -> Self {
        Self { status: StatusCode::OK, ..Self::accepted() }
    }

    pub(super) fn refusal(status: u16, error: &ApiError) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { status, ..Self::xml(render::api_errors(error)) }
    }

    /// An error page of the web container.
    pub(super) fn page(status: StatusCode) -> Self {
        let title =
            format!("HTTP Status {} – {}", status.as_u16(), status.canonical_reason().unwrap_or_default());
        let body = format!(
            "<!doctype html><html lang=\"en\"><head><title>{title}</title></head>\
             <body><h1>{title}</h1></body></html>"
        );
        Self { status, content_type: Some(HTML), ..Self::xml(body) }
    }

    /// The response that a fault specifies.
    pub(super) fn custom(status: u16, body: String, content_type: &str) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { status, content_type: HeaderValue::from_str(content_type).ok(), ..Self::xml(body) }
    }

    /// A proxy has given the response, and these headers are its own.
    pub(super) fn with_headers(self, headers: &BTreeMap<String, String>) -> Self {
        let header = |(name, value): (&String, &String)| {
            Some((HeaderName::from_str(name).ok()?, HeaderValue::from_str(value).ok()?))
        };
        Self { headers: headers.iter().filter_map(header).collect(), ..self }
    }

    pub(super) fn hang_up(hang_up: HangUp) -> Self {
        Self { hang_up: Some(hang_up), ..Self::accepted() }
    }

    pub(super) fn with_cookie(self, cookie: Option<HeaderValue>) -> Self {
        Self { cookie, ..self }
    }

    pub(super) fn is_unauthorized(&self) -> bool {
        self.status == StatusCode::UNAUTHORIZED
    }

    pub(super) fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        if let Some(content_type) = self.content_type {
            response.headers_mut().insert(CONTENT_TYPE, content_type);
        }
        if let Some(content_range) = self.content_range {
            response.headers_mut().insert(CONTENT_RANGE, content_range);
        }
        if let Some(cookie) = self.cookie {
            response.headers_mut().insert(SET_COOKIE, cookie);
        }
        if self.status == StatusCode::UNAUTHORIZED && self.headers.is_empty() {
            let realm = HeaderValue::from_static("Basic realm=\"Cisco Finesse\"");
            response.headers_mut().insert(WWW_AUTHENTICATE, realm);
        }
        response.headers_mut().extend(self.headers);
        if let Some(hang_up) = self.hang_up {
            response.extensions_mut().insert(hang_up);
        }
        response
    }
}
