//! Behind a reverse proxy: paths, addresses, cookies, refusals of the proxy's own, `Retry-After`, traces.

use std::time::Duration;

use finesse_client::{Cluster, Credentials, Link, NodeConfig, Priority, Service};
use finesse_types::{Answer, Failure};
use tokio::time::Instant;
use wiremock::matchers::path_regex;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::node::{Node, ask, cluster, config, html, ready, until, user, xml};

const USER: &str = "<User><loginId>1042</loginId></User>";

fn of_proxy(status: u16) -> ResponseTemplate {
    html(status).insert_header("server", "nginx/1.22.1")
}

fn header(request: &wiremock::Request, name: &str) -> Option<String> {
    request.headers.get(name).map(|value| value.to_str().unwrap().to_owned())
}

async fn ask_as(cluster: &Cluster, credentials: &Credentials) -> Result<Answer, Failure> {
    cluster.request(credentials, user(), "req-7".to_owned(), Priority::WaitedFor).await
}

#[tokio::test]
async fn a_node_below_a_path_and_at_another_address_is_reached() {
    let proxy = MockServer::builder().start().await;
    let info = "<SystemInfo><status>IN_SERVICE</status></SystemInfo>";
    Mock::given(path_regex("^/west/a/finesse/api/SystemInfo$"))
        .respond_with(xml(200, info))
        .mount(&proxy)
        .await;
    Mock::given(path_regex("^/west/a/finesse/api/User/1042$"))
        .respond_with(xml(200, USER))
        .mount(&proxy)
        .await;
    let port = proxy.address().port();
    let url = format!("http://finesse.invalid:{port}");
    let mut config = config(&[&url]);
    config.nodes = vec![NodeConfig {
        path: "/west/a".to_owned(),
        address: Some("127.0.0.1".to_owned()),
        ..NodeConfig::new(&url)
    }];
    let cluster = Cluster::new(config).unwrap();
    until(&cluster, |service| service == Service::InService).await;
    assert!(matches!(ask(&cluster, &user()).await, Ok(Answer::User(_))));
    let requests = proxy.received_requests().await.unwrap();
    let host = header(requests.last().unwrap(), "host").unwrap();
    assert_eq!(host, format!("finesse.invalid:{port}"), "the name stays that of the URL");
    assert_eq!(cluster.measures().nodes[0].name, format!("finesse.invalid:{port}/west/a"));
}

#[tokio::test]
async fn a_cookie_comes_back_with_the_same_agent_and_password_only() {
    let node = Node::start().await;
    node.answers(xml(200, USER).insert_header("set-cookie", "route=a1; Path=/; HttpOnly")).await;
    let cluster = cluster(&[&node]).await;
    let (one, other) = (Credentials::new("1042", "p"), Credentials::new("1043", "p"));
    for credentials in [&one, &one, &other, &Credentials::new("1042", "guess")] {
        ask_as(&cluster, credentials).await.unwrap();
    }
    let cookies: Vec<_> = node.requests().await.iter().map(|request| header(request, "cookie")).collect();
    assert_eq!(cookies, [None, Some("route=a1".to_owned()), None, None]);
}

#[tokio::test]
async fn a_proxys_401_is_no_wrong_password_and_is_not_tried_again_by_itself() {
    let node = Node::start().await;
    node.answers(of_proxy(401)).await;
    let cluster = cluster(&[&node]).await;
    for request in [user(), ready(), user()] {
        assert_eq!(ask(&cluster, &request).await, Err(Failure::Proxy { status: 401 }));
    }
    assert!(matches!(ask(&cluster, &user()).await, Err(Failure::Refused { status: 401, .. })), "the fourth");
    assert_eq!(node.requests().await.len(), 4);
}

#[tokio::test]
async fn a_reread_that_a_proxy_refuses_costs_one_refusal() {
    let node = Node::start().await;
    node.answers(of_proxy(401)).await;
    let cluster = cluster(&[&node]).await;
    let proxys = Err(Failure::Proxy { status: 401 });
    assert_eq!(ask(&cluster, &user()).await, proxys);
    for asked in [2, 3] {
        // As a re-read asks: for two things at the same time.
        let (user, ready) = (user(), ready());
        let both = tokio::join!(ask(&cluster, &user), ask(&cluster, &ready));
        assert_eq!((&both.0, &both.1), (&proxys, &proxys));
        assert_eq!(node.requests().await.len(), asked);
    }
    assert!(matches!(ask(&cluster, &user()).await, Err(Failure::Refused { status: 401, .. })), "the fourth");
}

#[tokio::test]
async fn finesses_own_401_through_a_proxy_is_a_wrong_password_at_once() {
    let node = Node::start().await;
    let body = "<ApiErrors><ApiError><ErrorType>Authorization Failure</ErrorType></ApiError></ApiErrors>";
    node.answers(xml(401, body).insert_header("server", "nginx/1.22.1")).await;
    let failure = ask(&cluster(&[&node]).await, &user()).await.unwrap_err();
    assert!(matches!(failure, Failure::Refused { status: 401, .. }), "{failure:?}");
}

#[tokio::test]
async fn a_read_waits_as_long_as_the_server_asks() {
    for status in [429, 503] {
        let node = Node::start().await;
        node.answers_first(1, of_proxy(status).insert_header("retry-after", "1")).await;
        node.answers(xml(200, USER)).await;
        let cluster = cluster(&[&node]).await;
        let begun = Instant::now();
        assert!(ask(&cluster, &user()).await.is_ok());
        assert!(begun.elapsed() >= Duration::from_secs(1), "{status}: {:?}", begun.elapsed());
        assert_eq!(node.requests().await.len(), 2);
    }
}

#[tokio::test]
async fn a_read_that_would_have_to_wait_too_long_ends_at_once() {
    let node = Node::start().await;
    node.answers(of_proxy(503).insert_header("retry-after", "3600")).await;
    let failure = ask(&cluster(&[&node]).await, &user()).await.unwrap_err();
    assert_eq!(failure, Failure::Proxy { status: 503 });
    assert_eq!(node.requests().await.len(), 1);
}

#[tokio::test]
async fn every_request_says_for_which_command_it_is() {
    let node = Node::start().await;
    node.answers(xml(200, USER)).await;
    let cluster = cluster(&[&node]).await;
    let id = "1042.00d712cb-8349-42a1-8b04-f9ef1d2e2436.3";
    cluster.request(&crate::node::credentials(), user(), id.to_owned(), Priority::WaitedFor).await.unwrap();
    let sent = &node.requests().await[0];
    assert_eq!(header(sent, "requestid").as_deref(), Some(id));
    let trace = header(sent, "traceparent").unwrap();
    assert!(trace.starts_with("00-00d712cb834942a18b04f9ef1d2e2436-") && trace.ends_with("-01"), "{trace}");
}
