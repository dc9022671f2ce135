//! Whatever the notification service says: what cannot be read makes Finesse be read again, what breaks the stream
//! makes it be opened again, and in the end the client sees what is true.

use finesse_sim::Running;
use gc_server::Server;

use crate::support::client::Client;
use crate::support::events::Events;
use crate::support::http;
use crate::support::stage::{connector, simulator, toml_of};
use crate::support::xmpp_peer::{Peer, XmppPeer};

struct Stage {
    sim: Running,
    peer: XmppPeer,
    stream: Peer,
    server: Server,
    events: Events,
    http: reqwest::Client,
    ready: bool,
}

impl Stage {
    /// Agent 1001 is signed in; REST is the simulator's, and its notifications come from the test.
    async fn signed_in() -> Self {
        let sim = simulator(false).await;
        let mut peer = XmppPeer::start().await;
        let url = sim.rest_url();
        let url = url.trim_end_matches("/finesse/api");
        let nodes = format!("[{{ url = \"{url}\", notifications = \"{}\" }}]", peer.url);
        let settings = [("finesse.nodes", nodes.as_str()), ("finesse.allow_plaintext", "true")];
        let server = connector(&toml_of(&settings)).await;
        let client = Client::of(server.address());
        let mut events = client.watched("desk").await;
        client.accepted("Connect#1001", "desk,demo").await;
        events.of_type("ConnectStatus").await;
        let stream = peer.stream().await;
        let mut stage = Self { sim, peer, stream, server, events, http: http(), ready: false };
        stage.put("<User><state>LOGIN</state><extension>2001</extension></User>").await;
        client.accepted("GetState#1001", "").await;
        stage.events.brief("State NOT_READY").await;
        stage.events.of_type("DialogState").await;
        stage
    }

    /// The agent does something at Finesse behind the connector's back.
    async fn put(&self, user: &str) {
        let request = self.http.put(format!("{}/User/1001", self.sim.rest_url()));
        let request = request.basic_auth("1001", Some("demo")).header("content-type", "application/xml");
        assert_eq!(request.body(user.to_owned()).send().await.unwrap().status(), 202);
    }

    /// The state changes at Finesse, without a notification.
    async fn changes(&mut self) {
        self.ready = !self.ready;
        self.put(&format!("<User><state>{}</state></User>", self.state())).await;
    }

    fn state(&self) -> &'static str {
        if self.ready { "READY" } else { "NOT_READY" }
    }

    /// The client gets what is true now, and nothing else before it.
    async fn reports(&mut self, what: &str) {
        let event = self.events.next().await.unwrap();
        assert_eq!(event.brief(), format!("State {}", self.state()), "{what}");
        assert_eq!(self.server.pending_commands(), 0);
    }

    async fn end(self) {
        self.server.stop().await;
        self.sim.shutdown().await;
    }
}

#[tokio::test]
async fn an_update_that_cannot_be_read_makes_finesse_be_read_again() {
    let mut stage = Stage::signed_in().await;
    let deep = format!("<Update>{}{}</Update>", "<a>".repeat(10_000), "</a>".repeat(10_000));
    let unreadable = [
        ("cut", "<Update><data><user><state>READY</st".to_owned()),
        (
            "a document type",
            "<!DOCTYPE Update [<!ENTITY e 'x'>]><Update><data>&e;</data></Update>".to_owned(),
        ),
        ("an entity", "<Update><data>&boom;</data></Update>".to_owned()),
        ("nested", deep),
        ("a page", "<html><body>Out of order</body></html>".to_owned()),
        ("no XML", "READY".to_owned()),
        ("empty", String::new()),
    ];
    for (what, payload) in unreadable {
        stage.changes().await;
        stage.stream.publish(&payload);
        stage.reports(what).await;
    }
    stage.end().await;
}

#[tokio::test]
async fn a_stanza_that_cannot_be_read_makes_finesse_be_read_again_and_the_stream_goes_on() {
    let mut stage = Stage::signed_in().await;
    let poisoned: [(&str, &[u8]); 3] = [
        ("an entity", b"<message>&boom;</message>"),
        ("an attribute twice", b"<message a='1' a='2'/>"),
        ("not text", b"<message>\xff\xfe</message>"),
    ];
    for (what, stanza) in poisoned {
        stage.changes().await;
        stage.stream.say(stanza);
        stage.reports(what).await;
    }
    stage.end().await;
}

#[tokio::test]
async fn a_stream_that_breaks_the_rules_is_ended_and_opened_again() {
    let mut stage = Stage::signed_in().await;
    let open = "<message from='pubsub.localhost'><body>";
    let breaking: [(&str, Vec<u8>); 5] = [
        ("crossed", b"<message><body></message></body>".to_vec()),
        ("a document type", b"<!DOCTYPE m [<!ENTITY e 'x'>]><message>&e;</message>".to_vec()),
        ("50 MB", format!("{open}{}", "x".repeat(50 << 20)).into_bytes()),
        ("nested", "<a>".repeat(10_000).into_bytes()),
        ("its end", b"</stream:stream>".to_vec()),
    ];
    for (what, bytes) in breaking {
        stage.changes().await;
        stage.stream.say(bytes);
        let next = stage.peer.stream().await;
        std::mem::replace(&mut stage.stream, next).ended().await;
        stage.reports(what).await;
    }
    // The connection breaks in the middle of a stanza.
    stage.changes().await;
    stage.stream.say(b"<message><bo".to_vec());
    drop(stage.stream);
    stage.stream = stage.peer.stream().await;
    stage.reports("cut").await;
    stage.end().await;
}
