//! The protocol as a state machine: inputs in, outputs out, no clock and no socket.

mod negotiation;
mod ready;

use std::time::Duration;

use gc_xml::Element;
use secrecy::SecretString;

use crate::{
    Account, CloseReason, Event, FramingError, Lost, RequestError, Step, StreamCondition, StreamError, stanza,
};
use ready::Pending;

/// How long each thing may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// Name resolution and TCP connection.
    pub connect: Duration,
    /// TLS handshake; the same again for the WebSocket upgrade.
    pub handshake: Duration,
    /// Each step of the login, and each write.
    pub step: Duration,
    /// A subscription's answer.
    pub request: Duration,
    /// From one ping to the next.
    pub ping_every: Duration,
    /// How many pings in a row may pass without a sign of life before the session is given up: after a silence
    /// of `ping_misses` to `ping_misses + 1` times `ping_every`.
    pub ping_misses: u32,
    /// From our closing of the stream to the server's.
    pub close: Duration,
}

/// Pings as often as the longest silence of 18 s asks for: a stream that is lost without a word has to be opened
/// again well within the 60 s after which Finesse signs an agent out. Finesse asks its clients for one every
/// 10 s at least (Finesse Developer Guide, "Managing Notifications"). Five seconds for anything that is answered
/// at once.
impl Default for Timing {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            handshake: Duration::from_secs(5),
            step: Duration::from_secs(5),
            request: Duration::from_secs(5),
            ping_every: Duration::from_secs(6),
            ping_misses: 2,
            close: Duration::from_secs(2),
        }
    }
}

/// Names a request, so that its answer finds the asker. Chosen by the asker, once per session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// A timer that the session asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// The deadline of the current step of the login.
    Step,
    /// The next ping.
    Ping,
    /// The deadline of a request.
    Request(Ticket),
    /// The deadline of an orderly close.
    Close,
}

/// What happens to a session.
#[derive(Clone, Debug)]
pub enum Input {
    /// The transport stands.
    Connected,
    /// The server opened its stream.
    Opened,
    /// The server sent a stanza, or another element of the stream.
    Stanza(Element),
    /// Another sign of life: whitespace, a WebSocket ping. Also said by a driver that does not read just
    /// now, since silence is not the server's fault then.
    Alive,
    /// The server closed its stream; over WebSocket it may name another place (RFC 7395, 3.6.1).
    Ended {
        /// The other place.
        see_other: Option<String>,
    },
    /// The server sent a stanza that cannot be read. What follows it can.
    Unreadable(FramingError),
    /// The server sent what cannot be read, and nothing behind it can.
    Malformed(FramingError),
    /// Reading failed: nothing can come any more.
    Lost(Lost),
    /// Writing failed. What the server said before may still be there to read, such as its reason.
    WriteFailed(Lost),
    /// A timer is due.
    TimerFired(Timer),
    /// Somebody wants the notifications of a node.
    Subscribe {
        /// The request's name.
        ticket: Ticket,
        /// The node.
        node: String,
    },
    /// Somebody wants them no longer.
    Unsubscribe {
        /// The request's name.
        ticket: Ticket,
        /// The node.
        node: String,
    },
    /// Close in order.
    Close,
}

/// What a session asks of its driver, to be done in order.
#[derive(Clone, Debug)]
pub enum Output {
    /// Open our stream, at first and again after authentication (both sides begin afresh then).
    OpenStream,
    /// Send a stanza.
    Send(String),
    /// Send the stanza that holds the password.
    SendSecret(SecretString),
    /// Close our stream.
    CloseStream,
    /// Start a timer, or start it anew.
    StartTimer(Timer, Duration),
    /// A timer is no longer needed.
    StopTimer(Timer),
    /// Tell the event.
    Deliver(Event),
    /// Tell the one who asked.
    Answer {
        /// The request's name.
        ticket: Ticket,
        /// What became of it.
        result: Result<(), RequestError>,
    },
    /// Drop the transport: the session is over. Nothing follows.
    Closed(CloseReason),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Idle,
    Negotiating(Step),
    Ready,
    Closing(CloseReason),
    Closed,
}

/// One connection's protocol state.
#[derive(Debug)]
pub struct Session {
    account: Account,
    timing: Timing,
    may_send_password: bool,
    state: State,
    is_authenticated: bool,
    needs_legacy_session: bool,
    jid: Option<String>,
    pending: Vec<Pending>,
    pings: u64,
    missed: u32,
    was_heard: bool,
    out: Vec<Output>,
}

impl Session {
    /// A session whose transport does not stand yet. `may_send_password` says whether the password may
    /// go over it: it is encrypted, or the owner allowed it nonetheless.
    pub fn new(account: Account, timing: Timing, may_send_password: bool) -> Self {
        Self {
            account,
            timing,
            may_send_password,
            state: State::Idle,
            is_authenticated: false,
            needs_legacy_session: false,
            jid: None,
            pending: Vec::new(),
            pings: 0,
            missed: 0,
            was_heard: true,
            out: Vec::new(),
        }
    }

    /// The full JID that the server gave, once it did.
    pub fn jid(&self) -> Option<&str> {
        self.jid.as_deref()
    }

    /// Whether the login is complete and the session not yet closing.
    pub fn is_ready(&self) -> bool {
        self.state == State::Ready
    }

    /// Takes what happened and returns what is to be done about it.
    pub fn step(&mut self, input: Input) -> Vec<Output> {
        self.was_heard |=
            matches!(input, Input::Opened | Input::Stanza(_) | Input::Unreadable(_) | Input::Alive);
        match input {
            Input::Subscribe { ticket, node } => self.request(ticket, "subscribe", &node),
            Input::Unsubscribe { ticket, node } => self.request(ticket, "unsubscribe", &node),
            _ if self.state == State::Closed => {}
            Input::Connected => self.start(),
            Input::Opened => self.opened(),
            Input::Stanza(element) => self.received(&element),
            Input::Alive => {}
            Input::Ended { see_other } => self.ended(see_other),
            Input::Unreadable(_) if matches!(self.state, State::Closing(_)) => {}
            // Whoever waits for notifications has to know; a login cannot go on without the server's words.
            Input::Unreadable(error) if self.jid.is_some() => {
                self.out.push(Output::Deliver(Event::Unreadable(error)));
            }
            Input::Unreadable(error) | Input::Malformed(error) => {
                self.send(stanza::stream_error(error.stream_condition()));
                self.fail(CloseReason::BadStream(error));
            }
            Input::Lost(lost) => self.finish(CloseReason::Lost(lost)),
            Input::WriteFailed(lost) => self.wait_for_end(CloseReason::Lost(lost)),
            Input::TimerFired(timer) => self.timer_fired(timer),
            Input::Close => match self.state {
                State::Idle => self.finish(CloseReason::Requested),
                _ => self.close(),
            },
        }
        std::mem::take(&mut self.out)
    }

    fn received(&mut self, element: &Element) {
        if stanza::is_of_stream(element, "error") {
            return self.fail(CloseReason::Stream(stanza::read_stream_error(element)));
        }
        match self.state {
            State::Negotiating(step) => self.negotiate(step, element),
            State::Ready => self.handle(element),
            State::Idle | State::Closing(_) | State::Closed => {}
        }
    }

    fn ended(&mut self, see_other: Option<String>) {
        self.fail(match see_other {
            Some(place) => CloseReason::Stream(StreamError {
                condition: StreamCondition::SeeOtherHost(place),
                text: None,
            }),
            None => CloseReason::Ended,
        });
    }

    fn timer_fired(&mut self, timer: Timer) {
        match (timer, &self.state) {
            (Timer::Step, State::Negotiating(step)) => self.fail(CloseReason::StepTimedOut(*step)),
            (Timer::Ping, State::Ready) => self.ping_or_give_up(),
            (Timer::Request(ticket), State::Ready) => self.resolve(ticket, Err(RequestError::TimedOut)),
            (Timer::Close, State::Closing(reason)) => {
                let reason = reason.clone();
                self.finish(reason);
            }
            _ => {}
        }
    }

    /// Closes our stream and gives the server a moment to close its own.
    fn close(&mut self) {
        if !matches!(self.state, State::Closing(_)) {
            self.out.push(Output::CloseStream);
            self.wait_for_end(CloseReason::Requested);
        }
    }

    /// Closes our stream, unless that was done, and does not wait.
    fn fail(&mut self, reason: CloseReason) {
        if !matches!(self.state, State::Closing(_)) {
            self.out.push(Output::CloseStream);
        }
        self.finish(reason);
    }

    fn wait_for_end(&mut self, reason: CloseReason) {
        if !matches!(self.state, State::Closing(_)) {
            self.stop_timers();
            self.out.push(Output::StartTimer(Timer::Close, self.timing.close));
            self.state = State::Closing(reason);
            self.abandon_requests();
        }
    }

    /// The end. A session that was closing has its reason already, unless the server gives a better one
    /// for what looked like a broken connection.
    fn finish(&mut self, reason: CloseReason) {
        let reason = match (std::mem::replace(&mut self.state, State::Closed), reason) {
            (State::Closing(CloseReason::Lost(_)), better @ CloseReason::Stream(_)) => better,
            (State::Closing(first), _) => first,
            (_, reason) => reason,
        };
        self.stop_timers();
        self.out.push(Output::StopTimer(Timer::Close));
        self.abandon_requests();
        self.out.push(Output::Closed(reason));
    }

    fn stop_timers(&mut self) {
        self.out.push(Output::StopTimer(Timer::Step));
        self.out.push(Output::StopTimer(Timer::Ping));
    }

    fn send(&mut self, text: String) {
        self.out.push(Output::Send(text));
    }
}

#[cfg(test)]
mod tests;
