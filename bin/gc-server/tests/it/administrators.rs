//! What administrators see of clients, and do with them.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::audit::entries;
use crate::support::admin::{ask, get};
use crate::support::client::{Answer, Client};
use crate::support::process::Process;
use crate::support::receiver::{OK, Receiver, Then};
use crate::support::stage::{Settings, Stage, gc_toml, simulator};
use crate::support::tenants::{entry, token};
use crate::support::until;

const REJECTED: Then = Then::Answer("HTTP/1.1 422 Unprocessable Content\r\ncontent-length: 0\r\n\r\n");
const BUSY: Then = Then::Answer("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n");

/// Two tenants, acme and bell, an administrator of acme's clients, and one of all.
struct Tenants {
    stage: Stage,
    acme: Client,
    bell: Client,
    /// Of acme's clients.
    own: Client,
    root: Client,
}

impl Tenants {
    async fn new(settings: Settings<'_>) -> Self {
        let hash = token(3).hash();
        let own = format!(
            "{{ name = 'acme-admin', token_hashes = ['{hash}'], destinations = ['acme*'], rights = ['admin'] }}"
        );
        let (acme, bell, root) =
            (entry("acme", 1, "agent"), entry("bell", 2, "agent"), entry("root", 4, "admin"));
        let clients = format!("[{acme}, {bell}, {own}, {root}]");
        let stage = Stage::with(&[&[("client", clients.as_str())], settings].concat()).await;
        let [acme, bell, own, root] = [1, 2, 3, 4].map(|number| stage.client().bearing(&token(number)));
        Self { stage, acme, bell, own, root }
    }
}

fn destinations(page: &Value) -> Vec<&str> {
    page["clients"].as_array().unwrap().iter().map(|each| each["destination"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn an_administrator_with_destinations_sees_and_touches_only_its_own_clients() {
    let Tenants { stage, acme, bell, own, root } = Tenants::new(&[]).await;
    acme.hello("acme-1").await;
    let receiver = Receiver::scripted([REJECTED, REJECTED, REJECTED], OK).await;
    bell.hello_with_callback("bell-1", &receiver.url).await;
    let letters = "/clients/bell-1/dead-letters";
    until("a dead letter", async || get(&root, letters).await != json!([])).await;
    let id = get(&root, letters).await[0]["id"].as_str().unwrap().to_owned();

    // Another's client is answered exactly as one that does not exist.
    let (get_it, delete, post) = (Method::GET, Method::DELETE, Method::POST);
    for (method, rest) in [
        (&get_it, ""),
        (&delete, ""),
        (&get_it, "/dead-letters"),
        (&delete, "/dead-letters"),
        (&post, "/dead-letters/replay"),
        (&get_it, &format!("/dead-letters/{id}")),
        (&delete, &format!("/dead-letters/{id}")),
        (&post, &format!("/dead-letters/{id}/replay")),
    ] {
        let others = ask(&own, method.clone(), &format!("/clients/bell-1{rest}")).await;
        let nobodys = ask(&root, method.clone(), &format!("/clients/nobody{rest}")).await;
        let own_nobodys = ask(&own, method.clone(), &format!("/clients/acme-9{rest}")).await;
        let text = |answer: &Answer, client: &str| answer.json.to_string().replace(client, "X");
        for (answer, client) in [(&others, "bell-1"), (&nobodys, "nobody"), (&own_nobodys, "acme-9")] {
            assert_eq!(answer.status, 404, "{method} {rest}: {answer:?}");
            assert_eq!(text(answer, client), text(&others, "bell-1"), "{method} {rest}");
        }
    }
    assert_eq!(destinations(&get(&own, "/clients").await), ["acme-1"]);
    assert_eq!(destinations(&get(&root, "/clients").await), ["acme-1", "bell-1"]);
    assert_eq!(get(&own, "/clients/acme-1").await["destination"], "acme-1");
    assert_eq!(get(&root, letters).await.as_array().unwrap().len(), 1, "nothing of it is touched");
    stage.end().await;
}

#[tokio::test]
async fn an_administrator_with_destinations_counts_the_refusals_that_name_its_clients() {
    let Tenants { stage, acme, bell, own, root } = Tenants::new(&[]).await;
    acme.hello("acme-1").await;
    bell.hello("bell-1").await;
    bell.send("Hello#acme-1", "").await.is_error(403, "GENERAL_ERROR");
    acme.send("Hello#bell-1", "").await.is_error(403, "GENERAL_ERROR");
    // A client that is not there is nobody's.
    bell.send("Hello#acme-2", "").await.is_error(403, "GENERAL_ERROR");
    let counted = async |who: &Client| get(who, "/refusals").await["not_its_own"].clone();
    assert_eq!((counted(&own).await, counted(&root).await), (json!(1), json!(3)));
    let reasons = |counts: &Value| counts.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(reasons(&get(&own, "/refusals").await), reasons(&get(&root, "/refusals").await));
    stage.end().await;
}

#[tokio::test]
async fn an_administrator_with_destinations_sees_only_the_agents_and_errors_of_its_clients() {
    let Tenants { stage, acme, bell, own, root } = Tenants::new(&[]).await;
    let mut events = acme.watched("acme-1").await;
    acme.signs_in("1001", "acme-1", &mut events).await;
    let mut events = bell.watched("bell-1").await;
    bell.signs_in("1002", "bell-1", &mut events).await;
    bell.accepted("AnswerCall#1002", "16777217").await;
    events.of_type("Error").await;
    bell.accepted("Connect#1001", "bell-1,wrong").await;
    events.of_type("Error").await;

    let ids = async |who: &Client, path: &str| {
        let page = get(who, path).await;
        let agents = page["agents"].as_array().unwrap().iter();
        agents.map(|agent| agent["agent"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    for (path, all) in [("/agents", vec!["1001", "1002"]), ("/agents?client=bell-1", vec!["1002"])] {
        assert_eq!(ids(&root, path).await, all);
        let own_ids: Vec<_> = all.into_iter().filter(|id| *id == "1001").collect();
        assert_eq!(ids(&own, path).await, own_ids, "{path}");
    }
    for (method, path) in [(Method::GET, "1002"), (Method::POST, "1002/move")] {
        let others = ask(&own, method.clone(), &format!("/agents/{path}")).await;
        others.is_error(404, "GENERAL_ERROR");
        let nobodys = ask(&own, method, &format!("/agents/{}", path.replace("1002", "1077"))).await;
        assert_eq!(others.json.to_string(), nobodys.json.to_string().replace("1077", "1002"));
    }
    let agents = async |who: &Client| get(who, "/clusters").await["clusters"][0]["agents"].clone();
    assert_eq!((agents(&own).await, agents(&root).await), (json!(1), json!(2)));
    let codes = async |who: &Client| get(who, "/errors").await["errors"].as_array().unwrap().len();
    assert_eq!((codes(&own).await, codes(&root).await), (0, 2));
    // The log is one for all.
    ask(&own, Method::GET, "/log").await.is_error(403, "GENERAL_ERROR");
    ask(&own, Method::PUT, "/log").await.is_error(403, "GENERAL_ERROR");
    stage.end().await;
}

#[tokio::test]
async fn clients_are_listed_page_by_page_and_shown_with_their_delivery() {
    let Tenants { stage, acme, root, .. } = Tenants::new(&[]).await;
    let receiver = Receiver::scripted([OK], BUSY).await;
    let callback = format!("{}/events?token=hush", receiver.url);
    acme.hello_with_callback("acme-1", &callback).await;
    until("a delivery", async || get(&root, "/clients/acme-1").await["lastAttempt"] == "delivered").await;
    acme.accepted("Beat#acme-1", "").await;
    let busy = "the receiver answered with status 503";
    until("a failure", async || get(&root, "/clients/acme-1").await["lastAttempt"] == busy).await;
    let mut shown = get(&root, "/clients/acme-1").await;
    assert!(shown["oldestAgeSeconds"].take().is_u64(), "{shown}");
    let expected = json!({
        "destination": "acme-1", "cluster": "default", "callback": format!("{}/events", receiver.url),
        "order": "client", "undelivered": 1, "oldestAgeSeconds": null, "deadLetters": 0, "lastSequence": 2,
        "lastAttempt": busy, "breaker": "closed", "agents": 0,
    });
    assert_eq!(shown, expected);

    let mut events = acme.watched("acme-2").await;
    acme.signs_in("1001", "acme-2", &mut events).await;
    acme.hello("acme-3").await;
    let shown = get(&root, "/clients/acme-2").await;
    assert_eq!(
        (&shown["agents"], &shown["callback"], &shown["breaker"]),
        (&json!(1), &Value::Null, &Value::Null)
    );
    let first = get(&root, "/clients?limit=2").await;
    assert_eq!((destinations(&first), &first["next"]), (vec!["acme-1", "acme-2"], &json!("acme-2")));
    let second = get(&root, "/clients?limit=2&after=acme-2").await;
    assert_eq!((destinations(&second), &second["next"]), (vec!["acme-3"], &Value::Null));
    for query in ["limit=0", "limit=1001", "limit=x", "page=2"] {
        ask(&root, Method::GET, &format!("/clients?{query}")).await.is_error(400, "GENERAL_ERROR");
    }
    stage.end().await;
}

#[tokio::test]
async fn a_forgotten_client_leaves_nothing_and_may_come_again_as_a_new_one() {
    let Tenants { stage, acme, root, .. } = Tenants::new(&[("session.keep_signed_out", "'0s'")]).await;
    let mut events = acme.watched("acme").await;
    let epoch = |id: &str| id.split_once('.').unwrap().0.to_owned();
    acme.signs_in("1001", "acme", &mut events).await;
    let refused = ask(&root, Method::DELETE, "/clients/acme").await;
    refused.is_error(409, "GENERAL_ERROR");
    assert!(
        refused.json["errorMessage"].as_str().unwrap().ends_with("(session.keep_signed_out)."),
        "{refused:?}"
    );
    assert_eq!(acme.send("GetState#1001", "").await.status, 202, "it is as before");

    acme.accepted("Logout#1001", "").await;
    let before = epoch(&events.brief("State LOGOUT").await.id);
    until("the end of the session", async || get(&root, "/clients/acme").await["agents"] == 0).await;
    let answer = ask(&root, Method::DELETE, "/clients/acme").await;
    assert_eq!((answer.status, answer.json["deadLetters"].clone()), (200, json!(0)), "{answer:?}");
    events.rest().await;
    assert_eq!(ask(&root, Method::DELETE, "/clients/acme").await.status, 404);
    assert_eq!(acme.send("Beat#acme", "").await.status, 409);

    let mut again = acme.watched("acme").await;
    acme.accepted("Beat#acme", "").await;
    let event = again.of_type("System").await;
    assert_ne!(epoch(&event.id), before);
    assert_eq!(event.sequence(), 2);
    stage.end().await;
}

#[tokio::test]
async fn an_address_that_is_not_there_is_answered_with_what_is() {
    let Tenants { stage, root, acme, .. } = Tenants::new(&[]).await;
    let text = |answer: &Answer| answer.json["errorMessage"].as_str().unwrap().to_owned();
    for path in ["/nothing", "/client", "/clients/acme/letters"] {
        let answer = ask(&root, Method::GET, path).await;
        answer.is_error(404, "GENERAL_ERROR");
        assert!(text(&answer).contains("GET or DELETE /admin/clients/{client}, "), "{answer:?}");
    }
    for path in ["/clients/%ff", "/clients/%ff/dead-letters", "/clients/acme/dead-letters/%ff"] {
        ask(&root, Method::GET, path).await.is_error(400, "GENERAL_ERROR");
    }
    for (path, says) in [
        ("/", "GET /admin/."),
        ("/refusals", "GET /admin/refusals."),
        ("/log", "GET or PUT /admin/log."),
        ("/agents/1001/move", "POST /admin/agents/{id}/move."),
        ("/clients", "GET /admin/clients."),
        ("/clients/acme", "GET or DELETE /admin/clients/{client}."),
        ("/clients/acme/dead-letters", "GET or DELETE /admin/clients/{client}/dead-letters."),
        ("/clients/acme/dead-letters/replay", "POST /admin/clients/{client}/dead-letters/replay."),
        ("/clients/acme/dead-letters/7", "GET or DELETE /admin/clients/{client}/dead-letters/{id}."),
        ("/clients/acme/dead-letters/7/replay", "POST /admin/clients/{client}/dead-letters/{id}/replay."),
    ] {
        let answer = ask(&root, Method::PATCH, path).await;
        answer.is_error(405, "GENERAL_ERROR");
        assert!(text(&answer).ends_with(says), "{path}: {answer:?}");
    }
    for (path, says) in [
        ("/gc/command", "POST /gc/command."),
        ("/gc/default/command", "POST /gc/{cluster}/command."),
        ("/gc/events/acme", "GET /gc/events/{client_destination}."),
        ("/openapi.json", "GET /openapi.json."),
        ("/health/live", "GET /health/live."),
        ("/health/ready", "GET /health/ready."),
    ] {
        let answer = acme.ask(acme.http.request(Method::PATCH, format!("{}{path}", acme.url))).await;
        answer.is_error(405, "GENERAL_ERROR");
        assert!(text(&answer).ends_with(says), "{path}: {answer:?}");
    }
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_administrator_changes_is_done_and_recorded_although_the_caller_has_gone() {
    let (sim, place) = (simulator(true).await, tempfile::tempdir().unwrap());
    // A commit takes its time, so that a caller can be gone before the answer.
    let store = format!("'{}'", place.path().join("store.redb").display());
    let clients = format!("[{}, {}]", entry("crm", 1, "agent"), entry("root", 2, "admin"));
    let gc_toml = gc_toml(&sim, &[("client", &clients), ("store.path", &store)]);
    let process = Process::serve(&gc_toml, "info").await;
    let crm = process.client().bearing(&token(1));
    let all: BTreeSet<_> = (0..20).map(|number| format!("crm-{number}")).collect();
    for name in &all {
        crm.hello(name).await;
        let mut connection = TcpStream::connect(process.address).await.unwrap();
        let token = token(2);
        let head = format!(
            "DELETE /admin/clients/{name} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\r\n",
            token.expose()
        );
        connection.write_all(head.as_bytes()).await.unwrap();
    }
    process.terminate().await;
    let (_, logs) = process.ended().await;
    let recorded = entries(&logs).into_iter().filter(|(fields, _)| {
        let action = fields["action"].as_str().unwrap_or_default();
        action.starts_with("DELETE") && fields["outcome"] == "accepted"
    });
    let recorded: BTreeSet<_> =
        recorded.map(|(fields, _)| fields["client"].as_str().unwrap().to_owned()).collect();

    let again = Process::serve(&gc_toml, "info").await;
    let page = get(&again.client().bearing(&token(2)), "/clients").await;
    let left: BTreeSet<_> = destinations(&page).into_iter().map(str::to_owned).collect();
    let gone: BTreeSet<_> = all.difference(&left).cloned().collect();
    assert_eq!(recorded, gone);
    assert!(!gone.is_empty(), "no request was read");
}
