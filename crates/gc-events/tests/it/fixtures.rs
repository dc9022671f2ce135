//! `fixtures/events`: one file per event and variant, for this and other teams' tests.

use crate::printed_file::{check, repository};
use gc_events::Dialect;
use gc_events::catalogue::{Example, examples};
use std::collections::BTreeSet;

#[test]
fn fixtures_are_what_the_code_prints() {
    for example in examples() {
        check(&path(&example), &pretty(&example, Dialect::Gc4412));
        if differs(&example) {
            check(&tables_path(&example), &pretty(&example, Dialect::Tables));
        }
    }
}

#[test]
fn no_fixture_is_left_over() {
    let expected: BTreeSet<_> = examples()
        .iter()
        .flat_map(|example| [Some(path(example)), differs(example).then(|| tables_path(example))])
        .flatten()
        .map(|path| repository().join(path))
        .collect();
    let folders = ["fixtures/events", "fixtures/events/tables"];
    let files = folders.iter().flat_map(|folder| std::fs::read_dir(repository().join(folder)).unwrap());
    let found: BTreeSet<_> = files.map(|file| file.unwrap().path()).filter(|path| path.is_file()).collect();
    assert_eq!(found, expected);
}

fn path(example: &Example) -> String {
    format!("fixtures/events/{}.json", example.name)
}

fn tables_path(example: &Example) -> String {
    format!("fixtures/events/tables/{}.json", example.name)
}

fn differs(example: &Example) -> bool {
    example.event.to_json(Dialect::Gc4412) != example.event.to_json(Dialect::Tables)
}

fn pretty(example: &Example, dialect: Dialect) -> String {
    let value: serde_json::Value = serde_json::from_str(&example.event.to_json(dialect)).unwrap();
    serde_json::to_string_pretty(&value).unwrap() + "\n"
}
