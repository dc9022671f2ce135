//! `check-config`: good or bad, on one line, without starting anything.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;

use futures_util::FutureExt;
use tempfile::NamedTempFile;

use crate::support::process::{config_file, program, run};

const NODE: &str = "finesse.nodes = [{ url = 'https://finesse-a.example.com:8445' }]\n";

/// Exit code, standard output, standard error.
async fn check(file: &str) -> (Option<i32>, String, String) {
    let output = run(&["check-config", "--config", file]).await;
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[tokio::test]
async fn a_good_file_is_called_good() {
    let file = config_file(NODE);
    let path = file.path().to_str().unwrap();
    assert_eq!(check(path).await, (Some(0), format!("{path}: good\n"), String::new()));
}

#[tokio::test]
async fn an_allowed_network_that_includes_metadata_services_is_a_warning() {
    for (allow, warns) in [
        ("0.0.0.0/0", true),
        ("::/0", true),
        ("169.254.0.0/16", true),
        ("169.254.169.254", true),
        ("fd00:ec2::254", true),
        ("10.0.0.0/8", false),
        ("crm.example.com", false),
    ] {
        let file = config_file(&format!("{NODE}callback.allow = ['{allow}']\n"));
        let path = file.path().to_str().unwrap();
        let (code, stdout, stderr) = check(path).await;
        assert_eq!((code, stdout), (Some(0), format!("{path}: good\n")), "{allow}");
        let warning =
            format!("gc-server: {path}: warning: callback.allow: {allow:?} includes metadata services");
        assert_eq!(stderr.starts_with(&warning), warns, "{allow}: {stderr}");
        assert_eq!(stderr.lines().count(), usize::from(warns), "{allow}: {stderr}");
    }
}

#[tokio::test]
async fn a_bad_file_gives_one_line_that_names_file_and_key() {
    let bad = [
        ("http.listen = 'nowhere'", "http.listen: \"nowhere\" cannot be used: write an address and a port"),
        ("http.lissten = '127.0.0.1:1'", "http.lissten: unknown key lissten: the keys here are listen, "),
        (
            "session.deadline = 20",
            "session.deadline: this number cannot be used: write a duration with its unit",
        ),
        ("session.deadline = '0s'", "session.deadline: must be longer than zero"),
        ("session.time_zone = 'Mars/Olympus'", "session.time_zone: "),
        ("session.dialect = 'klingon'", "session.dialect: "),
        (
            "session.licences = -1",
            "session.licences: this number cannot be used: write a whole number, 0 or more",
        ),
        (
            "finesse.logins_at_once = 0",
            "finesse.logins_at_once: this number cannot be used: write a whole number, 1 or more",
        ),
        (
            "finesse.ping_misses = 0",
            "finesse.ping_misses: this number cannot be used: write a whole number, 1 or more",
        ),
        ("finesse.ping_interval = '0s'", "finesse.ping_interval: must be longer than zero"),
        ("callback.envelope = 'paper'", "callback.envelope: this cannot be used: write bare or data"),
        ("callback.default_url = 'ftp://crm.example.com'", "callback.default_url: "),
        (
            "callback.signing = {}",
            "callback.signing.secrets_file: is missing: write the file with the secrets",
        ),
        (
            "callback.signing = { secrets_file = '/nowhere/secrets' }",
            "callback.signing.secrets_file: /nowhere/secrets: ",
        ),
        (
            "callback.signing = { secrets_file = '/nowhere/secrets', secrets = 'x' }",
            "callback.signing.secrets: cannot stand beside secrets_file: choose one",
        ),
        (
            "callback.signing.secrets = 'whsec_aGk='",
            "callback.signing.secrets: secret 1 cannot be used: write",
        ),
        ("callback.tls.ca_file = '/nowhere/ca.pem'", "callback.tls.ca_file: /nowhere/ca.pem: "),
        ("callback.jwt.issuer = 'gc'", "callback.jwt: missing key: key_file"),
        (
            "callback.jwt = { issuer = 'gc', key_file = '/nowhere/rsa.pem' }",
            "callback.jwt.key_file: /nowhere/rsa.pem: ",
        ),
        ("callback.tls.certificate_file = 'x'", "callback.tls.key_file: is missing: write the file with"),
        ("callback.tls.key_file = 'x'", "callback.tls.certificate_file: is missing: without it"),
        (
            "callback.tls = { certificate_file = '/nowhere/gc.pem', key_file = '/nowhere/gc.key' }",
            "callback.tls.certificate_file: /nowhere/gc.pem: ",
        ),
        ("finesse.ca_file = '/nowhere/ca.pem'", "finesse.ca_file: /nowhere/ca.pem: "),
        ("finesse.ca_pem = 'no certificate'", "finesse.ca_pem: there is no certificate in PEM format"),
        ("finesse.pinned_sha256 = ['abc']", "finesse.pinned_sha256: "),
        ("finesse.ca_pem = 'x'\nfinesse.pinned_sha256 = ['abc']", "finesse: only one of "),
        ("log.filter = '=;='", "log.filter: "),
        ("log.format = 'xml'", "log.format: "),
        ("telemetry.on = true", "telemetry: unknown key "),
        (
            "http.health_listen = '8113'",
            "http.health_listen: \"8113\" cannot be used: write an address and a port",
        ),
        (
            "http.limits.connections = 0",
            "http.limits.connections: this number cannot be used: write a whole number, 1 or more",
        ),
        ("http.limits.beats = 1", "http.limits.beats: unknown key beats: the keys here are connections, "),
        (
            "store.path = '/nowhere/store.redb'",
            "store.path: /nowhere/store.redb: its directory does not exist",
        ),
        ("store.path = '/'", "store.path: / is a directory: name a file in it"),
        ("store.key_file = '/nowhere'", "store.path: is missing: without it no key is needed"),
        ("http.open = 'yes'", "http.open: this text cannot be used: write true or false"),
        (
            "http.open = true\nclient = [{ name = 'a' }]",
            "http.open: true means that callers are not identified",
        ),
        ("client = 7", "client: this number cannot be used: write a list"),
        ("client = [7]", "client.0: this number cannot be used: write a table of keys"),
        (
            "client = [{ name = 'a', rights = 'agent' }]",
            "client.0.rights: this text cannot be used: write a list",
        ),
        ("finesse.administrator = { user = 'x' }", "finesse.administrator: missing key: password"),
        ("[client]\nname = 'a'", "client: there may be several: write [[client]] with two brackets"),
        ("http.tls = { certificate = 'x' }", "http.tls: missing key: key"),
        ("this is no TOML", "TOML parse error"),
    ];
    for (line, says) in bad {
        let file = config_file(&format!("{NODE}{line}\n"));
        let path = file.path().to_str().unwrap();
        let (code, stdout, stderr) = check(path).await;
        assert_eq!((code, stdout.as_str(), stderr.lines().count()), (Some(78), "", 1), "{line}: {stderr}");
        assert!(stderr.starts_with(&format!("gc-server: {path}: {says}")), "{line}: {stderr}");
    }
}

#[tokio::test]
async fn no_value_that_may_be_a_secret_is_repeated() {
    let administrator = "finesse.administrator.password";
    for (line, says) in [
        (format!("{administrator} = 4711"), "password: this number cannot be used: write a text in quotes"),
        (format!("{administrator} = [4711]"), "password: a list cannot be used"),
        ("finesse.administrator = 'hush'".into(), "administrator: this text cannot be used: write a table"),
        ("client = [{ name = 'a', token_hashes = 'hush' }]".into(), "token_hashes: this text cannot be used"),
        (
            "directory.ccx = { url = 'https://x', auth = 'hush' }".into(),
            "auth: this cannot be used: write basic",
        ),
        (format!("{administrator} = 'hush"), "TOML parse error at line 2, column "),
        (format!("{administrator} = hush"), "TOML parse error at line 2, column "),
        (format!("{administrator} = 'x'\n{administrator} = 'hush'"), "TOML parse error at line 3, column "),
        ("client = [{ name = 'a', token_hashes = ['gct_hush'] }]".into(), "token_hashes: "),
    ] {
        let file = config_file(&format!("{NODE}{line}\n"));
        let (code, _, stderr) = check(file.path().to_str().unwrap()).await;
        assert_eq!((code, stderr.lines().count()), (Some(78), 1), "{line}: {stderr}");
        assert!(stderr.contains(says), "{line}: {stderr}");
        assert!(!stderr.contains("hush") && !stderr.contains("4711"), "{line}: {stderr}");
    }
    let file = config_file("finesse.nodes = [{ url = 'https://adm:hush@finesse-a.example.com:8445' }]");
    let (_, _, stderr) = check(file.path().to_str().unwrap()).await;
    let says = "finesse.nodes: only scheme, host and port of a node are configured";
    assert!(stderr.contains(says) && !stderr.contains("hush"), "{stderr}");
}

#[tokio::test]
async fn secrets_may_stand_in_a_file_that_only_its_owner_can_read_and_in_variables() {
    let administrator = "finesse.administrator = { user = 'x', password = 'hush' }";
    let source = "url = 'https://x.example', username = 'x', password = 'hush'";
    for (line, key) in [
        (administrator.to_owned(), "finesse.administrator.password"),
        (format!("directory.cce = {{ {source} }}"), "directory.cce.password"),
        (
            "directory.ccx = { url = 'https://x.example', auth = { bearer = { token = 'hush' } } }"
                .to_owned(),
            "directory.ccx.auth",
        ),
    ] {
        let file = config_file(&format!("{NODE}{line}\n"));
        for command in ["check-config", "serve"] {
            mode(&file, 0o640);
            let path = file.path().to_str().unwrap();
            let output = run(&[command, "--config", path]).await;
            let stderr = String::from_utf8(output.stderr).unwrap();
            let says = format!(
                "gc-server: {path}: {key}: {path}: others than its owner may use it (mode 0640): run chmod 600 {path}"
            );
            assert!(stderr.starts_with(&says) && stderr.lines().count() == 1, "{command}: {stderr}");
            assert_eq!(output.status.code(), Some(78));
        }
        mode(&file, 0o600);
        assert_eq!(check(file.path().to_str().unwrap()).await.0, Some(0));
    }
    // The password is not in the file.
    let file = config_file(&format!("{NODE}finesse.administrator.user = 'x'\n"));
    mode(&file, 0o644);
    let mut check = program();
    check.args(["check-config", "--config"]).arg(file.path());
    let output = check.env("GC__FINESSE__ADMINISTRATOR__PASSWORD", "hush").output().await.unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

fn mode(file: &NamedTempFile, mode: u32) {
    file.as_file().set_permissions(Permissions::from_mode(mode)).unwrap();
}

#[tokio::test]
async fn nodes_are_checked_too() {
    let node = |url: &str| format!("finesse.nodes = [{{ url = '{url}' }}]");
    let bad = [
        (String::new(), "finesse.nodes: a cluster has one or two nodes, not 0"),
        (
            node("http://finesse-a.example.com:8082"),
            "finesse.nodes: \"http://finesse-a.example.com:8082\" is not encrypted: use https, wss, xmpps or xmpp, or set \
             finesse.allow_plaintext",
        ),
        (
            node("finesse-a.example.com"),
            "finesse.nodes: \"finesse-a.example.com\" cannot be used: write a URL such as",
        ),
        (
            node("https://finesse-a.example.com:8445/finesse"),
            "finesse.nodes: only scheme, host and port of a node are configured: write https://finesse-a.example.com:8445",
        ),
        (
            "[finesse.nodes]\nurl = 'https://a.example'".to_owned(),
            "finesse.nodes: there may be several: write [[finesse.nodes]]",
        ),
        ("finesse.nodes = [{ name = 'a' }]".to_owned(), "finesse.nodes.0"),
    ];
    for (text, says) in bad {
        let file = config_file(&text);
        let (code, _, stderr) = check(file.path().to_str().unwrap()).await;
        assert_eq!(code, Some(78), "{text}: {stderr}");
        assert!(stderr.contains(says), "{text}: {stderr}");
    }
}

#[tokio::test]
async fn a_file_without_a_certificate_is_named_with_its_key() {
    let pem = config_file("no certificate");
    let pem = pem.path().display();
    for key in ["finesse.ca_file", "callback.tls.ca_file"] {
        let file = config_file(&format!("{NODE}{key} = '{pem}'\n"));
        let path = file.path().to_str().unwrap();
        let expected = format!("gc-server: {path}: {key}: {pem}: there is no certificate in PEM format\n");
        assert_eq!(check(path).await, (Some(78), String::new(), expected));
    }
}

#[tokio::test]
async fn a_file_that_is_not_there_is_named() {
    let (code, _, stderr) = check("/nowhere/gc.toml").await;
    assert_eq!(code, Some(78));
    assert!(stderr.starts_with("gc-server: /nowhere/gc.toml: cannot be read: "), "{stderr}");
}

#[tokio::test]
async fn variables_stand_over_the_file_and_are_named_when_they_are_bad() {
    let file = config_file(&format!("{NODE}session.deadline = '5s'\n"));
    let mut check = program();
    check.args(["check-config", "--config"]).arg(file.path());
    let output = check.env("GC__SESSION__DEADLINE", "soon").output().await.unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(78));
    assert!(stderr.contains("session.deadline (an environment variable): "), "{stderr}");
    let output = check.env("GC__SESSION__DEADLINE", "30s").output().await.unwrap();
    assert_eq!(output.status.code(), Some(0));
}

#[tokio::test]
async fn serving_a_bad_configuration_or_at_a_taken_address_ends_with_a_reason() {
    let file = config_file("finesse.nodes = 7");
    let output = run(&["serve", "--config", file.path().to_str().unwrap()]).await;
    assert_eq!(output.status.code(), Some(78));
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap();
    let finesse = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let node = format!("finesse.nodes = [{{ url = 'https://{}' }}]", finesse.local_addr().unwrap());
    let file = config_file(&format!("{node}\nhttp.listen = '{address}'\n"));
    let output = run(&["serve", "--config", file.path().to_str().unwrap()]).await;
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(69));
    assert!(stderr.starts_with(&format!("gc-server: cannot listen on {address}: ")), "{stderr}");
    let called = finesse.accept().now_or_never();
    assert!(called.is_none(), "a server that does not start does not call Finesse");
}
