//! Valid configurations, and the errors of invalid ones.

use std::error::Error as _;
use std::io;

use gc_directory::{Config, Sources};

use crate::support::{PASSWORD, config};

const ACCOUNT: &str = "username = \"gc\"\npassword = \"p\"\nhttp = { pinned_sha256 = \"0000000000000000000000000000000000000000000000000000000000000000\" }";

fn refusal(toml: &str) -> String {
    Sources::new(&config(toml)).unwrap_err().to_string()
}

fn recorder(more: &str) -> String {
    let http =
        "http = { pinned_sha256 = \"0000000000000000000000000000000000000000000000000000000000000000\" }";
    format!("[recorder]\n{http}\n{more}")
}

#[test]
fn a_configuration_without_sources_is_valid() {
    assert_eq!(
        format!("{:?}", Sources::new(&Config::default()).unwrap()),
        "Sources { cce: false, axl: false, ccx: false, recorder: false }"
    );
}

#[test]
fn unknown_keys_are_refused_with_their_name() {
    for toml in [
        "[ccx]\nurl = \"https://x\"\ncolour = 1",
        "[finesse]\n",
        "[recorder]\nurl = \"\"\nhttp = { tls = 1 }",
    ] {
        let error = toml::from_str::<Config>(toml).unwrap_err();
        assert!(error.to_string().contains("unknown field"), "{error}");
    }
}

#[test]
fn a_duration_needs_a_unit() {
    let error =
        toml::from_str::<Config>("[ccx]\nurl = \"https://x\"\nhttp = { timeout = \"15\" }").unwrap_err();
    assert!(error.to_string().contains("unit"), "{error}");
}

#[test]
fn secrets_are_not_printed() {
    let printed = format!(
        "{:?}",
        config(&format!(
            r#"
            cce = {{ url = "https://aw", username = "gc", password = "{PASSWORD}" }}
            axl = {{ url = "https://cm", username = "gc", password = "{PASSWORD}" }}
            ccx = {{ url = "https://q", auth = {{ bearer = {{ token = "{PASSWORD}" }} }} }}
            [recorder]
            url = "https://r"
            headers = {{ x-key = "{PASSWORD}" }}
            body = '{{"key":"{PASSWORD}"}}'
            login = {{ url = "https://r", username = "gc", password = "{PASSWORD}", body = '{{"p":"{PASSWORD}"}}', token = "/t" }}
            "#
        ))
    );
    assert!(printed.contains("x-key") && !printed.contains(PASSWORD), "{printed}");
}

#[test]
fn passwords_are_not_sent_unencrypted_unless_that_is_allowed() {
    assert_eq!(
        refusal(&format!("[cce]\nurl = \"http://aw.test\"\n{ACCOUNT}")),
        "directory.cce.url: http is not encrypted: set http.allow_plaintext or use https"
    );
    assert_eq!(
        refusal(&recorder(
            "url = \"https://r.test\"\nlogin = { url = \"http://r.test\", username = \"u\", password = \"p\", token = \"/t\" }"
        )),
        "directory.recorder.login.url: http is not encrypted: set http.allow_plaintext or use https"
    );
}

/// A file without a certificate.
const NO_PEM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");

#[test]
fn an_invalid_configuration_is_refused_when_it_is_read() {
    let cases = [
        (format!("[cce]\nurl = \"aw.test\"\n{ACCOUNT}"), "directory.cce.url"),
        (format!("[cce]\nurl = \"ftp://aw.test\"\n{ACCOUNT}"), "directory.cce.url"),
        (
            format!("[cce]\nurl = \"https://u:p@aw.test\"\n{ACCOUNT}"),
            "must not contain a user name or a password",
        ),
        (format!("[axl]\nurl = \"https://cm\"\nversion = \"12.5 x\"\n{ACCOUNT}"), "directory.axl.version"),
        (format!("[axl]\nurl = \"https://cm\"\nquery = \"select 1\"\n{ACCOUNT}"), "{number}"),
        ("[ccx]\nurl = \"https://q\"\nname = \"csq\"".to_owned(), "begins with /"),
        (
            "[ccx]\nurl = \"https://q\"\nhttp = { ca_pem = \"x\", ca_file = \"y\" }".to_owned(),
            "directory.ccx.http: only one of ca_file, ca_pem and pinned_sha256",
        ),
        (
            "[ccx]\nurl = \"https://q\"\nhttp = { ca_file = \"/nowhere/ca.pem\" }".to_owned(),
            "/nowhere/ca.pem",
        ),
        (
            "[ccx]\nurl = \"https://q\"\nhttp = { ca_pem = \"x\" }".to_owned(),
            "directory.ccx.http.ca_pem: there is no certificate",
        ),
        (
            format!("[ccx]\nurl = \"https://q\"\nhttp = {{ ca_file = \"{NO_PEM}\" }}"),
            "Cargo.toml: there is no certificate",
        ),
        (recorder("url = \"https://{agentId}.test/\""), "not in the server's name"),
        (recorder("url = \"https://r.test/{agent}\""), "unknown placeholder"),
        (recorder("url = \"https://r.test/{password}\""), "unknown placeholder"),
        (recorder("url = \"https://r.test/\"\nbody = '{\"n\":{extension}}'"), "inside quotes"),
        (recorder("url = \"https://r.test/\"\nmethod = \"PO ST\""), "not an HTTP method"),
        (recorder("url = \"https://r.test/\"\nheaders = { \"x y\" = \"1\" }"), "not a valid header name"),
        (recorder("url = \"https://r.test/\"\nheaders = { x = \"a\\nb\" }"), "that a header does not allow"),
        (
            recorder(
                "url = \"https://r.test/\"\nauth = { bearer = { token = \"t\" } }\n\
                 login = { url = \"https://r.test\", username = \"u\", password = \"p\", token = \"/t\" }",
            ),
            "set either auth or login",
        ),
    ];
    for (toml, expected) in cases {
        let refusal = refusal(&toml);
        assert!(refusal.contains(expected), "{toml}\n{refusal}");
    }
}

#[test]
fn every_fault_of_every_source_is_found() {
    let toml = r#"
        cce = { url = "aw", username = "a:b", password = "p", http = { ca_pem = "x", pinned_sha256 = "zz" } }
        axl = { url = "cm", username = "a:b", password = "p", version = "x", query = "select 1" }
        [ccx]
        url = "q"
        name = "csq"
        snapshot = { agents_ready = "ready" }
        auth = { header = { name = "x y", value = "a\nb" } }
        [recorder]
        url = "https://r.test/{agent}"
        method = "PO ST"
        body = "{"
        headers = { "x y" = "a\nb" }
        auth = { bearer = { token = "t" } }
        login = { url = "r", method = "PO ST", username = "a:b", password = "p", token = "/t", header = "x y" }
    "#;
    let faults = Sources::new(&config(toml)).unwrap_err();
    let keys: Vec<_> = faults.into_iter().map(|fault| fault.key.replacen("directory.", "", 1)).collect();
    assert_eq!(
        keys,
        [
            "cce.url",
            "cce.username",
            "cce.http",
            "cce.http.ca_pem",
            "cce.http.pinned_sha256",
            "axl.url",
            "axl.username",
            "axl.version",
            "axl.query",
            "ccx.url",
            "ccx.name",
            "ccx.snapshot.agents_ready",
            "ccx.auth",
            "ccx.auth",
            "recorder.headers.x y",
            "recorder.headers.x y",
            "recorder",
            "recorder.login.username",
            "recorder.login.header",
            "recorder.login.method",
            "recorder.login.url",
            "recorder.method",
            "recorder.url",
            "recorder.body",
        ]
    );
}

#[test]
fn what_is_behind_a_refusal_is_its_source() {
    let causes = |toml: &str| {
        let faults: Vec<_> = Sources::new(&config(toml)).unwrap_err().into_iter().collect();
        assert_eq!(faults.len(), 1, "{faults:?}");
        let causes: Vec<_> = std::iter::successors(faults[0].source(), |&error| error.source()).collect();
        (causes.iter().any(|cause| cause.is::<io::Error>()), causes.is_empty())
    };
    let file = "[ccx]\nurl = \"https://q\"\nhttp = { ca_file = \"/nowhere/ca.pem\" }";
    assert_eq!(causes(file), (true, false));
    assert_eq!(causes("[ccx]\nurl = \"https://q\"\nhttp = { ca_pem = \"x\" }"), (false, false));
    assert_eq!(causes("[ccx]\nurl = \"https://q\"\nname = \"csq\""), (false, true), "that is our own rule");
}
