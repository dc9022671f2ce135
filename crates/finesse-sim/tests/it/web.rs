//! The web containers of the API and the notification service: paths, cookies, plain requests.

use reqwest::Method;

use crate::support::{Bench, read};

#[tokio::test]
async fn paths_are_percent_decoded_once() {
    let bench = Bench::plain().await;
    let plain = bench.get("1001", "/User/1001").await.body;
    for path in ["/User/%31001", "/%55ser/1001", "/User/amira%2Ehaddad", "/User/amira%2ehaddad"] {
        assert_eq!(bench.get("1001", path).await.body, plain, "{path}");
    }
    assert_eq!(bench.get("1001", "/User/%2531001").await.status, 404, "not twice");
    let codes = bench.get("1001", "/User/1001/ReasonCodes?category=NOT%5FREADY").await;
    assert_eq!(codes.status, 200, "{}", codes.body);
    let body = "<User><state>LOGIN</state><extension>2021</extension></User>";
    assert_eq!(bench.rest("PUT", "bo.larsen", "/User/bo%2Elarsen", body).await.status, 202);
}

#[tokio::test]
async fn a_path_with_a_bad_encoding_is_refused_by_the_container() {
    let bench = Bench::plain().await;
    for path in ["/User/100%1g", "/User/1001%", "/User/%FF", "/User/1001%2FDialogs", "/User/1001%00"] {
        let refused = bench.get("1001", path).await;
        assert_eq!(refused.status, 400, "{path}");
        assert!(refused.content_type.starts_with("text/html"), "{path}");
    }
}

#[tokio::test]
async fn a_session_cookie_is_set_once_after_authentication() {
    let bench = Bench::plain().await;
    let ask = async |password: Option<&str>, cookie: Option<&str>| {
        let mut request = bench.request("GET", "/User/1001");
        if let Some(password) = password {
            request = request.basic_auth("1001", Some(password));
        }
        if let Some(cookie) = cookie {
            request = request.header("Cookie", cookie);
        }
        let answer = request.send().await.unwrap();
        let cookie = answer.headers().get("set-cookie").map(|cookie| cookie.to_str().unwrap().to_owned());
        (cookie, read(answer).await.status)
    };
    let (cookie, _) = ask(Some("demo"), None).await;
    let cookie = cookie.unwrap();
    let (session, attributes) = cookie.split_once("; ").unwrap();
    let id = session.strip_prefix("JSESSIONID=").unwrap();
    assert!(id.len() == 32 && id.chars().all(|c| c.is_ascii_digit() || c.is_ascii_uppercase()), "{id}");
    assert_eq!(attributes, "Path=/finesse; HttpOnly");
    assert_eq!(ask(Some("demo"), Some(&format!("a=b; {session}"))).await, (None, 200));
    assert!(ask(Some("demo"), Some("a=b; JSESSIONID=")).await.0.is_some());
    assert_eq!(ask(Some("no"), None).await, (None, 401));
    assert_eq!(ask(None, Some(session)).await, (None, 401), "it does not replace credentials");
    let info = bench.request("GET", "/SystemInfo").send().await.unwrap();
    assert!(info.headers().get("set-cookie").is_none());
}

#[tokio::test]
async fn over_tls_the_session_cookie_is_secure() {
    let bench = Bench::with(|_| {}).await;
    let url = format!("{}/User/1001", bench.sim.rest_url());
    let answer = bench.at(Method::GET, url).basic_auth("1001", Some("demo")).send().await.unwrap();
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.ends_with("; Path=/finesse; Secure; HttpOnly"), "{cookie}");
}

#[tokio::test]
async fn the_notification_port_answers_plain_http() {
    for tls in [false, true] {
        let bench = Bench::with(|config| config.tls = tls).await;
        let base = bench.sim.websocket_url().replacen("ws", "http", 1).replace("/ws/", "");
        let upgrade = [
            ("Connection", "Upgrade"),
            ("Upgrade", "websocket"),
            ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="),
        ];
        for (path, headers, status) in [
            ("/", upgrade.get(..0), 200),
            ("/ws", upgrade.get(..0), 405),
            ("/ws/", upgrade.get(..0), 405),
            ("/ws/", upgrade.get(..2), 400),
            ("/ws/", upgrade.get(..4), 400),
            ("/http-bind/", upgrade.get(..0), 400),
            ("/elsewhere", upgrade.get(..4), 404),
        ] {
            let request = bench.at(Method::GET, format!("{base}{path}"));
            let request =
                headers.unwrap().iter().fold(request, |all, (name, value)| all.header(*name, *value));
            let answer = read(request.send().await.unwrap()).await;
            assert_eq!(answer.status, status, "tls={tls} {path} {headers:?}");
            assert!(answer.content_type.starts_with("text/html"), "{path}");
        }
    }
}

#[tokio::test]
async fn errors_of_the_web_container_are_html() {
    let bench = Bench::plain().await;
    let body = "<User><state>READY</state></User>";
    let untyped = bench.request("PUT", "/User/1001").basic_auth("1001", Some("demo")).body(body);
    assert_eq!(read(untyped.send().await.unwrap()).await.status, 415);
    let json = bench.request("GET", "/User/1001").basic_auth("1001", Some("demo"));
    let json = json.header("Accept", "application/json");
    assert_eq!(read(json.send().await.unwrap()).await.status, 406);
    for (method, path, status) in [
        ("GET", "/Dialog/", 405),
        ("PUT", "/Dialog/", 405),
        ("PUT", "/User/", 405),
        ("DELETE", "/User/1001", 405),
        ("GET", "/Nothing", 404),
        ("GET", "/User/1001/Nothing", 404),
    ] {
        let answer = bench.rest(method, "1001", path, body).await;
        assert_eq!(answer.status, status, "{method} {path}");
        assert!(answer.content_type.starts_with("text/html"), "{method} {path}");
    }
    assert_eq!(bench.rest("PUT", "1001", "/User/1001", &"x".repeat(70_000)).await.status, 413);
}

#[tokio::test]
async fn a_client_in_a_browser_is_allowed() {
    let bench = Bench::plain().await;
    let origin = "https://desk.example";
    let preflight = bench.request("OPTIONS", "/User/1001").header("Origin", origin);
    let preflight = preflight.header("Access-Control-Request-Method", "PUT");
    let answer = preflight.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("access-control-allow-origin"), origin);
    assert!(header("access-control-allow-methods").contains("PUT"));
    assert!(header("access-control-allow-headers").starts_with("authorization, content-type"));
    let request = bench.request("GET", "/User/1001").basic_auth("1001", Some("demo"));
    let answer = request.header("Origin", origin).send().await.unwrap();
    assert_eq!(answer.headers()["access-control-allow-origin"], origin);
    let plain = bench.request("OPTIONS", "/User/1001").send().await.unwrap();
    assert!(!plain.headers().contains_key("access-control-allow-origin"));
}
