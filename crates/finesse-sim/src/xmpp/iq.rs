//! The iq requests of a bound client: ping, roster, discovery, subscriptions.

use std::sync::Arc;

use roxmltree::Node;

use super::stanza::{self, StanzaError};
use crate::Platform;
use crate::engine::Engine;
use crate::pubsub::{self, Hub};
use crate::world::World;
use crate::xml::{LocalName, escape};

/// The client that sent the request.
pub(super) struct Client<'a> {
    pub(super) engine: &'a Arc<Engine>,
    pub(super) hub: &'a Hub,
    pub(super) user: &'a str,
    pub(super) key: u64,
    pub(super) jid: &'a str,
}

/// The response to an iq; `None` if it is a response itself.
pub(super) fn answer(client: &Client<'_>, iq: Node<'_, '_>) -> Option<String> {
    let domain = client.hub.domain();
    let id = iq.attribute("id").unwrap_or_default();
    let from = iq.attribute("to").unwrap_or(domain);
    let outcome = match iq.attribute("type") {
        Some("result" | "error") => return None,
        Some(kind @ ("get" | "set")) if !id.is_empty() => match iq.children().find(Node::is_element) {
            Some(payload) => client.serve(kind, from, payload),
            None => Err(stanza::BAD_REQUEST),
        },
        _ => Err(stanza::BAD_REQUEST),
    };
    Some(match outcome {
        Ok(payload) => stanza::iq_result(id, from, client.jid, &payload),
        Err(error) => stanza::stanza_error("iq", id, from, client.jid, error),
    })
}

impl Client<'_> {
    fn serve(&self, kind: &str, to: &str, payload: Node<'_, '_>) -> Result<String, StanzaError> {
        let namespace = payload.tag_name().namespace().unwrap_or_default();
        let ours = self.is_ours(to);
        match (kind, payload.tag_name().name(), namespace) {
            _ if !ours => Err(stanza::SERVICE_UNAVAILABLE),
            ("get", "ping", "urn:xmpp:ping") => Ok(String::new()),
            ("set", "session", "urn:ietf:params:xml:ns:xmpp-session") => Ok(String::new()),
            ("get", "query", "jabber:iq:roster") => Ok("<query xmlns='jabber:iq:roster'/>".to_owned()),
            ("get", "query", "http://jabber.org/protocol/disco#info") => self.info(to, payload),
            ("get", "query", "http://jabber.org/protocol/disco#items") => Ok(self.items(to)),
            ("set", "pubsub", pubsub::PUBSUB) => self.pubsub(payload),
            ("get", "pubsub", pubsub::PUBSUB) => Err(stanza::NOT_IMPLEMENTED),
            _ => Err(stanza::SERVICE_UNAVAILABLE),
        }
    }

    /// The domain, the pubsub service, or the client's own account.
    fn is_ours(&self, to: &str) -> bool {
        let domain = self.hub.domain();
        let bare = self.jid.split('/').next().unwrap_or_default();
        to == domain || to == format!("pubsub.{domain}") || to == bare || to == self.jid
    }

    fn info(&self, to: &str, query: Node<'_, '_>) -> Result<String, StanzaError> {
        let node = query.attribute("node");
        let (category, kind) = match node {
            Some(node) if self.published(node).is_some() => ("pubsub", "leaf"),
            Some(_) => return Err(stanza::ITEM_NOT_FOUND),
            None if to.starts_with("pubsub.") => ("pubsub", "service"),
            None if to == self.hub.domain() => ("server", "im"),
            None => ("account", "registered"),
        };
        let attribute = node.map(|node| format!(" node='{}'", escape(node))).unwrap_or_default();
        Ok(format!(
            "<query xmlns='http://jabber.org/protocol/disco#info'{attribute}>\
             <identity category='{category}' type='{kind}' name='Finesse'/>\
             <feature var='http://jabber.org/protocol/disco#info'/>\
             <feature var='http://jabber.org/protocol/disco#items'/>\
             <feature var='http://jabber.org/protocol/pubsub'/><feature var='urn:xmpp:ping'/></query>"
        ))
    }

    fn items(&self, to: &str) -> String {
        let domain = escape(self.hub.domain());
        let user = escape(self.user);
        let items = if to.starts_with("pubsub.") {
            ["", "/Dialogs"]
                .map(|suffix| {
                    format!("<item jid='pubsub.{domain}' node='/finesse/api/User/{user}{suffix}'/>")
                })
                .concat()
        } else {
            format!("<item jid='pubsub.{domain}' name='Publish-Subscribe service'/>")
        };
        format!("<query xmlns='http://jabber.org/protocol/disco#items'>{items}</query>")
    }

    /// The name of the node on which Finesse publishes; `None` if it does not publish there.
    fn published(&self, node: &str) -> Option<String> {
        self.engine.act(|world| published(world, node))
    }

    fn pubsub(&self, pubsub: Node<'_, '_>) -> Result<String, StanzaError> {
        let action = pubsub.children().find(Node::is_element).ok_or(stanza::BAD_REQUEST)?;
        let (Some(node), Some(jid)) = (action.attribute("node"), action.attribute("jid")) else {
            return Err(stanza::BAD_REQUEST);
        };
        let bare = self.jid.split('/').next().unwrap_or_default();
        if jid != self.jid && jid != bare {
            return Err(stanza::FORBIDDEN);
        }
        if action.has_local_name("subscribe") {
            let published = self.published(node).ok_or(stanza::ITEM_NOT_FOUND)?;
            self.hub.subscribe(self.key, &published, jid);
            let (node, jid, subid) = (escape(node), escape(jid), self.engine.new_id());
            Ok(format!(
                "<pubsub xmlns='{}'><subscription node='{node}' jid='{jid}' subid='{subid}' \
                 subscription='subscribed'/></pubsub>",
                pubsub::PUBSUB
            ))
        } else if action.has_local_name("unsubscribe") {
            match self.published(node) {
                Some(node) if self.hub.unsubscribe(self.key, &node, jid) => Ok(String::new()),
                _ => Err(stanza::UNEXPECTED_REQUEST),
            }
        } else {
            Err(stanza::NOT_IMPLEMENTED)
        }
    }
}

/// The name of the node on which Finesse publishes, with the user's login id; `None` if it does not publish there.
fn published(world: &World, node: &str) -> Option<String> {
    let path = node.strip_prefix("/finesse/api/")?;
    let segments: Vec<&str> = path.split('/').collect();
    let ucce = world.platform == Platform::Ucce;
    let known = match segments.as_slice() {
        ["User", user] => return Some(format!("/finesse/api/User/{}", world.resolve_user(user).ok()?)),
        ["User", user, part]
            if *part == "Dialogs" || ucce && matches!(*part, "Queues" | "Media" | "Devices") =>
        {
            return Some(format!("/finesse/api/User/{}/{part}", world.resolve_user(user).ok()?));
        }
        ["SystemInfo"] => true,
        ["Team", id, "Users" | "TeamMessages"] => world.team(id).is_some(),
        ["Queue", id] => ucce && world.queue(id).is_some(),
        _ => false,
    };
    known.then(|| node.to_owned())
}
