//! The console in a browser, where one is installed; and what its files are sent with.

use gc_server::{Addresses, Demo};
use reqwest::header::{CONTENT_SECURITY_POLICY, ETAG, IF_NONE_MATCH};

use crate::support::stage::Stage;
use crate::support::{browser, http};

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_and_a_supervisor_work_with_it() {
    if !browser::is_there() {
        return;
    }
    let any = ([127, 0, 0, 1], 0).into();
    let demo = Demo::start(Addresses { listen: any, control_port: 0, callback: any }).await.unwrap();
    let url = format!("http://{}/", demo.address());
    assert_eq!(browser::steps("console.mjs", &[&url]).await, 12);
    demo.stop().await;
}

#[tokio::test]
async fn it_is_not_there_unless_it_is_configured() {
    let stage = Stage::start().await;
    assert_eq!(http().get(stage.client().url).send().await.unwrap().status(), 404);
    stage.end().await;

    let stage = Stage::with(&[("http.console", "true")]).await;
    let url = stage.client().url;
    let page = http().get(&url).send().await.unwrap();
    assert_eq!(page.status(), 200);
    let policy = page.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none';") && !policy.contains("unsafe"), "{policy}");
    let etag = page.headers()[ETAG].clone();
    let again = http().get(&url).header(IF_NONE_MATCH, etag).send().await.unwrap();
    assert_eq!(again.status(), 304);
    let text = page.text().await.unwrap();
    assert!(text.contains("name=\"simulator\" content=\"\""), "{text}");
    // A link of another page may lead to it, but not to the events.
    let linked = |path: &str| http().get(format!("{url}{path}")).header("Sec-Fetch-Site", "cross-site");
    assert_eq!(linked("/").send().await.unwrap().status(), 200);
    assert_eq!(linked("/gc/events/desk").send().await.unwrap().status(), 403);
    assert_eq!(linked("/console/nothing.js").send().await.unwrap().status(), 404);
    stage.end().await;
}
