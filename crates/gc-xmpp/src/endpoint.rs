//! Where to connect to, and how.

use std::fmt;
use std::sync::Arc;

use rustls::ClientConfig;

use crate::Encryption;

/// A server's address on one transport.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Name or address to dial. The XMPP domain is the account's and may be another.
    pub host: String,
    /// TCP port to dial.
    pub port: u16,
    /// How stanzas travel.
    pub wire: Wire,
    /// The encryption; `None` sends everything readable, if [`Options::allow_plaintext_auth`](crate::Options) allows it.
    pub tls: Option<Tls>,
}

/// How stanzas travel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wire {
    /// One stanza in a WebSocket message (RFC 7395).
    WebSocket {
        /// Path of the upgrade request, such as `/ws/`.
        path: String,
    },
    /// Stanzas in HTTP requests and their answers (BOSH: XEP-0124, XEP-0206).
    Bosh {
        /// Path of the requests, such as `/http-bind/`.
        path: String,
    },
    /// One long XML document (RFC 6120), encrypted from the first byte where it is encrypted (XEP-0368).
    Tcp,
    /// The same, which begins readable and asks for TLS before anything else (RFC 6120, 5). Without TLS the password is
    /// not sent, unless [`Options::allow_plaintext_auth`](crate::Options) is set and the server offers none.
    StartTls,
}

impl Wire {
    /// Whether this build has it: each is a feature of this crate.
    pub fn is_built(&self) -> bool {
        match self {
            Self::WebSocket { .. } => cfg!(feature = "websocket"),
            Self::Bosh { .. } => cfg!(feature = "bosh"),
            Self::Tcp => cfg!(feature = "tcp-tls"),
            Self::StartTls => cfg!(feature = "starttls"),
        }
    }
}

/// An encryption: whom to trust, and which name the server must prove.
#[derive(Clone)]
pub struct Tls {
    /// `gc_net::Trust::client_config` makes one; share one among all connections of the same trust.
    pub config: Arc<ClientConfig>,
    /// The name that the certificate must hold (unless a certificate is pinned); also the `Host` of the
    /// WebSocket upgrade.
    pub server_name: String,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("server_name", &self.server_name).finish_non_exhaustive()
    }
}

/// As a URL: `wss://host:8445/ws/`, `xmpps://host:5223`, `xmpp://host:5222` for STARTTLS,
/// `https://host:7443/http-bind/` for BOSH, and `ws`, `tcp`, `http` where nothing is encrypted.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_encrypted = self.tls.is_some();
        let (scheme, path) = match &self.wire {
            Wire::WebSocket { path } => (if is_encrypted { "wss" } else { "ws" }, path.as_str()),
            Wire::Bosh { path } => (if is_encrypted { "https" } else { "http" }, path.as_str()),
            Wire::Tcp => (if is_encrypted { "xmpps" } else { "tcp" }, ""),
            Wire::StartTls => ("xmpp", ""),
        };
        f.write_str(&url(scheme, &self.host, self.port, path))
    }
}

fn url(scheme: &str, host: &str, port: u16, path: &str) -> String {
    // A literal IPv6 address stands in brackets in a URL.
    let (open, close) = if host.contains(':') { ("[", "]") } else { ("", "") };
    let slash = if path.is_empty() || path.starts_with('/') { "" } else { "/" };
    format!("{scheme}://{open}{host}{close}:{port}{slash}{path}")
}

impl Endpoint {
    /// XMPP over WebSocket, not encrypted until [`Self::with_tls`].
    pub fn websocket(host: impl Into<String>, port: u16, path: impl Into<String>) -> Self {
        Self { host: host.into(), port, wire: Wire::WebSocket { path: path.into() }, tls: None }
    }

    /// XMPP in HTTP requests (BOSH), not encrypted until [`Self::with_tls`].
    pub fn bosh(host: impl Into<String>, port: u16, path: impl Into<String>) -> Self {
        Self { host: host.into(), port, wire: Wire::Bosh { path: path.into() }, tls: None }
    }

    /// XMPP over TCP, not encrypted until [`Self::with_tls`].
    pub fn tcp(host: impl Into<String>, port: u16) -> Self {
        Self { host: host.into(), port, wire: Wire::Tcp, tls: None }
    }

    /// XMPP over TCP with STARTTLS, which needs [`Self::with_tls`].
    pub fn start_tls(host: impl Into<String>, port: u16) -> Self {
        Self { host: host.into(), port, wire: Wire::StartTls, tls: None }
    }

    /// The same endpoint over TLS; the certificate must hold the dialled host's name.
    #[must_use]
    pub fn with_tls(self, config: Arc<ClientConfig>) -> Self {
        let server_name = self.host.clone();
        self.with_tls_name(config, server_name)
    }

    /// The same endpoint over TLS; the certificate must hold `server_name`, whatever is dialled.
    #[must_use]
    pub fn with_tls_name(mut self, config: Arc<ClientConfig>, server_name: impl Into<String>) -> Self {
        self.tls = Some(Tls { config, server_name: server_name.into() });
        self
    }

    /// Whether a login over it is protected, and how.
    pub(crate) fn encryption(&self, allow_plaintext: bool) -> Encryption {
        match (&self.wire, self.tls.is_some(), allow_plaintext) {
            (Wire::StartTls, true, false) => Encryption::StartTls,
            (Wire::StartTls, true, true) => Encryption::StartTlsIfOffered,
            (_, true, _) | (_, _, true) => Encryption::Settled,
            (_, false, false) => Encryption::Missing,
        }
    }

    /// The server's name and port as HTTP has them.
    #[cfg(feature = "bosh")]
    pub(crate) fn authority(&self) -> String {
        let name = self.tls.as_ref().map_or(&self.host, |tls| &tls.server_name);
        let url = url("http", name, self.port, "");
        url.strip_prefix("http://").unwrap_or(&url).to_owned()
    }

    /// The upgrade request's address.
    #[cfg(feature = "websocket")]
    pub(crate) fn websocket_url(&self, path: &str) -> String {
        let (scheme, name) = match &self.tls {
            Some(tls) => ("wss", &tls.server_name),
            None => ("ws", &self.host),
        };
        url(scheme, name, self.port, path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_upgrade_goes_to_the_dialled_host() {
        let url = |host: &str, path: &str| Endpoint::websocket(host, 7443, path).websocket_url(path);
        assert_eq!(url("cc1.example", "/ws/"), "ws://cc1.example:7443/ws/");
        assert_eq!(url("::1", "ws"), "ws://[::1]:7443/ws");
    }

    #[test]
    fn an_endpoint_is_shown_as_a_url() {
        assert_eq!(Endpoint::websocket("cc1.example", 8445, "/ws/").to_string(), "ws://cc1.example:8445/ws/");
        assert_eq!(Endpoint::tcp("::1", 5223).to_string(), "tcp://[::1]:5223");
        assert_eq!(Endpoint::start_tls("cc1.example", 5222).to_string(), "xmpp://cc1.example:5222");
    }
}
