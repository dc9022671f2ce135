//! The login: from the open transport to a ready session.

use gc_xml::Element;

use super::{Encryption, Output, Session, State, Timer};
use crate::{CloseReason, Event, Refusal, SaslCondition, Step, ns, stanza};

const BIND_ID: &str = "bind";
const SESSION_ID: &str = "session";
const PRESENCE_ID: &str = "presence";

impl Session {
    pub(super) fn start(&mut self) {
        if self.state != State::Idle {
            return;
        }
        // Checked before anything is sent, because the login will need the password.
        if self.encryption == Encryption::Missing {
            return self.finish(CloseReason::PlaintextRefused);
        }
        self.open_stream();
    }

    /// The server knows nothing of the stream before TLS, nor are its features of then worth anything (RFC 6120, 5.4.3.3).
    pub(super) fn encrypted(&mut self) {
        if self.state == State::Negotiating(Step::StartTls) {
            self.encryption = Encryption::Settled;
            self.open_stream();
        }
    }

    fn open_stream(&mut self) {
        self.out.push(Output::OpenStream);
        self.await_step(Step::Open);
    }

    pub(super) fn opened(&mut self) {
        if self.state == State::Negotiating(Step::Open) {
            self.await_step(Step::Features);
        }
    }

    /// Processes an element during the login. Elements that do not belong to the step do not extend its deadline. Once
    /// the resource is bound, they are handled as in a ready session.
    pub(super) fn negotiate(&mut self, step: Step, element: &Element) {
        match step {
            Step::Features if stanza::is_of_stream(element, "features") => self.features(element),
            Step::StartTls if element.is("proceed", ns::TLS) => self.out.push(Output::StartTls),
            Step::StartTls if element.is("failure", ns::TLS) => self.fail(CloseReason::StartTlsFailed),
            Step::Authentication if element.name() == "success" => {
                self.is_authenticated = true;
                self.open_stream();
            }
            Step::Authentication if element.name() == "failure" => self.refused(element),
            Step::Binding if is_answer(element, BIND_ID) => self.bound(element),
            Step::LegacySession if is_answer(element, SESSION_ID) => {
                if element.attribute("type") == Some("result") {
                    self.send_presence();
                } else {
                    self.fail(CloseReason::BindRefused(stanza::read_stanza_error(element)));
                }
            }
            // An error is also an answer: the server has reached our ping.
            Step::Presence if is_answer(element, PRESENCE_ID) && self.is_from_server(element) => self.ready(),
            Step::Presence if self.is_our_presence(element) => self.ready(),
            _ if self.jid.is_some() => self.handle(element),
            _ => {}
        }
    }

    fn features(&mut self, features: &Element) {
        if self.is_authenticated {
            // Needed after the binding: the server requires a session unless it says `optional`.
            self.needs_legacy_session = features
                .children()
                .any(|child| child.is("session", ns::SESSION) && child.child("optional").is_none());
            self.send(stanza::bind(BIND_ID, self.account.resource()));
            return self.await_step(Step::Binding);
        }
        match self.encryption {
            Encryption::StartTls | Encryption::StartTlsIfOffered
                if features.children().any(|child| child.is("starttls", ns::TLS)) =>
            {
                self.send(stanza::start_tls());
                return self.await_step(Step::StartTls);
            }
            Encryption::StartTls => return self.fail(CloseReason::NoStartTls),
            _ => {}
        }
        let offered: Vec<String> = features
            .child("mechanisms")
            .map(|list| list.children_named("mechanism").map(|name| name.text().trim().to_owned()).collect())
            .unwrap_or_default();
        if !offered.iter().any(|name| name == "PLAIN") {
            return self.fail(CloseReason::NoPlainMechanism { offered });
        }
        if self.is_probe {
            return self.fail(CloseReason::Requested);
        }
        self.has_sent_password = true;
        self.out.push(Output::SendSecret(stanza::sasl_plain(&self.account)));
        self.await_step(Step::Authentication);
    }

    fn refused(&mut self, failure: &Element) {
        let condition = failure.children().find(|child| child.name() != "text");
        let condition = condition.map_or("undefined-condition", Element::name);
        let condition = SaslCondition::from_name(condition);
        self.fail(Refusal { condition, text: stanza::text_of(failure) }.into());
    }

    fn bound(&mut self, answer: &Element) {
        if answer.attribute("type") != Some("result") {
            return self.fail(CloseReason::BindRefused(stanza::read_stanza_error(answer)));
        }
        let jid = answer.child("bind").and_then(|bind| bind.child("jid")).map(|jid| jid.text().into_owned());
        let Some(jid) = jid.filter(|jid| !jid.is_empty()) else {
            return self.fail(CloseReason::BadAnswer(Step::Binding));
        };
        self.jid = Some(jid);
        if self.needs_legacy_session {
            self.send(stanza::legacy_session(SESSION_ID));
            self.await_step(Step::LegacySession);
        } else {
            self.send_presence();
        }
    }

    /// Sends presence and then a ping. A server processes the stanzas of a session in order (RFC 6120, 10.1), so an
    /// answer to the ping shows that presence is in effect. So does the echo of our presence, which not every server
    /// sends (RFC 6121, 4.2.2).
    fn send_presence(&mut self) {
        self.send(stanza::presence());
        self.send(stanza::ping(PRESENCE_ID, self.account.domain()));
        self.await_step(Step::Presence);
    }

    fn ready(&mut self) {
        self.state = State::Ready;
        self.out.push(Output::StopTimer(Timer::Step));
        self.out.push(Output::StartTimer(Timer::Ping, self.timing.ping_every));
        let jid = self.jid.clone().unwrap_or_default();
        self.out.push(Output::Deliver(Event::Ready { jid }));
    }

    fn is_our_presence(&self, element: &Element) -> bool {
        element.name() == "presence"
            && element.attribute("type").is_none()
            && element.attribute("from") == self.jid()
    }

    fn is_from_server(&self, element: &Element) -> bool {
        element.attribute("from").is_none_or(|from| from.eq_ignore_ascii_case(self.account.domain()))
    }

    fn await_step(&mut self, step: Step) {
        self.state = State::Negotiating(step);
        self.out.push(Output::StartTimer(Timer::Step, self.timing.step));
    }
}

fn is_answer(element: &Element, id: &str) -> bool {
    element.name() == "iq"
        && element.attribute("id") == Some(id)
        && matches!(element.attribute("type"), Some("result" | "error"))
}
