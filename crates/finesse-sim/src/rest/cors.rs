//! Cross-origin requests: a browser sends a preflight request first (OPTIONS, without credentials) and needs its
//! origin in every response.

use axum::response::Response;
use hyper::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, HeaderValue,
    ORIGIN, VARY,
};
use hyper::{HeaderMap, Method};

/// Whether this is a preflight request.
pub(crate) fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    *method == Method::OPTIONS
        && headers.contains_key(ORIGIN)
        && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// Allows every origin; does nothing for requests without one.
pub(crate) fn allow(origin: Option<HeaderValue>, preflight: bool, response: &mut Response) {
    let Some(origin) = origin else { return };
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(VARY, HeaderValue::from_static("origin"));
    headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    if preflight {
        let methods = HeaderValue::from_static("GET, PUT, POST, OPTIONS");
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
        let allowed = HeaderValue::from_static("authorization, content-type, range, requestid");
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, allowed);
    } else {
        let exposed = HeaderValue::from_static("content-range, requestid");
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }
}
