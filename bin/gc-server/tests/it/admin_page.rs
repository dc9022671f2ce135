//! The administrators' page: in a browser, and what it does not give to whom.

use gc_server::{Addresses, Demo};
use reqwest::Method;
use reqwest::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, WWW_AUTHENTICATE};

use crate::support::client::Client;
use crate::support::stage::Stage;
use crate::support::tenants::{entry, token};
use crate::support::{browser, http};

/// A connector with a tenant, acme, and an administrator.
async fn guarded() -> Stage {
    let clients = format!("[{}, {}]", entry("acme", 1, "agent"), entry("root", 4, "admin"));
    Stage::with(&[("client", &clients)]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_works_with_it_in_a_browser() {
    if !browser::is_there() {
        return;
    }
    let any = ([127, 0, 0, 1], 0).into();
    let demo = Demo::start(Addresses { listen: any, control_port: 0, callback: any }).await.unwrap();
    let client = Client::of(demo.address());
    client.is_ready().await;
    let mut events = client.watched("desk").await;
    for agent in ["1001", "1002"] {
        client.signs_in(agent, "desk", &mut events).await;
    }
    let stage = guarded().await;
    let (url, other) = (format!("http://{}/", demo.address()), format!("{}/", stage.client().url));
    assert_eq!(browser::steps("admin.mjs", &[&url, &other, token(4).expose()]).await, 8);
    stage.end().await;
    demo.stop().await;
}

#[tokio::test]
async fn a_browsers_login_reads_the_administration_and_does_nothing_else() {
    let stage = guarded().await;
    let url = stage.client().url;
    let ask = async |method: Method, path: &str, number: u8| {
        let request =
            http().request(method, format!("{url}{path}")).basic_auth("any", Some(token(number).expose()));
        request.send().await.unwrap()
    };
    // The browser asks its user.
    for path in ["/admin/", "/admin"] {
        let unknown = http().get(format!("{url}{path}")).send().await.unwrap();
        assert_eq!(unknown.status(), 401);
        assert!(unknown.headers()[WWW_AUTHENTICATE].to_str().unwrap().starts_with("Basic realm="), "{path}");
    }
    assert_eq!(ask(Method::GET, "/admin", 4).await.url().path(), "/admin/");
    let unknown = http().get(format!("{url}/admin/clients")).send().await.unwrap();
    assert_eq!(unknown.headers()[WWW_AUTHENTICATE], "Bearer");

    let page = ask(Method::GET, "/admin/", 4).await;
    assert_eq!(page.status(), 200);
    let (policy, headers) = (page.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap(), page.headers());
    assert!(policy.starts_with("default-src 'none';") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(
        (&headers[CACHE_CONTROL], &headers[CONTENT_TYPE]),
        (&"no-store".parse().unwrap(), &"text/html; charset=utf-8".parse().unwrap())
    );
    for path in ["/admin/page.js", "/admin/page.css", "/admin/clients"] {
        assert_eq!(ask(Method::GET, path, 4).await.status(), 200, "{path}");
    }
    for (method, path) in [
        (Method::PUT, "/admin/log"),
        (Method::POST, "/admin/agents/1001/move"),
        (Method::DELETE, "/admin/clients/acme"),
        (Method::POST, "/gc/command"),
        (Method::GET, "/gc/events/acme"),
        (Method::GET, "/metrics"),
    ] {
        assert_eq!(ask(method.clone(), path, 4).await.status(), 401, "{method} {path}");
    }
    assert_eq!(ask(Method::GET, "/admin/", 1).await.status(), 403, "acme is no administrator");
    assert_eq!(ask(Method::GET, "/admin/", 9).await.status(), 401, "nobody has this token");
    let wrong = http().get(format!("{url}/admin/")).basic_auth("root", Some("secret")).send().await.unwrap();
    assert_eq!(wrong.status(), 401);
    stage.end().await;
}

#[tokio::test]
async fn another_sites_page_may_link_to_it_and_sees_nothing() {
    let stage = Stage::start().await;
    let ask = async |path: &str, mode: &str, dest: &str| {
        let request =
            http().get(format!("{}{path}", stage.client().url)).header("Sec-Fetch-Site", "cross-site");
        request.header("Sec-Fetch-Mode", mode).header("Sec-Fetch-Dest", dest).send().await.unwrap().status()
    };
    assert_eq!(ask("/admin/", "navigate", "document").await, 200);
    for (path, mode, dest) in [
        ("/admin/", "navigate", "iframe"),
        ("/admin/", "no-cors", "image"),
        ("/admin/", "cors", "empty"),
        ("/admin/clients", "navigate", "document"),
        ("/gc/events/desk", "navigate", "document"),
    ] {
        assert_eq!(ask(path, mode, dest).await, 403, "{path} {mode} {dest}");
    }
    stage.end().await;
}

#[tokio::test]
async fn nothing_that_a_client_calls_itself_becomes_part_of_the_page() {
    let stage = Stage::start().await;
    let client = stage.client();
    let name = "<script>alert(1)</script>\"'&";
    client.hello(name).await;
    let page = client.get("/admin/").await.text().await.unwrap();
    assert!(
        !page.contains("<script>alert") && page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;"),
        "{page}"
    );
    assert_eq!(client.get("/admin/?client=%3Cb%3E").await.text().await.unwrap().matches("<b>").count(), 0);
    for query in ["page=2", "stream=broken"] {
        assert_eq!(client.get(&format!("/admin/?{query}")).await.status(), 400, "{query}");
    }
    stage.end().await;
}
