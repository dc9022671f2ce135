//! What an administrator does with events that a client's receiver has rejected.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    admin,
    client::Client,
    receiver::{OK, Receiver, Then},
    stage::Stage,
    tenants::{entry, token},
    until,
};

const REJECTED: Then = Then::Answer("HTTP/1.1 422 Unprocessable Content\r\ncontent-length: 0\r\n\r\n");

/// An administrator, and a client whose first event was rejected three times and is a dead letter.
struct Rejected {
    stage: Stage,
    receiver: Receiver,
}

impl Rejected {
    async fn stage() -> Self {
        let clients = format!("[{}, {}]", entry("acme", 1, "agent"), entry("root", 2, "admin"));
        let stage = Stage::with(&[("client", clients.as_str()), ("callback.allow", "['127.0.0.1']")]).await;
        let mut receiver = Receiver::scripted([REJECTED, REJECTED, REJECTED], OK).await;
        stage.client().bearing(&token(1)).hello_with_callback("acme", &receiver.url).await;
        for _ in 0..3 {
            receiver.next().await;
        }
        let rejected = Self { stage, receiver };
        until("a dead letter", || async { rejected.ask(Method::GET, "").await.1 != json!([]) }).await;
        rejected
    }

    async fn ask(&self, method: Method, path: &str) -> (u16, Value) {
        let root = self.stage.client().bearing(&token(2));
        ask(&root, method, &format!("acme/dead-letters{path}")).await
    }
}

async fn ask(client: &Client, method: Method, path: &str) -> (u16, Value) {
    let answer = admin::ask(client, method, &format!("/clients/{path}")).await;
    (answer.status, answer.json)
}

#[tokio::test]
async fn dead_letters_are_listed_shown_and_delivered_again() {
    let mut rejected = Rejected::stage().await;
    let (_, list) = rejected.ask(Method::GET, "").await;
    let letter = &list[0];
    assert_eq!((&letter["sequence"], &letter["reason"]), (&json!(1), &json!("refused")), "{list}");
    assert!(letter["failure"].as_str().unwrap().contains("422") && letter["event"].is_null(), "{letter}");
    let id = letter["id"].as_str().unwrap().to_owned();
    let (_, shown) = rejected.ask(Method::GET, &format!("/{id}")).await;
    assert_eq!(shown["event"]["type"], letter["type"]);

    let old = json!({ "id": id, "epoch": letter["epoch"], "sequence": 1 });
    let expected = (200, json!({ "replayed": 1, "events": [old] }));
    assert_eq!(rejected.ask(Method::POST, &format!("/{id}/replay")).await, expected);
    let again = rejected.receiver.next().await;
    assert_eq!((again.headers["webhook-id"].as_str(), again.sequence()), (id.as_str(), 2));
    assert_eq!(again.event, shown["event"]);
    assert_eq!(rejected.ask(Method::GET, "").await, (200, json!([])));
    assert_eq!(rejected.ask(Method::POST, "/replay").await, (200, json!({ "replayed": 0, "events": [] })));
    assert_eq!(rejected.ask(Method::GET, &format!("/{id}")).await.0, 404);
    rejected.stage.end().await;
}

#[tokio::test]
async fn dead_letters_are_deleted() {
    let rejected = Rejected::stage().await;
    let (status, purged) = rejected.ask(Method::DELETE, "").await;
    assert_eq!((status, &purged["purged"], &purged["events"][0]["sequence"]), (200, &json!(1), &json!(1)));
    assert_eq!(rejected.ask(Method::GET, "").await, (200, json!([])));
    let acme = rejected.stage.client().bearing(&token(1));
    for method in [Method::GET, Method::DELETE] {
        assert_eq!(ask(&acme, method, "acme/dead-letters").await.0, 403);
    }
    let root = rejected.stage.client().bearing(&token(2));
    assert_eq!(ask(&root, Method::DELETE, "nobody/dead-letters").await.0, 404);
    rejected.stage.end().await;
}
