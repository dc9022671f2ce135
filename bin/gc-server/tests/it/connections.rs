//! `check-config --connect`: whether everything that the configuration names is there.

use finesse_sim::{Config as SimConfig, SecondNode, Sim};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::process::{Process, config_file, run};
use crate::support::stage::{Stage, gc_toml, simulator};

/// The exit code, and the lines of the table.
pub(crate) async fn connect(gc_toml: &str) -> (Option<i32>, Vec<String>) {
    let file = config_file(gc_toml);
    let output = run(&["check-config", "--connect", "--config", file.path().to_str().unwrap()]).await;
    let table = String::from_utf8(output.stdout).unwrap();
    let lines = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    (output.status.code(), lines.filter(|line| !line.ends_with(": good")).collect())
}

/// The result of what begins so.
pub(crate) fn result<'a>(lines: &'a [String], begin: &str) -> &'a str {
    let line =
        lines.iter().find(|line| line.starts_with(begin)).unwrap_or_else(|| panic!("{begin}: {lines:#?}"));
    let at = [" OK", " FAILED", " NOT TRIED"].iter().find_map(|word| line.find(word)).unwrap();
    line[at..].trim()
}

#[tokio::test]
async fn nodes_that_are_there_are_ok() {
    let sim = simulator(true).await;
    let (code, lines) = connect(&gc_toml(&sim, &[("callback.default_url", "'http://localhost:1/'")])).await;
    assert_eq!(result(&lines, "finesse.nodes.0: connection to "), "OK");
    assert_eq!(result(&lines, "finesse.nodes.0: certificate of "), "OK");
    assert_eq!(result(&lines, "finesse.nodes.0: SystemInfo"), "OK: IN_SERVICE");
    assert_eq!(result(&lines, "finesse.nodes.0.notifications: wss://localhost:"), "OK");
    assert!(result(&lines, "callback.default_url: name localhost").starts_with("OK: "));
    assert_eq!(code, Some(0), "{lines:#?}");
    sim.shutdown().await;
}

#[tokio::test]
async fn places_that_are_not_configured_are_found_as_the_connector_finds_them() {
    gc_server::choose_crypto();
    let second_node = Some(SecondNode::any("127.0.0.1"));
    let sim = Sim::start(SimConfig { tls: true, second_node, ..SimConfig::demo().unwrap() }).await.unwrap();
    let [first, second] = [Some(sim.first_node()), sim.second_node()].map(|node| {
        let url = node.unwrap().rest_url();
        url.trim_end_matches("/finesse/api").trim_start_matches("https://").to_owned()
    });
    let toml = gc_toml(&sim, &[("finesse.nodes", &format!("[{{ url = 'https://{first}' }}]"))]);
    let (code, lines) = connect(&toml).await;
    assert_eq!(code, Some(0), "{lines:#?}");
    assert_eq!(result(&lines, "finesse.nodes.0.notifications "), format!("OK: wss://{first}/ws/"));
    let named = format!("finesse.nodes, {second} named by SystemInfo");
    assert_eq!(result(&lines, &format!("{named}: connection to ")), "OK");
    assert_eq!(result(&lines, &format!("{named}: SystemInfo")), "OK: IN_SERVICE");
    let found = result(&lines, &format!("{named}.notifications "));
    assert_eq!(found, format!("OK: wss://{second}/ws/"));
    sim.shutdown().await;
}

#[tokio::test]
async fn a_node_with_an_address_is_connected_to_there() {
    let sim = simulator(false).await;
    let (rest, ws) = (sim.rest_addr().port(), sim.websocket_addr().port());
    let at = |address: &str| {
        let places = format!("'ws://finesse.invalid:{ws}/ws/', 'xmpp://finesse.invalid:1'");
        let url = format!("'http://finesse.invalid:{rest}'");
        let nodes = format!("[{{ url = {url}, address = '{address}', notifications = [{places}] }}]");
        gc_toml(&sim, &[("finesse.nodes", &nodes)])
    };
    let (code, lines) = connect(&at("127.0.0.1")).await;
    assert_eq!(result(&lines, &format!("finesse.nodes.0: connection to 127.0.0.1:{rest}")), "OK");
    assert_eq!(result(&lines, "finesse.nodes.0: SystemInfo"), "OK: IN_SERVICE");
    assert_eq!(result(&lines, "finesse.nodes.0.notifications: ws://127.0.0.1:"), "OK");
    // A place that the configuration names has to be there, although another one is.
    let missing = result(&lines, "finesse.nodes.0.notifications: xmpp://127.0.0.1:1");
    assert!(missing.starts_with("FAILED: "), "{missing}");
    assert_eq!(code, Some(69), "{lines:#?}");
    let (_, lines) = connect(&at("127.0.0.2")).await;
    assert!(result(&lines, "finesse.nodes.0: connection to 127.0.0.2:").starts_with("FAILED: "));
    assert!(result(&lines, "finesse.nodes.0: SystemInfo").starts_with("FAILED: not tried"));
    sim.shutdown().await;
}

#[tokio::test]
async fn no_password_is_sent_to_a_notification_service_and_one_without_plain_is_refused() {
    let sim = simulator(false).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = listener.local_addr().unwrap();
    let rest = sim.rest_addr();
    let node = format!("[{{ url = 'http://{rest}', notifications = ['xmpp://{place}'] }}]");
    let toml = gc_toml(&sim, &[("finesse.nodes", &node)]);
    for (mechanism, says) in [("PLAIN", "OK"), ("EXTERNAL", "FAILED: the server does not offer SASL PLAIN")] {
        let server = async {
            let (mut socket, _) = listener.accept().await.unwrap();
            let header = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>";
            let features = format!(
                "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>{mechanism}</mechanism></mechanisms></stream:features>"
            );
            socket.write_all(format!("{header}{features}").as_bytes()).await.unwrap();
            let mut sent = String::new();
            // The connector ends the stream and waits for the end of the server's.
            let mut bytes = [0; 1024];
            while !sent.contains("</stream:stream>") {
                let read = socket.read(&mut bytes).await.unwrap();
                assert_ne!(read, 0, "{sent}");
                sent.push_str(std::str::from_utf8(&bytes[..read]).unwrap());
            }
            sent
        };
        let ((_, lines), sent) = tokio::join!(connect(&toml), server);
        assert!(result(&lines, "finesse.nodes.0.notifications: xmpp:").starts_with(says), "{lines:#?}");
        assert!(!sent.contains("<auth"), "{sent}");
    }
    sim.shutdown().await;
}

#[tokio::test]
async fn a_cluster_without_a_node_in_service_is_not_good() {
    let stage = Stage::with(&[]).await;
    stage.control().system("OUT_OF_SERVICE").await;
    let (code, lines) = connect(&gc_toml(&stage.sim, &[])).await;
    assert_eq!(result(&lines, "finesse.nodes.0: SystemInfo"), "OK: OUT_OF_SERVICE");
    assert!(result(&lines, "finesse.nodes: one of them IN_SERVICE").starts_with("FAILED: "), "{lines:#?}");
    assert_eq!(code, Some(69));
    stage.end().await;
}

#[tokio::test]
async fn the_names_that_callbacks_may_go_to_and_what_asks_nothing_are_tried() {
    let sim = simulator(true).await;
    let recorder = "directory.recorder";
    let pem = format!("'''\n{}'''", sim.ca_pem().unwrap());
    let url = sim.neighbours_url();
    let settings = [
        ("callback.allow", "['localhost', 'no-such-name.invalid', '*.contact.example', '10.0.0.0/8']"),
        ("finesse.token_service.url", "'https://127.0.0.1:1/token'"),
        ("directory.recorder.url", &format!("'{url}/{{action}}'")),
    ];
    let (_, lines) = connect(&gc_toml(&sim, &settings)).await;
    assert!(result(&lines, "callback.allow: name localhost").starts_with("OK: "), "{lines:#?}");
    assert!(result(&lines, "callback.allow: name no-such-name.invalid").starts_with("FAILED: "));
    assert_eq!(lines.iter().filter(|line| line.starts_with("callback.allow")).count(), 2, "{lines:#?}");
    let token = result(&lines, "finesse.token_service: connection to 127.0.0.1:1");
    assert!(token.starts_with("FAILED: Connection refused"), "{token}");
    // The system's authorities have not signed it.
    let untrusted = result(&lines, &format!("{recorder}: certificate of "));
    assert!(untrusted.starts_with("FAILED: no trusted authority"), "{untrusted}");
    let trusted = [settings.as_slice(), &[("directory.recorder.http.ca_pem", pem.as_str())]].concat();
    let (_, lines) = connect(&gc_toml(&sim, &trusted)).await;
    assert_eq!(result(&lines, &format!("{recorder}: certificate of ")), "OK", "{lines:#?}");
    sim.shutdown().await;
}

#[tokio::test]
async fn what_does_not_work_is_named_with_the_reason() {
    let sim = simulator(true).await;
    let good = gc_toml(&sim, &[]);
    // The system's authorities have not signed the simulator's certificate.
    let without_ca = good.split_once("finesse.ca_pem").unwrap().0.to_owned()
        + good.split_once("'''\n").unwrap().1.split_once("'''\n").map_or("", |(_, rest)| rest);
    let nodes = good.lines().find(|line| line.starts_with("finesse.nodes")).unwrap();
    let without_ca =
        if without_ca.contains("finesse.nodes") { without_ca } else { format!("{nodes}\n{without_ca}") };
    let (code, lines) = connect(&without_ca).await;
    assert_eq!(code, Some(69), "{lines:#?}");
    assert_eq!(result(&lines, "finesse.nodes.0: connection to "), "OK");
    assert_eq!(
        result(&lines, "finesse.nodes.0: certificate of "),
        "FAILED: no trusted authority has signed the server's certificate: write the ca_file or pinned_sha256 that it needs"
    );
    assert!(result(&lines, "finesse.nodes.0: SystemInfo").starts_with("FAILED: not tried"));

    let dead = format!(
        "finesse.nodes = [{{ url = 'https://127.0.0.1:1' }}]\ncallback.default_url = 'https://no-such-name.invalid/'\n\
         directory.recorder.url = 'http://127.0.0.1:1/{{action}}'\ndirectory.recorder.http.allow_plaintext = true\n\
         store.path = '{}/new.redb'\n",
        std::env::temp_dir().display()
    );
    let (code, lines) = connect(&dead).await;
    assert_eq!(code, Some(69), "{lines:#?}");
    assert!(
        result(&lines, "finesse.nodes.0: connection to 127.0.0.1:1")
            .starts_with("FAILED: Connection refused")
    );
    assert!(
        result(&lines, "directory.recorder: connection to 127.0.0.1:1")
            .starts_with("FAILED: Connection refused")
    );
    assert!(result(&lines, "callback.default_url: name no-such-name.invalid").starts_with("FAILED: "));
    assert_eq!(result(&lines, "store.path: "), "OK: it is not there yet, and will be made");
    sim.shutdown().await;
}

#[tokio::test]
async fn an_administrator_logs_in() {
    let sim = simulator(true).await;
    for (user, password, says) in [
        ("administrator", "demo", "OK: "),
        ("administrator", "wrong", "FAILED: Finesse refuses the user or the password"),
    ] {
        let toml = format!(
            "finesse.administrator = {{ user = '{user}', password = '{password}' }}\n{}",
            gc_toml(&sim, &[])
        );
        let file = config_file(&toml);
        std::fs::set_permissions(file.path(), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        let output = run(&["check-config", "--connect", "--config", file.path().to_str().unwrap()]).await;
        let table = String::from_utf8(output.stdout).unwrap();
        let lines: Vec<_> =
            table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        assert!(result(&lines, "finesse.administrator: login of ").starts_with(says), "{lines:#?}");
        assert!(!table.contains("wrong"), "{table}");
    }
    sim.shutdown().await;
}

#[tokio::test]
async fn a_store_in_use_is_named_with_the_process_that_has_it() {
    let sim = simulator(true).await;
    let directory = tempfile::tempdir().unwrap();
    let store = format!("'{}'", directory.path().join("store.redb").display());
    let toml = gc_toml(&sim, &[("store.path", &store)]);
    let process = Process::serve(&toml, "info").await;
    let (code, lines) = connect(&toml).await;
    let in_use = format!("in use by process {} (gc-server)", process.id());
    let says = format!("NOT TRIED: {in_use}");
    assert_eq!((code, result(&lines, "store.path: ")), (Some(0), says.as_str()), "{lines:#?}");
    // A second one says the same.
    let second = config_file(&toml);
    let refused = run(&["serve", "--config", second.path().to_str().unwrap()]).await;
    let words = String::from_utf8(refused.stderr).unwrap();
    assert!(refused.status.code() == Some(75) && words.contains(&in_use), "{words}");
    process.terminate().await;
    assert_eq!(process.ended().await.0, Some(0));
    let (code, lines) = connect(&toml).await;
    assert_eq!((code, result(&lines, "store.path: ")), (Some(0), "OK"), "{lines:#?}");
    std::fs::write(directory.path().join("store.redb"), "something else").unwrap();
    let (_, lines) = connect(&toml).await;
    assert_eq!(result(&lines, "store.path: "), "FAILED: this is no store");
    sim.shutdown().await;
}
