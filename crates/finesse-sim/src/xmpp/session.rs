//! One stream of a client as a state machine: stanzas in, stanzas out. The transports handle the sockets.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use roxmltree::Node;
use tokio::sync::mpsc;

use super::iq;
use super::stanza::{self, Framing};
use crate::engine::Engine;
use crate::pubsub::{self, Hub, Outgoing};
use crate::world::{Caller, Side};
use crate::xml::{LocalName, all_text};

/// How many wrong passwords end a stream. The account is locked after five in total, over all streams and REST.
const MAX_ATTEMPTS_PER_STREAM: u32 = 5;

/// The stage of the stream.
#[derive(Clone, Debug)]
enum Stage {
    /// Waiting for the client to begin TLS, which is required.
    StartTls,
    /// Waiting for the client to authenticate; `challenged` once it chose PLAIN without an initial response.
    Login {
        challenged: bool,
    },
    /// Authenticated, without a resource.
    Bind {
        user: String,
    },
    /// Bound to a resource.
    Bound {
        user: String,
        resource: String,
        key: u64,
    },
    Ended,
}

/// What the transport must do next.
#[derive(Debug, Default)]
pub(super) struct Reply {
    /// Send these in this order.
    pub(super) out: Vec<String>,
    /// Expect a new stream header (TCP).
    pub(super) restart: bool,
    /// Then begin TLS.
    pub(super) start_tls: bool,
    /// Then close the connection.
    pub(super) end: bool,
}

impl Reply {
    fn send(mut self, text: String) -> Self {
        self.out.push(text);
        self
    }
}

/// A stream.
pub(super) struct Session {
    engine: Arc<Engine>,
    side: Side,
    framing: Framing,
    stage: Stage,
    opened: bool,
    tries: u32,
    /// Passed to the hub on binding. When the hub drops it, the stream ends.
    mailbox: Option<mpsc::Sender<Outgoing>>,
}

impl Session {
    /// A new stream, and the receiver of the hub's messages for it.
    pub(super) fn new(engine: Arc<Engine>, side: Side, framing: Framing) -> (Self, mpsc::Receiver<Outgoing>) {
        let (mailbox, outgoing) = mpsc::channel(pubsub::MAILBOX);
        let stage = Stage::Login { challenged: false };
        (Self { engine, side, framing, stage, opened: false, tries: 0, mailbox: Some(mailbox) }, outgoing)
    }

    /// The transport requires STARTTLS.
    pub(super) fn require_tls(&mut self) {
        self.stage = Stage::StartTls;
    }

    /// TLS stands: the client begins a new stream.
    pub(super) fn encrypted(&mut self) {
        (self.stage, self.opened) = (Stage::Login { challenged: false }, false);
    }

    fn hub(&self) -> &Hub {
        self.engine.hub(self.side)
    }

    fn header(&self) -> String {
        self.framing.open(self.hub().domain(), &self.engine.new_id())
    }

    /// The client opens the stream, for the first time or again after authentication.
    pub(super) fn open(&mut self) -> Reply {
        self.opened = true;
        let features = match self.stage {
            Stage::StartTls => stanza::features_before_tls(),
            Stage::Login { .. } => stanza::features_before_login(),
            _ => stanza::features_after_login(),
        };
        Reply::default().send(self.header()).send(features)
    }

    /// The client ends the stream.
    pub(super) fn close(&mut self) -> Reply {
        self.leave();
        Reply { end: true, ..Reply::default().send(self.framing.close()) }
    }

    /// Ends the stream with a stream error.
    pub(super) fn fail(&mut self, condition: &str) -> Reply {
        self.leave();
        let mut reply = Reply::default();
        if !self.opened {
            reply = reply.send(self.header());
        }
        reply = reply.send(stanza::stream_error(condition)).send(self.framing.close());
        Reply { end: true, ..reply }
    }

    /// Whether the client is bound.
    pub(super) fn is_bound(&self) -> bool {
        matches!(self.stage, Stage::Bound { .. })
    }

    /// A ping for a silent client; `None` before it is bound.
    pub(super) fn ping(&self) -> Option<String> {
        let id = format!("ping-{}", self.engine.new_id());
        match &self.stage {
            Stage::Bound { .. } => Some(stanza::ping(&id, self.hub().domain(), &self.full_jid())),
            _ => None,
        }
    }

    /// Handles a complete element of the stream; namespaces that the client omitted are added.
    pub(super) fn element(&mut self, text: &str) -> Reply {
        let framed = format!("<f xmlns='jabber:client' xmlns:stream='{}'>{text}</f>", stanza::STREAMS);
        let Ok(document) = roxmltree::Document::parse(&framed) else {
            return self.fail("not-well-formed");
        };
        let mut elements = document.root_element().children().filter(Node::is_element);
        let (Some(element), None) = (elements.next(), elements.next()) else {
            return self.fail("not-well-formed");
        };
        match (&self.stage, element.tag_name().name()) {
            (Stage::Ended, _) => Reply { end: true, ..Reply::default() },
            (_, "open") if self.framing == Framing::WebSocket => self.open(),
            (_, "close") if self.framing == Framing::WebSocket => self.close(),
            _ if !self.opened => self.fail("not-well-formed"),
            (_, "error") => self.close(),
            (Stage::StartTls, "starttls") => {
                Reply { start_tls: true, ..Reply::default().send(stanza::proceed()) }
            }
            (Stage::StartTls, "auth") => {
                Reply::default().send(stanza::sasl_failure("encryption-required", "STARTTLS is required"))
            }
            (Stage::StartTls, _) => self.fail("policy-violation"),
            (Stage::Login { .. }, "auth") => self.auth(element),
            (Stage::Login { challenged: true }, "response") => self.plain(&all_text(element)),
            (Stage::Login { .. }, "abort") => {
                self.stage = Stage::Login { challenged: false };
                Reply::default().send(stanza::sasl_failure("aborted", "aborted by the client"))
            }
            (Stage::Login { .. }, _) => self.fail("not-authorized"),
            (Stage::Bind { .. }, "iq") => self.bind(element),
            (Stage::Bind { .. }, _) => self.fail("not-authorized"),
            (Stage::Bound { .. }, "iq") => self.iq(element),
            (Stage::Bound { .. }, "presence") => self.presence(element),
            (Stage::Bound { .. }, "message") => self.message(element),
            (Stage::Bound { .. }, _) => self.fail("unsupported-stanza-type"),
        }
    }

    fn auth(&mut self, element: Node<'_, '_>) -> Reply {
        if element.attribute("mechanism") != Some("PLAIN") {
            return Reply::default().send(stanza::sasl_failure("invalid-mechanism", "only PLAIN is offered"));
        }
        let response = all_text(element);
        if response.trim().is_empty() {
            self.stage = Stage::Login { challenged: true };
            return Reply::default().send(stanza::sasl_challenge());
        }
        self.plain(&response)
    }

    /// RFC 4616: `[authzid] NUL authcid NUL password`.
    fn plain(&mut self, response: &str) -> Reply {
        self.stage = Stage::Login { challenged: false };
        let failure = |condition, text| Reply::default().send(stanza::sasl_failure(condition, text));
        let Ok(message) = BASE64_STANDARD.decode(response.trim()) else {
            return failure("incorrect-encoding", "not base64");
        };
        let Ok(message) = String::from_utf8(message) else {
            return failure("malformed-request", "not UTF-8");
        };
        let parts: Vec<&str> = message.split('\0').collect();
        let [authzid, name, password] = parts.as_slice() else {
            return failure("malformed-request", "not three parts");
        };
        // The login may be a JID, whose domain may be only a part of the host's name.
        let name = name.split('@').next().unwrap_or(name);
        if !authzid.is_empty() && authzid.split('@').next() != Some(name) {
            return failure("invalid-authzid", "the identities differ");
        }
        match self.engine.act(|world| world.sign_in(name, password)) {
            Ok(Caller::User(user)) => {
                self.stage = Stage::Bind { user };
                // The client must open the stream again, on both transports.
                self.opened = false;
                Reply { restart: true, ..Reply::default().send(stanza::sasl_success()) }
            }
            Ok(Caller::Administrator) | Err(_) => {
                self.tries += 1;
                if self.tries >= MAX_ATTEMPTS_PER_STREAM {
                    return self.fail("policy-violation");
                }
                failure("not-authorized", "wrong user name or password, or the account is locked")
            }
        }
    }

    fn bind(&mut self, element: Node<'_, '_>) -> Reply {
        let id = element.attribute("id").unwrap_or_default();
        let Stage::Bind { user } = self.stage.clone() else { return Reply::default() };
        let Some(bind) = element.children().find(|child| child.has_local_name("bind")) else {
            return self.fail("not-authorized");
        };
        let wanted = bind.children().find(|child| child.has_local_name("resource"));
        let wanted = wanted.map(all_text).map(|resource| resource.trim().to_owned());
        let resource = wanted.filter(|resource| !resource.is_empty()).unwrap_or_else(|| self.engine.new_id());
        let Some(mailbox) = self.mailbox.take() else { return Reply::default() };
        let key = self.hub().attach(&user, &resource, mailbox);
        self.stage = Stage::Bound { user, resource, key };
        let jid = self.full_jid();
        let payload = format!(
            "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>{}</jid></bind>",
            crate::xml::escape(&jid)
        );
        Reply::default().send(stanza::iq_result(id, self.hub().domain(), &jid, &payload))
    }

    fn iq(&mut self, element: Node<'_, '_>) -> Reply {
        let Stage::Bound { user, key, .. } = &self.stage else { return Reply::default() };
        let client =
            iq::Client { engine: &self.engine, hub: self.hub(), user, key: *key, jid: &self.full_jid() };
        Reply { out: iq::answer(&client, element).into_iter().collect(), ..Reply::default() }
    }

    fn presence(&mut self, element: Node<'_, '_>) -> Reply {
        let Stage::Bound { user, key, .. } = self.stage.clone() else { return Reply::default() };
        if element.attribute("to").is_some() {
            return Reply::default();
        }
        match element.attribute("type") {
            None => {
                let priority = crate::xml::child_text(element, "priority");
                let negative = priority.is_some_and(|priority| priority.starts_with('-'));
                self.set_available(&user, key, !negative);
                let (jid, domain) = (self.full_jid(), self.hub().domain());
                let up = self.engine.act(|world| world.sides.web_application(self.side));
                Reply::default()
                    .send(pubsub::presence(&jid, &jid))
                    .send(pubsub::presence_of_finesse(domain, &jid, up))
            }
            Some("unavailable") => {
                self.set_available(&user, key, false);
                Reply::default()
            }
            // There are no contacts here.
            Some(_) => Reply::default(),
        }
    }

    fn message(&mut self, element: Node<'_, '_>) -> Reply {
        if element.attribute("type") == Some("error") {
            return Reply::default();
        }
        let id = element.attribute("id").unwrap_or_default();
        let from = element.attribute("to").unwrap_or_else(|| self.hub().domain());
        let to = self.full_jid();
        let error = stanza::stanza_error("message", id, from, &to, stanza::SERVICE_UNAVAILABLE);
        Reply::default().send(error)
    }

    fn set_available(&self, user: &str, key: u64, available: bool) {
        self.hub().set_available(key, available);
        self.update_presence(user);
    }

    /// Updates the user's presence in the world. It is looked up while the world is locked, so that the last update is
    /// the current state.
    fn update_presence(&self, user: &str) {
        let present = || self.engine.hubs().iter().any(|hub| hub.is_present(user));
        self.engine.act(|world| world.set_present(user, present()));
    }

    fn full_jid(&self) -> String {
        let domain = self.hub().domain();
        match &self.stage {
            Stage::Bound { user, resource, .. } => format!("{user}@{domain}/{resource}"),
            Stage::Bind { user } => format!("{user}@{domain}"),
            _ => String::new(),
        }
    }

    fn leave(&mut self) {
        if let Stage::Bound { user, key, .. } = std::mem::replace(&mut self.stage, Stage::Ended) {
            self.hub().detach(key);
            self.update_presence(&user);
        }
    }
}

impl Drop for Session {
    /// Removes the stream from the hub, however the connection ended.
    fn drop(&mut self) {
        self.leave();
    }
}
