//! BOSH against a scripted web server: what is sent again, and what ends a login.

use gc_xmpp::{
    CloseReason, ConnectError, Endpoint, Event, FramingError, Lost, Options, StreamCondition, connect,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::peer::{BOUND, ECHO, FEATURES_BIND, FEATURES_PLAIN, SUCCESS, end_of, listen, next, options};

const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);
const OPEN: &str =
    "<body xmlns='http://jabber.org/protocol/httpbind' xmlns:stream='http://etherx.jabber.org/streams'";

/// A request that waits for its answer.
struct OpenRequest {
    socket: TcpStream,
    head: String,
    body: String,
}

impl OpenRequest {
    /// The next request on a connection; `None` if it ends instead.
    async fn on(mut socket: TcpStream) -> Option<Self> {
        let mut text = String::new();
        loop {
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let length =
                    head.to_lowercase().split("content-length: ").nth(1)?.lines().next()?.parse::<usize>();
                if body.len() >= length.unwrap() {
                    let (head, body) = (head.to_owned(), body.to_owned());
                    return Some(Self { socket, head, body });
                }
            }
            let mut bytes = [0; 4096];
            let read =
                timeout(PATIENCE, socket.read(&mut bytes)).await.unwrap().ok().filter(|read| *read > 0)?;
            text.push_str(std::str::from_utf8(&bytes[..read]).unwrap());
        }
    }

    /// The next request on a new connection.
    async fn at(listener: &TcpListener) -> Self {
        Self::on(timeout(PATIENCE, listener.accept()).await.unwrap().unwrap().0).await.unwrap()
    }

    async fn answer(mut self, status: &str, body: &str) -> TcpStream {
        let length = body.len();
        let text =
            format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\ncontent-type: text/xml\r\n\r\n{body}");
        self.socket.write_all(text.as_bytes()).await.unwrap();
        self.socket
    }

    /// Answers with stanzas, and takes the next request of the connection.
    async fn then(self, attributes: &str, stanzas: &str) -> Self {
        let socket = self.answer("200 OK", &format!("{OPEN} {attributes}>{stanzas}</body>")).await;
        Self::on(socket).await.unwrap()
    }
}

fn bosh(port: u16) -> Options {
    options(Endpoint::bosh("127.0.0.1", port, "/http-bind/"))
}

/// Lets the client in. Returns the request that it leaves to be held, and the connection that it keeps for the next one.
async fn let_in(listener: &TcpListener) -> (OpenRequest, TcpStream) {
    let first = OpenRequest::at(listener).await;
    assert!(first.head.starts_with("POST /http-bind/ HTTP/1.1\r\n"), "{}", first.head);
    let first = first.then("sid='s' requests='2' hold='1' wait='30' polling='0'", FEATURES_PLAIN).await;
    assert!(first.body.contains("</auth>"));
    let restart = first.then("", SUCCESS).await;
    assert!(restart.body.contains("xmpp:restart=\"true\""), "{}", restart.body);
    let bind = restart.then("", FEATURES_BIND).await;
    assert!(bind.body.contains("<bind "));
    let presence = bind.then("", BOUND).await;
    assert!(presence.body.contains("<presence"));
    // What does not wait for an answer goes over the second connection.
    let ping = OpenRequest::at(listener).await;
    assert!(ping.body.contains("urn:xmpp:ping") && rid(&ping) == rid(&presence) + 1);
    (ping, presence.answer("200 OK", &format!("{OPEN}>{ECHO}</body>")).await)
}

fn rid(request: &OpenRequest) -> u64 {
    request.body.split("rid=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_request_whose_connection_breaks_is_sent_again_as_it_was() {
    let (listener, port) = listen().await;
    let (session, (held, free)) = tokio::join!(connect(bosh(port)), let_in(&listener));
    let (_handle, mut events) = session.unwrap();
    assert!(matches!(next(&mut events).await, Event::Ready { .. }));
    let lost = held.body.clone();
    drop(held);
    let again = OpenRequest::on(free).await.unwrap();
    assert_eq!(again.body, lost);
    let next_one = again.then("", &crate::peer::notification("x")).await;
    assert_eq!(crate::peer::next_payload(&mut events).await, "x");
    assert!(!next_one.body.contains("<iq"), "it has nothing to say, and is there to be held");
    let number = rid(&next_one);
    drop(next_one);
    let again = OpenRequest::at(&listener).await;
    assert_eq!(rid(&again), number);
    drop(again);
    assert_eq!(end_of(&mut events).await, CloseReason::Lost(Lost::Eof));
}

#[tokio::test]
async fn the_servers_reason_for_the_end_is_reported() {
    let conflict = "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>";
    for (condition, stanzas) in
        [("item-not-found", ""), ("remote-stream-error", conflict), ("system-shutdown", "")]
    {
        let (listener, port) = listen().await;
        let (session, (held, free)) = tokio::join!(connect(bosh(port)), let_in(&listener));
        let (_handle, mut events) = session.unwrap();
        assert!(matches!(next(&mut events).await, Event::Ready { .. }));
        drop(free);
        let end = format!("{OPEN} type='terminate' condition='{condition}'>{stanzas}</body>");
        let _socket = held.answer("200 OK", &end).await;
        let reason = end_of(&mut events).await;
        let expected = match condition {
            "item-not-found" => {
                reason == CloseReason::Terminated(condition.to_owned()) && reason.is_transient()
            }
            "system-shutdown" => {
                matches!(&reason, CloseReason::Stream(error) if error.condition == StreamCondition::SystemShutdown)
            }
            _ => {
                matches!(&reason, CloseReason::Stream(error) if error.condition == StreamCondition::Conflict)
            }
        };
        assert!(expected, "{condition}: {reason}");
    }
}

#[tokio::test]
async fn closing_ends_the_session_at_the_server_and_waits_for_its_answer() {
    let (listener, port) = listen().await;
    let (session, (held, free)) = tokio::join!(connect(bosh(port)), let_in(&listener));
    let (handle, mut events) = session.unwrap();
    let script = async {
        let last = OpenRequest::on(free).await.unwrap();
        assert!(last.body.contains("type=\"terminate\"") && rid(&last) == rid(&held) + 1);
        let held = held.answer("200 OK", &format!("{OPEN}/>")).await;
        (held, last.answer("200 OK", &format!("{OPEN} type='terminate'/>")).await)
    };
    tokio::join!(handle.close(), script);
    assert!(matches!(next(&mut events).await, Event::Ready { .. }));
    assert_eq!(end_of(&mut events).await, CloseReason::Requested);
}

#[tokio::test]
async fn a_server_without_bosh_gets_no_password() {
    for (status, body, transient) in
        [("404 Not Found", "", false), ("503 Service Unavailable", "", true), ("200 OK", "<html/>", true)]
    {
        let (listener, port) = listen().await;
        let script = async { OpenRequest::at(&listener).await.answer(status, body).await };
        let (session, _socket) = tokio::join!(connect(bosh(port)), script);
        let error = session.map(|(handle, _)| handle).unwrap_err();
        assert_eq!(error.is_transient(), transient, "{error}");
        let ConnectError::NoLogin(reason) = &error else { panic!("{error:?}") };
        let bad = CloseReason::BadStream(FramingError::NotAStream);
        assert!(matches!(reason, CloseReason::Lost(Lost::Status(404 | 503))) || *reason == bad, "{error}");
    }
    let (_listener, port) = listen().await;
    let strict = Options { allow_plaintext_auth: false, ..bosh(port) };
    let error = connect(strict).await.map(|(handle, _)| handle).unwrap_err();
    assert!(matches!(error, ConnectError::NoLogin(CloseReason::PlaintextRefused)), "{error}");
}
