//! The web container's session cookie, set after authentication. It has no effect: credentials are required in every
//! request (guide, "Client requests").

use hyper::HeaderMap;
use hyper::header::{COOKIE, HeaderValue};

const NAME: &str = "JSESSIONID";

/// Whether the client sends a session cookie.
pub(super) fn is_open(headers: &HeaderMap) -> bool {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies.flat_map(|cookies| cookies.split(';')).any(|cookie| {
        cookie.split_once('=').is_some_and(|(name, value)| name.trim() == NAME && !value.trim().is_empty())
    })
}

/// A new session cookie in Tomcat's format.
pub(super) fn open(id: &str, tls: bool) -> Option<HeaderValue> {
    let id = id.to_uppercase();
    let secure = if tls { " Secure;" } else { "" };
    HeaderValue::from_str(&format!("{NAME}={id}; Path=/finesse;{secure} HttpOnly")).ok()
}
