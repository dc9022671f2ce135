//! What an administrator asks.

use reqwest::Method;
use serde_json::Value;

use super::client::{Answer, Client};

/// A request below `/admin`.
pub(crate) async fn ask(who: &Client, method: Method, path: &str) -> Answer {
    who.ask(who.http.request(method, format!("{}/admin{path}", who.url))).await
}

/// What is read there.
pub(crate) async fn get(who: &Client, path: &str) -> Value {
    let answer = ask(who, Method::GET, path).await;
    assert_eq!(answer.status, 200, "{path}: {answer:?}");
    answer.json
}
