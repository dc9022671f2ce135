//! How the lead begins and ends: what the connectors of a group do with it, and with their connections to each other.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use finesse_sim::Running;
use gc_environment::Watched;
use gc_group::{Member, Standing, View};
use gc_server::{Config, Server};
use gc_store::Journal;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::Instant;
use uuid::Uuid;

use super::once::{command, forwarded, stand_in};
use super::{FOLLOWER, LEADER, Pair, group, led_by, member, nobody};
use crate::support::client::Client;
use crate::support::decided::{Decided, Unreadable, memory};
use crate::support::pki::{Authority, Files};
use crate::support::stage::{gc_toml, simulator};
use crate::support::{soon, until};

/// A connector whose group is what the test decides.
async fn connector(decided: &Arc<Decided>) -> (Server, Running, Authority) {
    let (sim, authority) = (simulator(false).await, Authority::new());
    let files = Files::of(&authority);
    let group = group(&files, "https://localhost:1");
    let toml = gc_toml(&sim, &[("group", &group), ("http.stop_grace", "'60s'")]);
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

/// A better one has it by then, if there is one that can take it.
#[tokio::test]
async fn a_connector_that_is_worse_placed_than_another_one_waits_before_it_takes_a_free_store() {
    let sees = ["default".to_owned(), "of another one".to_owned()].into();
    let standing = Standing { sees, ..Standing::default() };
    let better = Member { standing, ..member(LEADER, "https://localhost:3") };
    let view = Watched::new(View { members: vec![better], ..View::unknown() });
    let decided = Decided::with(FOLLOWER, &view, [memory()]);
    let begun = Instant::now();
    let (server, sim, _authority) = connector(&decided).await;
    until("the lead", async || server.leads()).await;
    assert!(begun.elapsed() >= Duration::from_secs(3), "{:?}", begun.elapsed());
    server.stop().await;
    sim.shutdown().await;
}

/// Its process hangs, for example.
#[tokio::test]
async fn a_leader_that_stops_does_not_wait_for_long_for_a_follower_that_keeps_its_connection() {
    let decided = Decided::leads(LEADER);
    let (server, sim, authority) = connector(&decided).await;
    let port = server.group_address().unwrap().port();
    let http = authority.presenting(Some(&authority.sign(&["localhost"])));
    let post = http.post(format!("https://localhost:{port}/gc/command"));
    let post = post.header("gc-forwarded", forwarded(None, Some(1), None));
    let answer = post.json(&command("Hello#desk", "")).send().await.unwrap();
    // What is read to its end leaves the connection open.
    answer.bytes().await.unwrap();
    let begun = Instant::now();
    soon("the stop", server.stop()).await;
    let waited = begun.elapsed();
    // Its requests might still be on their way; but the grace of a minute is for others.
    assert!((Duration::from_secs(5)..Duration::from_secs(45)).contains(&waited), "{waited:?}");
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
    _ = tokio::time::timeout(Duration::from_secs(8), stream.read_to_end(&mut rest)).await.unwrap();
    pair.end().await;
}

/// Each hand-over has that for a moment.
#[tokio::test]
async fn that_a_leader_does_not_lead_any_more_is_no_warning_unless_it_stays_so() {
    let written = super::Written::here("gc_server=info,off");
    let pair = Pair::start().await;
    let (leader, client) = (pair.leads(), pair.client());
    // It answers as one that does not lead.
    let url = format!("https://localhost:{}", pair.follower.group_address().unwrap().port());
    let has_led = led_by(&member(Uuid::from_u128(9), &url));
    let levels = || {
        let text = written.text();
        let lines = text.lines().filter(|line| line.contains("requests cannot be passed on"));
        let line =
            |line: &str| serde_json::from_str::<Value>(line).unwrap()["level"].as_str().unwrap().to_owned();
        lines.map(line).collect::<Vec<_>>()
    };
    pair.view.replace(has_led.clone());
    let (answer, ()) = tokio::join!(client.send("Hello#desk", ""), async {
        until("the first attempt", async || !levels().is_empty()).await;
        pair.view.replace(led_by(&leader));
    });
    assert_eq!((answer.status, levels()), (202, vec!["INFO".to_owned()]));
    pair.view.replace(has_led);
    client.send("Hello#desk", "").await.is_error(503, "PLEASE_RETRY");
    assert_eq!(levels(), ["INFO", "WARN"]);
    pair.end().await;
}

/// The connections are new each time; what a reload has brought stays.
#[tokio::test]
async fn a_follower_goes_on_with_the_certificate_of_its_last_reload_whoever_leads() {
    let authority = Authority::new();
    let files = [Files::of(&authority), Files::of(&authority)];
    files[1].exchange(&authority.sign_until(&["localhost"], 2001));
    let pair = Pair::of(authority, files, &[]).await;
    let (leader, client) = (pair.leads(), pair.client());
    client.send("Beat#desk", "").await.is_error(503, "PLEASE_RETRY");
    pair.files[1].exchange(&pair.authority.sign(&["localhost"]));
    let toml = gc_toml(&pair.sim, &[("group", &group(&pair.files[1], "https://localhost:2"))]);
    pair.follower.reload(&Config::parse(&toml).unwrap()).unwrap();
    client.hello("desk").await;
    for _ in 0..2 {
        pair.view.replace(nobody());
        client.send("Hello#desk", "").await.is_error(503, "PLEASE_RETRY");
        pair.view.replace(led_by(&leader));
        client.hello("desk").await;
    }
    pair.end().await;
}

#[tokio::test]
async fn a_refusal_by_the_leader_has_the_same_reason_in_the_logs_of_both_and_not_for_the_client() {
    let written = super::Written::here("audit=info,off");
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
