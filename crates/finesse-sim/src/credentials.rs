//! The `Authorization` header.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// The credentials of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Credentials {
    /// Name and password.
    Basic(String, String),
    /// A token.
    Bearer(String),
}

impl Credentials {
    /// Reads the header; `None` if it is missing or cannot be read.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
        let token = token.trim();
        if scheme.eq_ignore_ascii_case("bearer") {
            return Some(Self::Bearer(token.to_owned()));
        }
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let decoded = String::from_utf8(BASE64_STANDARD.decode(token).ok()?).ok()?;
        let (name, password) = decoded.split_once(':')?;
        Some(Self::Basic(name.to_owned(), password.to_owned()))
    }
}
