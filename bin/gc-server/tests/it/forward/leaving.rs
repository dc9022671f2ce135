//! How the lead begins and ends: what the connectors of a group do with it, and with their connections to each other.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use finesse_sim::Running;
use gc_environment::Watched;
use gc_group::View;
use gc_server::{Config, Server};
use gc_store::Journal;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::once::{command, forwarded, stand_in};
use super::{FOLLOWER, LEADER, Pair, group, led_by, nobody};
use crate::support::client::Client;
use crate::support::decided::{Decided, Unreadable, memory};
use crate::support::pki::{Authority, Files};
use crate::support::stage::{gc_toml, simulator};
use crate::support::{soon, until};

/// A connector whose group is what the test decides.
async fn connector(decided: &Arc<Decided>) -> (Server, Running, Authority) {
    let (sim, authority) = (simulator(false).await, Authority::new());
    let files = Files::of(&authority);
    let toml = gc_toml(&sim, &[("group", &group(&files, "https://localhost:1"))]);
    let server = Server::start_in(&Config::parse(&toml).unwrap(), decided.clone()).await.unwrap();
    (server, sim, authority)
}

/// Otherwise it would neither lead nor follow any more.
#[tokio::test]
async fn a_store_that_cannot_be_read_is_given_back_and_the_lead_is_taken_when_that_has_passed() {
    let unreadable = Unreadable::new();
    let view = Watched::new(View::unknown());
    let decided = Decided::with(FOLLOWER, &view, [unreadable.clone() as Arc<dyn Journal>, memory()]);
    let (server, sim, _authority) = connector(&decided).await;
    soon("the release", unreadable.released.cancelled()).await;
    assert!(!server.leads());
    until("the next attempt", async || server.leads()).await;
    assert_eq!(decided.followed.load(Ordering::Relaxed), 1);
    Client::of(server.address()).is_ready().await;
    server.stop().await;
    sim.shutdown().await;
}

/// What arrives on a connection that is just being closed would have no answer.
#[tokio::test]
async fn a_leader_that_has_left_answers_the_others_until_they_have_closed_their_connections() {
    let decided = Decided::leads(LEADER);
    let (server, sim, authority) = connector(&decided).await;
    let port = server.group_address().unwrap().port();
    let http = authority.presenting(Some(&authority.sign(&["localhost"])));
    let asks = async |arrival| {
        let post = http.post(format!("https://localhost:{port}/gc/command"));
        let post = post.header("gc-forwarded", forwarded(None, Some(arrival), None));
        post.json(&command("Hello#desk", "")).send().await
    };
    let answer = asks(1).await.unwrap();
    assert_eq!(answer.status(), 202);
    // What is read to its end leaves a connection for the next one.
    answer.bytes().await.unwrap();
    let (answer, ()) = tokio::join!(
        async {
            soon("its end", decided.left.cancelled()).await;
            asks(2).await
        },
        server.stop(),
    );
    let answer = answer.unwrap();
    assert_eq!((answer.status().as_u16(), &answer.headers()["connection"]), (421, &"close".parse().unwrap()));
    assert!(asks(3).await.unwrap_err().is_connect());
    sim.shutdown().await;
}

/// It waits for that when it stops.
#[tokio::test]
async fn a_follower_closes_its_connections_to_a_connector_that_does_not_lead_any_more() {
    let pair = Pair::start().await;
    let (listener, at) = stand_in().await;
    let tls = pair.authority.acceptor(&Files::of(&pair.authority));
    pair.view.replace(led_by(&at));
    let client = pair.client();
    let asked = client.http.get(format!("{}/admin/clients", client.url)).send();
    let (answer, mut stream) = tokio::join!(asked, async {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = tls.accept(stream).await.unwrap();
        stream.read_u8().await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        stream
    });
    assert_eq!(answer.unwrap().status(), 200);
    pair.view.replace(nobody());
    let mut rest = Vec::new();
    // However it is closed: sooner than a connection that is idle.
    _ = tokio::time::timeout(std::time::Duration::from_secs(8), stream.read_to_end(&mut rest)).await.unwrap();
    pair.end().await;
}

#[tokio::test]
async fn a_refusal_by_the_leader_has_the_same_reason_in_the_logs_of_both_and_not_for_the_client() {
    let written = super::Written::default();
    let writer = written.clone();
    let logs = tracing_subscriber::fmt().json().with_env_filter("audit=info,off");
    let _here = tracing::subscriber::set_default(logs.with_writer(move || writer.clone()).finish());
    let pair = Pair::start().await;
    let client = pair.client();
    let post = client.http.post(format!("{}/gc/command", client.url)).json(&command("MakeReady#1001", ""));
    let answer = post.send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers().get("gc-refused")), (409, None));
    pair.end().await;
    let text = written.text();
    let reasons = text.lines().filter(|line| line.contains("\"unknown_agent\"")).count();
    assert_eq!(reasons, 2, "{text}");
}
