//! A Finesse node of wiremock, and a cluster of such nodes with short deadlines.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use finesse_client::{
    Cluster, ClusterConfig, Credentials, Fingerprint, HealthConfig, Link, NodeConfig, Priority, RestConfig,
    Service, Trust,
};
use finesse_types::{Answer, Failure, Request, UserState};
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

pub(crate) struct Node {
    pub(crate) server: MockServer,
    status: Arc<Mutex<&'static str>>,
}

impl Node {
    /// A node that is in service and knows nothing else.
    pub(crate) async fn start() -> Self {
        Self::with_status("IN_SERVICE").await
    }

    pub(crate) async fn with_status(status: &'static str) -> Self {
        // Not one of wiremock's pool: a port that a dropped node leaves is nobody else's.
        let server = MockServer::builder().start().await;
        let status = Arc::new(Mutex::new(status));
        let (shown, port) = (status.clone(), server.address().port());
        let answer = move |_: &wiremock::Request| {
            let status = shown.lock().unwrap();
            xml(
                200,
                &format!(
                    "<SystemInfo><status>{status}</status><xmppDomain>node{port}.example</xmppDomain>\
                 <xmppPubSubDomain>pubsub.node{port}.example</xmppPubSubDomain></SystemInfo>"
                ),
            )
        };
        Mock::given(path("/finesse/api/SystemInfo"))
            .respond_with(answer)
            .with_priority(1)
            .mount(&server)
            .await;
        Self { server, status }
    }

    pub(crate) fn set_status(&self, status: &'static str) {
        *self.status.lock().unwrap() = status;
    }

    /// Answers everything but SystemInfo so.
    pub(crate) async fn answers(&self, answer: ResponseTemplate) {
        Mock::given(wiremock::matchers::any())
            .respond_with(answer)
            .with_priority(9)
            .mount(&self.server)
            .await;
    }

    /// Answers the next `times` requests but SystemInfo so, before all else.
    pub(crate) async fn answers_first(&self, times: u64, answer: ResponseTemplate) {
        Mock::given(wiremock::matchers::path_regex("^/finesse/api/(User|Dialog)"))
            .respond_with(answer)
            .up_to_n_times(times)
            .with_priority(5)
            .mount(&self.server)
            .await;
    }

    /// The requests it has received, without those for SystemInfo.
    pub(crate) async fn requests(&self) -> Vec<wiremock::Request> {
        let requests = self.server.received_requests().await.unwrap();
        requests.into_iter().filter(|request| request.url.path() != "/finesse/api/SystemInfo").collect()
    }

    /// How many health checks it has received.
    pub(crate) async fn checks(&self) -> usize {
        self.server.received_requests().await.unwrap().len() - self.requests().await.len()
    }

    pub(crate) fn domain(&self) -> String {
        format!("node{}.example", self.server.address().port())
    }
}

pub(crate) fn xml(status: u16, body: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw(body.to_owned(), "application/xml")
}

pub(crate) fn html(status: u16) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw("<!DOCTYPE html><html><body>no</body></html>", "text/html")
}

/// A cluster with deadlines for tests. Nothing is encrypted, so whom it trusts does not matter.
pub(crate) fn config(urls: &[&str]) -> ClusterConfig {
    ClusterConfig {
        trust: Trust::Pinned(vec![Fingerprint::of(b"")]),
        allow_plaintext: true,
        rest: RestConfig {
            connect: Duration::from_secs(2),
            attempt: Duration::from_secs(5),
            overall: Duration::from_secs(20),
            pause: Duration::from_millis(1),
            ..RestConfig::default()
        },
        health: HealthConfig {
            every: Duration::from_millis(20),
            at_least: Duration::from_millis(5),
            deadline: Duration::from_secs(5),
        },
        ..ClusterConfig::new(urls.iter().map(|url| NodeConfig::new(*url)).collect())
    }
}

/// A cluster of these nodes that has checked them once.
pub(crate) async fn cluster(nodes: &[&Node]) -> Cluster {
    let urls: Vec<_> = nodes.iter().map(|node| node.server.uri()).collect();
    let cluster = Cluster::new(config(&urls.iter().map(String::as_str).collect::<Vec<_>>())).unwrap();
    until(&cluster, |service| service != Service::Unknown).await;
    cluster
}

/// Waits until the cluster says so, at most ten seconds.
pub(crate) async fn until(cluster: &dyn Link, wanted: impl Fn(Service) -> bool) {
    let mut service = cluster.service();
    let reached = service.until(|service| wanted(*service).then_some(()));
    tokio::time::timeout(Duration::from_secs(10), reached).await.unwrap();
}

/// Waits until the health check has found another node.
pub(crate) async fn until_domain(cluster: &Cluster, domain: &str) {
    let found = async {
        while cluster.system_info().is_none_or(|info| info.xmpp_domain != domain) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), found).await.unwrap();
}

pub(crate) fn credentials() -> Credentials {
    Credentials::new("1042", "open sesame")
}

pub(crate) fn user() -> Request {
    Request::User { id: "1042".to_owned() }
}

pub(crate) fn ready() -> Request {
    Request::ChangeState { user: "1042".to_owned(), state: UserState::Ready, reason_code_id: None }
}

pub(crate) async fn ask(cluster: &dyn Link, request: &Request) -> Result<Answer, Failure> {
    cluster.request(&credentials(), request.clone(), "req-7".to_owned(), Priority::WaitedFor).await
}
