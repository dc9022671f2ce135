//! Whatever the notification service says: what cannot be read makes Finesse be read again, what breaks the stream
//! makes it be opened again, and in the end the client sees what is true.

use finesse_sim::Running;
use gc_server::Server;

use crate::support::client::Client;
use crate::support::events::Events;
use crate::support::stage::{connector, simulator, toml_of};
use crate::support::xmpp_peer::{Peer, XmppPeer};

struct Stage {
    sim: Running,
    peer: XmppPeer,
    server: Server,
    events: Events,
    stream: Peer,
    http: reqwest::Client,
}

impl Stage {
    /// Agent 1001 is signed in; the simulator answers REST, and its notifications come from the test.
    async fn signed_in() -> Self {
        let sim = simulator(false).await;
        let mut peer = XmppPeer::start().await;
        let url = sim.rest_url();
        let url = url.trim_end_matches("/finesse/api");
        let nodes = format!("[{{ url = \"{url}\", notifications = \"{}\" }}]", peer.url);
        let settings = [("finesse.nodes", nodes.as_str()), ("finesse.allow_plaintext", "true")];
        let server = connector(&toml_of(&settings)).await;
        let http = reqwest::Client::new();
        let client = Client::of(server.address());
        let mut events = client.watched("desk").await;
        client.accepted("Connect#1001", "desk,demo").await;
        events.brief("State LOGOUT").await;
        let stream = peer.stream().await;
        let mut stage = Self { sim, peer, server, events, stream, http };
        stage.put("<User><state>LOGIN</state><extension>2001</extension></User>").await;
        stage.stream.publish("this is no Update");
        stage.events.brief("State NOT_READY").await;
        stage
    }

    /// The agent does something at Finesse behind the connector's back.
    async fn put(&self, user: &str) {
        let request = self.http.put(format!("{}/User/1001", self.sim.rest_url()));
        let request = request.basic_auth("1001", Some("demo")).header("content-type", "application/xml");
        assert_eq!(request.body(user.to_owned()).send().await.unwrap().status(), 202);
    }

    /// Changes the state at Finesse, then does the hostile thing; the client learns of the change all the same.
    async fn learns_of_a_change(&mut self, what: &str, hostile: impl FnOnce(&Peer)) {
        for state in ["READY", "NOT_READY"] {
            self.put(&format!("<User><state>{state}</state></User>")).await;
            if state == "NOT_READY" {
                self.stream.publish("<Update>");
                self.events.brief("State NOT_READY").await;
                return;
            }
            println!("{what}");
            self.stream.publish(" ");
            self.events.brief("State READY").await;
        }
        hostile(&self.stream);
    }

    async fn end(self) {
        self.server.stop().await;
        self.sim.shutdown().await;
    }
}

fn update(user: &str) -> String {
    format!(
        "<Update><data><user>{user}</user></data><event>PUT</event><requestId/>\
         <source>/finesse/api/User/1001</source></Update>"
    )
}

#[tokio::test]
async fn an_update_that_cannot_be_read_makes_finesse_be_read_again() {
    let mut stage = Stage::signed_in().await;
    stage.learns_of_a_change("x", |_| ()).await;
    let _ = update("");
    stage.end().await;
}
