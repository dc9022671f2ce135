//! Two connectors of a group in this process: one leads, the other one passes on to it.

mod leaving;
mod once;

use std::sync::{Arc, Mutex};

use finesse_sim::Running;
use gc_environment::Watched;
use gc_group::{Lead, Member, Standing, View};
use gc_server::{Config, Server};
use serde_json::{Value, json};
use tracing::Dispatch;
use tracing::subscriber::{DefaultGuard, NoSubscriber};
use uuid::Uuid;

use crate::audit::entries;
use crate::support::client::Client;
use crate::support::decided::Decided;
use crate::support::pki::{Authority, Files};
use crate::support::stage::{Control, Settings, gc_toml, simulator};
use crate::support::tenants::{entry, token};
use crate::support::{soon, until};

const LEADER: Uuid = Uuid::from_u128(1);
const FOLLOWER: Uuid = Uuid::from_u128(2);

/// A leader, a follower, and what the follower knows.
struct Pair {
    sim: Running,
    authority: Authority,
    leader: Server,
    follower: Server,
    view: Watched<View>,
    files: [Files; 2],
}

impl Pair {
    async fn start() -> Self {
        Self::with(&[]).await
    }

    async fn with(settings: Settings<'_>) -> Self {
        let authority = Authority::new();
        let files = [Files::of(&authority), Files::of(&authority)];
        Self::of(authority, files, settings).await
    }

    /// The files of the leader and of the follower.
    async fn of(authority: Authority, files: [Files; 2], settings: Settings<'_>) -> Self {
        let sim = simulator(false).await;
        let toml = |files: &Files, url: &str| {
            let group = group(files, url);
            let all: Vec<_> = settings.iter().copied().chain([("group", group.as_str())]).collect();
            gc_toml(&sim, &all)
        };
        let leader = Config::parse(&toml(&files[0], "https://localhost:1")).unwrap();
        let leader = Server::start_in(&leader, Decided::leads(LEADER)).await.unwrap();
        Client::of(leader.address()).is_ready().await;
        let url = format!("https://localhost:{}", leader.group_address().unwrap().port());
        let view = Watched::new(led_by(&member(LEADER, &url)));
        let follower = Config::parse(&toml(&files[1], "https://localhost:2")).unwrap();
        let follower = Server::start_in(&follower, Decided::follows(FOLLOWER, &view)).await.unwrap();
        Self { sim, authority, leader, follower, view, files }
    }

    fn leads(&self) -> Member {
        self.view.read(|view| match &view.lead {
            Lead::At(member) => member.clone(),
            lead => panic!("{lead:?}"),
        })
    }

    fn client(&self) -> Client {
        Client::of(self.follower.address())
    }

    async fn end(self) {
        self.follower.stop().await;
        self.leader.stop().await;
        self.sim.shutdown().await;
    }
}

fn group(files: &Files, url: &str) -> String {
    let folder = files.directory.path().display();
    format!(
        "{{ url = '{url}', listen = '127.0.0.1:0', certificate = '{folder}/server.pem', key = '{folder}/server.key', \
         authorities = '{folder}/clients.pem' }}"
    )
}

fn member(id: Uuid, url: &str) -> Member {
    let standing = Standing { sees: ["default".to_owned()].into(), ..Standing::default() };
    Member { standing, ..Member::new(id, url, "1.0.0") }
}

fn led_by(leader: &Member) -> View {
    let members = vec![leader.clone(), member(FOLLOWER, "https://localhost:2")];
    View { lead: Lead::At(leader.clone()), members, ..View::unknown() }
}

fn nobody() -> View {
    View { members: vec![member(FOLLOWER, "https://localhost:2")], ..View::unknown() }
}

#[tokio::test]
async fn through_a_follower_an_agent_works_as_through_the_leader() {
    let pair = Pair::start().await;
    let (client, control) = (pair.client(), Control::of(&pair.sim));
    client.is_ready().await;
    let mut events = client.watched("desk").await;
    client.signs_in("1001", "desk", &mut events).await;
    client.accepted("MakeReady#1001", "").await;
    events.brief("State READY").await;
    let call = control.call("5550100", "1001").await;
    events.of_type("NewInboundCall").await;
    client.accepted("AnswerCall#1001", &call).await;
    events.brief("InboundCall ACTIVE").await;
    let near = Client::of(pair.leader.address());
    for (name, body, status) in [("AnswerCall#1099", "1", 409), ("Nothing#1001", "", 400)] {
        let (near, far) = (near.send(name, body).await, client.send(name, body).await);
        assert_eq!((near.status, &near.json), (status, &far.json), "{name}");
        assert_eq!(far.status, status, "{name}");
    }
    pair.end().await;
}

#[tokio::test]
async fn what_the_leader_answers_comes_back_as_it_is() {
    let pair = Pair::start().await;
    let (near, far) = (Client::of(pair.leader.address()), pair.client());
    near.is_ready().await;
    far.hello("desk").await;
    for path in [
        "/openapi.json",
        "/admin/clients/desk",
        "/admin/clients/nobody",
        "/admin/page.css",
        "/gc/events/nobody",
        "/nothing",
    ] {
        let (near, far) = (near.get(path).await, far.get(path).await);
        assert_eq!(near.status(), far.status(), "{path}");
        let names = |answer: &reqwest::Response| {
            let mut names: Vec<_> = answer.headers().keys().map(ToString::to_string).collect();
            names.sort();
            names
        };
        assert_eq!(names(&near), names(&far), "{path}");
        if path != "/admin/clients/desk" {
            assert_eq!(near.text().await.unwrap(), far.text().await.unwrap(), "{path}");
        }
    }
    let page = far.get("/admin/").await.text().await.unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("desk"), "{page}");
    pair.end().await;
}

#[tokio::test]
async fn a_follower_identifies_callers_itself_and_the_leader_knows_them_by_name() {
    let clients = format!("[{}, {}]", entry("crm", 1, "agent"), entry("bell", 2, "agent"));
    let pair = Pair::with(&[("client", &clients)]).await;
    let client = pair.client();
    client.send("Hello#crm", "").await.is_error(401, "GENERAL_ERROR");
    let client = client.bearing(&token(1));
    client.hello("crm").await;
    client.send("Hello#bell", "").await.is_error(403, "GENERAL_ERROR");
    assert_eq!(client.get("/admin/clients").await.status(), 403);
    assert_eq!(client.get("/gc/events/bell").await.status(), 404);
    pair.end().await;
}

#[tokio::test]
async fn without_a_leader_commands_get_503_and_when_to_try_again() {
    let pair = Pair::start().await;
    let client = pair.client();
    pair.view.replace(nobody());
    let refused = client.send("Hello#desk", "").await;
    refused.is_error(503, "PLEASE_RETRY");
    assert!(refused.says_when, "nothing was begun");
    assert_eq!(client.get("/gc/events/desk").await.headers()["retry-after"], "2");
    assert_eq!(client.get("/health/ready").await.status(), 503);
    assert_eq!(client.get("/health/live").await.status(), 200);
    assert_eq!(client.get("/openapi.json").await.status(), 200);
    let members: Value = client.get("/admin/members").await.json().await.unwrap();
    assert_eq!((&members["leader"], &members["members"][0]["answers"]), (&Value::Null, &json!(true)));
    pair.end().await;
}

#[tokio::test]
async fn a_follower_is_as_ready_as_its_leader_says_of_itself() {
    let pair = Pair::start().await;
    let client = pair.client();
    client.is_ready().await;
    pair.view.replace(led_by(&Member { standing: Standing::default(), ..pair.leads() }));
    let answer = client.get("/health/ready").await;
    assert_eq!(answer.status(), 503);
    assert!(answer.text().await.unwrap().ends_with("Finesse is not in service there\n"));
    pair.end().await;
}

#[tokio::test]
async fn a_live_stream_ends_in_order_when_another_one_leads_and_goes_on_behind_its_last_event() {
    let pair = Pair::start().await;
    let client = pair.client();
    client.hello("desk").await;
    let first = client.events("desk", None).await.of_type("System").await;
    let stream = client.get("/gc/events/desk?since=1").await;
    let leader = pair.leads();
    pair.view.replace(nobody());
    ends_in_order(stream).await;
    assert_eq!(client.get("/gc/events/desk").await.status(), 503);
    pair.view.replace(led_by(&leader));
    let mut events = client.events("desk", Some(&first.id)).await;
    client.hello("desk").await;
    assert_eq!(events.of_type("System").await.sequence(), first.sequence() + 1);
    // The same when the leader goes without a word of the group.
    let stream = client.get("/gc/events/desk?since=1").await;
    pair.leader.stop().await;
    ends_in_order(stream).await;
    pair.follower.stop().await;
    pair.sim.shutdown().await;
}

#[tokio::test]
async fn a_live_stream_ends_at_the_leader_too_when_its_client_has_gone() {
    let clients = format!("[{}]", entry("crm", 1, "agent"));
    let pair = Pair::with(&[("client", &clients), ("http.limits.requests_at_once", "1")]).await;
    let [near, far] =
        [pair.leader.address(), pair.follower.address()].map(|at| Client::of(at).bearing(&token(1)));
    far.hello("crm").await;
    let stream = far.get("/gc/events/crm").await;
    assert_eq!(stream.status(), 200);
    // At both it counts as a request of its client.
    for client in [&near, &far] {
        client.send("Beat#crm", "").await.is_error(429, "PLEASE_RETRY");
    }
    drop(stream);
    for client in [&near, &far] {
        until("the end of the stream", async || client.send("Beat#crm", "").await.status == 202).await;
    }
    pair.end().await;
}

#[tokio::test]
async fn a_live_stream_through_a_follower_ends_when_its_caller_may_no_longer_read_it() {
    let clients = |token| format!("[{}]", entry("crm", token, "agent"));
    let pair = Pair::with(&[("client", &clients(1))]).await;
    let client = pair.client().bearing(&token(1));
    client.hello("crm").await;
    let stream = client.get("/gc/events/crm").await;
    let files = Files::of(&pair.authority);
    let group = group(&files, "https://localhost:2");
    let toml = gc_toml(&pair.sim, &[("client", &clients(2)), ("group", &group)]);
    pair.follower.reload(&Config::parse(&toml).unwrap()).unwrap();
    ends_in_order(stream).await;
    pair.end().await;
}

#[tokio::test]
async fn the_limits_of_a_client_hold_at_the_follower_and_at_the_leader() {
    let limits = [("http.limits.hellos_per_second", "1"), ("http.limits.hellos_burst", "2")];
    let pair = Pair::with(&limits).await;
    let (near, far) = (Client::of(pair.leader.address()), pair.client());
    far.hello("desk").await;
    near.hello("desk").await;
    // The leader has counted both; the follower only its own.
    far.send("Hello#desk", "").await.is_error(429, "PLEASE_RETRY");
    let long = "x".repeat(100_000);
    far.send("Hello#desk", &long).await.is_error(413, "PLEASE_RETRY");
    pair.end().await;
}

/// It has expired: the leader ends the handshake when the request is on its way already.
#[tokio::test]
async fn a_follower_whose_certificate_the_leader_refuses_says_so_and_that_nothing_was_begun() {
    let written = Written::here("gc_server=warn,off");
    let authority = Authority::new();
    let files = [Files::of(&authority), Files::of(&authority)];
    files[1].exchange(&authority.sign_until(&["localhost"], 2001));
    let pair = Pair::of(authority, files, &[]).await;
    let client = pair.client();
    let (one, two) = tokio::join!(client.send("Connect#1001", "desk,demo"), client.send("Beat#desk", ""));
    for answer in [one, two] {
        answer.is_error(503, "PLEASE_RETRY");
        let text = answer.json["errorMessage"].as_str().unwrap();
        assert!(text.contains("Nothing was begun") && answer.says_when, "{answer:?}");
    }
    let text = written.text();
    let said = text.lines().filter(|line| line.contains("requests cannot be passed on")).collect::<Vec<_>>();
    assert!(said.len() == 1 && said[0].contains("CertificateExpired"), "{text}");
    pair.end().await;
}

#[tokio::test]
async fn both_connectors_write_who_asked_and_through_whom() {
    let written = Written::here("audit=info,off");
    let clients = format!("[{}]", entry("courier", 1, "agent"));
    let pair = Pair::with(&[("client", &clients)]).await;
    let client = pair.client().bearing(&token(1));
    let id = client.accepted("Hello#courier", "").await;
    let url = pair.leads().url;
    pair.end().await;
    let mut entries = entries(&written.text());
    entries.retain(|(fields, _)| fields["principal"] == "courier");
    let briefs: Vec<_> = entries.iter().map(|(_, brief)| brief.as_str()).collect();
    let expected =
        ["accepted", "done", "forwarded"].map(|outcome| format!("courier Hello - courier {outcome} - -"));
    let sorted = |mut lines: Vec<&str>| {
        lines.sort_unstable();
        lines.join("\n")
    };
    assert_eq!(sorted(briefs), expected.join("\n"));
    for (fields, brief) in &entries {
        let leader = brief.contains("forwarded").then_some(url.as_str());
        assert_eq!(fields["through"], "https://localhost:2", "{brief}");
        assert_eq!((fields["leader"].as_str(), &fields["address"]), (leader, &json!("127.0.0.1")), "{brief}");
        assert_eq!(fields["command_id"], id, "{brief}");
    }
}

/// What is logged, in JSON, until this is dropped: everything of a test runs in its thread, and other threads have other tests.
struct Written {
    lines: Lines,
    _second: Dispatch,
    _here: DefaultGuard,
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Written {
    fn here(filter: &str) -> Self {
        let lines = Lines::default();
        let writer = lines.clone();
        let logs = tracing_subscriber::fmt().json().with_env_filter(filter);
        // While there is one subscriber only, a test in another thread can turn a line off for all of them.
        let second = Dispatch::new(NoSubscriber::default());
        let here = tracing::subscriber::set_default(logs.with_writer(move || writer.clone()).finish());
        Self { lines, _second: second, _here: here }
    }

    fn text(&self) -> String {
        String::from_utf8(self.lines.0.lock().unwrap().clone()).unwrap()
    }
}

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        std::io::Write::write(&mut *self.0.lock().unwrap(), bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The stream comes to its end, and is not broken off.
async fn ends_in_order(mut stream: reqwest::Response) {
    assert_eq!(stream.status(), 200);
    while soon("the end of the stream", stream.chunk()).await.unwrap().is_some() {}
}
