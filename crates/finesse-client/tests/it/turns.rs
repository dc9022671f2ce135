//! How many requests are under way at one node, who goes first, and how many connections stay open.

use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use finesse_client::{
    AnswerBody, BoxFuture, Cluster, ClusterConfig, Credentials, Dial, Http, Link, Priority, TokenService,
};
use finesse_types::{Answer, Failure, Request, Token};
use futures_util::{FutureExt, StreamExt};
use http::Response;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::node::{ask, config, credentials, ready, user};

/// A node that answers a request when it may.
#[derive(Debug)]
struct Slow {
    /// The requests, by their methods and ids.
    came: Mutex<Vec<String>>,
    may_answer: Semaphore,
}

#[derive(Debug, Clone)]
struct Seam(Arc<Slow>);

impl Http for Seam {
    fn exchange(
        &self,
        request: http::Request<String>,
    ) -> BoxFuture<'_, Result<Response<AnswerBody>, Failure>> {
        Box::pin(async move {
            if request.uri().path().ends_with("/SystemInfo") {
                return Ok(answer(200, SYSTEM_INFO));
            }
            let of = request.headers().get("requestId").map_or("", |id| id.to_str().unwrap());
            self.0.came.lock().unwrap().push(format!("{} {of}", request.method()));
            self.0.may_answer.acquire().await.unwrap().forget();
            Ok(match request.method().as_str() {
                "GET" => answer(200, USER),
                "POST" => answer(200, r#"{"token":"t2"}"#),
                _ => answer(202, ""),
            })
        })
    }
}

impl Dial for Seam {
    fn dial<'a>(&'a self, _: &'a str, _: u16) -> gc_xmpp::Dialled<'a> {
        Box::pin(async { Err(std::io::ErrorKind::ConnectionRefused.into()) })
    }
}

const SYSTEM_INFO: &str =
    "<SystemInfo><status>IN_SERVICE</status><xmppDomain>node.example</xmppDomain></SystemInfo>";
const USER: &str = "<User><loginId>1042</loginId></User>";

fn answer(status: u16, body: &'static str) -> Response<AnswerBody> {
    let body = futures_util::stream::iter([Ok(body.into())]).boxed();
    let response = Response::builder().status(status).header("content-type", "application/xml");
    response.body(body).unwrap()
}

fn at_once(number: usize, url: &str) -> ClusterConfig {
    let mut config = config(&[url]);
    config.rest.at_once = NonZeroUsize::new(number).unwrap();
    config
}

/// A slow node with a cluster that asks it so many things at once.
fn slow(number: usize) -> (Arc<Slow>, Arc<Cluster>) {
    slow_with(at_once(number, "http://a.example"))
}

fn slow_with(config: ClusterConfig) -> (Arc<Slow>, Arc<Cluster>) {
    let node = Arc::new(Slow { came: Mutex::default(), may_answer: Semaphore::new(0) });
    let seam = Seam(Arc::clone(&node));
    let cluster = Cluster::over(config, Arc::new(seam.clone()), Arc::new(seam)).unwrap();
    (node, Arc::new(cluster))
}

fn asks(
    all: &mut JoinSet<Result<Answer, Failure>>,
    cluster: &Arc<Cluster>,
    request: Request,
    id: &'static str,
    priority: Priority,
) {
    let cluster = Arc::clone(cluster);
    all.spawn(async move { cluster.request(&credentials(), request, id.to_owned(), priority).await });
}

/// The clock is paused: it moves when everybody waits.
async fn everybody_waits() {
    tokio::time::sleep(Duration::from_millis(100)).await;
}

#[tokio::test(start_paused = true)]
async fn so_many_requests_are_under_way_and_commands_go_before_the_background() {
    let (node, cluster) = slow(2);
    let mut all = JoinSet::new();
    for id in ["b1", "b2", "b3"] {
        asks(&mut all, &cluster, user(), id, Priority::background());
        everybody_waits().await;
    }
    assert_eq!(*node.came.lock().unwrap(), ["GET b1"], "one place is for what is waited for");
    asks(&mut all, &cluster, user(), "r1", Priority::WaitedFor);
    everybody_waits().await;
    asks(&mut all, &cluster, user(), "r2", Priority::WaitedFor);
    everybody_waits().await;
    asks(&mut all, &cluster, ready(), "w1", Priority::background());
    everybody_waits().await;
    assert_eq!(*node.came.lock().unwrap(), ["GET b1", "GET r1"]);
    for _ in 0..6 {
        node.may_answer.add_permits(1);
        everybody_waits().await;
    }
    assert!(all.join_all().await.iter().all(Result::is_ok));
    assert_eq!(*node.came.lock().unwrap(), ["GET b1", "GET r1", "PUT w1", "GET r2", "GET b2", "GET b3"]);
}

#[tokio::test(start_paused = true)]
async fn tokens_of_many_agents_are_not_renewed_all_at_once() {
    let mut config = config(&["http://a.example"]);
    (config.opening.at_once, config.opening.per_second) =
        (NonZeroUsize::new(3).unwrap(), NonZeroU32::new(10).unwrap());
    config.token_service =
        Some(TokenService { url: "http://tokens.example/".to_owned(), authorization: None });
    let (service, cluster) = slow_with(config);
    let mut all = JoinSet::new();
    for agent in 0..20 {
        let (cluster, token) = (Arc::clone(&cluster), Token::read("t1"));
        let credentials = Credentials::with_token(agent.to_string(), token);
        all.spawn(async move { cluster.renew_token(&credentials).await });
    }
    let came = || service.came.lock().unwrap().len();
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(came(), 3, "without an answer no more are under way");
    service.may_answer.add_permits(20);
    tokio::time::sleep(Duration::from_millis(450)).await;
    assert!((5..12).contains(&came()), "{}", came());
    assert!(all.join_all().await.iter().all(Result::is_ok));
}

#[tokio::test(start_paused = true)]
async fn what_hangs_keeps_nobody_out_for_longer_than_a_second() {
    let (node, cluster) = slow(2);
    let (mut hanging, mut next) = (JoinSet::new(), JoinSet::new());
    for id in ["w1", "w2"] {
        asks(&mut hanging, &cluster, ready(), id, Priority::WaitedFor);
    }
    everybody_waits().await;
    asks(&mut next, &cluster, ready(), "w3", Priority::WaitedFor);
    everybody_waits().await;
    assert_eq!(node.came.lock().unwrap().len(), 2);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(*node.came.lock().unwrap(), ["PUT w1", "PUT w2", "PUT w3"]);
    assert_eq!(hanging.join_all().await, vec![Err(Failure::TimedOut { sent: true }); 2]);
}

#[tokio::test(start_paused = true)]
async fn what_had_no_turn_in_time_was_not_sent_and_what_is_under_way_may_have_arrived() {
    let (node, cluster) = slow(1);
    let mut reads = JoinSet::new();
    // One a second has its turn, and none an answer.
    for _ in 0..40 {
        asks(&mut reads, &cluster, user(), "r", Priority::WaitedFor);
    }
    let failures = reads.join_all().await.into_iter().map(Result::unwrap_err);
    let not_sent: Vec<_> = failures.filter(|failure| *failure == Failure::TimedOut { sent: false }).collect();
    assert_eq!(not_sent.len(), 20);
    assert_eq!(not_sent[0].to_string(), "the request could not be sent to Finesse in time");
    let took = cluster.measures().requests;
    assert!(took.keys().any(|(_, outcome)| *outcome == "no_turn"), "{took:?}");
    let mut writes = JoinSet::new();
    asks(&mut writes, &cluster, ready(), "w1", Priority::WaitedFor);
    assert_eq!(writes.join_all().await, [Err(Failure::TimedOut { sent: true })]);
    assert!(node.came.lock().unwrap().contains(&"PUT w1".to_owned()));
}

/// The first node answers nothing but SystemInfo; the second one everything.
#[derive(Debug, Clone)]
struct Pair {
    first: Seam,
    is_out: Arc<AtomicBool>,
}

impl Http for Pair {
    fn exchange(
        &self,
        request: http::Request<String>,
    ) -> BoxFuture<'_, Result<Response<AnswerBody>, Failure>> {
        let is_first = request.uri().host() == Some("a.example");
        let is_system_info = request.uri().path().ends_with("/SystemInfo");
        if is_first && is_system_info && self.is_out.load(Ordering::SeqCst) {
            return Box::pin(async { Ok(answer(200, OUT_OF_SERVICE)) });
        }
        match is_first || is_system_info {
            true => self.first.exchange(request),
            false => Box::pin(async { Ok(answer(200, USER)) }),
        }
    }
}

const OUT_OF_SERVICE: &str =
    "<SystemInfo><status>OUT_OF_SERVICE</status><xmppDomain>node.example</xmppDomain></SystemInfo>";

#[tokio::test(start_paused = true)]
async fn what_waits_at_a_node_that_has_gone_is_asked_of_the_other_one() {
    let node = Arc::new(Slow { came: Mutex::default(), may_answer: Semaphore::new(0) });
    let is_out = Arc::new(AtomicBool::new(false));
    let pair = Pair { first: Seam(Arc::clone(&node)), is_out: Arc::clone(&is_out) };
    let mut config = config(&["http://a.example", "http://b.example"]);
    config.rest.at_once = NonZeroUsize::MIN;
    let cluster = Arc::new(Cluster::over(config, Arc::new(pair), Arc::new(Seam(Arc::clone(&node)))).unwrap());
    let (mut under_way, mut waiting) = (JoinSet::new(), JoinSet::new());
    asks(&mut under_way, &cluster, ready(), "w1", Priority::WaitedFor);
    everybody_waits().await;
    asks(&mut waiting, &cluster, user(), "r1", Priority::WaitedFor);
    everybody_waits().await;
    is_out.store(true, Ordering::SeqCst);
    assert!(waiting.join_next().await.unwrap().unwrap().is_ok(), "the other node has answered");
    assert!(under_way.join_next().now_or_never().is_none(), "what is under way is where it is");
    assert_eq!(*node.came.lock().unwrap(), ["PUT w1"]);
}

/// A node that keeps its connections open, and counts them.
struct Keeper {
    url: String,
    open: Arc<AtomicUsize>,
}

impl Keeper {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let open = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&open);
        tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                let open = Arc::clone(&counted);
                open.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(async move {
                    keep(socket).await;
                    open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Self { url, open }
    }
}

/// Answers until the client hangs up.
async fn keep(mut socket: TcpStream) {
    let (mut text, mut buffer) = (String::new(), [0; 4096]);
    while let Ok(read @ 1..) = socket.read(&mut buffer).await {
        text.push_str(&String::from_utf8_lossy(&buffer[..read]));
        while let Some((head, rest)) = text.split_once("\r\n\r\n") {
            let body = if head.contains("/SystemInfo") { SYSTEM_INFO } else { USER };
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: {length}\r\n\r\n{body}"
            );
            text = rest.to_owned();
            socket.write_all(answer.as_bytes()).await.unwrap();
        }
    }
}

#[tokio::test]
async fn no_more_connections_stay_open_than_requests_are_under_way() {
    let node = Keeper::start().await;
    let cluster = Arc::new(Cluster::new(at_once(3, &node.url)).unwrap());
    let mut all = JoinSet::new();
    for _ in 0..60 {
        let cluster = Arc::clone(&cluster);
        all.spawn(async move { ask(&*cluster, &user()).await });
    }
    assert!(all.join_all().await.iter().all(Result::is_ok));
    let few = async {
        while node.open.load(Ordering::SeqCst) > 3 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), few).await.unwrap();
}
