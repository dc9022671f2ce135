//! What an XMPP server sends, and what happens to a session beside it.

use std::collections::HashMap;

use gc_xml::{Element, Limits, XmlError, parse, parse_in};
use gc_xmpp::{
    Account, Encryption, Event, FramingError, Input, Lost, Output, Session, Ticket, Timer, Timing,
};
use secrecy::SecretString;

use crate::text;

/// A session's life, one input on each line: a stanza, or one of the words that stand for what else can happen.
///
/// The password is sent once at most, whatever the server does, since a second refusal may lock the account. The session
/// closes once, and says nothing after it; every request has one answer; what is sent is XML.
pub fn session(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let account = Account::new("1001", "cuic.test", "gc", SecretString::from("secret")).unwrap();
    let encryption = encryption(text);
    let mut session = Session::new(account, Timing::default(), encryption);
    let mut oracle = Oracle { may_send_password: is_settled(encryption), ..Oracle::default() };
    for line in text.lines() {
        let input = input(line, &mut oracle);
        let outputs = session.step(input);
        oracle.check(&outputs);
    }
    assert!(!(session.is_ready() && oracle.is_closed));
    // Nothing waits for ever.
    for output in session.step(Input::Lost(Lost::Eof)) {
        oracle.check(&[output]);
    }
    assert!(oracle.is_closed && oracle.answers.values().all(|answers| *answers == 1));
}

/// How the first word says that the password is protected.
fn encryption(text: &str) -> Encryption {
    match text.split_whitespace().next() {
        Some("plain") => Encryption::Missing,
        Some("starttls") => Encryption::StartTls,
        Some("starttls-if-offered") => Encryption::StartTlsIfOffered,
        _ => Encryption::Settled,
    }
}

/// Whether the password may be sent before STARTTLS.
fn is_settled(encryption: Encryption) -> bool {
    matches!(encryption, Encryption::Settled | Encryption::StartTlsIfOffered)
}

/// What must hold for every session, checked against its outputs so far.
#[derive(Default)]
struct Oracle {
    passwords: u32,
    is_closed: bool,
    may_send_password: bool,
    /// The session waits for TLS.
    awaits_tls: bool,
    /// The answers to each request.
    answers: HashMap<Ticket, u32>,
}

impl Oracle {
    fn check(&mut self, outputs: &[Output]) {
        for output in outputs {
            match output {
                Output::Answer { ticket, .. } => *self.answers.entry(*ticket).or_default() += 1,
                _ if self.is_closed => panic!("after the end: {output:?}"),
                Output::SendSecret(_) => {
                    assert!(self.may_send_password, "the password was sent in the clear");
                    self.passwords += 1;
                }
                Output::StartTls => self.awaits_tls = true,
                Output::Send(stanza) => drop(parse(stanza, &Limits::default()).unwrap()),
                Output::Closed(_) => self.is_closed = true,
                Output::Deliver(Event::Closed(_)) => panic!("the driver says this"),
                _ => {}
            }
        }
        assert!(self.passwords <= 1, "the password was sent again");
        assert!(self.answers.values().all(|answers| *answers <= 1), "a request was answered twice");
    }

    /// A request that has not been made before.
    fn ticket(&mut self) -> Ticket {
        let ticket = Ticket(u64::try_from(self.answers.len()).unwrap_or(u64::MAX));
        self.answers.insert(ticket, 0);
        ticket
    }
}

fn input(line: &str, oracle: &mut Oracle) -> Input {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    match word {
        "connected" => Input::Connected,
        "encrypted" if oracle.awaits_tls => {
            oracle.awaits_tls = false;
            oracle.may_send_password = true;
            Input::Encrypted
        }
        "opened" => Input::Opened,
        "alive" | "plain" | "starttls" | "starttls-if-offered" => Input::Alive,
        "ended" => Input::Ended { see_other: (!rest.is_empty()).then(|| rest.to_owned()) },
        "malformed" => Input::Malformed(FramingError::NotUtf8),
        "lost" => Input::Lost(Lost::Eof),
        "write-failed" => Input::WriteFailed(Lost::CutOff),
        "close" => Input::Close,
        "subscribe" => Input::Subscribe { ticket: oracle.ticket(), node: rest.to_owned() },
        "unsubscribe" => Input::Unsubscribe { ticket: oracle.ticket(), node: rest.to_owned() },
        "step-timer" => Input::TimerFired(Timer::Step),
        "ping-timer" => Input::TimerFired(Timer::Ping),
        "close-timer" => Input::TimerFired(Timer::Close),
        "request-timer" => Input::TimerFired(Timer::Request(Ticket(rest.parse().unwrap_or_default()))),
        _ => stanza(line).map_or_else(|error| Input::Unreadable(error.into()), Input::Stanza),
    }
}

/// As the transports read it: the namespace is the one that the stream has declared.
fn stanza(text: &str) -> Result<Element<'static>, XmlError> {
    Ok(parse_in(text, Some("jabber:client"), &Limits::default())?.into_owned())
}
