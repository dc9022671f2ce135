//! HTTPS at the listener: both versions of HTTP, certificates of clients, and files that change.

use std::convert::Infallible;
use std::pin::pin;

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;
use gc_server::{Config, Server};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2;
use hyper::{Request, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use crate::support::encrypted::Encrypted;
use crate::support::pki::{Authority, Files};
use crate::support::process::{Process, config_file, run};
use crate::support::stage::{gc_toml, simulator};
use crate::support::tenants::{entry, token};
use crate::support::{soon, until};

#[tokio::test]
async fn commands_and_live_stream_work_over_https() {
    let stage = Encrypted::with(&[]).await;
    let client = stage.client();
    let mut events = client.watched("desk").await;
    client.signs_in("1001", "desk", &mut events).await;
    assert_eq!(client.get("/health/live").await.version(), Version::HTTP_11);
    stage.end().await;
}

#[tokio::test]
async fn a_client_that_offers_it_gets_http_2_with_commands_and_stream_on_one_connection() {
    // Long enough that only the stop can end the connection.
    let stage = Encrypted::with(&[("http.header_timeout", "'1h'")]).await;
    let stream = stage.authority.shake_hands(stage.server.address(), &["h2", "http/1.1"]).await;
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));
    let (mut sender, connection) =
        http2::handshake::<_, _, Full<Bytes>>(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    let connection = tokio::spawn(connection);
    let at = |path: &str| Request::builder().uri(format!("https://localhost{path}"));

    let hello = json!({ "data": { "type": "Hello#desk" } }).to_string();
    let hello =
        at("/gc/command").method("POST").header("content-type", "application/json").body(Full::from(hello));
    let answer = soon("an answer", sender.send_request(hello.unwrap())).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.version()), (202, Version::HTTP_2));
    let mut events = sender.send_request(at("/gc/events/desk").body(Full::default()).unwrap()).await.unwrap();
    let first = soon("an event", events.body_mut().frame()).await.unwrap().unwrap().into_data().unwrap();
    assert!(first.starts_with(b"event: System"), "{first:?}");

    // A stop ends the connection in order.
    stage.end().await;
    while let Some(frame) = soon("the end of the stream", events.body_mut().frame()).await {
        frame.unwrap();
    }
    soon("the end of the connection", connection).await.unwrap().unwrap();
    drop(sender);
}

#[tokio::test]
async fn a_stop_waits_for_a_request_under_way_over_http_2() {
    let Encrypted { sim, server, authority, files } = Encrypted::with(&[]).await;
    let listener = server.address();
    let stream = authority.shake_hands(listener, &["h2"]).await;
    let (mut sender, connection) = crate::support::http2::open(stream, 65_535).await;
    let connection = tokio::spawn(connection);
    let (chunks, mut taken) = mpsc::channel::<Result<&str, Infallible>>(1);
    let body = Body::from_stream(stream::poll_fn(move |context| taken.poll_recv(context)));
    let hello = Request::post("https://localhost/gc/command").header("content-type", "application/json");
    let answer = tokio::spawn(sender.send_request(hello.body(body).unwrap()));
    // What is answered shows that what was sent before has been begun.
    let health = sender.send_request(crate::support::http2::get("/health/live"));
    assert_eq!(soon("an answer", health).await.unwrap().status(), 200);

    let mut stop = pin!(server.stop());
    tokio::select! {
        // A stop that has ended too early is seen.
        biased;
        () = &mut stop => panic!("a request is under way"),
        () = until("the end of the listener", async || TcpStream::connect(listener).await.is_err()) => {}
    }
    chunks.send(Ok(r#"{"data":{"type":"Hello#desk"}}"#)).await.unwrap();
    drop(chunks);
    assert_eq!(soon("an answer", answer).await.unwrap().unwrap().status(), 503);
    soon("the stop", stop).await;
    soon("the end of the connection", connection).await.unwrap().unwrap();
    drop((sender, files));
    sim.shutdown().await;
}

#[tokio::test]
async fn a_certificate_says_who_asks_by_its_name_or_its_fingerprint() {
    let authority = Authority::new();
    let [named, pinned, unlisted] =
        [["crm.example"], ["desk.example"], ["www.crm.example"]].map(|names| authority.sign(&names));
    let foreign = Authority::new().sign(&["crm.example"]);
    let fingerprint: String = Sha256::digest(&pinned.der).iter().map(|byte| format!("{byte:02x}")).collect();
    let clients = format!(
        "[{{ name = 'crm', certificates = ['dns:crm.example'], destinations = ['crm'] }}, \
          {{ name = 'desk', certificates = ['sha256:{fingerprint}'], destinations = ['desk'] }}, \
          {}, {{ name = 'old', addresses = ['127.0.0.1', '::1'], destinations = ['old'] }}]",
        entry("bell", 2, "agent")
    );
    let (sim, files) = (simulator(false).await, Files::of(&authority));
    let toml = gc_toml(&sim, &[("http.tls", &files.setting()), ("client", &clients)]);
    let server = Server::start(&Config::parse(&toml).unwrap()).await.unwrap();
    let with = |own| authority.client(server.address(), own);
    with(None).is_ready().await;

    for (own, destination) in [(Some(&named), "crm"), (Some(&pinned), "desk"), (None, "old")] {
        with(own).hello(destination).await;
        with(own).send("Hello#bell", "").await.is_error(403, "GENERAL_ERROR");
    }
    // Signed, and of nobody who is known: not even the address counts.
    with(Some(&unlisted)).send("Hello#old", "").await.is_error(401, "GENERAL_ERROR");
    // A token counts more.
    let bell = format!("Bearer {}", token(2).expose());
    let hello =
        with(Some(&named)).http.post(format!("{}/gc/command", with(None).url)).header("authorization", bell);
    let answer = with(None).ask(hello.json(&json!({ "data": { "type": "Hello#bell" } }))).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    // Of another authority, or no longer good: there is no connection.
    for refused in [foreign, authority.sign_until(&["crm.example"], 2020)] {
        let client = authority.client(server.address(), Some(&refused));
        assert!(client.http.get(format!("{}/health/live", client.url)).send().await.is_err());
    }
    server.stop().await;
    sim.shutdown().await;
}

#[tokio::test]
async fn new_files_are_for_new_connections_and_those_that_are_there_go_on() {
    let stage = Encrypted::with(&[]).await;
    let client = stage.client();
    let mut events = client.watched("desk").await;
    // Beside that of the stream, one more connection that is kept.
    client.accepted("Beat#desk", "").await;
    events.of_type("System").await;
    let other = Authority::new();
    stage.files.exchange(&other.sign(&["localhost"]));
    // Nobody is identified, before and after.
    let config = Config::default();
    let knows = async |authority: &Authority| {
        let client = authority.client(stage.server.address(), None);
        soon("an answer", client.http.get(format!("{}/health/live", client.url)).send()).await.is_ok()
    };
    assert!(
        knows(&stage.authority).await && !knows(&other).await,
        "nobody has said that there are new files"
    );
    stage.server.reload(&config).unwrap();
    assert!(!knows(&stage.authority).await && knows(&other).await);
    // The old connections are as good as before.
    client.accepted("Beat#desk", "").await;
    events.of_type("System").await;

    // Files that cannot be used change nothing.
    std::fs::write(stage.files.path("server.pem"), "no certificate").unwrap();
    let error = stage.server.reload(&config).unwrap_err().to_string();
    assert!(
        error.starts_with("http.tls.certificate: ") && error.ends_with("has no certificate in PEM"),
        "{error}"
    );
    assert!(knows(&other).await);
    drop((client, events));
    stage.end().await;
}

#[tokio::test]
async fn certificate_and_clients_are_reloaded_together_or_not_at_all() {
    let from = |address: &str| {
        format!("client = [{{ name = 'old', addresses = ['{address}'], destinations = ['desk'] }}]")
    };
    let here = from("127.0.0.0/8");
    let stage = Encrypted::with(&[("client", here.trim_start_matches("client = "))]).await;
    stage.client().hello("desk").await;
    let elsewhere = Config::parse(&from("192.0.2.0/24")).unwrap();
    std::fs::write(stage.files.path("server.pem"), "no certificate").unwrap();
    stage.server.reload(&elsewhere).unwrap_err();
    stage.client().hello("desk").await;
    stage.files.exchange(&stage.authority.sign(&["localhost"]));
    stage.server.reload(&elsewhere).unwrap();
    stage.client().send("Hello#desk", "").await.is_error(401, "GENERAL_ERROR");
    stage.end().await;
}

#[tokio::test]
async fn a_hangup_has_the_program_read_its_files_again() {
    let (sim, authority, other) = (simulator(false).await, Authority::new(), Authority::new());
    let files = Files::of(&authority);
    let process = Process::listening(&gc_toml(&sim, &[("http.tls", &files.setting())]), "info").await;
    let old = authority.client(process.address, None);
    old.is_ready().await;
    files.exchange(&other.sign(&["localhost"]));
    process.signal("HUP").await;
    let new = other.client(process.address, None);
    let lives = async || new.http.get(format!("{}/health/live", new.url)).send().await.is_ok();
    until("the new certificate", lives).await;
    assert_eq!(old.get("/health/live").await.status(), 200);
    drop((old, new));
    process.terminate().await;
    let (code, logs) = process.ended().await;
    assert!(code == Some(0) && logs.contains("reloaded"), "{code:?} {logs}");
    sim.shutdown().await;
}

#[tokio::test]
async fn files_that_cannot_be_used_are_named_with_what_to_do() {
    let (authority, other) = (Authority::new(), Authority::new());
    let files = Files::of(&authority);
    let check = async |tls: &str, more: &str| {
        let file = config_file(&format!(
            "finesse.nodes = [{{ url = 'https://finesse-a.example.com:8445' }}]\nhttp.tls = {tls}\n{more}"
        ));
        let output = run(&["check-config", "--config", file.path().to_str().unwrap()]).await;
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let good = files.setting();
    for mode in [0o600, 0o400] {
        files.mode_of_key(mode);
        assert_eq!(check(&good, "").await, (Some(0), String::new()));
    }
    for mode in [0o640, 0o604, 0o620, 0o644] {
        files.mode_of_key(mode);
        let (code, error) = check(&good, "").await;
        let path = files.path("server.key").display().to_string();
        let says = format!(
            "http.tls.key: {path}: others than its owner may use it (mode {mode:04o}): run chmod 600 {path}"
        );
        assert!(code == Some(78) && error.contains(&says), "{error}");
    }
    files.mode_of_key(0o600);
    for (tls, says) in [
        (good.replace("server.pem", "nowhere.pem"), "http.tls.certificate: "),
        (good.replace("server.pem", "server.key"), "http.tls.certificate: "),
        (good.replace("clients.pem", "server.key"), "http.tls.client_ca: "),
        (
            good.replace("key = ", "keys = "),
            "http.tls.keys: there is no such key: did you mean http.tls.key?",
        ),
        (format!("{{ key = '{}' }}", files.path("server.key").display()), "http.tls.certificate: is missing"),
        ("true".to_owned(), "http.tls: true cannot be used: write a table of keys"),
    ] {
        let (code, error) = check(&tls, "").await;
        assert!(code == Some(78) && error.contains(says) && error.lines().count() == 1, "{tls}: {error}");
    }
    std::fs::write(files.path("server.pem"), &other.sign(&["localhost"]).certificate).unwrap();
    assert!(check(&good, "").await.1.contains("http.tls.key: is not the key of http.tls.certificate"));
    std::fs::write(files.path("server.key"), "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n").unwrap();
    let (_, error) = check(&good, "").await;
    assert!(error.contains("has no private key in PEM") && !error.contains("c2Vj"), "{error}");
    // A certificate that nobody verifies says nothing.
    let listed = "client = [{ name = 'crm', certificates = ['dns:crm.example'], destinations = ['*'] }]";
    let without = good.replace(", client_ca", ", #").split_once(", #").map(|(kept, _)| format!("{kept} }}"));
    files.exchange(&authority.sign(&["localhost"]));
    let (code, error) = check(&without.unwrap(), listed).await;
    assert!(
        code == Some(78) && error.contains("client.crm.certificates: certificates are verified by"),
        "{error}"
    );
}

#[tokio::test]
async fn whoever_says_nothing_or_no_tls_is_cut_and_nobody_else_notices() {
    let stage = Encrypted::with(&[("http.header_timeout", "'200ms'")]).await;
    let listener = stage.server.address();
    let ends = async |mut stream: TcpStream, says: &[u8]| {
        stream.write_all(says).await.unwrap();
        let mut rest = Vec::new();
        // Closed or reset, but not left open.
        _ = soon("the end of the connection", stream.read_to_end(&mut rest)).await;
        assert!(!rest.starts_with(b"HTTP"), "{rest:?}");
    };
    ends(TcpStream::connect(listener).await.unwrap(), b"").await;
    ends(
        TcpStream::connect(listener).await.unwrap(),
        b"GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n",
    )
    .await;
    ends(TcpStream::connect(listener).await.unwrap(), &[0x16, 3, 1, 2, 0, 1]).await;
    for protocol in ["h2", "http/1.1"] {
        let mut stream = stage.authority.shake_hands(listener, &[protocol]).await;
        _ = soon("the end of the connection", stream.read_to_end(&mut Vec::new())).await;
    }
    stage.client().hello("desk").await;
    stage.end().await;
}
