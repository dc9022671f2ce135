//! The markup that is sent without a request. Every stanza declares its namespace, which is valid on all transports.

use crate::xml::escape;

pub(crate) const PUBSUB: &str = "http://jabber.org/protocol/pubsub";

/// The presence of one entity, for another.
pub(crate) fn presence(from: &str, to: &str) -> String {
    format!("<presence xmlns='jabber:client' from='{}' to='{}'/>", escape(from), escape(to))
}

/// The presence of the pseudo user `finesse`, which shows whether the web application is up.
pub(crate) fn presence_of_finesse(domain: &str, to: &str, up: bool) -> String {
    let from = format!("finesse@{domain}");
    if up {
        return presence(&from, to);
    }
    let (from, to) = (escape(&from), escape(to));
    format!("<presence xmlns='jabber:client' type='unavailable' from='{from}' to='{to}'/>")
}

/// A notification: the `Update` is escaped text, as Finesse sends it.
pub(super) fn event(domain: &str, to: &str, node: &str, item: &str, id: &str, update: &str) -> String {
    let bare = to.split('/').next().unwrap_or(to);
    let id = escape(&format!("{node}__{bare}__{id}"));
    let (domain, to, node, update) = (escape(domain), escape(to), escape(node), escape(update));
    format!(
        "<message xmlns='jabber:client' from='pubsub.{domain}' to='{to}' id='{id}'>\
         <event xmlns='http://jabber.org/protocol/pubsub#event'><items node='{node}'><item id='{item}'>\
         <notification xmlns='{PUBSUB}'>{update}</notification></item></items></event></message>"
    )
}
