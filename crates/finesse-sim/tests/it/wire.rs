//! Raw XMPP clients, which send any text and return what they receive, stanza by stanza.

use std::collections::VecDeque;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use finesse_sim::{Node, Running};
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::support::{DEADLINE, trust};

/// The operations on a connection.
pub(crate) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}
type Socket = Box<dyn Duplex>;

enum Transport {
    WebSocket(Box<WebSocketStream<Socket>>),
    Tcp(Socket),
}

/// A client.
pub(crate) struct Wire {
    transport: Transport,
    received: VecDeque<String>,
    partial: String,
    /// How many notifications were skipped while something else was expected.
    pub(crate) skipped: usize,
}

/// A connection to an address of a node, with TLS if the simulator has a certificate authority.
async fn connect(node: &Node, ca_pem: Option<&str>, address: std::net::SocketAddr) -> Socket {
    encrypt(node, ca_pem, Box::new(TcpStream::connect(address).await.unwrap())).await
}

async fn encrypt(node: &Node, ca_pem: Option<&str>, stream: Socket) -> Socket {
    match ca_pem {
        None => stream,
        Some(pem) => {
            let connector = tokio_rustls::TlsConnector::from(Arc::new(trust(Some(pem))));
            let name = rustls::pki_types::ServerName::try_from(node.host().to_owned()).unwrap();
            Box::new(connector.connect(name, stream).await.unwrap())
        }
    }
}

/// The SASL PLAIN message.
pub(crate) fn plain(authzid: &str, user: &str, password: &str) -> String {
    BASE64_STANDARD.encode(format!("{authzid}\0{user}\0{password}"))
}

impl Wire {
    pub(crate) async fn websocket(sim: &Running) -> Self {
        Self::websocket_at(sim, sim.first_node(), "/ws/", Some("xmpp")).await.unwrap()
    }

    pub(crate) async fn websocket_at(
        sim: &Running,
        node: &Node,
        path: &str,
        protocol: Option<&str>,
    ) -> Result<Self, tokio_tungstenite::tungstenite::Error> {
        let socket = connect(node, sim.ca_pem(), node.websocket_addr()).await;
        let url = node.websocket_url().replace("/ws/", path);
        let mut request = url.into_client_request().unwrap();
        if let Some(protocol) = protocol {
            request.headers_mut().insert("sec-websocket-protocol", protocol.parse().unwrap());
        }
        let (socket, _) = tokio_tungstenite::client_async(request, socket).await?;
        Ok(Self::over(Transport::WebSocket(Box::new(socket))))
    }

    pub(crate) async fn tcp(sim: &Running) -> Self {
        Self::over(Transport::Tcp(connect(sim.first_node(), sim.ca_pem(), sim.xmpp_addr()).await))
    }

    /// Over the additional listener without TLS.
    pub(crate) async fn tcp_plain(sim: &Running) -> Self {
        let stream = TcpStream::connect(sim.xmpp_plain_addr().unwrap()).await.unwrap();
        Self::over(Transport::Tcp(Box::new(stream)))
    }

    /// Over the listener that requires STARTTLS: up to its offer, without TLS.
    pub(crate) async fn before_starttls(sim: &Running) -> (Self, String) {
        let stream = TcpStream::connect(sim.starttls_addr().unwrap()).await.unwrap();
        let mut wire = Self::over(Transport::Tcp(Box::new(stream)));
        let features = wire.open().await;
        (wire, features)
    }

    /// Over the listener that requires STARTTLS, encrypted.
    pub(crate) async fn starttls(sim: &Running) -> Self {
        let (mut wire, _) = Self::before_starttls(sim).await;
        wire.send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>").await;
        assert_eq!(wire.next().await, "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
        let Transport::Tcp(socket) = wire.transport else { panic!("not TCP") };
        Self::over(Transport::Tcp(encrypt(sim.first_node(), sim.ca_pem(), socket).await))
    }

    fn over(transport: Transport) -> Self {
        Self { transport, received: VecDeque::new(), partial: String::new(), skipped: 0 }
    }

    /// Opens the stream and reads its header and features.
    pub(crate) async fn open(&mut self) -> String {
        match &self.transport {
            Transport::WebSocket(_) => {
                self.send("<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='127' version='1.0'/>").await;
                assert!(self.next().await.starts_with("<open "));
                self.next().await
            }
            Transport::Tcp(_) => {
                self.send(
                    "<stream:stream to='127.0.0.1' xmlns='jabber:client' \
                     xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>",
                )
                .await;
                self.read_until("</stream:features>").await
            }
        }
    }

    /// Signs in and binds, without presence; returns the full JID.
    pub(crate) async fn sign_in(&mut self, user: &str, resource: &str) -> String {
        self.sign_in_with(user, "demo", resource).await
    }

    async fn sign_in_with(&mut self, user: &str, password: &str, resource: &str) -> String {
        self.open().await;
        let auth = plain("", user, password);
        self.send(&format!("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{auth}</auth>"))
            .await;
        assert!(self.expect("<success").await.contains("xmpp-sasl"));
        assert!(self.open().await.contains("xmpp-bind"));
        self.send(&format!(
            "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>\
             <resource>{resource}</resource></bind></iq>"
        ))
        .await;
        let bound = self.expect("</iq>").await;
        bound.split("<jid>").nth(1).unwrap().split("</jid>").next().unwrap().to_owned()
    }

    /// Signs in and becomes available.
    pub(crate) async fn join(sim: &Running, user: &str) -> Self {
        Self::join_at(sim, sim.first_node(), user).await
    }

    /// Like `join`, at this node.
    pub(crate) async fn join_at(sim: &Running, node: &Node, user: &str) -> Self {
        Self::join_with(sim, node, user, "demo").await
    }

    /// Like `join_at`, with this password.
    pub(crate) async fn join_with(sim: &Running, node: &Node, user: &str, password: &str) -> Self {
        let mut wire = Self::websocket_at(sim, node, "/ws/", Some("xmpp")).await.unwrap();
        wire.sign_in_with(user, password, "test").await;
        wire.become_available().await;
        wire
    }

    /// Sends presence and waits for the presence of `finesse`, which is the response.
    pub(crate) async fn become_available(&mut self) -> String {
        self.send("<presence/>").await;
        self.expect("from='finesse@").await
    }

    pub(crate) async fn send(&mut self, text: &str) {
        match &mut self.transport {
            Transport::WebSocket(socket) => socket.send(Message::text(text)).await.unwrap(),
            Transport::Tcp(socket) => socket.write_all(text.as_bytes()).await.unwrap(),
        }
    }

    /// Sends an iq and reads its response, skipping other stanzas.
    pub(crate) async fn ask(&mut self, iq: &str) -> String {
        self.send(iq).await;
        loop {
            let stanza = self.next().await;
            if stanza.starts_with("<iq ") && !stanza.contains("type='get'") {
                return stanza;
            }
            self.skipped += usize::from(stanza.starts_with("<message "));
        }
    }

    /// The next stanza that contains this text; others before it are skipped.
    pub(crate) async fn expect(&mut self, text: &str) -> String {
        loop {
            let stanza = self.next().await;
            if stanza.contains(text) {
                return stanza;
            }
            self.skipped += usize::from(stanza.starts_with("<message "));
        }
    }

    /// The next notification.
    pub(crate) async fn update(&mut self) -> Update {
        let message = self.expect("<message ").await;
        Update::read(&message)
    }

    /// The next stanza.
    pub(crate) async fn next(&mut self) -> String {
        self.try_next().await.expect("the stream is open")
    }

    /// `None` when the stream is over.
    pub(crate) async fn try_next(&mut self) -> Option<String> {
        if let Some(stanza) = self.received.pop_front() {
            return Some(stanza);
        }
        tokio::time::timeout(DEADLINE, self.read()).await.expect("something arrives in time")
    }

    async fn read(&mut self) -> Option<String> {
        match &mut self.transport {
            Transport::WebSocket(socket) => loop {
                match socket.next().await {
                    Some(Ok(Message::Text(text))) => return Some(text.to_string()),
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                    _ => return None,
                }
            },
            Transport::Tcp(_) => loop {
                self.received.extend(whole_stanzas(&mut self.partial));
                if let Some(stanza) = self.received.pop_front() {
                    return Some(stanza);
                }
                if !self.read_some().await {
                    return None;
                }
            },
        }
    }

    async fn read_some(&mut self) -> bool {
        let Transport::Tcp(socket) = &mut self.transport else { panic!("not TCP") };
        let mut bytes = [0; 4096];
        match socket.read(&mut bytes).await {
            Ok(0) | Err(_) => false,
            Ok(read) => {
                self.partial.push_str(std::str::from_utf8(&bytes[..read]).unwrap());
                true
            }
        }
    }

    async fn read_until(&mut self, end: &str) -> String {
        tokio::time::timeout(DEADLINE, async {
            while !self.partial.contains(end) {
                assert!(self.read_some().await, "the stream is open");
            }
        })
        .await
        .expect("it arrives in time");
        let at = self.partial.find(end).unwrap() + end.len();
        self.partial.drain(..at).collect()
    }
}

/// Takes the complete stanzas of a TCP stream, and its end tag, if the last one is complete.
fn whole_stanzas(partial: &mut String) -> Vec<String> {
    let (stanzas, end) = match partial.strip_suffix("</stream:stream>") {
        Some(stanzas) => (stanzas, Some("</stream:stream>".to_owned())),
        None => (partial.as_str(), None),
    };
    let framed = format!("<f>{stanzas}</f>");
    let Ok(document) = roxmltree::Document::parse(&framed) else { return Vec::new() };
    let stanzas =
        document.root_element().children().map(|stanza| framed.get(stanza.range()).unwrap().to_owned());
    let found = stanzas.chain(end).collect();
    partial.clear();
    found
}

/// A notification.
#[derive(Debug)]
pub(crate) struct Update {
    pub(crate) to: String,
    pub(crate) node: String,
    pub(crate) item: String,
    pub(crate) event: String,
    pub(crate) request_id: String,
    pub(crate) source: String,
    /// The whole `Update` document, unescaped.
    pub(crate) document: String,
}

impl Update {
    fn read(message: &str) -> Self {
        let stanza = roxmltree::Document::parse(message).unwrap();
        let find = |name: &str| stanza.descendants().find(|node| node.tag_name().name() == name).unwrap();
        let notification = find("notification");
        assert!(notification.children().all(|child| child.is_text()), "the Update is escaped text");
        let document = notification.text().unwrap().to_owned();
        let update = roxmltree::Document::parse(&document).unwrap();
        let top = |name: &str| {
            let node = update.root_element().children().find(|node| node.tag_name().name() == name).unwrap();
            node.text().unwrap_or_default().to_owned()
        };
        Self {
            to: stanza.root_element().attribute("to").unwrap().to_owned(),
            node: find("items").attribute("node").unwrap().to_owned(),
            item: find("item").attribute("id").unwrap().to_owned(),
            event: top("event"),
            request_id: top("requestId"),
            source: top("source"),
            document,
        }
    }

    /// The text of the first element of this name.
    pub(crate) fn text(&self, name: &str) -> String {
        let update = roxmltree::Document::parse(&self.document).unwrap();
        let node = update.descendants().find(|node| node.tag_name().name() == name);
        node.and_then(|node| node.text()).unwrap_or_default().to_owned()
    }

    /// The user's state (`READY`), the event and state of a dialog (`POST ALERTING`), or the error.
    pub(crate) fn short(&self) -> String {
        if self.document.contains("<apiErrors>") {
            return format!("error {}", self.text("errorMessage"));
        }
        match self.node.ends_with("/Dialogs") {
            true => {
                let update = roxmltree::Document::parse(&self.document).unwrap();
                let dialog = update
                    .descendants()
                    .find(|node| matches!(node.tag_name().name(), "Dialog" | "dialog"))
                    .unwrap();
                let state = dialog.children().find(|node| node.tag_name().name() == "state").unwrap();
                format!("{} {}", self.event, state.text().unwrap())
            }
            false => self.text("state"),
        }
    }
}
