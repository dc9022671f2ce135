//! What clients send.

use std::net::{IpAddr, SocketAddr};

use gc_delivery::{Callback, Cursor, Since};
use gc_guard::{Caller, Class, Entry, Forbidden, Guard};
use gc_protocol::{Command, CommandName, Request};
use secrecy::ExposeSecret;
use url::{Host, Url};

use crate::{first_line, text};

/// A command with its envelope, as JSON. What was read can be written and read again.
pub fn envelope(data: &[u8]) {
    let Ok(request) = Request::from_json(data) else { return };
    let written = request.to_json();
    let again = Request::from_json(written.expose_secret().as_bytes()).unwrap();
    assert_eq!(again.name, request.name);
    assert_eq!(again.id, request.id);
    assert_eq!(again.session_url, request.session_url);
    assert_eq!(again.callback, request.callback);
    assert_eq!(again.correlation_id, request.correlation_id);
    assert_eq!(again.command(), request.command());
}

/// The name of a command on the first line, its body after it. What was read can be written and read again.
pub fn arguments(data: &[u8]) {
    let (name, body) = first_line(data);
    let (Some(name), Some(body)) = (text(name), text(body)) else { return };
    let Ok(name) = name.parse::<CommandName>() else { return };
    let Ok(command) = Command::parse(name, body) else { return };
    let written = command.to_body().unwrap();
    assert_eq!(Command::parse(name, written.expose_secret()).unwrap(), command);
}

/// `Last-Event-ID` or `since` of a live stream. An id that was read can be written and read again, and is the same in both.
pub fn event_id(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let since = text.parse::<Since>();
    let Ok(cursor) = text.parse::<Cursor>() else { return };
    assert_eq!(since, Ok(Since::Cursor(cursor)));
    assert_eq!(cursor.to_string().parse(), Ok(cursor));
}

/// The two parts of a callback address on two lines, and entries of the list of allowed addresses on the others.
/// A callback that can be used is refused by the guard only for its host; a literal and a resolved address get the same
/// verdict; an entry never takes away what is allowed, and can be written and read again.
pub fn callback(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let mut lines = text.lines();
    let (fqdn, endpoint) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let entries: Vec<Entry> = lines.filter_map(|line| line.parse().ok()).collect();
    for entry in &entries {
        assert_eq!(entry.to_string().parse().as_ref(), Ok(entry));
    }
    let Ok(callback) = Callback::from_parts(fqdn, endpoint) else { return };
    let url = Url::parse(callback.as_str()).unwrap();
    let (strict, lenient) = (Guard::default(), Guard::new(entries));
    let verdict = strict.check_url(&url, Caller::Other);
    assert!(matches!(verdict, Ok(()) | Err(Forbidden::Address(_))), "{verdict:?}");
    if verdict.is_ok() {
        assert_eq!(strict.check_url(&url, Caller::Loopback), Ok(()));
        assert_eq!(lenient.check_url(&url, Caller::Other), Ok(()));
    }
    let address: IpAddr = match url.host() {
        Some(Host::Ipv4(address)) => address.into(),
        Some(Host::Ipv6(address)) => address.into(),
        _ => return,
    };
    assert_eq!(verdict.is_ok(), Class::of(address).is_allowed());
    let resolved = strict.check_resolved("h.example", [SocketAddr::new(address, 0)]);
    assert_eq!(resolved.map(drop), verdict);
}
