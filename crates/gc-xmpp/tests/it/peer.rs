//! A scripted peer on loopback that says exactly what a test wants.

use std::time::Duration;

use gc_xmpp::{Account, CloseReason, Endpoint, Event, Handle, Options, connect};
use secrecy::SecretString;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::Receiver;
use tokio::time::timeout;

pub(crate) const HEADER: &str = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' \
    xmlns:stream='http://etherx.jabber.org/streams' from='chat.example' id='s1' version='1.0'>";
pub(crate) const FEATURES_PLAIN: &str = "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>\
    <mechanism>PLAIN</mechanism></mechanisms></stream:features>";
pub(crate) const SUCCESS: &str = "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";
pub(crate) const FEATURES_BIND: &str =
    "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>";
pub(crate) const BOUND: &str = "<iq type='result' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>\
    <jid>maya@chat.example/gc</jid></bind></iq>";
pub(crate) const ECHO: &str = "<presence from='maya@chat.example/gc'/>";

/// Long enough for a machine that is busy; no test waits for it to pass.
const PATIENCE: Duration = Duration::from_secs(20);

/// A listener on a port of the system's choice.
pub(crate) async fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

/// Options for a peer that is not encrypted.
pub(crate) fn options(endpoint: Endpoint) -> Options {
    let account = Account::new("maya", "chat.example", "gc", SecretString::from("secret")).unwrap();
    Options { allow_plaintext_auth: true, ..Options::new(endpoint, account) }
}

/// A deadline for what a test wants to see expire; nothing that should succeed has so short a one.
pub(crate) const SHORT: Duration = Duration::from_millis(100);

/// The peer's side of one connection.
pub(crate) struct Peer<S> {
    pub(crate) socket: S,
    heard: String,
}

impl Peer<TcpStream> {
    pub(crate) async fn accept(listener: &TcpListener) -> Self {
        Self::over(timeout(PATIENCE, listener.accept()).await.unwrap().unwrap().0)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Peer<S> {
    pub(crate) fn over(socket: S) -> Self {
        Self { socket, heard: String::new() }
    }

    pub(crate) async fn say(&mut self, text: &str) {
        self.socket.write_all(text.as_bytes()).await.unwrap();
        self.socket.flush().await.unwrap();
    }

    /// Reads on until the client has said this. What came before it is forgotten.
    pub(crate) async fn hear(&mut self, expected: &str) {
        loop {
            if let Some((_, rest)) = self.heard.split_once(expected) {
                self.heard = rest.to_owned();
                return;
            }
            let mut bytes = [0; 4096];
            let read = timeout(PATIENCE, self.socket.read(&mut bytes)).await;
            let read =
                read.unwrap_or_else(|_| panic!("waiting for {expected}, heard {}", self.heard)).unwrap();
            assert_ne!(read, 0, "closed instead of {expected}, heard {}", self.heard);
            self.heard.push_str(std::str::from_utf8(&bytes[..read]).unwrap());
        }
    }

    /// Reads to the client's end of the connection and returns what it said.
    pub(crate) async fn hear_the_end(mut self) -> String {
        let mut rest = Vec::new();
        // A client that drops a connection with unread bytes resets it: that is an end as well.
        let _ = timeout(PATIENCE, self.socket.read_to_end(&mut rest)).await.unwrap();
        self.heard + &String::from_utf8_lossy(&rest)
    }

    /// Lets the client log in.
    pub(crate) async fn let_in(&mut self) {
        self.let_in_up_to_presence().await;
        self.say(ECHO).await;
    }

    /// Lets the client log in, but for the sign that its presence is in effect.
    pub(crate) async fn let_in_up_to_presence(&mut self) {
        self.hear("version=\"1.0\">").await;
        self.say(HEADER).await;
        self.say(FEATURES_PLAIN).await;
        self.hear("</auth>").await;
        self.say(SUCCESS).await;
        self.hear("version=\"1.0\">").await;
        self.say(HEADER).await;
        self.say(FEATURES_BIND).await;
        self.hear("</iq>").await;
        self.say(BOUND).await;
        self.hear("</presence>").await;
        self.hear("</iq>").await;
    }
}

/// A client that is logged in at a peer over plain TCP.
pub(crate) struct Pair {
    pub(crate) peer: Peer<TcpStream>,
    pub(crate) handle: Handle,
    pub(crate) events: Receiver<Event>,
}

impl Pair {
    pub(crate) async fn new(adjust: impl FnOnce(&mut Options)) -> Self {
        let (listener, port) = listen().await;
        let mut options = options(Endpoint::tcp("127.0.0.1", port));
        adjust(&mut options);
        let peer = async {
            let mut peer = Peer::accept(&listener).await;
            peer.let_in().await;
            peer
        };
        let (session, peer) = tokio::join!(connect(options), peer);
        let (handle, mut events) = session.unwrap();
        assert_eq!(next(&mut events).await, Event::Ready { jid: "maya@chat.example/gc".to_owned() });
        Self { peer, handle, events }
    }

    /// A pair that nothing is changed of.
    pub(crate) async fn usual() -> Self {
        Self::new(|_| {}).await
    }
}

pub(crate) async fn next(events: &mut Receiver<Event>) -> Event {
    timeout(PATIENCE, events.recv()).await.expect("an event in time").expect("an open channel")
}

/// The reason of the end, which must be the next event and the last.
pub(crate) async fn end_of(events: &mut Receiver<Event>) -> CloseReason {
    match next(events).await {
        Event::Closed(reason) => {
            assert_eq!(events.recv().await, None, "nothing follows the end");
            *reason
        }
        other => panic!("{other:?}"),
    }
}

/// A notification as a server sends it.
pub(crate) fn notification(payload: &str) -> String {
    format!(
        "<message from='pubsub.chat.example'><event xmlns='http://jabber.org/protocol/pubsub#event'>\
         <items node='/n'><item id='i'><notification>{payload}</notification></item></items></event></message>"
    )
}

/// The payload of the next event, which must be a notification.
pub(crate) async fn next_payload(events: &mut Receiver<Event>) -> String {
    match next(events).await {
        Event::Notification(notification) => notification.payload,
        other => panic!("{other:?}"),
    }
}
