//! What the libraries show, line by line, as `fixtures/interfaces` has it. `.ci/interfaces` runs this on what rustdoc says of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use public_api::Builder;

/// The libraries: what a registry would get.
fn libraries() -> Vec<String> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates");
    let manifests = fs::read_dir(crates)
        .unwrap()
        .map(|entry| fs::read_to_string(entry.unwrap().path().join("Cargo.toml")));
    let manifests = manifests.map(|text| text.unwrap().parse::<toml::Table>().unwrap());
    let published =
        manifests.filter(|manifest| !manifest["package"].as_table().unwrap().contains_key("publish"));
    published.map(|manifest| manifest["package"]["name"].as_str().unwrap().to_owned()).collect()
}

/// Every public item, and what each type implements, derived or by hand. Of what the compiler finds out by itself, such as `Send`: only what a type does
/// not have, or not always.
fn interface(described: &Path) -> Vec<String> {
    let lines = |derived: bool, auto: bool| {
        let items = Builder::from_rustdoc_json(described)
            .omit_blanket_impls(true)
            .omit_auto_derived_impls(!derived)
            .omit_auto_trait_impls(!auto)
            .build();
        let items = items.unwrap_or_else(|error| panic!("{}: {error}", described.display()));
        items.items().map(ToString::to_string).collect::<Vec<_>>()
    };
    let [written, derived] = [false, true].map(|derived| BTreeSet::from_iter(lines(derived, false)));
    let is_shown = |line: &String| {
        let is_auto = !derived.contains(line);
        let is_safe =
            ["Send", "Sync", "Unpin"].iter().any(|name| line.contains(&format!("core::marker::{name} ")));
        let exception = is_safe && (line.contains('!') || line.contains(" where "));
        written.contains(line) || line.starts_with("impl") && (!is_auto || exception)
    };
    lines(true, true).into_iter().filter(is_shown).collect()
}

#[test]
fn the_interfaces_are_those_that_were_agreed() {
    let Some(described) = std::env::var_os("RUSTDOC_JSON").map(PathBuf::from) else {
        println!("skipped: RUSTDOC_JSON is not set (.ci/interfaces sets it)");
        return;
    };
    let agreed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/interfaces");
    let (mut wrong, mut files) = (Vec::new(), BTreeSet::new());
    for name in libraries() {
        let file = format!("{name}.txt");
        let mut now = interface(&described.join(format!("{}.json", name.replace('-', "_")))).join("\n");
        now.push('\n');
        if std::env::var_os("UPDATE_PRINTED").is_some() {
            fs::write(agreed.join(&file), &now).unwrap();
        }
        let before = fs::read_to_string(agreed.join(&file)).unwrap_or_default();
        let [before, now] = [&before, &now].map(|text| text.lines().collect::<BTreeSet<_>>());
        wrong.extend(before.difference(&now).map(|line| format!("{name} has no more: {line}")));
        wrong.extend(now.difference(&before).map(|line| format!("{name} has new: {line}")));
        files.insert(file);
    }
    let kept = fs::read_dir(&agreed).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    wrong.extend(kept.filter(|file| !files.contains(file)).map(|file| format!("{file} is of no library")));
    assert!(wrong.is_empty(), "UPDATE_PRINTED=1 .ci/interfaces agrees to it:\n{}", wrong.join("\n"));
    assert!(files.len() > 15, "the libraries are found");
}

/// The name of the type that the line is about.
fn type_name(line: &str) -> Option<&str> {
    let item = line.strip_prefix("pub ").and_then(|rest| rest.split_once(' '));
    let (_, path) = item.filter(|(kind, _)| ["struct", "enum", "trait", "type"].contains(kind))?;
    let path = path.split(['<', '(', ' ']).next()?;
    let (owner, name) = path.rsplit_once("::")?;
    // What belongs to a type, such as the error of its `FromStr`, is not imported.
    let is_own = owner.rsplit("::").next()?.starts_with(char::is_uppercase);
    (!is_own).then_some(name)
}

#[test]
fn a_name_that_two_libraries_have_is_listed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut owners: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for library in libraries() {
        let interface = root.join(format!("fixtures/interfaces/{library}.txt"));
        for name in fs::read_to_string(interface).unwrap().lines().filter_map(type_name) {
            owners.entry(name.to_owned()).or_default().insert(library.clone());
        }
    }
    owners.retain(|_, libraries| libraries.len() > 1);
    let page = fs::read_to_string(root.join("docs/embedding.md")).unwrap();
    let list = page.split("## Names that two libraries have").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows = list.lines().filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
    let listed: BTreeSet<_> =
        rows.flat_map(|names| names.split(['`', ',', ' '])).filter(|name| !name.is_empty()).collect();
    let known: BTreeSet<_> = owners.keys().map(String::as_str).collect();
    assert!(known.len() > 30, "they are found");
    let missing: Vec<_> =
        known.difference(&listed).map(|name| format!("{name}: {:?}", owners[*name])).collect();
    assert!(missing.is_empty(), "docs/embedding.md does not list {missing:?}");
    assert_eq!(
        listed.difference(&known).collect::<Vec<_>>(),
        Vec::<&&str>::new(),
        "these are in one library only"
    );
}
