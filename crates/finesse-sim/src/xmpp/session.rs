//! One stream of a client as a state machine: stanzas in, stanzas out. Sockets are the transports'.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use roxmltree::Node;
use tokio::sync::mpsc;

use super::stanza::{self, Framing};
use super::{Hub, Outgoing, iq};
use crate::engine::Engine;
use crate::world::{Caller, Side};
use crate::xml::{LocalName, all_text};

/// Wrong passwords on one stream before it is ended; the lock of the account comes at five in all.
const TRIES_PER_STREAM: u32 = 5;

/// How far the stream has come.
#[derive(Clone, Debug)]
enum Stage {
    /// Waiting for the client to sign in; `challenged` once it chose PLAIN without saying more.
    Login {
        challenged: bool,
    },
    /// Signed in, no resource yet.
    Bind {
        user: String,
    },
    /// Everything is open.
    Bound {
        user: String,
        resource: String,
        key: u64,
    },
    Ended,
}

/// What the transport is to do.
#[derive(Debug, Default)]
pub(super) struct Reply {
    /// To be sent in this order.
    pub(super) out: Vec<String>,
    /// The stream begins anew (TCP).
    pub(super) restart: bool,
    /// Close the connection after sending.
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
    /// Given to the hub at binding. When the hub lets go of it the stream is over.
    mailbox: Option<mpsc::Sender<Outgoing>>,
}

impl Session {
    /// A new stream; what the hub has for it arrives at the receiver.
    pub(super) fn new(engine: Arc<Engine>, side: Side, framing: Framing) -> (Self, mpsc::Receiver<Outgoing>) {
        let (mailbox, mail) = mpsc::channel(super::hub::MAILBOX);
        let stage = Stage::Login { challenged: false };
        (Self { engine, side, framing, stage, opened: false, tries: 0, mailbox: Some(mailbox) }, mail)
    }

    fn hub(&self) -> &Hub {
        self.engine.hub(self.side)
    }

    fn header(&self) -> String {
        self.framing.open(self.hub().domain(), &self.engine.new_id())
    }

    /// The client opens the stream, for the first time or after signing in.
    pub(super) fn open(&mut self) -> Reply {
        self.opened = true;
        let features = match self.stage {
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

    /// The stream ends for a reason.
    pub(super) fn fail(&mut self, condition: &str) -> Reply {
        self.leave();
        let mut reply = Reply::default();
        if !self.opened {
            reply = reply.send(self.header());
        }
        reply = reply.send(stanza::stream_error(condition)).send(self.framing.close());
        Reply { end: true, ..reply }
    }

    /// Whether the client has come so far that it may be pinged.
    pub(super) fn is_bound(&self) -> bool {
        matches!(self.stage, Stage::Bound { .. })
    }

    /// A ping for a client that has been silent; `None` before it is bound.
    pub(super) fn ping(&self) -> Option<String> {
        let id = format!("ping-{}", self.engine.new_id());
        match &self.stage {
            Stage::Bound { .. } => Some(stanza::ping(&id, self.hub().domain(), &self.full_jid())),
            _ => None,
        }
    }

    /// A whole element of the stream; namespaces that the client left out are supplied.
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
        // A login may be written as a JID; its domain may be only a part of the host's name.
        let name = name.split('@').next().unwrap_or(name);
        if !authzid.is_empty() && authzid.split('@').next() != Some(name) {
            return failure("invalid-authzid", "the identities differ");
        }
        match self.engine.act(|world| world.sign_in(name, password)) {
            Ok(Caller::User(user)) => {
                self.stage = Stage::Bind { user };
                // The client has to open the stream anew, on both transports.
                self.opened = false;
                Reply { restart: true, ..Reply::default().send(stanza::sasl_success()) }
            }
            Ok(Caller::Administrator) | Err(_) => {
                self.tries += 1;
                if self.tries >= TRIES_PER_STREAM {
                    return self.fail("policy-violation");
                }
                failure("not-authorized", "wrong user name or password, or the account is locked")
            }
        }
    }

    fn bind(&mut self, element: Node<'_, '_>) -> Reply {
        let id = element.attribute("id").unwrap_or_default();
        let Stage::Bind { user } = self.stage.clone() else { return Reply::default() };
        let Some(bind) = element.children().find(|child| child.has_tag_name_any("bind")) else {
            return self.fail("not-authorized");
        };
        let wanted = bind.children().find(|child| child.has_tag_name_any("resource"));
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
                    .send(stanza::presence(&jid, &jid))
                    .send(stanza::presence_of_finesse(domain, &jid, up))
            }
            Some("unavailable") => {
                self.set_available(&user, key, false);
                Reply::default()
            }
            // Contacts do not exist here.
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
        self.tell_presence(user);
    }

    /// The world learns whether the user is present; looked up inside, so that the last word is true.
    fn tell_presence(&self, user: &str) {
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
            self.tell_presence(&user);
        }
    }
}

impl Drop for Session {
    /// However the connection ended, the stream leaves the hub.
    fn drop(&mut self) {
        self.leave();
    }
}
