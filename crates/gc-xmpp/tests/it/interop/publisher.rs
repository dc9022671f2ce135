//! A publisher that owes nothing to the client under test: strings over plain TCP.

use base64::prelude::{BASE64_STANDARD, Engine};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::PATIENCE;

const OPEN: &str = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' \
                    to='localhost' version='1.0'>";

pub(crate) struct Publisher {
    socket: TcpStream,
    requests: usize,
}

/// Makes an account on the server.
pub(crate) async fn register(port: u16, user: &str, password: &str) {
    let mut publisher = Publisher::open(port).await;
    publisher
        .request(
            "set",
            "localhost",
            &format!(
                "<query xmlns='jabber:iq:register'><username>{user}</username><password>{password}</password></query>"
            ),
        )
        .await;
}

impl Publisher {
    async fn open(port: u16) -> Self {
        let socket = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let mut publisher = Self { socket, requests: 0 };
        publisher.exchange(OPEN, "</stream:features>").await;
        publisher
    }

    pub(crate) async fn log_in(port: u16, user: &str, password: &str) -> Self {
        let mut publisher = Self::open(port).await;
        let secret = BASE64_STANDARD.encode(format!("\0{user}\0{password}"));
        let auth =
            format!("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{secret}</auth>");
        publisher.exchange(&auth, "<success").await;
        publisher.exchange(OPEN, "</stream:features>").await;
        publisher.request("set", "", "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>").await;
        publisher
    }

    pub(crate) async fn create(&mut self, node: &str) {
        self.pubsub(&format!("<create node='{node}'/>")).await;
    }

    pub(crate) async fn publish(&mut self, node: &str, item: &str, payload: &str) {
        self.pubsub(&format!("<publish node='{node}'><item id='{item}'>{payload}</item></publish>")).await;
    }

    async fn pubsub(&mut self, request: &str) {
        let request = format!("<pubsub xmlns='http://jabber.org/protocol/pubsub'>{request}</pubsub>");
        self.request("set", "pubsub.localhost", &request).await;
    }

    async fn request(&mut self, kind: &str, to: &str, body: &str) {
        self.requests += 1;
        let id = format!("raw{}", self.requests);
        let to = if to.is_empty() { String::new() } else { format!(" to='{to}'") };
        let answer = self.exchange(&format!("<iq type='{kind}' id='{id}'{to}>{body}</iq>"), &id).await;
        assert!(answer.contains("type='result'"), "{body}: {answer}");
    }

    /// Sends, and reads until the answer holds `until`.
    async fn exchange(&mut self, text: &str, until: &str) -> String {
        self.socket.write_all(text.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let read = timeout(PATIENCE, async {
            while !holds_whole(&String::from_utf8_lossy(&answer), until) {
                assert_ne!(self.socket.read_buf(&mut answer).await.unwrap(), 0, "closed after {text}");
            }
        });
        let read = read.await;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert!(read.is_ok(), "no {until} after {text}, but {answer}");
        answer
    }
}

/// Whether the answer holds `until`, and the tag or iq that it stands in to its end.
fn holds_whole(answer: &str, until: &str) -> bool {
    let Some((_, after)) = answer.split_once(until) else {
        return false;
    };
    let is_empty_tag = after.split_once('>').is_some_and(|(tag, _)| tag.ends_with('/'));
    is_empty_tag || after.contains("</iq>") || !until.starts_with("raw")
}
