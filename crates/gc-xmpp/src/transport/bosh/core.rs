//! A BOSH session as a state machine without I/O (XEP-0124): which request to send when, and what the answers say.
//!
//! One request is held by the server, so that it can send at any time; a second one carries what we send meanwhile. Each
//! request has the next number (`rid`). Answers may overtake each other and are taken in the order of the requests. Requests may
//! overtake each other as well, because each has a connection of its own. The server has to put them in order (XEP-0124, 14.2), but
//! ejabberd 23.01 never answers one that has overtaken a request that it holds. So the second one keeps a distance ([`APART`]).

use std::collections::BTreeMap;
use std::time::Duration;

use secrecy::zeroize::Zeroizing;
use tokio::time::Instant;

use super::body::{Answer, Purpose, write};
use crate::transport::{Frame, ReceiveError};
use crate::{FramingError, Lost};

/// How long a request has been on its way before the next one follows it over another connection. Only a request that directly
/// follows another one waits for this: what we send while the server holds a request, which is nearly always, leaves at once.
pub(super) const APART: Duration = Duration::from_millis(100);

/// The least time from one empty request to the next if nothing came of it, even where the server names no `polling` or 0. A server
/// that holds requests answers them later than that, or because there is something to say. Without it, one that answers at once
/// would get as many empty requests as the network carries.
pub(super) const LEAST_POLLING: Duration = Duration::from_secs(1);

/// A request to send now. Its text holds the password once.
#[derive(Clone)]
pub(super) struct Request {
    pub(super) rid: u64,
    pub(super) text: Zeroizing<String>,
}

/// What came of a request.
#[derive(Debug)]
pub(super) enum Outcome {
    Answered(Answer),
    /// An HTTP status that is not 200.
    Status(u16),
    /// No answer, or none that can be read.
    Failed(ReceiveError),
}

/// A request without an answer that has been taken.
struct Sent {
    request: Request,
    purpose: Purpose,
    is_empty: bool,
    is_repeated: bool,
    /// Since when it is on its way. `None` while its connection is being made.
    left_at: Option<Instant>,
    /// The answer, which waits for those of earlier requests.
    outcome: Option<Outcome>,
}

/// The session. It cannot be printed: the password passes through it.
pub(super) struct Core {
    domain: String,
    /// The number of the next request.
    rid: u64,
    sid: Option<String>,
    /// How many requests there may be at once.
    requests: usize,
    polling: Duration,
    /// Stanzas that wait for a request.
    queue: Zeroizing<String>,
    wants: Option<Purpose>,
    sent: BTreeMap<u64, Sent>,
    /// Requests to send again, as they were.
    repeats: Vec<Request>,
    /// When the last empty request was sent, if its answer was empty as well.
    polled: Option<Instant>,
    last_empty: Option<Instant>,
    /// That requests are not held was reported.
    polls: bool,
    has_ended: bool,
}

impl Core {
    /// A session that begins with this request number, which nobody should be able to guess.
    pub(super) fn new(random: u64) -> Self {
        Self {
            domain: String::new(),
            // All numbers of a session stay below 2^53 (XEP-0124, 14.1).
            rid: random >> 12,
            sid: None,
            requests: 1,
            polling: LEAST_POLLING,
            queue: Zeroizing::default(),
            wants: None,
            sent: BTreeMap::new(),
            repeats: Vec::new(),
            polled: None,
            last_empty: None,
            polls: false,
            has_ended: false,
        }
    }

    /// Opens the stream: the session itself at first, then a new stream in it.
    pub(super) fn open(&mut self, domain: &str) {
        domain.clone_into(&mut self.domain);
        self.wants = Some(if self.sid.is_some() { Purpose::Restart } else { Purpose::Create });
    }

    /// Sends a stanza with the next request.
    pub(super) fn send(&mut self, stanza: &str) {
        self.queue.push_str(stanza);
    }

    /// Ends the session, after what waits to be sent.
    pub(super) fn close(&mut self) {
        self.wants = Some(Purpose::Terminate);
    }

    /// Whether the server has yet to learn that we end the session.
    pub(super) fn is_terminating(&self) -> bool {
        let terminates = |sent: &Sent| sent.purpose == Purpose::Terminate;
        !self.has_ended && (self.wants == Some(Purpose::Terminate) || self.sent.values().any(terminates))
    }

    /// The next request to send now, if there is one.
    pub(super) fn next_request(&mut self, now: Instant) -> Option<Request> {
        if self.has_ended {
            return None;
        }
        if let Some(repeat) = self.repeats.pop() {
            return Some(repeat);
        }
        if self.sent.len() >= self.requests || !self.may_follow(now) {
            return None;
        }
        let purpose = match self.wants {
            Some(Purpose::Create) => Purpose::Create,
            // Nothing can be sent, or ended, before there is a session.
            _ if self.sid.is_none() => {
                self.has_ended |= self.wants == Some(Purpose::Terminate) && self.sent.is_empty();
                return None;
            }
            // What was said in the old stream goes before the new one begins, what ends the stream after all else.
            Some(Purpose::Restart) if !self.queue.is_empty() => Purpose::Carry,
            Some(purpose) => purpose,
            None if !self.queue.is_empty() => Purpose::Carry,
            None if self.sent.is_empty() && self.may_poll(now) => Purpose::Carry,
            None => return None,
        };
        if self.wants == Some(purpose) {
            self.wants = None;
        }
        let stanzas = match purpose {
            Purpose::Create | Purpose::Restart => Zeroizing::default(),
            Purpose::Carry | Purpose::Terminate => std::mem::take(&mut self.queue),
        };
        let text = Zeroizing::new(write(purpose, self.rid, self.sid.as_deref(), &self.domain, &stanzas));
        let request = Request { rid: self.rid, text };
        let is_empty = purpose == Purpose::Carry && stanzas.is_empty();
        if is_empty {
            self.last_empty = Some(now);
        }
        let (request_sent, is_repeated, left_at, outcome) = (request.clone(), false, None, None);
        let sent = Sent { request: request_sent, purpose, is_empty, is_repeated, left_at, outcome };
        self.sent.insert(self.rid, sent);
        self.rid += 1;
        Some(request)
    }

    /// A request is on its way: it has a connection, and goes out on it now.
    pub(super) fn left(&mut self, rid: u64, now: Instant) {
        if let Some(sent) = self.sent.get_mut(&rid) {
            sent.left_at = Some(now);
        }
    }

    /// Whether the next request cannot overtake the last one.
    fn may_follow(&self, now: Instant) -> bool {
        let Some((_, last)) = self.sent.last_key_value() else { return true };
        last.outcome.is_some() || last.left_at.is_some_and(|left| now >= left + APART)
    }

    /// When there may be a request to send although nothing has happened.
    pub(super) fn wake_at(&self) -> Option<Instant> {
        if self.has_ended || self.sid.is_none() {
            return None;
        }
        match self.sent.last_key_value() {
            Some((_, last)) => {
                let waits = self.wants.is_some() || !self.queue.is_empty();
                let has_room = self.sent.len() < self.requests;
                last.left_at.filter(|_| waits && has_room).map(|left| left + APART)
            }
            None => self.polled.map(|polled| polled + self.polling),
        }
    }

    /// An empty request so soon after another one that brought nothing is an offence (XEP-0124, 12).
    fn may_poll(&self, now: Instant) -> bool {
        self.polled.is_none_or(|polled| now >= polled + self.polling)
    }

    /// Takes what came of a request, and whatever waited for it; returns what is received by that.
    pub(super) fn take(
        &mut self,
        rid: u64,
        outcome: Outcome,
        now: Instant,
    ) -> Vec<Result<Frame, ReceiveError>> {
        let Some(sent) = self.sent.get_mut(&rid) else { return Vec::new() };
        let is_lost = match &outcome {
            Outcome::Failed(ReceiveError::Lost(_)) => true,
            Outcome::Status(status) => *status >= 500,
            Outcome::Answered(answer) => answer.asks_to_repeat(),
            Outcome::Failed(ReceiveError::Malformed(_)) => false,
        };
        // The server keeps its last answers: the same request again gets the same answer (XEP-0124, 14.3).
        if is_lost && !sent.is_repeated && sent.purpose != Purpose::Create {
            (sent.is_repeated, sent.left_at) = (true, None);
            self.repeats.push(sent.request.clone());
            return Vec::new();
        }
        sent.outcome = Some(outcome);
        let mut received = Vec::new();
        while let Some(first) = self.sent.first_entry().filter(|first| first.get().outcome.is_some()) {
            let sent = first.remove();
            if let Some(outcome) = sent.outcome {
                self.accept(sent.purpose, sent.is_empty, outcome, &mut received);
            }
        }
        if !self.polls && !self.has_ended && self.sent.is_empty() && !self.may_poll(now) {
            self.polls = true;
            received.push(Ok(Frame::Polls { every: self.polling }));
        }
        received
    }

    fn accept(
        &mut self,
        purpose: Purpose,
        was_empty: bool,
        outcome: Outcome,
        received: &mut Vec<Result<Frame, ReceiveError>>,
    ) {
        if self.has_ended {
            return;
        }
        let mut answer = match outcome {
            Outcome::Answered(answer) if answer.asks_to_repeat() => {
                return self.end(Err(ReceiveError::Lost(Lost::Eof)), received);
            }
            Outcome::Answered(answer) => answer,
            // What old servers answer instead of a condition (XEP-0124, 17.1).
            Outcome::Status(status) if self.sid.is_some() && matches!(status, 400 | 403 | 404) => {
                let condition = match status {
                    400 => "bad-request",
                    403 => "policy-violation",
                    _ => "item-not-found",
                };
                return self.end(Ok(Frame::Terminated { condition: condition.to_owned() }), received);
            }
            Outcome::Status(status) => {
                return self.end(Err(ReceiveError::Lost(Lost::Status(status))), received);
            }
            Outcome::Failed(error) => return self.end(Err(error), received),
        };
        match purpose {
            Purpose::Create => {
                let Some(sid) = answer.sid().filter(|_| answer.termination().is_none()) else {
                    let ended = answer
                        .termination()
                        .map_or(Err(ReceiveError::Malformed(FramingError::NotAStream)), |condition| {
                            Ok(Frame::Terminated { condition: condition.to_owned() })
                        });
                    received.extend(answer.frames.drain(..).map(Ok));
                    return self.end(ended, received);
                };
                self.sid = Some(sid.to_owned());
                // One to be held, one to send; more are not needed.
                self.requests = answer.requests().unwrap_or(1).clamp(1, 2);
                self.polling = answer.polling().unwrap_or_default().max(LEAST_POLLING);
                received.push(Ok(Frame::Opened));
            }
            Purpose::Restart => received.push(Ok(Frame::Opened)),
            Purpose::Carry | Purpose::Terminate => {}
        }
        self.polled = self.last_empty.filter(|_| was_empty && answer.frames.is_empty());
        let is_empty = answer.frames.is_empty();
        received.extend(answer.frames.drain(..).map(Ok));
        match answer.termination() {
            Some("") => self.end(Ok(Frame::Ended { see_other: None }), received),
            Some("see-other-uri") => {
                self.end(Ok(Frame::Ended { see_other: answer.see_other() }), received);
            }
            Some(condition) => {
                self.end(Ok(Frame::Terminated { condition: condition.to_owned() }), received);
            }
            None if purpose == Purpose::Terminate => {
                self.end(Ok(Frame::Ended { see_other: None }), received);
            }
            None if is_empty => received.push(Ok(Frame::Alive)),
            None => {}
        }
    }

    fn end(&mut self, last: Result<Frame, ReceiveError>, received: &mut Vec<Result<Frame, ReceiveError>>) {
        self.has_ended = true;
        received.push(last);
    }
}

#[cfg(test)]
mod tests;
