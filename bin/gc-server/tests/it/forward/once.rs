//! What followers may say of a request, who may be one, and what happens to a request that may have arrived already.

use gc_access::Token;
use gc_group::Member;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use uuid::Uuid;

use super::{LEADER, Pair, led_by, member};
use crate::support::pki::{Authority, Files, Signed};
use crate::support::stage::Control;
use crate::support::tenants::{entry, token};

/// What a follower would say of a request.
pub(super) fn forwarded(principal: Option<&str>, arrival: Option<u128>, perhaps_at: Option<Uuid>) -> String {
    json!({
        "by": "https://localhost:2", "principal": principal, "address": "10.20.0.31",
        "arrival": arrival.map(Uuid::from_u128), "perhapsAt": perhaps_at,
    })
    .to_string()
}

pub(super) fn command(name: &str, body: &str) -> Value {
    json!({ "data": { "type": name, "body": body } })
}

/// Sends this to a listener for the group, as somebody with this certificate.
async fn sent(
    pair: &Pair,
    own: Option<&Signed>,
    header: Option<&str>,
    body: &Value,
) -> Result<reqwest::Response, reqwest::Error> {
    let port = pair.leader.group_address().unwrap().port();
    let http = pair.authority.presenting(own);
    let post = http.post(format!("https://localhost:{port}/gc/command")).json(body);
    let post = match header {
        Some(header) => post.header("gc-forwarded", header),
        None => post,
    };
    post.send().await
}

#[tokio::test]
async fn what_follows_answers_nothing_to_the_group_and_begins_nothing() {
    let pair = Pair::start().await;
    let port = pair.follower.group_address().unwrap().port();
    let http = pair.authority.presenting(Some(&pair.authority.sign(&["localhost"])));
    let post = http.post(format!("https://localhost:{port}/gc/command"));
    let answer = post.header("gc-forwarded", forwarded(None, None, None)).json(&command("Hello#desk", ""));
    assert_eq!(answer.send().await.unwrap().status(), 421);
    // A follower that takes it for the leader asks the next one, whatever it was: nothing was begun.
    let (leader, client) = (pair.leads(), pair.client());
    client.hello("desk").await;
    let (stale, at) = stand_in().await;
    let tls = pair.authority.acceptor(&Files::of(&pair.authority));
    pair.view.replace(led_by(&at));
    let asked = client.http.delete(format!("{}/admin/clients/desk", client.url)).send();
    let (answer, ()) = tokio::join!(asked, async {
        let (stream, _) = stale.accept().await.unwrap();
        let mut stream = tls.accept(stream).await.unwrap();
        stream.read_u8().await.unwrap();
        let answer = "HTTP/1.1 421 Misdirected Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        stream.write_all(answer.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        drop(stale);
        pair.view.replace(led_by(&leader));
    });
    assert_eq!(answer.unwrap().status(), 200);
    pair.end().await;
}

/// A place where somebody seems to lead.
pub(super) async fn stand_in() -> (TcpListener, Member) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    (listener, member(Uuid::from_u128(9), &url))
}

#[tokio::test]
async fn only_the_connectors_of_the_group_get_in_and_only_there_can_a_caller_be_named() {
    let clients = format!("[{}, {}]", entry("crm", 1, "agent"), entry("root", 3, "admin"));
    let pair = Pair::with(&[("client", &clients)]).await;
    let hello = command("Hello#crm", "");
    let good = pair.authority.sign(&["gc-3.example"]);
    let header = forwarded(Some("crm"), Some(7), None);
    // Without a certificate, and with one of another authority, there is no connection.
    sent(&pair, None, Some(&header), &hello).await.unwrap_err();
    let strange = Authority::new().sign(&["gc-3.example"]);
    sent(&pair, Some(&strange), Some(&header), &hello).await.unwrap_err();
    for bad in [None, Some(""), Some("crm"), Some("{}")] {
        assert_eq!(sent(&pair, Some(&good), bad, &hello).await.unwrap().status(), 403, "{bad:?}");
    }
    assert_eq!(sent(&pair, Some(&good), Some(&header), &hello).await.unwrap().status(), 202);
    let nobody = forwarded(Some("nobody"), Some(8), None);
    assert_eq!(sent(&pair, Some(&good), Some(&nobody), &hello).await.unwrap().status(), 401);
    // Nobody is somebody else by saying so at the listeners for clients.
    for address in [pair.leader.address(), pair.follower.address()] {
        let http = crate::support::http();
        let get = |token: Option<Token>| {
            let get = http.get(format!("http://{address}/admin/clients"));
            let get = get.header("gc-forwarded", forwarded(Some("root"), None, None));
            match token {
                Some(token) => get.bearer_auth(token.expose()),
                None => get,
            }
        };
        assert_eq!(get(None).send().await.unwrap().status(), 401);
        assert_eq!(get(Some(token(1))).send().await.unwrap().status(), 403);
        assert_eq!(get(Some(token(3))).send().await.unwrap().status(), 200);
    }
    pair.end().await;
}

#[tokio::test]
async fn a_command_that_arrives_twice_is_one_command() {
    let pair = Pair::start().await;
    let client = pair.client();
    let mut events = client.watched("desk").await;
    client.signs_in("1001", "desk", &mut events).await;
    let own = pair.authority.sign(&["gc-3.example"]);
    let again = forwarded(None, Some(7), None);
    let ready = command("MakeReady#1001", "");
    let mut answers = Vec::new();
    for _ in 0..2 {
        let answer = sent(&pair, Some(&own), Some(&again), &ready).await.unwrap();
        assert_eq!(answer.status(), 202);
        answers.push(answer.json::<Value>().await.unwrap());
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0]["commandId"], Uuid::from_u128(7).to_string());
    events.brief("State READY").await;
    // Under the same number nothing else is begun.
    let other = sent(&pair, Some(&own), Some(&again), &command("MakeNotReady#1001", "")).await.unwrap();
    assert_eq!(other.status(), 409);
    // What another leader may have begun is not begun here, ...
    let perhaps = forwarded(None, Some(8), Some(Uuid::from_u128(9)));
    let unknown = sent(&pair, Some(&own), Some(&perhaps), &command("MakeNotReady#1001", "")).await.unwrap();
    assert_eq!(unknown.status(), 503);
    assert!(
        !unknown.headers().contains_key("retry-after"),
        "a client that obeys it may call a customer twice"
    );
    // ... but what this one may have, and has not.
    let perhaps = forwarded(None, Some(8), Some(LEADER));
    let here = sent(&pair, Some(&own), Some(&perhaps), &command("MakeNotReady#1001", "")).await.unwrap();
    assert_eq!(here.status(), 202);
    events.brief("State NOT_READY").await;
    pair.end().await;
}

#[tokio::test]
async fn a_command_of_which_the_next_leader_has_been_told_is_accepted_there() {
    let pair = Pair::start().await;
    let (client, control) = (pair.client(), Control::of(&pair.sim));
    let mut events = client.watched("desk").await;
    client.signs_in("1001", "desk", &mut events).await;
    // It is open for as long as Finesse does not answer.
    let when = json!({ "method": "PUT", "path": "/finesse/api/User/1001" });
    control.fault(json!({ "when": when, "times": 1, "then": { "do": "delay", "ms": 600_000 } })).await;
    let own = pair.authority.sign(&["gc-3.example"]);
    let ready = command("MakeReady#1001", "");
    let first = sent(&pair, Some(&own), Some(&forwarded(None, Some(7), None)), &ready).await.unwrap();
    assert_eq!(first.status(), 202);
    let perhaps = |number| forwarded(None, Some(number), Some(Uuid::from_u128(9)));
    let open = sent(&pair, Some(&own), Some(&perhaps(7)), &ready).await.unwrap();
    assert_eq!(open.status(), 202);
    assert_eq!(open.json::<Value>().await.unwrap()["commandId"], Uuid::from_u128(7).to_string());
    for (number, other) in [(8, &ready), (7, &command("MakeNotReady#1001", ""))] {
        let answer = sent(&pair, Some(&own), Some(&perhaps(number)), other).await.unwrap();
        assert_eq!(answer.status(), 503, "{other}");
    }
    pair.follower.stop().await;
    drop((pair.leader, pair.sim));
}

#[tokio::test]
async fn a_leader_that_breaks_off_is_not_asked_for_an_administrators_change_again() {
    let pair = Pair::start().await;
    let (leader, client) = (pair.leads(), pair.client());
    // Whoever connects is cut off at once, and then another one leads.
    let broken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at =
        member(Uuid::from_u128(9), &format!("https://localhost:{}", broken.local_addr().unwrap().port()));
    client.hello("desk").await;
    let files = Files::of(&pair.authority);
    let tls = pair.authority.acceptor(&files);
    let cut = async || {
        let (stream, _) = broken.accept().await.unwrap();
        let mut stream = tls.accept(stream).await.unwrap();
        // The request has arrived.
        stream.read_u8().await.unwrap();
        pair.view.replace(led_by(&leader));
    };
    for (path, status) in [("/admin/clients/desk", 503), ("/admin/status", 200)] {
        pair.view.replace(led_by(&at));
        let method = if status == 503 { reqwest::Method::DELETE } else { reqwest::Method::GET };
        let asked = client.http.request(method, format!("{}{path}", client.url)).send();
        let (answer, ()) = tokio::join!(asked, cut());
        let answer = answer.unwrap();
        assert_eq!(answer.status(), status, "{path}");
        assert!(!answer.headers().contains_key("retry-after"), "it may have been begun");
    }
    assert_eq!(client.get("/admin/clients/desk").await.status(), 200, "it is still there");
    // A command is sent again, and says where it may have arrived: here nothing is begun.
    for (name, status) in [("Connect#1001", 503), ("Hello#desk", 202)] {
        pair.view.replace(led_by(&at));
        let (answer, ()) = tokio::join!(client.send(name, "desk,demo"), cut());
        assert_eq!((answer.status, answer.says_when), (status, false), "{name}: {answer:?}");
    }
    pair.end().await;
}
