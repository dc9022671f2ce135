//! Rules of CONTRIBUTING that can be read off the sources: a `select!` states its order, files are small, and the name of a test fits
//! a line.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::path::{Path, PathBuf};

/// The longest file, in lines.
const LONGEST: usize = 400;
/// The longest line, as in rustfmt.toml.
const WIDTH: usize = 110;

/// The files with these endings, without the generated contracts in `fixtures/schema`, with their text and their path from the root of the repository.
fn sources(endings: &[&str]) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap();
    let mut found = Vec::new();
    search(&root, endings, &mut found);
    assert!(found.len() > 100, "the sources are elsewhere");
    let name = |path: &PathBuf| path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
    found.iter().map(|path| (name(path), fs::read_to_string(path).unwrap())).collect()
}

fn search(folder: &Path, endings: &[&str], found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            if !name.starts_with('.') && !["target", "node_modules", "schema"].contains(&name) {
                search(&path, endings, found);
            }
        } else if path.extension().is_some_and(|ending| endings.iter().any(|each| ending == *each)) {
            found.push(path);
        }
    }
}

#[test]
fn every_select_states_the_order_of_its_branches() {
    let select = concat!("select", "! {");
    let mut without = Vec::new();
    let mut count = 0;
    for (file, text) in sources(&["rs"]) {
        let mut lines = text.lines().enumerate().map(|(number, line)| (number + 1, line.trim()));
        while let Some((number, line)) = lines.next() {
            if line.starts_with("//") || !line.ends_with(select) {
                continue;
            }
            count += 1;
            let first = lines.by_ref().find(|(_, line)| !line.starts_with("//"));
            if first.is_none_or(|(_, line)| line != "biased;") {
                without.push(format!("{file}:{number}"));
            }
        }
        assert!(!text.contains(concat!("select", "!(")), "{file}: write it with braces");
    }
    assert!(count > 20, "{count}: it is written otherwise now");
    assert!(without.is_empty(), "without `biased;`: {}", without.join(", "));
}

#[test]
fn no_file_is_long() {
    let files = sources(&["rs", "js", "mjs", "ts", "py", "css", "sql"]);
    let long = files.iter().filter(|(_, text)| text.lines().count() > LONGEST);
    assert_eq!(long.map(|(file, _)| file).collect::<Vec<_>>(), [""; 0], "more than {LONGEST} lines");
}

#[test]
fn the_name_of_a_test_fits_a_line() {
    let mut too_long = Vec::new();
    for (file, text) in sources(&["rs"]) {
        let mut of_test = false;
        for line in text.lines() {
            let trimmed = line.trim();
            // A property has its arguments behind the name.
            let head = line.split('(').next().unwrap_or_default();
            if of_test && trimmed.contains("fn ") && head.chars().count() + "() {".len() > WIDTH {
                too_long.push(format!("{file}: {trimmed}"));
            }
            of_test = trimmed.starts_with("#[")
                && (trimmed.contains("test]") || trimmed.contains("test(") || of_test);
        }
    }
    assert!(too_long.is_empty(), "{}", too_long.join("\n"));
}
