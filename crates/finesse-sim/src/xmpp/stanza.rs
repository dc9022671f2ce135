//! The markup that the service sends. Every stanza declares its namespace, which is valid on both transports.

use crate::xml::escape;

pub(super) const STREAMS: &str = "http://etherx.jabber.org/streams";
pub(super) const FRAMING: &str = "urn:ietf:params:xml:ns:xmpp-framing";
const TLS: &str = "urn:ietf:params:xml:ns:xmpp-tls";
const SASL: &str = "urn:ietf:params:xml:ns:xmpp-sasl";
const STANZAS: &str = "urn:ietf:params:xml:ns:xmpp-stanzas";
const STREAM_ERRORS: &str = "urn:ietf:params:xml:ns:xmpp-streams";

/// How a stream begins and ends on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// RFC 7395: one stanza per message, `<open/>` and `<close/>`.
    WebSocket,
    /// RFC 6120: one long document.
    Tcp,
    /// XEP-0206: stanzas in the bodies of HTTP requests, which say where the stream begins and ends.
    Bosh,
}

impl Framing {
    pub(super) fn open(self, domain: &str, id: &str) -> String {
        let domain = escape(domain);
        match self {
            Self::WebSocket => {
                format!("<open xmlns='{FRAMING}' from='{domain}' id='{id}' version='1.0' xml:lang='en'/>")
            }
            Self::Bosh => String::new(),
            // In double quotes like Openfire's (`LocalClientSession.createSession`), because some clients search for
            // the text.
            Self::Tcp => format!(
                "<?xml version='1.0' encoding='UTF-8'?><stream:stream xmlns:stream=\"{STREAMS}\" \
                 xmlns=\"jabber:client\" from=\"{domain}\" id=\"{id}\" xml:lang=\"en\" version=\"1.0\">"
            ),
        }
    }

    pub(super) fn close(self) -> String {
        match self {
            Self::WebSocket => format!("<close xmlns='{FRAMING}'/>"),
            Self::Tcp => "</stream:stream>".to_owned(),
            Self::Bosh => String::new(),
        }
    }
}

/// Nothing but STARTTLS is offered before it, because it is required.
pub(super) fn features_before_tls() -> String {
    format!(
        "<stream:features xmlns:stream='{STREAMS}'><starttls xmlns='{TLS}'><required/></starttls></stream:features>"
    )
}

pub(super) fn proceed() -> String {
    format!("<proceed xmlns='{TLS}'/>")
}

pub(super) fn features_before_login() -> String {
    format!(
        "<stream:features xmlns:stream='{STREAMS}'><mechanisms xmlns='{SASL}'>\
         <mechanism>PLAIN</mechanism></mechanisms></stream:features>"
    )
}

pub(super) fn features_after_login() -> String {
    format!(
        "<stream:features xmlns:stream='{STREAMS}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>\
         <session xmlns='urn:ietf:params:xml:ns:xmpp-session'><optional/></session></stream:features>"
    )
}

pub(super) fn sasl_challenge() -> String {
    format!("<challenge xmlns='{SASL}'></challenge>")
}

pub(super) fn sasl_success() -> String {
    format!("<success xmlns='{SASL}'/>")
}

pub(super) fn sasl_failure(condition: &str, text: &str) -> String {
    format!("<failure xmlns='{SASL}'><{condition}/><text xml:lang='en'>{}</text></failure>", escape(text))
}

pub(super) fn stream_error(condition: &str) -> String {
    // The condition may come from the control API, so only the characters of a name may become markup.
    let condition: String = condition.chars().filter(|c| c.is_ascii_lowercase() || *c == '-').collect();
    format!("<stream:error xmlns:stream='{STREAMS}'><{condition} xmlns='{STREAM_ERRORS}'/></stream:error>")
}

/// The result of an iq; `from` is the entity that the request was sent to.
pub(super) fn iq_result(id: &str, from: &str, to: &str, payload: &str) -> String {
    let (id, from, to) = (escape(id), escape(from), escape(to));
    format!("<iq xmlns='jabber:client' type='result' id='{id}' from='{from}' to='{to}'>{payload}</iq>")
}

/// An error in response to a stanza of this name.
pub(super) fn stanza_error(name: &str, id: &str, from: &str, to: &str, error: StanzaError) -> String {
    let (id, from, to) = (escape(id), escape(from), escape(to));
    let StanzaError { kind, condition } = error;
    format!(
        "<{name} xmlns='jabber:client' type='error' id='{id}' from='{from}' to='{to}'>\
         <error type='{kind}'><{condition} xmlns='{STANZAS}'/></error></{name}>"
    )
}

/// A stanza error condition with its usual type.
#[derive(Clone, Copy, Debug)]
pub(super) struct StanzaError {
    kind: &'static str,
    condition: &'static str,
}

pub(super) const BAD_REQUEST: StanzaError = StanzaError { kind: "modify", condition: "bad-request" };
pub(super) const FORBIDDEN: StanzaError = StanzaError { kind: "auth", condition: "forbidden" };
pub(super) const ITEM_NOT_FOUND: StanzaError = StanzaError { kind: "cancel", condition: "item-not-found" };
pub(super) const NOT_IMPLEMENTED: StanzaError =
    StanzaError { kind: "cancel", condition: "feature-not-implemented" };
pub(super) const SERVICE_UNAVAILABLE: StanzaError =
    StanzaError { kind: "cancel", condition: "service-unavailable" };
pub(super) const UNEXPECTED_REQUEST: StanzaError =
    StanzaError { kind: "wait", condition: "unexpected-request" };

pub(super) fn ping(id: &str, domain: &str, to: &str) -> String {
    let (domain, to) = (escape(domain), escape(to));
    format!(
        "<iq xmlns='jabber:client' type='get' id='{id}' from='{domain}' to='{to}'>\
         <ping xmlns='urn:xmpp:ping'/></iq>"
    )
}
