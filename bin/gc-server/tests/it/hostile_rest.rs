//! Whatever Finesse's REST server answers: one clear Error, nothing of it leaked, and the next answer counts again.

use finesse_sim::Running;
use gc_server::Server;

use crate::support::client::Client;
use crate::support::events::Events;
use crate::support::rest_node::{RestNode, Spoilt};
use crate::support::stage::{Settings, connector, simulator, toml_of};

/// Stands in every hostile body, and never in what a client sees.
const INNER: &str = "what-was-inside";
const XML: &str = "application/xml";
const HTML: &str = "text/html;charset=utf-8";

struct Stage {
    node: RestNode,
    server: Server,
    sim: Running,
    client: Client,
    events: Events,
}

impl Stage {
    /// Agent 1001 is connected through a node that can be spoilt.
    async fn connected() -> Self {
        Self::connected_with(&[]).await
    }

    /// The same, of a connector that does not wait long for an answer. Only what is never answered is to be
    /// late for it: whatever takes its time on a slow machine is in the other stage.
    async fn impatient() -> Self {
        Self::connected_with(&[("finesse.request_timeout", "'2s'")]).await
    }

    async fn connected_with(settings: Settings<'_>) -> Self {
        let sim = simulator(false).await;
        let node = RestNode::before(&sim).await;
        let nodes = format!("[{{ url = \"{}\", notifications = \"{}\" }}]", node.url, sim.websocket_url());
        let here = [("finesse.nodes", nodes.as_str()), ("finesse.allow_plaintext", "true")];
        let server = connector(&toml_of(&[&here, settings].concat())).await;
        let client = Client::of(server.address());
        let mut events = client.watched("desk").await;
        client.accepted("Connect#1001", "desk,demo").await;
        events.of_type("ConnectStatus").await;
        Self { node, server, sim, client, events }
    }

    /// The command ends with this error.
    async fn fails(&mut self, what: &str, command: &str, body: &str, code: &str) {
        self.client.accepted(command, body).await;
        let error = self.events.of_type("Error").await.data;
        assert_eq!(error["errorType"], code, "{what}: {error}");
        assert!(error["errorMessage"].as_str().unwrap().len() > 10, "{what}: {error}");
        assert!(!error.to_string().contains(INNER), "{what}: {error}");
    }

    /// A write that is answered like this has been sent once, and the command ends with this error.
    async fn is_not_sent_again(&mut self, what: &str, how: Spoilt, code: &str) {
        let before = self.node.seen("PUT");
        self.node.spoil("PUT /finesse/api/User/1001", how);
        self.fails(what, "Login#1001", "demo,2001", code).await;
        assert_eq!(self.node.seen("PUT"), before + 1, "{what}");
        self.recovers().await;
    }

    /// The next answer is as good as ever.
    async fn recovers(&mut self) {
        self.node.behave();
        self.client.accepted("GetState#1001", "").await;
        self.events.of_type("DialogState").await;
        assert_eq!(self.server.pending_commands(), 0);
    }

    async fn end(self) {
        self.server.stop().await;
        self.sim.shutdown().await;
    }
}

fn answer(status: u16, content_type: &'static str, body: impl Into<Vec<u8>>) -> Spoilt {
    Spoilt::Answer(status, content_type, body.into())
}

fn page(status: u16) -> Spoilt {
    answer(status, HTML, format!("<html><body><h1>{INNER}</h1></body></html>"))
}

fn deep(levels: usize) -> String {
    format!("<User>{}{INNER}{}</User>", "<a>".repeat(levels), "</a>".repeat(levels))
}

#[tokio::test]
async fn a_read_that_is_answered_with_anything_else_is_an_error_of_its_own() {
    let mut stage = Stage::connected().await;
    let long = format!("<User><state>{}{INNER}", "x".repeat(50 << 20));
    let doctype = format!("<!DOCTYPE User [<!ENTITY e \"{INNER}\">]><User><state>&e;</state></User>");
    let half = format!("HTTP/1.1 200 OK\r\ncontent-type: {XML}\r\ncontent-length: 900\r\n\r\n<User>{INNER}");
    let hostile = [
        ("cut", answer(200, XML, format!("<User><state>{INNER}")), "GENERAL_ERROR"),
        ("a document type", answer(200, XML, doctype), "GENERAL_ERROR"),
        ("50 MB", answer(200, XML, long), "GENERAL_ERROR"),
        ("nested", answer(200, XML, deep(10_000)), "GENERAL_ERROR"),
        ("another root", answer(200, XML, format!("<Team><id>{INNER}</id></Team>")), "GENERAL_ERROR"),
        ("not text", answer(200, XML, [0xff, 0xfe, 0x00]), "GENERAL_ERROR"),
        ("empty", answer(200, XML, ""), "GENERAL_ERROR"),
        ("a page", page(200), "GENERAL_ERROR"),
        ("a page as XML", answer(200, XML, format!("<html>{INNER}</html>")), "GENERAL_ERROR"),
        ("elsewhere", page(302), "GENERAL_ERROR"),
        ("not there", page(404), "GENERAL_ERROR"),
        ("failed", page(500), "GENERAL_ERROR"),
        ("out of service", page(503), "DOWN"),
        ("closed", Spoilt::Close(Vec::new()), "DOWN"),
        ("closed in its head", Spoilt::Close(b"HTTP/1.1 2".to_vec()), "DOWN"),
        ("closed in its body", Spoilt::Close(half.into_bytes()), "DOWN"),
        ("no HTTP", Spoilt::Close(format!("{INNER}\r\n\r\n").into_bytes()), "DOWN"),
    ];
    for (what, how, code) in hostile {
        stage.node.spoil("GET /finesse/api/User/1001", how);
        stage.fails(what, "GetState#1001", "", code).await;
        stage.recovers().await;
    }
    // A refused password is not tried again: the session is over.
    stage.node.spoil("GET /finesse/api/User/1001", answer(401, XML, ""));
    stage.fails("refused, empty", "GetState#1001", "", "Unauthorized").await;
    let gone = stage.client.send("GetState#1001", "").await;
    assert_eq!((gone.status, &gone.json["state"]), (409, &serde_json::json!("RE_LOGIN")), "{gone:?}");
    stage.end().await;
}

#[tokio::test]
async fn a_write_that_is_answered_with_anything_else_is_never_sent_again() {
    let mut stage = Stage::connected().await;
    let hostile = [
        ("cut", answer(200, XML, format!("<User><state>{INNER}")), "GENERAL_ERROR"),
        ("nested", answer(200, XML, deep(10_000)), "GENERAL_ERROR"),
        ("a page", page(200), "GENERAL_ERROR"),
        ("out of service", page(503), "DOWN"),
        ("closed", Spoilt::Close(Vec::new()), "DOWN"),
    ];
    for (what, how, code) in hostile {
        stage.is_not_sent_again(what, how, code).await;
    }
    stage.end().await;
}

#[tokio::test]
async fn what_is_never_answered_has_an_end_too() {
    let mut stage = Stage::impatient().await;
    stage.node.spoil("GET /finesse/api/User/1001", Spoilt::Silence);
    stage.fails("a silent read", "GetState#1001", "", "NOT_REACHABLE").await;
    stage.recovers().await;
    stage.is_not_sent_again("a silent write", Spoilt::Silence, "NOT_REACHABLE").await;
    stage.end().await;
}
