//! The other end of a notification stream, played line by line.

use std::time::Duration;

use futures_util::FutureExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const MECHANISMS: &str =
    "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>";

pub(crate) struct Listener {
    listener: TcpListener,
}

impl Listener {
    pub(crate) async fn start() -> Self {
        Self { listener: TcpListener::bind("127.0.0.1:0").await.unwrap() }
    }

    pub(crate) fn port(&self) -> u16 {
        self.listener.local_addr().unwrap().port()
    }

    pub(crate) fn url(&self) -> String {
        format!("xmpp://{}", self.listener.local_addr().unwrap())
    }

    /// No client has connected that nobody has greeted.
    pub(crate) fn was_never_called(&self) -> bool {
        self.listener.accept().now_or_never().is_none()
    }

    /// The next client, which only looks: what it says from the offer of a login to the end of its stream.
    pub(crate) async fn is_looked_at(&self) -> String {
        let (socket, _) = soon("a client", self.listener.accept()).await.unwrap();
        let mut peer = Peer { socket, read: String::new() };
        peer.opens(MECHANISMS).await;
        peer.until("</stream:stream>").await
    }

    /// The next client, up to its password; says whom it wants to be.
    pub(crate) async fn greets(&self) -> Peer {
        let (socket, _) = soon("a client", self.listener.accept()).await.unwrap();
        let mut peer = Peer { socket, read: String::new() };
        peer.opens(MECHANISMS).await;
        peer.until("</auth>").await;
        peer
    }

    /// The next client, logged in and present.
    pub(crate) async fn welcomes(&self) -> Peer {
        let (mut peer, jid) = self.lets_in().await;
        peer.says(&format!("<presence from='{jid}'/>")).await;
        peer
    }

    /// The next client, logged in, whose presence is not in effect yet; and its full JID.
    pub(crate) async fn lets_in(&self) -> (Peer, String) {
        let mut peer = self.greets().await;
        peer.says("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>").await;
        peer.opens("<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>").await;
        let bind = peer.until("</iq>").await;
        let jid = format!("1042@desk.example/{}", between(&bind, "<resource>", "</resource>"));
        peer.says(&format!(
            "<iq type='result' id='{}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>{jid}</jid></bind></iq>",
            id_of(&bind)
        ))
        .await;
        peer.until("</presence>").await;
        peer.until("</iq>").await;
        (peer, jid)
    }
}

pub(crate) struct Peer {
    socket: TcpStream,
    read: String,
}

impl Peer {
    async fn opens(&mut self, features: &str) {
        self.until("<stream:stream").await;
        self.until(">").await;
        self.says(&format!(
            "<?xml version='1.0'?><stream:stream xmlns='jabber:client' version='1.0' from='desk.example' id='s1' \
             xmlns:stream='http://etherx.jabber.org/streams'><stream:features>{features}</stream:features>"
        ))
        .await;
    }

    pub(crate) async fn says(&mut self, text: &str) {
        self.socket.write_all(text.as_bytes()).await.unwrap();
    }

    /// What the client says, up to and with this text.
    pub(crate) async fn until(&mut self, end: &str) -> String {
        loop {
            if let Some(at) = self.read.find(end) {
                let rest = self.read.split_off(at + end.len());
                return std::mem::replace(&mut self.read, rest);
            }
            let mut buffer = [0; 4096];
            let count = soon(end, self.socket.read(&mut buffer)).await.unwrap();
            assert!(count > 0, "the client hung up before {end}, after {}", self.read);
            self.read.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
        }
    }

    /// A notification that carries this text, escaped.
    pub(crate) async fn publishes(&mut self, item: &str, update: &str) {
        self.says(&message(item, update)).await;
    }
}

/// What has to come; no test waits for the patience to end.
pub(crate) async fn soon<T>(what: &str, coming: impl Future<Output = T>) -> T {
    let coming = tokio::time::timeout(Duration::from_secs(20), coming);
    coming.await.unwrap_or_else(|_| panic!("no sign of {what}"))
}

pub(crate) fn message(item: &str, update: &str) -> String {
    let text = update.replace('&', "&amp;").replace('<', "&lt;");
    format!(
        "<message from='pubsub.desk.example' to='1042@desk.example' id='m'>\
         <event xmlns='http://jabber.org/protocol/pubsub#event'><items node='/finesse/api/User/1042'>\
         <item id='{item}'><notification xmlns='http://jabber.org/protocol/pubsub'>{text}</notification></item>\
         </items></event></message>"
    )
}

/// The id of an iq.
pub(crate) fn id_of(stanza: &str) -> &str {
    let quote = if stanza.contains(" id=\"") { '"' } else { '\'' };
    between(stanza, &format!(" id={quote}"), &quote.to_string())
}

pub(crate) fn between<'a>(text: &'a str, begin: &str, end: &str) -> &'a str {
    text.split_once(begin).unwrap().1.split_once(end).unwrap().0
}
