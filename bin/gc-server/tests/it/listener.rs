//! Who is let in at the listener, and what is said to those who are not.

use gc_access::Token;
use serde_json::json;

use crate::support::client::Client;
use crate::support::http_with;
use crate::support::process::{Process, config_file, program, run};
use crate::support::stage::{Stage, gc_toml, simulator};
use crate::support::tenants::{Tenants, entry, token};

const NODE: &str = "finesse.nodes = [{ url = 'https://finesse-a.example.com:8445' }]\n";

#[tokio::test]
async fn whoever_is_not_known_hears_the_same_for_every_reason() {
    let Tenants { stage, acme, .. } = Tenants::start().await;
    let nobody = stage.client();
    let right = token(1);
    let mut heard = Vec::new();
    for header in [
        None,
        Some("Bearer".to_owned()),
        Some("Bearer secret".to_owned()),
        Some(format!("Bearer {}", token(9).expose())),
        Some(format!("Basic {}", right.expose())),
        Some(right.expose().to_owned()),
    ] {
        let client = header.map_or(nobody.clone(), |header| nobody.authorized(&header));
        for path in ["/gc/events/acme", "/gc/events/nobody", "/admin/status", "/admin/sessions"] {
            let answer = client.get(path).await;
            assert_eq!(
                (answer.status().as_u16(), &answer.headers()["www-authenticate"] == "Bearer"),
                (401, true)
            );
            heard.push(answer.text().await.unwrap());
        }
        let commands = [client.send("Hello#acme", "").await, client.send_raw("text/plain", "garbage").await];
        for answer in commands {
            answer.is_error(401, "GENERAL_ERROR");
            heard.push(answer.json.to_string());
        }
        let at = client.http.post(format!("{}/gc/north/command", client.url)).json(&json!({}));
        heard.push(client.ask(at).await.json.to_string());
    }
    assert!(heard.iter().all(|text| *text == heard[0]), "{heard:#?}");
    // Health is for everybody, and the right token is let in.
    assert_eq!(nobody.get("/health/live").await.status(), 200);
    assert_eq!(nobody.get("/health/ready").await.status(), 200);
    acme.hello("acme").await;
    stage.end().await;
}

#[tokio::test]
async fn two_tokens_of_a_client_are_good_at_once_so_that_one_can_be_replaced() {
    let hashes = [token(1).hash(), token(2).hash()];
    let client = format!(
        "[{{ name = 'crm', token_hashes = ['{}', '{}'], destinations = ['crm'] }}]",
        hashes[0], hashes[1]
    );
    let stage = Stage::with(&[("client", &client)]).await;
    for number in [1, 2] {
        stage.client().bearing(&token(number)).hello("crm").await;
    }
    stage.end().await;
}

#[tokio::test]
async fn an_old_client_is_known_by_its_address_until_it_sends_a_wrong_token() {
    let clients = "[{ name = 'old', addresses = ['127.0.0.0/8'], destinations = ['desk'] }]";
    let stage = Stage::with(&[("client", clients)]).await;
    let old = stage.client();
    old.watched("desk").await;
    old.send("Hello#other", "").await.is_error(403, "GENERAL_ERROR");
    old.bearing(&token(9)).send("Beat#desk", "").await.is_error(401, "GENERAL_ERROR");
    stage.end().await;

    let clients = "[{ name = 'old', addresses = ['192.0.2.0/24'], destinations = ['desk'] }]";
    let stage = Stage::with(&[("client", clients)]).await;
    stage.client().send("Hello#desk", "").await.is_error(401, "GENERAL_ERROR");
    stage.end().await;
}

#[tokio::test]
async fn a_client_does_what_its_rights_allow() {
    let names = ["reader", "worker", "leader", "keeper"];
    let rights = ["read", "agent", "supervisor", "admin"];
    let entries: Vec<_> =
        (1..).zip(names).zip(rights).map(|((n, name), right)| entry(name, n, right)).collect();
    let stage = Stage::with(&[("client", &format!("[{}]", entries.join(", ")))]).await;
    for ((number, name), right) in (1..).zip(names).zip(rights) {
        let client = stage.client().bearing(&token(number));
        let mut allowed = Vec::new();
        if client.get(&format!("/gc/events/{name}")).await.status() != 403 {
            allowed.push("read");
        }
        if client.send(&format!("Hello#{name}"), "").await.status != 403 {
            allowed.push("agent");
        }
        if client.send("getteamusers#1091", "1").await.status != 403 {
            allowed.push("supervisor");
        }
        // Whoever is no administrator does not learn what is there.
        for path in ["/admin/nothing", "/admin/sessions", "/admin/sessions/7?x=y"] {
            let status = client.get(path).await.status().as_u16();
            assert_eq!(status, if right == "admin" { 404 } else { 403 }, "{right} {path}");
        }
        let expected = ["read", "agent", "supervisor"].into_iter().take(match right {
            "admin" => 0,
            right => 1 + rights.iter().position(|each| *each == right).unwrap(),
        });
        assert_eq!(allowed, expected.collect::<Vec<_>>(), "{right}");
    }
    stage.end().await;
}

#[tokio::test]
async fn an_open_listener_on_loopback_serves_everybody_and_says_so_at_the_start() {
    let sim = simulator(false).await;
    let process = Process::serve(&gc_toml(&sim, &[]), "info").await;
    // Whatever stands in the header.
    process.client().authorized("Basic bm9ib2R5").watched("desk").await;
    assert_eq!(process.client().get("/admin/").await.status(), 200);
    process.terminate().await;
    let (_, logs) = process.ended().await;
    assert!(logs.contains("callers are not identified: only this machine"), "{logs}");
    sim.shutdown().await;
}

#[tokio::test]
async fn a_listener_that_others_can_reach_needs_a_list_of_clients_or_the_word_open() {
    let hash = token(1).hash();
    let listed = format!("[[client]]\nname = 'crm'\ntoken_hashes = ['{hash}']\ndestinations = ['*']\n");
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.7:8112", "[::ffff:192.0.2.7]:8112"] {
        let listen = format!("{NODE}http.listen = '{address}'\n");
        for command in ["check-config", "serve"] {
            let file = config_file(&listen);
            let output = run(&[command, "--config", file.path().to_str().unwrap()]).await;
            let stderr = String::from_utf8(output.stderr).unwrap();
            assert_eq!((output.status.code(), stderr.lines().count()), (Some(78), 1), "{address}: {stderr}");
            let says = format!("http.listen: other machines can reach {address}");
            assert!(stderr.contains(&says) && stderr.contains("[[client]]"), "{stderr}");
            assert!(stderr.contains("http.open = true"), "{stderr}");
        }
        for good in [format!("{listen}http.open = true\n"), format!("{listen}{listed}")] {
            let file = config_file(&good);
            let output = run(&["check-config", "--config", file.path().to_str().unwrap()]).await;
            assert_eq!(output.status.code(), Some(0), "{output:?}");
        }
    }
    for address in ["127.0.0.1:0", "127.9.9.9:0", "[::1]:0", "[::ffff:127.0.0.1]:0"] {
        let file = config_file(&format!("{NODE}http.listen = '{address}'\n"));
        let output = run(&["check-config", "--config", file.path().to_str().unwrap()]).await;
        assert_eq!(output.status.code(), Some(0), "{output:?}");
    }
}

#[tokio::test]
async fn the_listener_can_be_the_loopback_address_of_ipv6() {
    if tokio::net::TcpListener::bind("[::1]:0").await.is_err() {
        // A machine without IPv6.
        return;
    }
    let clients = "[{ name = 'old', addresses = ['::1'], destinations = ['desk'] }]";
    for settings in [[].as_slice(), &[("client", clients)]] {
        let stage = Stage::with(&[&[("http.listen", "'[::1]:0'")], settings].concat()).await;
        assert!(stage.server.address().is_ipv6());
        let client = stage.client();
        let mut events = client.watched("desk").await;
        client.signs_in("1001", "desk", &mut events).await;
        stage.end().await;
    }
}

#[tokio::test]
async fn headers_do_not_change_the_address_that_a_request_comes_from() {
    let clients = "[{ name = 'old', addresses = ['192.0.2.7'], destinations = ['desk'] }]";
    let stage = Stage::with(&[("client", clients)]).await;
    for (header, value) in [
        ("x-forwarded-for", "192.0.2.7"),
        ("x-real-ip", "192.0.2.7"),
        ("forwarded", "for=192.0.2.7"),
        ("x-client-ip", "192.0.2.7"),
    ] {
        let headers = [(header.parse().unwrap(), value.parse().unwrap())].into_iter().collect();
        let client = Client { http: http_with(headers), ..stage.client() };
        client.send("Hello#desk", "").await.is_error(401, "GENERAL_ERROR");
    }
    stage.end().await;
}

#[tokio::test]
async fn the_demo_stays_on_this_machine() {
    let output = run(&["demo", "--listen", "192.0.2.7:8112"]).await;
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(69));
    assert!(
        stderr.contains("only this machine may reach it") && stderr.contains("127.0.0.1:8112"),
        "{stderr}"
    );
}

#[tokio::test]
async fn a_new_token_is_let_in_by_the_line_that_is_printed_with_it() {
    let made = async || {
        let output = program().args(["token", "new"]).output().await.unwrap();
        assert_eq!(output.status.code(), Some(0));
        let stdout = String::from_utf8(output.stdout).unwrap();
        let [token, line] = stdout.lines().collect::<Vec<_>>()[..] else { panic!("{stdout}") };
        (Token::parse(token).unwrap(), line.to_owned())
    };
    let ((token, line), (other, _)) = (made().await, made().await);
    assert_ne!(token.hash(), other.hash());
    let stage =
        Stage::with(&[("client", &format!("[{{ name = 'crm', destinations = ['*'], {line} }}]"))]).await;
    stage.client().bearing(&token).hello("crm").await;
    stage.client().bearing(&other).send("Hello#crm", "").await.is_error(401, "GENERAL_ERROR");
    stage.end().await;
}
