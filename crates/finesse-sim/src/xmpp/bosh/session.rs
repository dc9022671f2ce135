//! One BOSH session: its requests in the order of their numbers, the ones that are held, and the end.

use std::collections::{BTreeMap, VecDeque};

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};

use super::request::{self, Request};
use super::terms::Terms;
use crate::xmpp::session::Reply;
use crate::xmpp::stream::Stream;

/// A request and where its answer goes.
pub(super) struct Incoming {
    pub(super) request: Request,
    pub(super) reply: oneshot::Sender<String>,
}

/// A request without an answer.
struct Held {
    rid: u64,
    reply: oneshot::Sender<String>,
    until: Instant,
}

pub(super) struct Session {
    sid: String,
    domain: String,
    terms: Terms,
    stream: Stream,
    /// The number of the next request.
    expected: u64,
    /// Requests that came before an earlier one.
    early: BTreeMap<u64, Incoming>,
    held: VecDeque<Held>,
    /// The last answers, for requests that are repeated.
    answered: VecDeque<(u64, String)>,
    /// Stanzas that wait for a request to answer.
    out: String,
    /// The last answer, once the session is over.
    end: Option<String>,
    has_sent_end: bool,
    is_created: bool,
    last_poll: Option<Instant>,
    was_last_answer_empty: bool,
    /// Since when there is no request.
    idle_since: Instant,
}

impl Session {
    pub(super) fn new(sid: String, request: &Request, domain: &str, stream: Stream) -> Self {
        Self {
            sid,
            domain: domain.to_owned(),
            terms: Terms::of(request),
            stream,
            expected: request.rid,
            early: BTreeMap::new(),
            held: VecDeque::new(),
            answered: VecDeque::new(),
            out: String::new(),
            end: None,
            has_sent_end: false,
            is_created: false,
            last_poll: None,
            was_last_answer_empty: false,
            idle_since: Instant::now(),
        }
    }

    /// Serves the session to its end.
    pub(super) async fn run(mut self, mut incoming: mpsc::Receiver<Incoming>) {
        while !self.has_sent_end {
            let deadline = match self.held.front() {
                Some(oldest) => oldest.until,
                None => self.idle_since + self.terms.inactivity,
            };
            tokio::select! {
                biased;
                Some(incoming) = incoming.recv() => self.receive(incoming),
                unsolicited = self.stream.unsolicited(), if self.end.is_none() => match unsolicited {
                    Some(reply) => self.emit(reply),
                    // A broken connection would not end a session here: the client would ask again.
                    None => self.finish(request::terminate("")),
                },
                () = sleep_until(deadline) => {
                    if self.held.is_empty() {
                        // The client is gone.
                        return;
                    }
                    self.answer_oldest();
                }
            }
            self.flush();
        }
    }

    fn receive(&mut self, incoming: Incoming) {
        let rid = incoming.request.rid;
        if let Some((_, answer)) = self.answered.iter().find(|(answered, _)| *answered == rid) {
            // The client did not get the answer. Whoever has gone does not want it either.
            let _ = incoming.reply.send(answer.clone());
            return;
        }
        if let Some(held) = self.held.iter_mut().find(|held| held.rid == rid) {
            let old = std::mem::replace(&mut held.reply, incoming.reply);
            let _ = old.send(request::body(""));
            return;
        }
        if rid < self.expected || rid >= self.expected + self.terms.requests() {
            let _ = incoming.reply.send(request::terminate("item-not-found"));
            self.has_sent_end = true;
            return self.finish(request::terminate("item-not-found"));
        }
        self.early.insert(rid, incoming);
        while let Some(next) = self.early.remove(&self.expected) {
            self.expected += 1;
            self.process(next);
        }
    }

    fn process(&mut self, incoming: Incoming) {
        let Incoming { request, reply } = incoming;
        let is_overactive = self.is_overactive(&request);
        self.held.push_back(Held { rid: request.rid, reply, until: Instant::now() + self.terms.wait });
        if self.end.is_some() {
            return;
        }
        if is_overactive {
            return self.finish(request::terminate("policy-violation"));
        }
        if request.sid.is_none() || request.restarts {
            let reply = self.stream.receive().open();
            self.emit(reply);
        }
        for stanza in &request.stanzas {
            if self.end.is_none() {
                let reply = self.stream.receive().element(stanza);
                self.emit(reply);
            }
        }
        if request.terminates && self.end.is_none() {
            let out = std::mem::take(&mut self.out);
            self.finish(request::terminate_with("", &out));
        }
        if self.terms.only_polls() && self.is_created {
            self.answer_oldest();
        }
    }

    /// The rule of older Openfires: polls of a client whose requests are not held must not follow each other too fast, and one whose
    /// requests are held has no reason to send a second one.
    fn is_overactive(&mut self, request: &Request) -> bool {
        if !request.is_poll() {
            self.was_last_answer_empty = false;
            return false;
        }
        let now = Instant::now();
        let is_soon = self.last_poll.replace(now).is_some_and(|last| now < last + self.terms.polling);
        let is_idle =
            if self.terms.only_polls() { self.was_last_answer_empty } else { !self.held.is_empty() };
        is_soon && is_idle
    }

    /// Takes what the stream sends.
    fn emit(&mut self, reply: Reply) {
        reply.out.iter().for_each(|stanza| self.out.push_str(stanza));
        if reply.end {
            let out = std::mem::take(&mut self.out);
            let condition = if out.contains("<stream:error") { "remote-stream-error" } else { "" };
            self.finish(request::terminate_with(condition, &out));
        }
    }

    fn finish(&mut self, end: String) {
        // The agent is gone from here now, even if the client has yet to learn it.
        self.stream.receive().close();
        self.end.get_or_insert(end);
        self.out.clear();
    }

    /// Answers what can be answered.
    fn flush(&mut self) {
        let sends = !self.out.is_empty() || self.end.is_some();
        if sends && !self.held.is_empty() {
            self.answer_oldest();
        }
        while self.held.len() > self.terms.hold.max(1) || (self.end.is_some() && !self.held.is_empty()) {
            self.answer_oldest();
        }
    }

    fn answer_oldest(&mut self) {
        let Some(held) = self.held.pop_front() else { return };
        let out = std::mem::take(&mut self.out);
        self.was_last_answer_empty = out.is_empty();
        let body = match (&self.end, self.is_created) {
            (Some(end), _) => end.clone(),
            (None, false) => self.terms.created(&self.sid, &self.domain, &out),
            (None, true) => request::body(&out),
        };
        (self.is_created, self.has_sent_end) = (true, self.has_sent_end || self.end.is_some());
        if self.answered.len() >= 2 {
            self.answered.pop_front();
        }
        self.answered.push_back((held.rid, body.clone()));
        // The connection may be gone; the client asks again then.
        let _ = held.reply.send(body);
        if self.held.is_empty() {
            self.idle_since = Instant::now();
        }
    }
}
