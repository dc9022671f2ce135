//! What a page can do that an agent happens to open.

use reqwest::Method;
use serde_json::json;

use crate::support::client::Client;
use crate::support::stage::Stage;
use crate::support::tenants::{entry, token};

async fn get(client: &Client, path: &str, headers: &[(&str, &str)]) -> u16 {
    let mut request = client.http.get(format!("{}{path}", client.url));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_page_of_another_site_takes_no_events() {
    let stage = Stage::with(&[("http.origins", "['https://desk.example']")]).await;
    let client = stage.client();
    client.hello("desk").await;
    for headers in [
        &[("sec-fetch-site", "cross-site")][..],
        &[("sec-fetch-site", "same-site")],
        &[("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")],
        &[("origin", "null")],
        &[("origin", "http://localhost:3000")],
    ] {
        assert_eq!(get(&client, "/gc/events/desk", headers).await, 403, "{headers:?}");
        assert_eq!(get(&client, "/health/live", headers).await, 200, "{headers:?}");
    }
    // Nobody has taken the first one.
    assert_eq!(client.events("desk", None).await.next().await.unwrap().sequence(), 1);
    stage.end().await;
}

#[tokio::test]
async fn a_page_whose_name_points_here_is_refused_by_an_open_listener() {
    let stage = Stage::with(&[("http.hosts", "['gc.example']")]).await;
    let client = stage.client();
    client.hello("desk").await;
    for (host, status) in [
        ("evil.example", 403),
        ("evil.example:8112", 403),
        ("localhost", 404),
        ("[::1]:8112", 404),
        ("gc.example:8112", 404),
    ] {
        assert_eq!(get(&client, "/gc/events/nobody", &[("host", host)]).await, status, "{host}");
        let hello = client.http.post(format!("{}/gc/command", client.url)).header("host", host);
        let answer = client.ask(hello.json(&json!({ "data": { "type": "Beat#desk" } }))).await;
        assert_eq!(answer.status, if status == 403 { 403 } else { 202 }, "{host}");
    }
    stage.end().await;

    // Without a list too; and where callers say who they are, names need not be listed.
    let stage = Stage::start().await;
    assert_eq!(get(&stage.client(), "/gc/events/nobody", &[("host", "evil.example")]).await, 403);
    stage.end().await;
    let stage = Stage::with(&[("client", &format!("[{}]", entry("desk", 1, "agent")))]).await;
    let client = stage.client().bearing(&token(1));
    assert_eq!(get(&client, "/gc/events/nobody", &[("host", "odd_name")]).await, 404);
    stage.end().await;
}

#[tokio::test]
async fn a_page_of_a_listed_origin_uses_commands_and_stream() {
    const ORIGIN: &str = "https://desk.example";
    let clients = format!("[{}]", entry("desk", 1, "agent"));
    let stage = Stage::with(&[("http.origins", "['https://Desk.example']"), ("client", &clients)]).await;
    let client = stage.client().bearing(&token(1));
    let ask = |method: Method, path: &str, origin: &str| {
        let request = stage.client().http.request(method, format!("{}{path}", client.url));
        request.header("origin", origin).header("sec-fetch-site", "cross-site")
    };
    // The browser asks beforehand, without a token.
    for (path, method) in [("/gc/command", "POST"), ("/gc/events/desk", "GET"), ("/gc/west/command", "POST")]
    {
        let preflight =
            |origin| ask(Method::OPTIONS, path, origin).header("access-control-request-method", method);
        let answer = preflight(ORIGIN).send().await.unwrap();
        assert_eq!(answer.status(), 204);
        assert_eq!(answer.headers()["access-control-allow-origin"], ORIGIN);
        assert_eq!(answer.headers()["vary"], "Origin");
        let may = |name: &str| answer.headers()[name].to_str().unwrap();
        assert!(may("access-control-allow-methods").contains(method));
        for header in ["authorization", "content-type", "last-event-id"] {
            assert!(may("access-control-allow-headers").contains(header), "{header}");
        }
        let answer = preflight("https://evil.example").send().await.unwrap();
        assert_eq!(answer.status(), 403);
        assert!(!answer.headers().contains_key("access-control-allow-origin"));
    }
    // Then it asks; a refusal can be read as well.
    let bearer = format!("Bearer {}", token(1).expose());
    let hello = json!({ "data": { "type": "Hello#desk" } });
    for (origin, token, status) in [(ORIGIN, &bearer, 202), (ORIGIN, &"Bearer x".to_owned(), 401)] {
        let request = ask(Method::POST, "/gc/command", origin).header("authorization", token).json(&hello);
        let answer = request.send().await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), answer.headers()["access-control-allow-origin"] == ORIGIN),
            (status, true)
        );
    }
    let events =
        ask(Method::GET, "/gc/events/desk", ORIGIN).header("authorization", &bearer).send().await.unwrap();
    assert_eq!(
        (events.status().as_u16(), events.headers()["access-control-allow-origin"] == ORIGIN),
        (200, true)
    );
    let foreign = ask(Method::POST, "/gc/command", "https://evil.example")
        .header("authorization", &bearer)
        .json(&hello);
    assert_eq!(foreign.send().await.unwrap().status(), 403);
    drop(events);
    stage.end().await;
}
