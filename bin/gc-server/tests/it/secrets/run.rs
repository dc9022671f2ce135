//! A whole run at the level TRACE, whose every output and file is searched for secrets; and what the program's other commands
//! print about its configuration and its store.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use finesse_sim::{Config as SimConfig, Sim};
use gc_environment::RealEnvironment;
use gc_store::Sealer;
use secrecy::ExposeSecret;
use serde_json::json;

use crate::support::client::Client;
use crate::support::events::Events;
use crate::support::pki::{Authority, Files};
use crate::support::process::{Process, config_file, run};
use crate::support::receiver::{Receiver, Then};
use crate::support::stage::{Control, gc_toml};
use crate::support::tenants::{entry, token};
use crate::support::{soon, until};

const RIGHT: &str = "right-7Kq,horse";
const WRONG: &str = "wrong-9Zt,battery";
const ADMINISTRATOR: &str = "admin-5Np,candle";
/// Of the sources that are not Finesse: a password, a header, what identifies the connector, and a request's body.
const SOURCES: [&str; 4] =
    ["source-3Vb,ladder", "tenant-6Wd,wheelbarrow", "apikey-4Hj,thimble", "pincode-2Lx,pencil"];
const REJECTED: Then = Then::Answer("HTTP/1.1 422 Unprocessable Content\r\ncontent-length: 0\r\n\r\n");
const SIGNING: &str = "whsec_Q2FuZGxlcyBhbmQgaG9yc2VzIGFyZSBubyBrZXlz";

/// An RSA key, which no library of ours can make. None where there is no openssl: the run goes without bearer tokens then, or fails
/// with `INTEROP_REQUIRED=1`.
fn rsa_key() -> Option<String> {
    let arguments = ["genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"];
    match Command::new("openssl").args(arguments).output() {
        Ok(made) => {
            assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
            Some(String::from_utf8(made.stdout).unwrap())
        }
        Err(error) => {
            let required = std::env::var("INTEROP_REQUIRED").as_deref() == Ok("1");
            assert!(!required, "openssl is required: {error}");
            eprintln!("skipped: bearer tokens, because openssl does not start: {error}");
            None
        }
    }
}

/// A password as it stands, and as it travels: in Basic authentication and in SASL PLAIN.
fn shapes(password: &str) -> Vec<String> {
    let of_user = |user: &str| {
        let basic = BASE64_STANDARD.encode(format!("{user}:{password}"));
        let plain = BASE64_STANDARD.encode(format!("\0{user}\0{password}"));
        [basic, plain]
    };
    let in_base64 = ["1001", "1002", "1003", "1004", "administrator", "gc"].into_iter().flat_map(of_user);
    in_base64.chain(password.split(',').map(str::to_owned)).collect()
}

#[tokio::test]
async fn no_secret_is_in_any_output_or_file_of_a_whole_run() {
    gc_server::choose_crypto();
    let mut world = SimConfig::demo().unwrap();
    world.world.password = RIGHT.into();
    world.world.administrator.password = ADMINISTRATOR.into();
    let (sim, authority) = (Sim::start(world).await.unwrap(), Authority::new());
    let (files, home) = (Files::of(&authority), tempfile::tempdir().unwrap());
    let clients = format!("[{}, {}]", entry("desk", 1, "supervisor"), entry("ops", 2, "admin"));
    let store_key = Sealer::new_key("first", &RealEnvironment);
    let administrator = format!("{{ user = 'administrator', password = '{ADMINISTRATOR}' }}");
    let own = authority.sign(&["gc"]);
    let written = |name: &str, text: &str| {
        let path = files.path(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path.display().to_string()
    };
    let (certificate, own_key) = (written("own.pem", &own.certificate), written("own.key", &own.key));
    let identity = format!("{{ certificate_file = '{certificate}', key_file = '{own_key}' }}");
    let token_key = rsa_key();
    let jwt = token_key.as_ref().map(|key| {
        let file = written("token.key", key);
        format!("{{ issuer = 'gc', key_file = '{file}' }}")
    });
    let [password, tenant, api_key, pin] = SOURCES;
    let cce = format!("{{ url = 'https://127.0.0.1:1', username = 'gc', password = '{password}' }}");
    let recorder = format!(
        "{{ url = 'https://127.0.0.1:1/{{agentId}}', headers = {{ x-tenant = '{tenant}' }}, \
         auth = {{ header = {{ name = 'x-api-key', value = '{api_key}' }} }}, body = '{{\"pin\":\"{pin}\"}}' }}"
    );
    let token_service = sim.first_node().rest_url().replace("/finesse/api", "/desktop/sso/token");
    let token_service = format!("{{ url = '{token_service}' }}");
    let store = home.path().join("store.redb").display().to_string();
    let (tls, signing) = (files.setting(), format!("'{SIGNING}'"));
    let (store_path, sealed_with) = (format!("'{store}'"), format!("'{}'", store_key.expose_secret()));
    let mut settings = vec![
        ("client", clients.as_str()),
        ("http.tls", &tls),
        ("finesse.administrator", &administrator),
        ("finesse.token_service", &token_service),
        ("session.deadline", "'1s'"),
        ("store.path", &store_path),
        ("store.key", &sealed_with),
        ("callback.signing.secrets", &signing),
        ("callback.tls", &identity),
        ("directory.cce", &cce),
        ("directory.recorder", &recorder),
    ];
    settings.extend(jwt.as_deref().map(|jwt| ("callback.jwt", jwt)));
    let toml = gc_toml(&sim, &settings);
    let process = Process::at_home(home.path(), &toml, "trace").await;
    let [desk, ops, stranger] = [1, 2, 9].map(|number| authority.bearing(process.address, &token(number)));
    desk.is_ready().await;

    let mut seen = Vec::new();
    let mut events = desk.watched("desk").await;
    commands(&desk, &mut events, &mut seen).await;
    let issued = single_sign_on(&desk, &mut events, &Control::of(&sim), &mut seen).await;
    for agent in ["1001", "1004"] {
        let recording = format!("{}/admin/agents/{agent}/recording", ops.url);
        assert_eq!(soon("an answer", ops.http.post(recording).send()).await.unwrap().status(), 201);
    }
    let again = json!({ "type": "Connect#1001", "body": format!("desk,{RIGHT}") });
    assert_eq!(desk.send_data(again).await.status, 202);
    events.brief("ConnectStatus ConnectSuccess").await;
    broken_requests(&desk, &mut seen).await;
    callbacks(&desk, &mut seen).await;
    dead_letters(&desk, &ops, &mut seen).await;
    for client in [&desk, &ops, &stranger] {
        for path in [
            "/admin",
            "/admin/clients",
            "/admin/clients/desk",
            "/admin/refusals",
            "/admin/status",
            "/admin/clusters",
            "/admin/agents",
            "/admin/agents/1001",
            "/admin/agents/1001/recording",
            "/admin/agents/1004/recording",
            "/admin/errors",
            "/admin/log",
            "/admin/",
            "/metrics",
            "/health/ready",
            "/nowhere",
            "/gc/events/nobody",
        ] {
            let answer = client.get(path).await;
            seen.push(format!("{:?}", answer.headers()));
            seen.push(answer.text().await.unwrap());
        }
    }
    // New files of the certificate are read during the run, good ones and bad ones.
    files.mode_of_key(0o644);
    process.signal("HUP").await;
    process.logged("nothing reloaded").await;

    process.terminate().await;
    let (code, logs) = process.ended().await;
    assert_eq!(code, Some(0));
    for part in ["\"TRACE\"", "Connect", "unknown_token"] {
        assert!(logs.contains(part), "these are not all logs: {part} is missing");
    }
    seen.push(logs);
    let written = files_of(home.path());
    assert_eq!(written.len(), 3, "standard output, the store and its lock");
    seen.extend(written);
    files.mode_of_key(0o600);
    let config = config_file(&toml);
    let config = config.path().to_str().unwrap();
    for (arguments, says) in [
        (&["store", "export", &store][..], "\"session\""),
        (&["store", "check", &store], "good"),
        (&["print-config", "--config", config], "x-tenant"),
    ] {
        let output = run(arguments).await;
        let printed = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(output.status.success() && printed.contains(says), "{arguments:?}: {printed}");
        seen.push(printed);
    }
    // The simulator's address is gone by now or is not: what is checked is said either way.
    seen.push(format!("{:?}", run(&["check-config", "--config", config]).await));

    let key = fs::read_to_string(files.path("server.key")).unwrap();
    let keys = [Some(key.as_str()), token_key.as_deref(), Some(&own.key)];
    let mut secrets: Vec<_> = keys.into_iter().flatten().flat_map(str::lines).map(str::to_owned).collect();
    secrets.extend(SOURCES.into_iter().flat_map(shapes));
    secrets.extend([SIGNING.to_owned(), store_key.expose_secret().replace("first:", "")]);
    secrets.extend([1, 2, 9].map(|number| token(number).expose().to_owned()));
    secrets.extend(issued.into_iter().flat_map(|token| shapes(&token)));
    secrets.extend([RIGHT, WRONG, ADMINISTRATOR].into_iter().flat_map(shapes));
    for secret in secrets {
        for text in &seen {
            let lines: Vec<_> = text.lines().filter(|line| line.contains(&secret)).collect();
            assert!(lines.is_empty(), "{secret} stands in {lines:#?}");
        }
    }
    sim.shutdown().await;
}

/// A token that is good, one that never was, and the answer of a token service; gives what was issued.
async fn single_sign_on(
    client: &Client,
    events: &mut Events,
    control: &Control,
    seen: &mut Vec<String>,
) -> Vec<String> {
    let issued = control.post("/sim/tokens", json!({ "user": "1004", "lifetime": "1h" })).await;
    let names = ["token", "refresh_token"].map(|name| issued[name].as_str().unwrap_or_default().to_owned());
    assert!(names.iter().all(|token| token.len() > 8), "{issued}");
    for (password, until) in [
        (format!("{WRONG},SSO"), "Error SUBSCRIPTION_FAILED"),
        (format!("{issued},SSO"), "ConnectStatus ConnectSuccess"),
    ] {
        let answer =
            client.send_data(json!({ "type": "Connect#1004", "body": format!("desk,{password}") })).await;
        seen.push(format!("{answer:?}"));
        let events = events.all_until(|event| event.brief().starts_with(until)).await;
        seen.extend(events.iter().map(|event| event.data.to_string()));
    }
    names.into()
}

/// Passwords that are refused and good, and in the places of other arguments.
async fn commands(client: &Client, events: &mut Events, seen: &mut Vec<String>) {
    let connect = |password: &str| json!({ "type": "Connect#1001", "body": format!("desk,{password}") });
    let login = |body: String| json!({ "type": "Login#1001", "body": body });
    // Refused, then right; then right and wrong once more on the open stream.
    for (request, until) in [
        (connect(WRONG), "Error SUBSCRIPTION_FAILED"),
        (connect(RIGHT), "ConnectStatus ConnectSuccess"),
        (connect(WRONG), "Error SUBSCRIPTION_FAILED"),
        (login(format!("{WRONG},2001")), "Error Unauthorized"),
        (login(format!("{RIGHT},20x1")), "Error WRONG_EXTENSION"),
        (login(format!("{RIGHT},")), "Error MISSING_EXTENSION"),
        (login(format!("{RIGHT},2001")), "DialogState NOT_FOUND"),
        (
            json!({ "type": "MobileAgentLogin#1001", "body": format!("{RIGHT},2001,5550100,perhaps") }),
            "Error PLEASE_RETRY",
        ),
        (json!({ "type": "MakeReady#1001", "body": RIGHT }), "Error PLEASE_RETRY"),
        (json!({ "type": "getallagents#1001" }), "Agents"),
        (json!({ "type": "GETSKILLGROUP#1001", "body": "ALL,0,0" }), "Error GENERAL_ERROR"),
        (json!({ "type": "ZOOMPauseRecording#1001" }), "Error GENERAL_ERROR"),
    ] {
        let answer = client.send_data(request.clone()).await;
        assert_eq!(answer.status, 202, "{request}: {answer:?}");
        seen.push(format!("{answer:?}"));
        let events = events.all_until(|event| event.brief().starts_with(until)).await;
        seen.extend(events.iter().map(|event| event.data.to_string()));
    }
}

/// Requests that are wrong around the password.
async fn broken_requests(client: &Client, seen: &mut Vec<String>) {
    for body in [
        format!("{{\"data\":{{\"type\":\"Connect#1001\",\"body\":\"desk,{RIGHT}\""),
        format!("{{\"data\":{{\"type\":\"Connect#1001\",\"body\":[\"desk,{RIGHT}\"]}}}}"),
        format!("{{\"data\":{{\"type\":\"Konnect#1001\",\"body\":\"desk,{RIGHT}\"}}}}"),
        format!("{{\"data\":{{\"type\":\"Connect#\",\"body\":\"desk,{RIGHT}\"}}}}"),
        format!("desk,{RIGHT}"),
    ] {
        seen.push(format!("{:?}", client.send_raw("application/json", body).await));
    }
    seen.push(format!("{:?}", client.send("Connect#1001", &format!("unknown,{WRONG}")).await));
    seen.push(format!("{:?}", client.send_raw("text/plain", format!("desk,{RIGHT}")).await));
}

/// The same passwords for an agent whose events are posted.
async fn callbacks(client: &Client, seen: &mut Vec<String>) {
    let mut receiver = Receiver::good().await;
    client.hello_with_callback("desk-2", &receiver.url).await;
    for (password, until) in [(WRONG, "Error SUBSCRIPTION_FAILED"), (RIGHT, "ConnectStatus ConnectSuccess")] {
        client.accepted("Connect#1002", &format!("desk-2,{password}")).await;
        seen.extend(receiver.all_until(until).await.iter().map(|callback| format!("{callback:?}")));
    }
}

/// A receiver that rejects everything: its events become dead letters, which an administrator reads.
async fn dead_letters(client: &Client, ops: &Client, seen: &mut Vec<String>) {
    let receiver = Receiver::scripted([], REJECTED).await;
    client.hello_with_callback("desk-3", &receiver.url).await;
    client.accepted("Connect#1003", &format!("desk-3,{WRONG}")).await;
    let read =
        async |path: &str| ops.get(&format!("/admin/clients/desk-3{path}")).await.text().await.unwrap();
    let is_there = async || read("/dead-letters").await.contains("\"Error\"");
    until("a dead letter of the refused Connect", is_there).await;
    let list = read("/dead-letters").await;
    let letters: Vec<serde_json::Value> = serde_json::from_str(&list).unwrap();
    for letter in &letters {
        seen.push(read(&format!("/dead-letters/{}", letter["id"].as_str().unwrap())).await);
    }
    assert!(seen.iter().any(|text| text.contains("SUBSCRIPTION_FAILED")));
    seen.extend([list, read("").await]);
}

/// The contents of every file in a directory.
fn files_of(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| match path.is_dir() {
            true => files_of(&path),
            false => vec![String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned()],
        })
        .collect()
}
