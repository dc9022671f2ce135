//! `fixtures/commands`: one request per command and variant.

use crate::printed_file::{check, repository};
use gc_protocol::Request;
use gc_protocol::catalogue::{Example, examples};
use secrecy::ExposeSecret;
use std::collections::BTreeSet;

#[test]
fn fixtures_are_what_the_code_prints() {
    for example in examples() {
        check(&path(&example), &pretty(&example.request));
    }
}

#[test]
fn every_example_reads_as_its_command() {
    for example in examples() {
        let request = Request::from_json(pretty(&example.request).as_bytes()).unwrap();
        assert_eq!(request.command().unwrap(), example.command);
        assert_eq!(request.id, example.request.id);
        assert_eq!(request.session_url, example.request.session_url);
        assert_eq!(request.callback, example.request.callback);
    }
}

#[test]
fn no_fixture_is_left_over() {
    let expected: BTreeSet<_> = examples().iter().map(|example| repository().join(path(example))).collect();
    let files = std::fs::read_dir(repository().join("fixtures/commands")).unwrap();
    let found: BTreeSet<_> = files.map(|file| file.unwrap().path()).collect();
    assert_eq!(found, expected);
}

fn path(example: &Example) -> String {
    format!("fixtures/commands/{}.json", example.name)
}

fn pretty(request: &Request) -> String {
    let value: serde_json::Value = serde_json::from_str(request.to_json().expose_secret()).unwrap();
    serde_json::to_string_pretty(&value).unwrap() + "\n"
}
