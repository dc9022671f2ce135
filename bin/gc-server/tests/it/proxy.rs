//! A real reverse proxy (nginx) in front of Finesse: paths, TLS, cookies, and refusals of its own.
//!
//! Without nginx the test is skipped with a line that says so, unless `INTEROP_REQUIRED=1`.

use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;

use finesse_sim::Running;
use serde_json::json;
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::support::pki::Authority;
use crate::support::stage::{Stage, connector, simulator, toml_of};
use crate::support::until;

struct Proxy {
    port: u16,
    folder: TempDir,
    process: Child,
}

/// The one that Debian installs.
fn nginx() -> Option<&'static str> {
    ["/usr/sbin/nginx", "/usr/bin/nginx"].into_iter().find(|path| Path::new(path).exists())
}

impl Proxy {
    /// For `https://finesse.example`, below `/west/a`.
    async fn start(program: &str, authority: &Authority, sim: &Running) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let signed = authority.sign(&["finesse.example"]);
        std::fs::write(at("server.pem"), signed.certificate).unwrap();
        std::fs::write(at("server.key"), signed.key).unwrap();
        // nginx cannot say which port the system chose for it.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let (rest, ws) = (sim.rest_addr(), sim.websocket_addr());
        let config = include_str!("proxy/nginx.conf");
        let config = config.replace("FOLDER", folder.path().to_str().unwrap());
        let config = config.replace("PORT", &port.to_string());
        let config = config.replace("REST", &rest.to_string()).replace("NOTIFICATIONS", &ws.to_string());
        std::fs::write(at("nginx.conf"), config).unwrap();
        let process = Command::new(program)
            .args(["-p".as_ref(), folder.path(), "-c".as_ref(), at("nginx.conf").as_path()])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        until("nginx", || async { tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() }).await;
        Self { port, folder, process }
    }

    /// What it has passed on or refused: `PUT /User/1001 202 id=… trace=… route=… host=…`.
    fn log(&self) -> Vec<String> {
        let log = std::fs::read_to_string(self.folder.path().join("access.log")).unwrap_or_default();
        log.lines().map(|line| line.replace("/west/a/finesse/api", "")).collect()
    }
}

/// The simulator answers as a proxy in front of it would.
#[tokio::test]
async fn what_a_proxy_refuses_is_its_own_and_the_session_goes_on() {
    let stage = Stage::start().await;
    let client = stage.client();
    let mut events = client.watched("desk").await;
    client.signs_in("1001", "desk", &mut events).await;
    for (status, headers, code) in [
        (401, json!({ "server": "nginx" }), "GENERAL_ERROR"),
        (403, json!({ "via": "1.1 gate" }), "GENERAL_ERROR"),
        (503, json!({ "server": "nginx", "retry-after": "3600" }), "DOWN"),
    ] {
        let then = json!({ "do": "answer", "status": status, "headers": headers });
        let when = json!({ "method": "PUT", "path": "/finesse/api/User/1001" });
        stage.control().fault(json!({ "when": when, "then": then })).await;
        client.accepted("MakeReady#1001", "").await;
        assert_eq!(events.of_type("Error").await.data["errorType"], code, "{status}");
    }
    client.accepted("MakeReady#1001", "").await;
    events.brief("State READY").await;
    stage.end().await;
}

#[tokio::test]
async fn an_agent_works_through_nginx_and_its_refusals_are_not_finesses() {
    let Some(program) = nginx() else {
        assert!(std::env::var("INTEROP_REQUIRED").as_deref() != Ok("1"), "nginx is not installed");
        eprintln!("skipped: nginx is not installed");
        return;
    };
    let (sim, authority) = (simulator(false).await, Authority::new());
    let mut proxy = Proxy::start(program, &authority, &sim).await;
    let url = format!("https://finesse.example:{}", proxy.port);
    let nodes = format!("[{{ url = '{url}', path = '/west/a', address = '127.0.0.1' }}]");
    let ca = format!("'''{}'''", authority.pem);
    let toml = toml_of(&[("finesse.nodes", &nodes), ("finesse.ca_pem", &ca)]);
    let stage = Stage::of(sim, connector(&toml).await);
    let client = stage.client();
    let mut events = client.watched("desk").await;
    client.signs_in("1001", "desk", &mut events).await;
    let ready = client.accepted("MakeReady#1001", "").await;
    events.brief("State READY").await;

    // Below the path, under the name of the URL, with the proxy's cookie, and with the command's trace.
    // nginx writes a line some time after it has answered.
    let put_of_ready = || {
        let own = |line: &String| {
            line.starts_with("PUT /User/1001 202") && line.contains(&format!("id=1001.{ready}."))
        };
        proxy.log().into_iter().find(own)
    };
    until("the request in nginx's log", async || put_of_ready().is_some()).await;
    let put = put_of_ready().unwrap();
    assert!(put.contains(&format!("trace=00-{}-", ready.replace('-', ""))), "{put}");
    assert!(
        put.contains("route=a1 ") && put.ends_with(&format!("host=finesse.example:{}", proxy.port)),
        "{put}"
    );

    // Its own 401 is no wrong password, and the session goes on.
    client.accepted("GetPhonebooks#1001", "").await;
    let error = events.of_type("Error").await.data;
    assert_eq!(error["errorType"], "GENERAL_ERROR", "{error}");
    assert!(error["errorMessage"].as_str().unwrap().contains("A proxy in front of Finesse"), "{error}");
    // Its 503 is no answer of Finesse.
    client.accepted("wrapupreasoncode#1001", "").await;
    assert_eq!(events.of_type("Error").await.data["errorType"], "DOWN");
    // Its 429 is waited out.
    for command in ["reasoncodenotready#1001", "reasoncodelogout#1001"] {
        client.accepted(command, "").await;
        events.of_type("ReasonCodes").await;
    }
    let limited = |status: &str| {
        let begin = format!("GET /User/1001/ReasonCodes {status}");
        proxy.log().iter().filter(|line| line.starts_with(&begin)).count()
    };
    until("both answers in nginx's log", async || limited("200") == 2).await;
    assert!(limited("429") >= 1, "{:?}", proxy.log());
    // Finesse's own 401 comes through as such.
    client.accepted("Connect#1001", "desk,wrong").await;
    assert_eq!(events.of_type("Error").await.data["errorType"], "SUBSCRIPTION_FAILED");
    client.accepted("MakeNotReady#1001", "").await;
    events.brief("State NOT_READY").await;

    stage.end().await;
    proxy.process.kill().await.unwrap();
}
