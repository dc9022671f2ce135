//! The document, the examples and the code say the same.

use std::fs;
use std::time::Duration;

use figment::error::Kind;

use super::*;

mod at_once;
mod callbacks;
mod clients;
mod faults;
mod group;
mod listener;
mod secrets;
mod variables;
mod warnings;

fn file(path: &str) -> String {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../");
    fs::read_to_string(format!("{root}{path}")).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The keys that the code knows, as the error for a misspelled one lists them.
fn keys(with_a_wrong_one: &str) -> Vec<&'static str> {
    let read = keys::extract(&layers::from_toml(with_a_wrong_one).values);
    match read.unwrap_err().kind {
        Kind::UnknownField(_, keys) => keys.to_vec(),
        other => panic!("{with_a_wrong_one}: {other}"),
    }
}

/// The keys of the tables under a heading of docs/configuration.md, with their defaults.
fn documented(heading: &str) -> Vec<(String, String)> {
    let document = file("docs/configuration.md");
    let (_, section) = document.split_once(&format!("\n{heading}")).unwrap_or_else(|| panic!("no {heading}"));
    let section = section.split("\n## ").next().unwrap().split("\n### ").next().unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    rows.map(|(key, rest)| (key.to_owned(), rest.split(" |").next().unwrap().to_owned())).collect()
}

#[test]
fn every_key_stands_in_the_document_and_no_other() {
    let sections = keys("wrong = 1");
    assert_eq!(
        sections,
        [
            "http",
            "client",
            "finesse",
            "cluster",
            "session",
            "callback",
            "outbox",
            "store",
            "group",
            "directory",
            "recording",
            "log",
            "process"
        ]
    );
    // The keys of a cluster are those of the only one.
    let known = sections
        .iter()
        .filter(|section| !["client", "cluster"].contains(section))
        .map(|section| (format!("## [{section}]"), format!("{section}.wrong = 1")));
    let nodes = ("### Each of `nodes`".to_owned(), "finesse.nodes = [{ url = '', wrong = 1 }]".to_owned());
    let clients = ("## [[client]]".to_owned(), "client = [{ wrong = 1 }]".to_owned());
    let tls = ("### [http.tls]".to_owned(), "http.tls = { wrong = 1 }".to_owned());
    let limits = ("### [http.limits]".to_owned(), "http.limits = { wrong = 1 }".to_owned());
    let signing = ("### [callback.signing]".to_owned(), "callback.signing = { wrong = 1 }".to_owned());
    let callback_tls = ("### [callback.tls]".to_owned(), "callback.tls = { wrong = 1 }".to_owned());
    let jwt = ("### [callback.jwt]".to_owned(), "callback.jwt = { wrong = 1 }".to_owned());
    for (heading, wrong) in known.chain([nodes, clients, tls, limits, signing, callback_tls, jwt]) {
        let documented: Vec<_> = documented(&heading).into_iter().map(|(key, _)| key).collect();
        assert_eq!(documented, keys(&wrong), "{heading}");
    }
}

#[test]
fn the_defaults_of_the_document_are_those_of_the_code() {
    let defaults = file("bin/gc-server/src/config/defaults.toml");
    let code = Config::parse("").unwrap();
    assert_eq!(format!("{:#?}", Config::parse(&defaults).unwrap()), format!("{code:#?}"));

    let defaults: toml::Table = defaults.parse().unwrap();
    let limits = ("http.limits".to_owned(), defaults["http"]["limits"].clone());
    for (section, keys) in defaults.into_iter().chain([limits]) {
        let documented =
            documented(&format!("{} [{section}]", if section.contains('.') { "###" } else { "##" }));
        let keys =
            keys.as_table().unwrap().iter().filter(|(key, value)| *key != "nodes" && !value.is_table());
        for (key, value) in keys {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let (_, default) = documented.iter().find(|(documented, _)| documented == key).unwrap();
            assert_eq!(default.trim_end_matches(" (0)"), format!("`{value}`"), "{section}.{key}");
        }
    }
}

#[test]
fn every_example_is_a_good_configuration() {
    crate::choose_crypto();
    for example in ["ucce", "uccx"] {
        let config = Config::parse(&file(&format!("fixtures/config/{example}.toml"))).unwrap();
        config.check().unwrap_or_else(|error| panic!("{example}: {error}"));
        assert_eq!(config.finesse.nodes.len(), 2);
    }
    let document = file("docs/configuration.md");
    let (_, rest) = document.split_once("```toml\n").unwrap();
    Config::parse(rest.split("```").next().unwrap()).unwrap().check().unwrap();
}

#[test]
fn every_piece_of_a_configuration_in_the_documents_has_keys_that_there_are() {
    let mut pieces = 0;
    // Those of docs/cli.md are not the server's.
    let pages = ["configuration", "console", "directory", "operations", "simulator"];
    for page in pages.map(|name| format!("docs/{name}.md")).into_iter().chain(["README.md".to_owned()]) {
        for piece in file(&page).split("```toml\n").skip(1) {
            pieces += 1;
            let piece = piece.split("```").next().unwrap();
            Config::parse(piece).unwrap_or_else(|error| panic!("{page}: {error}\n{piece}"));
        }
    }
    assert!(pieces > 8, "they are found: {pieces}");
}

#[test]
fn silent_clients_are_forgotten_only_if_a_time_is_configured() {
    let forget_after = |text: &str| Config::parse(text).map(|config| config.outbox.forget_after);
    assert_eq!(forget_after("").unwrap(), None);
    let days = Duration::from_secs(30 * 24 * 60 * 60);
    assert_eq!(forget_after("outbox.forget_after = '720h'").unwrap(), Some(days));
    for bad in ["'0s'", "30", "'soon'"] {
        let error = forget_after(&format!("outbox.forget_after = {bad}")).unwrap_err().to_string();
        assert!(error.contains("outbox.forget_after"), "{error}");
    }
}

#[test]
fn the_keys_of_the_streams_reach_them() {
    crate::choose_crypto();
    let keys = "finesse = { logins_at_once = 7, logins_per_second = 8, moves_at_once = 9, requests_per_second = 10, \
                requests_at_once = 11, discover = false, ping_interval = '3s', ping_misses = 5 }";
    let cluster = Config::parse(keys).unwrap().link_of("default").unwrap();
    assert_eq!(cluster.opening.at_once.get(), 7);
    assert_eq!((cluster.opening.per_second.get(), cluster.opening.moves_at_once.get()), (8, 9));
    assert_eq!((cluster.rest.per_second.get(), cluster.rest.at_once.get()), (10, 11));
    assert!(!cluster.discover);
    assert_eq!((cluster.xmpp.ping_every.as_secs(), cluster.xmpp.ping_misses), (3, 5));
}

#[test]
fn only_waits_that_may_be_skipped_may_be_nothing() {
    for key in ["http.stop_grace", "session.keep_signed_out", "callback.max_retry_after"] {
        Config::parse(&format!("{key} = '0s'")).unwrap();
    }
    for key in [
        "http.header_timeout",
        "http.write_timeout",
        "finesse.health_interval",
        "session.deadline",
        "callback.retry_every",
    ] {
        let error = Config::parse(&format!("{key} = '0s'")).unwrap_err().to_string();
        assert_eq!(error, format!("{key}: must be longer than zero"));
    }
}

#[test]
fn the_times_of_further_attempts_rise() {
    let config = Config::parse("callback.retry_at = ['250ms', '1m30s']").unwrap();
    assert_eq!(config.callback.retry_at, [250, 90_000].map(std::time::Duration::from_millis));
    Config::parse("callback.retry_at = []").unwrap();
    for (times, wrong) in [
        ("['2s', '1s']", "each has to be longer than the one before"),
        ("['1s', '1s']", "each has to be longer than the one before"),
        ("['0s']", "must be longer than zero"),
    ] {
        let error = Config::parse(&format!("callback.retry_at = {times}")).unwrap_err().to_string();
        assert!(error.starts_with("callback.retry_at") && error.ends_with(wrong), "{error}");
    }
}

#[tokio::test]
async fn several_clusters_are_named_and_have_their_own_sections() {
    crate::choose_crypto();
    let node = "nodes = [{ url = 'https://127.0.0.1:1' }]";
    let names = |text: &str| {
        let clusters = Config::parse(text)?.clusters()?;
        let name = |each: &gc_session::EngineCluster| each.binding.cluster.to_string();
        Ok::<_, ConfigError>(clusters.iter().map(name).collect::<Vec<_>>())
    };
    let of = |name: &str| format!("[[cluster]]\nname = '{name}'\n{node}\n");
    assert_eq!(names(&format!("{}{}", of("west"), of("east"))).unwrap(), ["west", "east"]);
    assert_eq!(names(&format!("[finesse]\n{node}")).unwrap(), ["default"]);
    for (text, wrong) in [
        (format!("{}{}", of("west"), of("west")), "cluster.1.name: two clusters are named west"),
        (format!("[[cluster]]\n{node}"), "cluster.0.name: each cluster needs a name"),
        (of("a b"), "cluster.0.name: each cluster needs a name"),
        (format!("[finesse]\n{node}\n{}", of("west")), "cluster: [finesse] and [directory]"),
        (format!("[finesse]\nname = 'west'\n{node}"), "finesse.name: belongs into [[cluster]]"),
        (format!("[[cluster]]\nname = 'west'\nca_file = '/no/such'\n{node}"), "cluster.west.ca_file: "),
    ] {
        let error = names(&text).unwrap_err().to_string();
        assert!(error.starts_with(wrong), "{error}");
    }
}
