//! What docs/embedding.md promises to those who take single crates.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};

/// What only tests use has no promises.
const TESTS_ONLY: [&str; 2] = ["gc-fuzz", "gc-rehearsal"];

/// The tree of gc-events and gc-protocol. None of these runs tasks, opens sockets or asks for chance; whoever adds one looks.
const PURE: [&str; 28] = [
    "equivalent",
    "foldhash",
    "gc-events",
    "gc-protocol",
    "hashbrown",
    "heck",
    "indexmap",
    "itoa",
    "memchr",
    "proc-macro2",
    "quote",
    "ryu",
    "secrecy",
    "serde",
    "serde_core",
    "serde_derive",
    "serde_json",
    "strsim",
    "strum",
    "strum_macros",
    "syn",
    "thiserror",
    "thiserror-impl",
    "unicode-ident",
    "zeroize",
    "zeroize_derive",
    "zmij",
    "autocfg",
];

/// What a README says of versions: a page of a registry has nothing else.
const VERSIONS: &str = "All its crates have one version, and before 1.0 the second number is the one that breaks. So do breaking versions of the \
                        crates that the interface shows, which the documentation of the crate names";

/// A text whose lines may be broken anywhere.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn metadata() -> Value {
    let arguments = ["metadata", "--format-version", "1", "--locked", "--offline"];
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The names of what this crate is built of, itself included.
fn tree(metadata: &Value, name: &str) -> BTreeSet<String> {
    let list = |value: &Value| value.as_array().unwrap().clone();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let names: BTreeMap<_, _> = list(&metadata["packages"])
        .iter()
        .map(|package| (text(&package["id"]), text(&package["name"])))
        .collect();
    let nodes: BTreeMap<_, _> =
        list(&metadata["resolve"]["nodes"]).into_iter().map(|node| (text(&node["id"]), node)).collect();
    let mut open: Vec<_> = names.iter().filter(|(_, own)| *own == name).map(|(id, _)| id.clone()).collect();
    let mut seen = BTreeSet::new();
    while let Some(id) = open.pop() {
        if !seen.insert(id.clone()) {
            continue;
        }
        for dependency in list(&nodes[&id]["deps"]) {
            // Tests' own dependencies do not count.
            if list(&dependency["dep_kinds"]).iter().any(|kind| kind["kind"] != "dev") {
                open.push(text(&dependency["pkg"]));
            }
        }
    }
    seen.iter().map(|id| names[id].clone()).collect()
}

#[test]
fn events_and_commands_need_no_runtime_no_network_and_no_chance() {
    let metadata = metadata();
    for name in ["gc-events", "gc-protocol"] {
        let tree = tree(&metadata, name);
        let others: Vec<_> = tree.iter().filter(|own| !PURE.contains(&own.as_str())).collect();
        assert_eq!(others, Vec::<&String>::new(), "{name}");
    }
    let engine = tree(&metadata, "gc-session");
    assert!(engine.contains("tokio") && engine.contains("getrandom"), "the tree is followed: {engine:?}");
}

#[test]
fn every_library_has_what_a_registry_and_a_reader_ask_for() {
    let mut faults = Vec::new();
    let mut libraries = 0;
    for package in metadata()["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        let manifest = Path::new(package["manifest_path"].as_str().unwrap());
        let folder = manifest.parent().unwrap();
        if !package["source"].is_null()
            || !folder.parent().unwrap().ends_with("crates")
            || TESTS_ONLY.contains(&name)
        {
            continue;
        }
        libraries += 1;
        let mut wants = |what: &str, has: bool| {
            if !has {
                faults.push(format!("{name}: {what}"));
            }
        };
        for key in ["description", "license", "readme", "rust_version"] {
            wants(key, package[key].as_str().is_some_and(|text| !text.is_empty()));
        }
        for key in ["keywords", "categories"] {
            let words = package[key].as_array().unwrap();
            wants(
                key,
                (1..=5).contains(&words.len()) && words.iter().all(|word| word.as_str().unwrap().len() <= 30),
            );
        }
        wants("publish", package["publish"].is_null());
        let source = std::fs::read_to_string(folder.join("src/lib.rs")).unwrap();
        wants(
            "its README is its documentation",
            source.starts_with("#![doc = include_str!(\"../README.md\")]"),
        );
        let readme = std::fs::read_to_string(folder.join("README.md")).unwrap_or_default();
        wants("the README's title", readme.starts_with(&format!("# {name}\n")));
        wants("an example", readme.contains("\n```rust\n") || readme.contains("\n```rust,no_run\n"));
        for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
            let text = std::fs::read(folder.join(licence)).ok();
            wants(licence, text.is_some() && text == std::fs::read(root().join(licence)).ok());
        }
        // The README is plain; what makes links of the types that it names stands below it.
        let docs = source.lines().filter_map(|line| line.strip_prefix("//! "));
        let of_others =
            |line: &&str| line.starts_with("Of other crates") || line.starts_with("Its interface");
        wants("links to its types", docs.take_while(|line| !of_others(line)).any(|line| line.contains("[`")));
        wants("its promises about versions", words(&readme).contains(VERSIONS));
        wants("all promises about versions", readme.contains("(../../docs/embedding.md#versions)"));
    }
    assert_eq!(faults, Vec::<String>::new());
    assert!(libraries > 15, "they are found");
}

#[tokio::test]
async fn the_example_server_takes_commands_by_http() {
    _ = rustls::crypto::ring::default_provider().install_default();
    let mut server = tokio::process::Command::new(env!("CARGO_BIN_EXE_server"));
    // Nothing listens at that node.
    server
        .args(["https://127.0.0.1:1", "127.0.0.1:0"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true);
    let mut server = server.spawn().unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let line =
        tokio::time::timeout(Duration::from_secs(60), lines.next_line()).await.unwrap().unwrap().unwrap();
    let url = line.strip_prefix("taking commands at ").unwrap();
    let client = reqwest::Client::new();
    for (body, status) in [
        (r#"{"data":{"type":"Hello#mine"}}"#, 202),
        (r#"{"data":{"type":"GetState#1001"}}"#, 409),
        (r#"{"data":{"type":"Nonsense#1001"}}"#, 400),
    ] {
        let answer = client.post(url).body(body).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{body}: {}", answer.text().await.unwrap());
    }
}
