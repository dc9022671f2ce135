//! `check-config`: good or bad, on one line, without starting anything.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;

use futures_util::FutureExt;
use tempfile::NamedTempFile;

use crate::support::process::{Process, config_file, program, run};
use crate::support::stage::{gc_toml, simulator};

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

/// One place decides what is a warning.
#[tokio::test]
async fn what_check_config_warns_of_is_what_a_start_warns_of() {
    let sim = simulator(true).await;
    let folder = tempfile::tempdir().unwrap();
    let store = format!("'{}'", folder.path().join("store.redb").display());
    let toml = gc_toml(&sim, &[("store.path", &store)]);
    let says = "store.key_file: is missing: a restart ends all sessions";
    let file = config_file(&toml);
    let path = file.path().to_str().unwrap();
    let (code, _, stderr) = check(path).await;
    assert_eq!(code, Some(0));
    assert!(stderr.starts_with(&format!("gc-server: {path}: warning: {says}")), "{stderr}");
    let process = Process::serve(&toml, "info").await;
    process.logged(says).await;
    process.terminate().await;
    assert_eq!(process.ended().await.0, Some(0));
    sim.shutdown().await;
}

#[tokio::test]
async fn the_filter_of_the_variable_is_checked_as_the_configured_one_is() {
    let file = config_file(NODE);
    let with = async |filter: &str| {
        let mut check = program();
        check.args(["check-config", "--config"]).arg(file.path()).env("RUST_LOG", filter);
        let output = check.output().await.unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, says) = with("warning").await;
    assert_eq!(code, Some(78), "{says}");
    let place = "gc-server: variable RUST_LOG: log.filter: \"warning\" is no level: write off";
    assert!(says.starts_with(place), "{says}");
    // One that is empty counts as none.
    assert_eq!(with("").await, (Some(0), String::new()));
    let (code, says) = with("gc_sesion=debug,info").await;
    assert!(code == Some(0) && says.contains("warning: variable RUST_LOG: nothing is logged as"), "{says}");
}

#[tokio::test]
async fn all_mistakes_are_named_in_one_run_each_on_a_line_with_file_line_and_key() {
    let text = format!("{NODE}http.lissten = '127.0.0.1:1'\nsession.deadline = 20\nhttp.max_clients = 0\n");
    let file = config_file(&text);
    let path = file.path().to_str().unwrap();
    for command in ["check-config", "serve"] {
        let output = run(&[command, "--config", path]).await;
        let expected = format!(
            "gc-server: {path}:2: http.lissten: there is no such key: did you mean http.listen?\n\
             gc-server: {path}:3: session.deadline: this cannot be used: write a duration with its unit, such as \"20s\"\n\
             gc-server: {path}:4: http.max_clients: cannot be 0, because no client could say Hello: write 1 or more\n"
        );
        let found = (output.status.code(), String::from_utf8(output.stdout).unwrap());
        assert_eq!(found, (Some(78), String::new()), "{command}");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), expected, "{command}");
    }
}

#[tokio::test]
async fn no_value_that_may_be_a_secret_is_repeated() {
    let administrator = "finesse.administrator.password";
    for (line, says) in [
        (
            format!("{administrator} = 4711\nfinesse.administrator.user = 'x'"),
            "password: this number cannot be used: write a text in quotes",
        ),
        (
            format!("{administrator} = [4711]\nfinesse.administrator.user = 'x'"),
            "password: a list cannot be used",
        ),
        ("finesse.administrator = 'hush'".into(), "administrator: this text cannot be used: write a table"),
        (
            "client = [{ name = 'a', destinations = ['*'], token_hashes = 'hush' }]".into(),
            "token_hashes: this text cannot be used",
        ),
        (
            "directory.ccx = { url = 'https://x', auth = 'hush' }".into(),
            "auth: this cannot be used: write basic, bearer or header",
        ),
        (format!("{administrator} = 'hush"), ":2: this is not TOML: "),
        (format!("{administrator} = hush"), ":2: this is not TOML: "),
        (format!("{administrator} = 'x'\n{administrator} = 'hush'"), ":3: this is not TOML: "),
        (
            "client = [{ name = 'a', destinations = ['*'], token_hashes = ['gct_hush'] }]".into(),
            "token_hashes: ",
        ),
    ] {
        let file = config_file(&format!("{NODE}{line}\n"));
        let (code, _, stderr) = check(file.path().to_str().unwrap()).await;
        assert_eq!((code, stderr.lines().count()), (Some(78), 1), "{line}: {stderr}");
        assert!(stderr.contains(says), "{line}: {stderr}");
        assert!(!stderr.contains("hush") && !stderr.contains("4711"), "{line}: {stderr}");
    }
    let file = config_file("finesse.nodes = [{ url = 'https://adm:hush@finesse-a.example.com:8445' }]");
    let (_, _, stderr) = check(file.path().to_str().unwrap()).await;
    let says = "finesse.nodes.0.url: only scheme, host and port of a node are configured";
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
                "gc-server: {path}:2: {key}: {path}: others than its owner may use it (mode 0640): run chmod 600 {path}"
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
            "finesse.nodes.0.url: \"http://finesse-a.example.com:8082\" is not encrypted: use https, wss, xmpps or xmpp, or set \
             finesse.allow_plaintext",
        ),
        (
            node("finesse-a.example.com"),
            "finesse.nodes.0.url: \"finesse-a.example.com\" cannot be used: write a URL such as",
        ),
        (
            node("https://finesse-a.example.com:8445/finesse"),
            "finesse.nodes.0.url: only scheme, host and port of a node are configured: write https://finesse-a.example.com:8445",
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
        let expected = format!("gc-server: {path}:2: {key}: {pem}: there is no certificate in PEM format\n");
        assert_eq!(check(path).await, (Some(78), String::new(), expected));
    }
}

#[tokio::test]
async fn a_file_that_is_not_there_is_named() {
    let (code, _, stderr) = check("/nowhere/gc.toml").await;
    assert_eq!(code, Some(78));
    assert_eq!(stderr, "gc-server: /nowhere/gc.toml: does not exist\n");
}

#[tokio::test]
async fn variables_stand_over_the_file_and_are_named_when_they_are_bad() {
    let file = config_file(&format!("{NODE}session.deadline = '5s'\n"));
    let mut check = program();
    check.args(["check-config", "--config"]).arg(file.path());
    let output = check.env("GC__SESSION__DEADLINE", "soon").output().await.unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(78));
    assert!(stderr.starts_with("gc-server: variable GC__SESSION__DEADLINE: session.deadline: "), "{stderr}");
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

#[test]
fn the_configurations_of_the_packages_have_no_unknown_key() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../packaging");
    let text = |file: &str| std::fs::read_to_string(format!("{root}/{file}")).unwrap();
    // What an administrator may uncomment counts as well; of two values for one key the first.
    let debian: Vec<_> = text("debian/gc.toml")
        .lines()
        .filter(|line| !line.starts_with("#listen"))
        .map(|line| match line.strip_prefix('#') {
            Some(key) if key.starts_with(|first: char| first.is_ascii_lowercase() || first == '[') => key,
            _ => line,
        })
        .map(str::to_owned)
        .collect();
    assert!(debian.iter().any(|line| line.starts_with("admin_listen")), "{debian:?}");
    let manifests = yaml_rust2::YamlLoader::load_from_str(&text("kubernetes/gc-server.yaml")).unwrap();
    let kubernetes = manifests[0]["data"]["gc.toml"].as_str().unwrap();
    for toml in [&debian.join("\n"), kubernetes, &text("container/compose.gc.toml")] {
        gc_server::Config::parse(toml).unwrap_or_else(|error| panic!("{error}\n{toml}"));
    }
}
