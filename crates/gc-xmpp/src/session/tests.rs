//! The session without a socket: what the server sends, and what the session outputs.

use gc_xml::{Limits, parse_in};
use secrecy::ExposeSecret;

use super::*;
use crate::{SaslCondition, ns};

mod end;
mod login;
mod ready;
mod starttls;

const FEATURES_PLAIN: &str = "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>\
    <mechanism>SCRAM-SHA-1</mechanism><mechanism>PLAIN</mechanism></mechanisms></stream:features>";
const SUCCESS: &str = "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";
const FEATURES_BIND: &str = "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>\
    <session xmlns='urn:ietf:params:xml:ns:xmpp-session'><optional/></session></stream:features>";
const BOUND: &str = "<iq type='result' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>\
    <jid>maya@chat.example/given</jid></bind></iq>";
const ECHO: &str = "<presence from='maya@chat.example/given'><priority>0</priority></presence>";

fn element(text: &str) -> Element<'static> {
    parse_in(text, Some(ns::CLIENT), &Limits::default()).unwrap().into_owned()
}

fn account() -> Account {
    Account::new("maya", "chat.example", "gc", SecretString::from("p,w")).unwrap()
}

fn session() -> Session {
    Session::new(account(), Timing::default(), Encryption::Settled)
}

/// Feeds what the server sends and returns the outputs for the last of it.
fn receive(session: &mut Session, sent: &[&str]) -> Vec<String> {
    let mut last = Vec::new();
    for each in sent {
        last = match *each {
            "OPEN" => feed(session, Input::Opened),
            "END" => feed(session, Input::Ended { see_other: None }),
            stanza => feed(session, Input::Stanza(element(stanza))),
        };
    }
    last
}

/// One line for each output, except for a timer that is stopped.
fn feed(session: &mut Session, input: Input) -> Vec<String> {
    session.step(input).into_iter().filter_map(line).collect()
}

fn line(output: Output) -> Option<String> {
    Some(match output {
        Output::OpenStream => "open".to_owned(),
        Output::StartTls => "start TLS".to_owned(),
        Output::Send(text) => text,
        Output::SendSecret(text) => text.expose_secret().to_owned(),
        Output::CloseStream => "close".to_owned(),
        Output::StartTimer(timer, after) => format!("{timer:?} in {after:?}"),
        Output::StopTimer(_) => return None,
        Output::Deliver(event) => format!("{event:?}"),
        Output::Answer { ticket, result } => format!("{ticket:?} {result:?}"),
        Output::Closed(reason) => format!("closed: {reason}"),
    })
}

fn ready() -> Session {
    let mut session = session();
    feed(&mut session, Input::Connected);
    receive(&mut session, &["OPEN", FEATURES_PLAIN, SUCCESS, "OPEN", FEATURES_BIND, BOUND, ECHO]);
    assert!(session.is_ready());
    session
}

fn session_at_login() -> Session {
    let mut session = session();
    feed(&mut session, Input::Connected);
    receive(&mut session, &["OPEN", FEATURES_PLAIN]);
    session
}

/// A session that has sent its presence, without an answer yet.
fn not_yet_present() -> Session {
    let mut session = session();
    feed(&mut session, Input::Connected);
    receive(&mut session, &["OPEN", FEATURES_PLAIN, SUCCESS, "OPEN", FEATURES_BIND, BOUND]);
    assert!(!session.is_ready());
    session
}

fn closed_with(outputs: &[String]) -> &str {
    outputs.last().and_then(|line| line.strip_prefix("closed: ")).unwrap_or_else(|| panic!("{outputs:?}"))
}
