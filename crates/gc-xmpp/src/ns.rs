//! The namespaces a publish-subscribe client meets.

/// Stanzas between client and server (RFC 6120).
pub(crate) const CLIENT: &str = "jabber:client";
/// The stream's own elements: `stream`, `features`, `error` (RFC 6120).
pub(crate) const STREAM: &str = "http://etherx.jabber.org/streams";
/// Conditions of stream errors (RFC 6120, 4.9.2).
pub(crate) const STREAM_ERRORS: &str = "urn:ietf:params:xml:ns:xmpp-streams";
/// Conditions of stanza errors (RFC 6120, 8.3.2).
pub(crate) const STANZA_ERRORS: &str = "urn:ietf:params:xml:ns:xmpp-stanzas";
/// STARTTLS (RFC 6120, 5).
pub(crate) const TLS: &str = "urn:ietf:params:xml:ns:xmpp-tls";
/// Authentication (RFC 6120, 6).
pub(crate) const SASL: &str = "urn:ietf:params:xml:ns:xmpp-sasl";
/// Resource binding (RFC 6120, 7).
pub(crate) const BIND: &str = "urn:ietf:params:xml:ns:xmpp-bind";
/// Session establishment of the older RFC 3921, which some servers still require.
pub(crate) const SESSION: &str = "urn:ietf:params:xml:ns:xmpp-session";
/// WebSocket framing (RFC 7395).
#[cfg(feature = "websocket")]
pub(crate) const FRAMING: &str = "urn:ietf:params:xml:ns:xmpp-framing";
/// What wraps stanzas in HTTP requests (XEP-0124).
#[cfg(feature = "bosh")]
pub(crate) const HTTP_BIND: &str = "http://jabber.org/protocol/httpbind";
/// XMPP's attributes there (XEP-0206).
#[cfg(feature = "bosh")]
pub(crate) const XBOSH: &str = "urn:xmpp:xbosh";
/// Pings (XEP-0199).
pub(crate) const PING: &str = "urn:xmpp:ping";
/// Requests to a publish-subscribe service (XEP-0060).
pub(crate) const PUBSUB: &str = "http://jabber.org/protocol/pubsub";
/// Notifications of a publish-subscribe service (XEP-0060).
pub(crate) const PUBSUB_EVENT: &str = "http://jabber.org/protocol/pubsub#event";
