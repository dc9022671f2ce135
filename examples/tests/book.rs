//! docs/ is a book whose links lead somewhere and whose code is checked: a page that is not in SUMMARY.md, a link or an anchor
//! that is not there, or code that nothing looks at, fails here. What the code blocks of a language have to be is in `check`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};

/// Code blocks that nothing checks, and why.
const UNCHECKED: [(&str, &str, &str); 3] = [
    ("docs/metrics.md", "yaml", "a part of Prometheus' own configuration"),
    ("docs/directory.md", "xml", "compared with the request by the tests of gc-directory"),
    ("docs/simulator.md", "rust", "three lines of a test with the test left out"),
];

/// The programs that tutorials show, piece by piece.
const SHOWN: [(&str, &str, &str); 5] = [
    ("docs/tutorials/python.md", "python", "examples/python/agent.py"),
    ("docs/tutorials/typescript.md", "ts", "examples/typescript/client.ts"),
    ("docs/tutorials/java.md", "java", "examples/java/Desk.java"),
    ("docs/tutorials/rust.md", "rust", "examples/src/bin/desk.rs"),
    ("docs/tutorials/csharp.md", "cs", "examples/csharp/Desk.cs"),
];

struct Page {
    /// From the root of the repository: `docs/calls.md`.
    name: String,
    /// The lines that are no code.
    prose: Vec<String>,
    /// The language and the text of each code block.
    code: Vec<(String, String)>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// The Markdown files of this folder and those below it.
fn files_in(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && !name.starts_with('.') && !["target", "node_modules"].contains(&name) {
            files_in(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "md") {
            found.push(path);
        }
    }
}

fn pages() -> Vec<Page> {
    let mut files = Vec::new();
    files_in(&root(), &mut files);
    files.sort();
    files.iter().map(|file| Page::read(file)).collect()
}

impl Page {
    fn read(file: &Path) -> Self {
        let name = file.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
        let (mut prose, mut code) = (Vec::new(), Vec::new());
        let mut open: Option<(String, String)> = None;
        for line in fs::read_to_string(file).unwrap().lines() {
            match (line.trim_start().strip_prefix("```"), &mut open) {
                (Some(language), None) => open = Some((language.to_owned(), String::new())),
                (Some(_), Some(_)) => code.extend(open.take()),
                (None, Some((_, text))) => *text += &format!("{line}\n"),
                (None, None) => prose.push(line.to_owned()),
            }
        }
        assert!(open.is_none(), "{name}: a code block has no end");
        Self { name, prose, code }
    }

    fn is_in_book(&self) -> bool {
        self.name.starts_with("docs/")
    }

    /// The addresses of its links and pictures that are in this repository.
    fn links(&self) -> Vec<String> {
        let mut links = Vec::new();
        for line in &self.prose {
            // What is between backticks is no link.
            let text: String = line.split('`').step_by(2).collect();
            for rest in text.split("](").skip(1) {
                let link = rest.split(')').next().unwrap_or_default().trim();
                if !link.contains("://") && !link.starts_with("mailto:") {
                    links.push(link.to_owned());
                }
            }
        }
        links
    }

    /// The anchors of its headings, as GitHub and mdBook make them.
    fn anchors(&self) -> BTreeSet<String> {
        let mut anchors = BTreeSet::new();
        let mut times = BTreeMap::<String, usize>::new();
        for heading in self.prose.iter().filter(|line| line.starts_with('#')) {
            let text = heading.trim_start_matches('#').trim().to_lowercase();
            let kept = text.chars().filter(|each| each.is_alphanumeric() || [' ', '-', '_'].contains(each));
            let anchor: String = kept.map(|each| if each == ' ' { '-' } else { each }).collect();
            let before = times.entry(anchor.clone()).or_default();
            anchors.insert(if *before == 0 { anchor } else { format!("{anchor}-{before}") });
            *before += 1;
        }
        anchors
    }
}

/// `docs/tutorials/../calls.md` is `docs/calls.md`.
fn resolved(page: &str, link: &str) -> String {
    let mut parts: Vec<String> = Vec::new();
    for part in Path::new(page).parent().unwrap().join(link).components() {
        match part {
            Component::ParentDir => _ = parts.pop(),
            Component::Normal(name) => parts.push(name.to_str().unwrap().to_owned()),
            _ => {}
        }
    }
    parts.join("/")
}

#[test]
fn every_page_is_once_in_the_summary() {
    let pages = pages();
    let summary = pages.iter().find(|page| page.name == "docs/SUMMARY.md").unwrap();
    let mut listed = summary.links();
    listed.sort();
    let book = pages.iter().filter(|page| page.is_in_book() && page.name != summary.name);
    let mut there: Vec<_> = book.map(|page| page.name.trim_start_matches("docs/").to_owned()).collect();
    there.sort();
    assert_eq!(listed, there);
}

#[test]
fn every_link_leads_to_a_file_and_every_anchor_to_a_heading() {
    let pages = pages();
    let anchors: BTreeMap<_, _> = pages.iter().map(|page| (page.name.clone(), page.anchors())).collect();
    let (mut faults, mut links) = (Vec::new(), 0);
    for page in &pages {
        for link in page.links() {
            links += 1;
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = if file.is_empty() { page.name.clone() } else { resolved(&page.name, file) };
            let is_there = root().join(&target).exists();
            let has_anchor =
                anchor.is_empty() || anchors.get(&target).is_some_and(|own| own.contains(anchor));
            if !is_there || !has_anchor {
                faults.push(format!("{}: {link}", page.name));
            }
        }
    }
    assert_eq!(faults, Vec::<String>::new());
    assert!(links > 300, "they are found: {links}");
}

#[test]
fn every_code_block_is_checked_or_says_why_not() {
    let mut faults = Vec::new();
    for page in pages().iter().filter(|page| page.is_in_book() || page.name == "README.md") {
        for (language, text) in &page.code {
            let unchecked = UNCHECKED.iter().any(|(name, own, _)| *name == page.name && own == language);
            if !unchecked && let Err(reason) = check(page, language, text) {
                let first = text.lines().next().unwrap_or_default();
                faults.push(format!("{}: {language} {first:?}: {reason}", page.name));
            }
        }
    }
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn what_nothing_checks_is_still_there() {
    let pages = pages();
    for (name, language, _) in UNCHECKED {
        let page = pages.iter().find(|page| page.name == name).expect(name);
        assert!(page.code.iter().any(|(own, _)| own == language), "{name} has no {language}");
    }
}

fn check(page: &Page, language: &str, text: &str) -> Result<(), String> {
    match language {
        // What programs print, and what is sent.
        "" | "text" => Ok(()),
        "json" => {
            serde_json::from_str::<serde_json::Value>(text).map(drop).map_err(|error| error.to_string())
        }
        // The keys are checked by the tests of gc-server.
        "toml" => text.parse::<toml::Table>().map(drop).map_err(|error| error.to_string()),
        "sh" => shell(text),
        _ => match SHOWN.iter().find(|(name, own, _)| *name == page.name && *own == language) {
            Some((_, _, file)) => match fs::read_to_string(root().join(file)).unwrap().contains(text) {
                true => Ok(()),
                false => Err(format!("is not in {file}")),
            },
            None => {
                Err("nothing checks this language: add it to SHOWN, or to UNCHECKED with a reason".to_owned())
            }
        },
    }
}

/// Whether a shell can read it. What it does is tried by the scripts of `.ci`: `first-steps` and `pages` run pages' own lines, and `pages` looks at the options in all of
/// them; `demo`, `package` and `contracts` run the same commands.
fn shell(text: &str) -> Result<(), String> {
    let mut bash = Command::new("bash");
    let mut bash = bash.arg("-n").stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    bash.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = bash.wait_with_output().unwrap();
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

#[test]
fn every_program_of_a_tutorial_is_shown_in_several_pieces() {
    let pages = pages();
    for (name, language, _) in SHOWN {
        let page = pages.iter().find(|page| page.name == name).expect(name);
        assert!(page.code.iter().filter(|(own, _)| own == language).count() > 4, "{name}");
    }
}

#[test]
fn every_picture_is_drawn_from_the_source_beside_it() {
    let mut drawn = 0;
    for entry in fs::read_dir(root().join("docs/diagrams")).unwrap() {
        let source = entry.unwrap().path();
        if source.extension().is_some_and(|ending| ending == "mmd") {
            let picture = fs::read_to_string(source.with_extension("svg")).unwrap();
            let kept = picture.split("<metadata>").nth(1).and_then(|rest| rest.split("</metadata>").next());
            let kept =
                kept.unwrap_or_default().replace("&gt;", ">").replace("&lt;", "<").replace("&amp;", "&");
            let source = fs::read_to_string(&source).unwrap();
            assert_eq!(kept, source, "draw it again: node docs/diagrams/render.mjs");
            drawn += 1;
        }
    }
    assert!(drawn > 0);
}
