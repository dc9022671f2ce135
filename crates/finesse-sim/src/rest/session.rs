//! The session of the web container, which it offers by a cookie to whoever has signed in. It changes nothing: the
//! credentials come with every request (guide, "Client requests").

use hyper::HeaderMap;
use hyper::header::{COOKIE, HeaderValue};

const NAME: &str = "JSESSIONID";

/// Whether the client brings a session.
pub(super) fn is_open(headers: &HeaderMap) -> bool {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies.flat_map(|cookies| cookies.split(';')).any(|cookie| {
        cookie.split_once('=').is_some_and(|(name, value)| name.trim() == NAME && !value.trim().is_empty())
    })
}

/// A new session as Tomcat writes it.
pub(super) fn open(id: &str, tls: bool) -> Option<HeaderValue> {
    let id = id.to_uppercase();
    let secure = if tls { " Secure;" } else { "" };
    HeaderValue::from_str(&format!("{NAME}={id}; Path=/finesse;{secure} HttpOnly")).ok()
}
