//! The protocol as a state machine without I/O: it takes inputs and returns outputs, and has no clock and no socket.

mod negotiation;
mod ready;

use std::time::Duration;

use gc_xml::Element;
use secrecy::SecretString;

use crate::{
    Account, CloseReason, Event, FramingError, Lost, RequestError, Step, StreamCondition, StreamError, stanza,
};
use ready::Pending;

/// Timeouts and intervals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// Name resolution and TCP connection.
    pub connect: Duration,
    /// The TLS handshake, and again the WebSocket upgrade.
    pub handshake: Duration,
    /// Each step of the login, and each write.
    pub step: Duration,
    /// The answer to a subscription request.
    pub request: Duration,
    /// From one ping to the next.
    pub ping_every: Duration,
    /// After this many pings in a row without any traffic from the server, the session ends. The silence is then
    /// `ping_misses` to `ping_misses + 1` times `ping_every`.
    pub ping_misses: u32,
    /// From closing our stream until the server closes its own.
    pub close: Duration,
}

/// Pings are sent every 6 s, so that a lost connection is noticed after at most 18 s: it must be opened again well within
/// the 60 s after which Finesse logs an agent out. Finesse requires a ping at least every 10 s (Finesse Developer Guide,
/// "Managing Notifications"). Everything that is answered at once has 5 s.
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

/// Identifies a request and its answer. The caller chooses it, unique in the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// A timer that the session requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// The deadline of the current step of the login.
    Step,
    /// The next ping.
    Ping,
    /// The deadline of a request.
    Request(Ticket),
    /// The deadline for an orderly close.
    Close,
}

/// How the password is protected on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// The transport is encrypted, or the configuration allows that it is not.
    Settled,
    /// The server must offer STARTTLS; without TLS the password is not sent.
    StartTls,
    /// STARTTLS if the server offers it; the configuration allows to go on without it.
    StartTlsIfOffered,
    /// The transport cannot be encrypted: the password is not sent.
    Missing,
}

/// An input of the state machine.
#[derive(Clone, Debug)]
pub enum Input {
    /// The transport is connected.
    Connected,
    /// TLS stands, as [`Output::StartTls`] asked.
    Encrypted,
    /// The server opened its stream.
    Opened,
    /// The server sent a stanza or another top-level element of the stream.
    Stanza(Element<'static>),
    /// Other traffic from the server: white space, a WebSocket ping. A driver that has paused reading also sends it,
    /// because the server is not to blame for this silence.
    Alive,
    /// The server does not hold requests (BOSH), so it is asked every so often.
    Polls {
        /// From one request to the next.
        every: Duration,
    },
    /// The server closed its stream. Over WebSocket it may name another server (RFC 7395, 3.6.1).
    Ended {
        /// The URI of the other server.
        see_other: Option<String>,
    },
    /// The server ended the session below the stream (BOSH), with this condition.
    Terminated {
        /// As XEP-0124, 17.2 has it.
        condition: String,
    },
    /// The server sent a stanza that cannot be read. The stream goes on after it.
    Unreadable(FramingError),
    /// The server sent something that cannot be read, and nothing after it can be read either.
    Malformed(FramingError),
    /// Reading failed: nothing more can be received.
    Lost(Lost),
    /// Writing failed. There may still be something to read, such as the server's reason.
    WriteFailed(Lost),
    /// A timer is due.
    TimerFired(Timer),
    /// Subscribe to the notifications of a node.
    Subscribe {
        /// Identifies the request.
        ticket: Ticket,
        /// The node.
        node: String,
    },
    /// End the subscription to a node.
    Unsubscribe {
        /// Identifies the request.
        ticket: Ticket,
        /// The node.
        node: String,
    },
    /// Ask the server for a sign of life.
    Ping {
        /// Identifies the request.
        ticket: Ticket,
    },
    /// Close the session in an orderly way.
    Close,
}

/// An output of the state machine. The driver carries outputs out in order.
#[derive(Clone, Debug)]
pub enum Output {
    /// Open our stream: at the beginning, and again after authentication, when both sides start new streams.
    OpenStream,
    /// Begin TLS: the server waits for the handshake. [`Input::Encrypted`] answers, or [`Input::Lost`].
    StartTls,
    /// Send a stanza.
    Send(String),
    /// Send the stanza that contains the password.
    SendSecret(SecretString),
    /// Close our stream.
    CloseStream,
    /// Start or restart a timer.
    StartTimer(Timer, Duration),
    /// A timer is no longer needed.
    StopTimer(Timer),
    /// Deliver the event to the client of this crate.
    Deliver(Event),
    /// Return the result of a request.
    Answer {
        /// Identifies the request.
        ticket: Ticket,
        /// Its result.
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

/// The protocol state of one connection.
#[derive(Debug)]
pub struct Session {
    account: Account,
    timing: Timing,
    encryption: Encryption,
    state: State,
    /// It ends where the password would be sent.
    is_probe: bool,
    has_sent_password: bool,
    is_authenticated: bool,
    needs_legacy_session: bool,
    jid: Option<String>,
    pending: Vec<Pending>,
    pings: u64,
    missed: u32,
    had_traffic: bool,
    out: Vec<Output>,
}

impl Session {
    /// A session whose transport is not connected yet.
    pub fn new(account: Account, timing: Timing, encryption: Encryption) -> Self {
        Self {
            account,
            timing,
            encryption,
            state: State::Idle,
            is_probe: false,
            has_sent_password: false,
            is_authenticated: false,
            needs_legacy_session: false,
            jid: None,
            pending: Vec::new(),
            pings: 0,
            missed: 0,
            had_traffic: true,
            out: Vec::new(),
        }
    }

    /// The same, ended with [`CloseReason::Requested`] where the password would be sent.
    #[must_use]
    pub fn without_login(self) -> Self {
        Self { is_probe: true, ..self }
    }

    /// The full JID, once the server has assigned it.
    pub fn jid(&self) -> Option<&str> {
        self.jid.as_deref()
    }

    /// Whether the login is complete and the session is not closing.
    pub fn is_ready(&self) -> bool {
        self.state == State::Ready
    }

    /// Whether the password has been sent: an end before that says nothing about the account.
    pub fn has_sent_password(&self) -> bool {
        self.has_sent_password
    }

    /// Processes an input and returns the outputs.
    pub fn step(&mut self, input: Input) -> Vec<Output> {
        self.had_traffic |=
            matches!(input, Input::Opened | Input::Stanza(_) | Input::Unreadable(_) | Input::Alive);
        match input {
            Input::Subscribe { ticket, node } => self.request(ticket, "subscribe", &node),
            Input::Unsubscribe { ticket, node } => self.request(ticket, "unsubscribe", &node),
            Input::Ping { ticket } => self.ping(ticket),
            _ if self.state == State::Closed => {}
            Input::Connected => self.start(),
            Input::Encrypted => self.encrypted(),
            Input::Opened => self.opened(),
            Input::Stanza(element) => self.received(&element),
            Input::Alive => {}
            Input::Polls { every } => self.out.push(Output::Deliver(Event::Polls { every })),
            Input::Ended { see_other } => self.ended(see_other),
            Input::Terminated { condition } => self.terminated(condition),
            Input::Unreadable(_) if matches!(self.state, State::Closing(_)) => {}
            // A lost notification must be reported. A login cannot continue without the server's answer.
            Input::Unreadable(error) if self.jid.is_some() => {
                self.out.push(Output::Deliver(Event::Unreadable(Box::new(error))));
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
            Some(host) => CloseReason::Stream(StreamError {
                condition: StreamCondition::SeeOtherHost(host),
                text: None,
            }),
            None => CloseReason::Ended,
        });
    }

    fn terminated(&mut self, condition: String) {
        self.fail(match condition.as_str() {
            "" => CloseReason::Ended,
            "system-shutdown" => {
                CloseReason::Stream(StreamError { condition: StreamCondition::SystemShutdown, text: None })
            }
            _ => CloseReason::Terminated(condition),
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

    /// Closes our stream and waits until the server closes its own.
    fn close(&mut self) {
        if !matches!(self.state, State::Closing(_)) {
            self.out.push(Output::CloseStream);
            self.wait_for_end(CloseReason::Requested);
        }
    }

    /// Closes our stream, if it is still open, without waiting for the server.
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

    /// Ends the session. If it was closing, its reason stays, unless the server gives a better reason for what looked
    /// like a broken connection.
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
