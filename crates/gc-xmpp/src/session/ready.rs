//! The session after the login: notifications, presence, requests, subscriptions, pings.

use gc_xml::Element;

use super::{Output, Session, State, Ticket, Timer};
use crate::{CloseReason, Event, RequestError, stanza};

/// A request without an answer yet.
#[derive(Debug)]
pub(super) struct Pending {
    ticket: Ticket,
    id: String,
    asks: Asks,
}

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asks {
    Subscription,
    ItsEnd,
    /// Any answer.
    SignOfLife,
}

impl Session {
    pub(super) fn handle(&mut self, stanza: &Element) {
        match (stanza.name(), stanza.attribute("type")) {
            ("message", _) => {
                let notifications = stanza::read_notifications(stanza).into_iter();
                self.out
                    .extend(notifications.map(|item| Output::Deliver(Event::Notification(Box::new(item)))));
            }
            ("presence", kind @ (None | Some("unavailable"))) => {
                let from = stanza.attribute("from").unwrap_or_default().to_owned();
                self.out.push(Output::Deliver(Event::Presence { from, available: kind.is_none() }));
            }
            ("iq", Some("get" | "set")) => self.send(stanza::answer(stanza)),
            ("iq", Some("result" | "error")) => self.answered(stanza),
            _ => {}
        }
    }

    pub(super) fn request(&mut self, ticket: Ticket, action: &str, node: &str) {
        let (State::Ready, Some(jid)) = (&self.state, &self.jid) else {
            let result = Err(RequestError::Closed);
            return self.out.push(Output::Answer { ticket, result });
        };
        let id = format!("request-{}", ticket.0);
        let service = self.account.pubsub_service();
        self.out.push(Output::Send(stanza::subscription(&id, action, service, node, jid)));
        self.out.push(Output::StartTimer(Timer::Request(ticket), self.timing.request));
        let asks = if action == "subscribe" { Asks::Subscription } else { Asks::ItsEnd };
        self.pending.push(Pending { ticket, id, asks });
    }

    pub(super) fn ping(&mut self, ticket: Ticket) {
        if self.state != State::Ready {
            let result = Err(RequestError::Closed);
            return self.out.push(Output::Answer { ticket, result });
        }
        let id = format!("request-{}", ticket.0);
        self.send(stanza::ping(&id, self.account.domain()));
        self.out.push(Output::StartTimer(Timer::Request(ticket), self.timing.request));
        self.pending.push(Pending { ticket, id, asks: Asks::SignOfLife });
    }

    /// Accepts an answer only from whoever was asked, because anybody can send an iq with a guessed id.
    fn answered(&mut self, answer: &Element) {
        let id = answer.attribute("id").unwrap_or_default();
        let is_from =
            |asked: &str| answer.attribute("from").is_none_or(|from| from.eq_ignore_ascii_case(asked));
        let is_answered = |request: &&Pending| {
            request.id == id
                && is_from(match request.asks {
                    Asks::SignOfLife => self.account.domain(),
                    _ => self.account.pubsub_service(),
                })
        };
        let Some(request) = self.pending.iter().find(is_answered) else { return };
        let result = match (answer.attribute("type"), request.asks) {
            (_, Asks::SignOfLife) | (Some("result"), Asks::ItsEnd) => Ok(()),
            (Some("result"), Asks::Subscription) => subscription_state(answer),
            _ => Err(RequestError::Refused(stanza::read_stanza_error(answer))),
        };
        let ticket = request.ticket;
        self.out.push(Output::StopTimer(Timer::Request(ticket)));
        self.resolve(ticket, result);
    }

    pub(super) fn resolve(&mut self, ticket: Ticket, result: Result<(), RequestError>) {
        let before = self.pending.len();
        self.pending.retain(|request| request.ticket != ticket);
        if self.pending.len() < before {
            self.out.push(Output::Answer { ticket, result });
        }
    }

    pub(super) fn abandon_requests(&mut self) {
        for request in std::mem::take(&mut self.pending) {
            self.out.push(Output::StopTimer(Timer::Request(request.ticket)));
            self.out.push(Output::Answer { ticket: request.ticket, result: Err(RequestError::Closed) });
        }
    }

    /// Any traffic shows that the server is alive, even an error that says that it does not support pings.
    pub(super) fn ping_or_give_up(&mut self) {
        self.missed = if self.had_traffic { 0 } else { self.missed.saturating_add(1) };
        self.had_traffic = false;
        if self.missed >= self.timing.ping_misses {
            return self.finish(CloseReason::Unresponsive);
        }
        self.pings = self.pings.wrapping_add(1);
        self.send(stanza::ping(&format!("ping-{}", self.pings), self.account.domain()));
        self.out.push(Output::StartTimer(Timer::Ping, self.timing.ping_every));
    }
}

/// A service may leave the state out of its result (XEP-0060, 6.1.2), which means subscribed.
fn subscription_state(answer: &Element) -> Result<(), RequestError> {
    let subscription = answer.child("pubsub").and_then(|pubsub| pubsub.child("subscription"));
    match subscription.and_then(|subscription| subscription.attribute("subscription")) {
        None | Some("subscribed") => Ok(()),
        Some(other) => Err(RequestError::NotGranted(other.to_owned())),
    }
}
