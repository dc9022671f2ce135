//! The stanzas this client writes, and how it reads those it gets.

use std::borrow::Cow;

use base64::prelude::{BASE64_STANDARD, Engine};
use gc_xml::Element;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use crate::{Account, Notification, StanzaError, StreamCondition, StreamError, ns};

/// SASL PLAIN with an empty authorisation identity (RFC 4616). Written by hand and not through
/// [`Element`], so that each copy of the password that we make is wiped.
pub(crate) fn sasl_plain(account: &Account) -> SecretString {
    let plain = Zeroizing::new(format!("\0{}\0{}", account.user(), account.password().expose_secret()));
    let encoded = Zeroizing::new(BASE64_STANDARD.encode(plain.as_bytes()));
    let xmlns = ns::SASL;
    format!(r#"<auth xmlns="{xmlns}" mechanism="PLAIN">{}</auth>"#, encoded.as_str()).into()
}

/// Asks for TLS.
pub(crate) fn start_tls() -> String {
    Element::in_namespace("starttls", ns::TLS).to_string()
}

/// Asks for a resource.
pub(crate) fn bind(id: &str, resource: &str) -> String {
    let resource = Element::in_namespace("resource", ns::BIND).with_text(resource);
    iq("set", id).with_child(Element::in_namespace("bind", ns::BIND).with_child(resource)).to_string()
}

/// Starts the session of RFC 3921.
pub(crate) fn legacy_session(id: &str) -> String {
    iq("set", id).with_child(Element::in_namespace("session", ns::SESSION)).to_string()
}

/// Presence with priority 0: without it no notification arrives.
pub(crate) fn presence() -> String {
    let priority = Element::in_namespace("priority", ns::CLIENT).with_text("0");
    Element::in_namespace("presence", ns::CLIENT).with_child(priority).to_string()
}

/// Asks whether the server is there (XEP-0199).
pub(crate) fn ping(id: &str, domain: &str) -> String {
    iq("get", id).with_attribute("to", domain).with_child(Element::in_namespace("ping", ns::PING)).to_string()
}

/// `subscribe` or `unsubscribe` at a node, for the full JID (XEP-0060, 6.1 and 6.2): a subscription of
/// the bare JID would outlive the session and double the traffic of the user's other sessions.
pub(crate) fn subscription(id: &str, action: &str, service: &str, node: &str, jid: &str) -> String {
    let action =
        Element::in_namespace(action, ns::PUBSUB).with_attribute("node", node).with_attribute("jid", jid);
    iq("set", id)
        .with_attribute("to", service)
        .with_child(Element::in_namespace("pubsub", ns::PUBSUB).with_child(action))
        .to_string()
}

/// Answers somebody's question: a ping with a result, anything else with `service-unavailable`.
pub(crate) fn answer(question: &Element) -> String {
    let is_ping = question.children().any(|child| child.is("ping", ns::PING));
    let mut answer = Element::in_namespace("iq", ns::CLIENT)
        .with_attribute("type", if is_ping { "result" } else { "error" });
    for (ours, theirs) in [("id", "id"), ("to", "from")] {
        if let Some(value) = question.attribute(theirs) {
            answer = answer.with_attribute(ours, value);
        }
    }
    if !is_ping {
        let condition = Element::in_namespace("service-unavailable", ns::STANZA_ERRORS);
        let error = Element::in_namespace("error", ns::CLIENT).with_attribute("type", "cancel");
        answer = answer.with_child(error.with_child(condition));
    }
    answer.to_string()
}

/// The stream error that says what is wrong with the server's stream.
pub(crate) fn stream_error(condition: &str) -> String {
    let condition = Element::in_namespace(condition, ns::STREAM_ERRORS);
    Element::in_namespace("error", ns::STREAM).with_child(condition).to_string()
}

fn iq<'a>(kind: &'a str, id: &'a str) -> Element<'a> {
    Element::in_namespace("iq", ns::CLIENT).with_attribute("type", kind).with_attribute("id", id)
}

/// Whether this is an element of the stream itself. Its prefix is declared on the stream's root, which the
/// parser of single stanzas does not see, so it may have no namespace here.
pub(crate) fn is_of_stream(element: &Element, name: &str) -> bool {
    element.name() == name && element.namespace().is_none_or(|namespace| namespace == ns::STREAM)
}

/// Reads `<stream:error>`.
pub(crate) fn read_stream_error(element: &Element) -> StreamError {
    let condition = element.children().find(|child| child.name() != "text");
    StreamError {
        condition: condition.map_or_else(
            || StreamCondition::Other("undefined-condition".to_owned()),
            |condition| StreamCondition::from_name(condition.name(), &condition.text()),
        ),
        text: text_of(element),
    }
}

/// Reads the `<error>` of a stanza.
pub(crate) fn read_stanza_error(stanza: &Element) -> StanzaError {
    let error = stanza.child("error");
    let condition = error.and_then(|error| error.children().find(|child| child.name() != "text"));
    StanzaError {
        condition: condition.map_or("undefined-condition", Element::name).to_owned(),
        text: error.and_then(text_of),
    }
}

/// The text that accompanies a condition.
pub(crate) fn text_of(error: &Element) -> Option<String> {
    let text = error.child("text").map(Element::text).filter(|text| !text.is_empty());
    text.map(Cow::into_owned)
}

/// The items a message carries, in order; none when it is no notification.
///
/// Only a service may send notifications: a sender with a local part (`user@…`) is an account, and its
/// message a forgery, since the server stamps the sender.
pub(crate) fn read_notifications(message: &Element) -> Vec<Notification> {
    let from = message.attribute("from");
    let is_forged = from.is_some_and(|from| from.split('/').next().unwrap_or_default().contains('@'));
    if is_forged || message.attribute("type") == Some("error") {
        return Vec::new();
    }
    let mut found = Vec::new();
    for event in message.children().filter(|child| child.is("event", ns::PUBSUB_EVENT)) {
        for items in event.children_named("items") {
            for item in items.children_named("item") {
                found.push(Notification {
                    node: items.attribute("node").unwrap_or_default().to_owned(),
                    item_id: item.attribute("id").map(str::to_owned),
                    payload: payload(item),
                    from: from.map(str::to_owned),
                    to: message.attribute("to").map(str::to_owned),
                });
            }
        }
    }
    found
}

fn payload(item: &Element) -> String {
    match item.children().next() {
        None => item.text().into_owned(),
        Some(first) => match first.children().next() {
            Some(document) => document.to_string(),
            None => first.text().into_owned(),
        },
    }
}
