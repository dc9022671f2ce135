//! From what a request carries to who asks.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use secrecy::zeroize::Zeroizing;
use thiserror::Error;

use crate::{ClientCertificate, Principal, Rights, Token, TokenHash};

/// Says who asks.
pub trait Authenticator: fmt::Debug + Send + Sync {
    /// The caller who presents this.
    ///
    /// # Errors
    /// When it is nobody who is known. The reason is for logs; a caller must not learn it.
    fn authenticate(&self, presented: &Presented<'_>) -> Result<Arc<Principal>, Denied>;

    /// The caller whom another server has identified that this one trusts as it trusts itself, by the name of its principal; None
    /// where that server identifies nobody.
    ///
    /// # Errors
    /// When nobody has this name here: the two servers are not configured alike.
    fn vouched(&self, name: Option<&str>) -> Result<Arc<Principal>, Denied>;
}

/// What a request carries of who asks.
#[derive(Debug)]
pub struct Presented<'a> {
    /// The other end of the connection.
    pub peer: IpAddr,
    /// What the header `Authorization` holds.
    pub bearer: Bearer,
    /// The certificate that the handshake has verified.
    pub certificate: Option<&'a ClientCertificate>,
}

/// The header `Authorization` of a request. Of a token it keeps the hash, so that it may outlive the request.
#[derive(Clone, Copy, Debug)]
pub enum Bearer {
    /// It is not there.
    Absent,
    /// It holds a token, of which this is the hash.
    Token(TokenHash),
    /// It holds something else, or is there more than once. That is a wrong credential, not a missing one.
    Unusable,
}

impl Bearer {
    /// Reads all values of the header: `Bearer <token>`, once.
    pub fn from_headers<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> Self {
        Self::read(values, |scheme, text| {
            let token = Token::parse(text).ok()?;
            scheme.eq_ignore_ascii_case("Bearer").then_some(token)
        })
    }

    /// The same, and also what a browser sends that has asked its user: `Basic <name:token>` (RFC 7617). The name is not looked
    /// at. A browser sends this again by itself, whatever page causes the request, so it is only for requests that change nothing.
    pub fn from_browser<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> Self {
        Self::read(values, |scheme, text| {
            if scheme.eq_ignore_ascii_case("Bearer") {
                return Token::parse(text).ok();
            }
            let both = Zeroizing::new(BASE64_STANDARD.decode(text).ok()?);
            let (_, token) = str::from_utf8(&both).ok()?.split_once(':')?;
            let token = Token::parse(token).ok()?;
            scheme.eq_ignore_ascii_case("Basic").then_some(token)
        })
    }

    fn read<'a>(
        values: impl IntoIterator<Item = &'a [u8]>,
        token: impl Fn(&str, &str) -> Option<Token>,
    ) -> Self {
        let mut values = values.into_iter();
        let (Some(value), further) = (values.next(), values.next()) else { return Self::Absent };
        let token = || {
            let (scheme, text) = str::from_utf8(value).ok()?.trim().split_once(' ')?;
            token(scheme, text.trim_start())
        };
        match (token(), further) {
            (Some(token), None) => Self::Token(token.hash()),
            _ => Self::Unusable,
        }
    }
}

/// Why a caller is nobody who is known.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Denied {
    /// There is neither token nor certificate, and the address is not listed.
    #[error("no credentials")]
    NoCredentials,
    /// The header `Authorization` does not hold a token.
    #[error("unusable Authorization header")]
    UnusableHeader,
    /// No entry lists the token.
    #[error("unknown token")]
    UnknownToken,
    /// No entry lists the certificate, or several do.
    #[error("unknown certificate")]
    UnknownCertificate,
    /// Another server has identified the caller by a name that no entry has.
    #[error("unknown name")]
    UnknownName,
}

/// Accepts everybody, whatever they present.
#[derive(Clone, Debug)]
pub struct OpenListener(Arc<Principal>);

impl OpenListener {
    /// Everybody has these rights.
    pub fn new(rights: impl Into<Rights>) -> Self {
        Self(Arc::new(Principal::open(rights)))
    }
}

impl Authenticator for OpenListener {
    fn authenticate(&self, _: &Presented<'_>) -> Result<Arc<Principal>, Denied> {
        Ok(Arc::clone(&self.0))
    }

    fn vouched(&self, _: Option<&str>) -> Result<Arc<Principal>, Denied> {
        Ok(Arc::clone(&self.0))
    }
}
