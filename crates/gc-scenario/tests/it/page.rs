//! docs/coverage.md.

use std::fmt::Write;

use gc_scenario::{Platform, Scenario};

use crate::coverage::{Coverage, Shown, collapsed};
use crate::table::{Published, Row, Told};

const HEAD: &str = "\
# Coverage

Printed from `fixtures/coverage.toml` and `fixtures/scenarios`; a test fails when this page drifts from them
(`UPDATE_PRINTED=1 cargo test -p gc-scenario` prints it anew).

The tables are those of the published Generic Connector JSON API 4.4.12, with its *expected output* beside what a client
sees in the scenario named. Every scenario is strict and green both ways: against gc-core alone, and through HTTP,
gc-server and finesse-sim in both dialects. Equal neighbours count once, in what is expected and in what is seen. An event's state is compared
where the table names it. What other clients in the scenario hear stands behind their names. Where what is seen is not what the
row says, a remark says why.
";

/// The page.
pub(crate) fn print(published: &Published, coverage: &Coverage, scenarios: &[Scenario]) -> String {
    let mut out = HEAD.to_owned();
    for table in &published.tables {
        _ = write!(out, "\n## {}\n\n", table.title);
        match table.rows.iter().any(|row| row.expected.is_some()) {
            true => {
                out.push_str(
                    "| row | command | expected | scenario | platform | seen |\n|---|---|---|---|---|---|\n",
                );
            }
            false => out.push_str("| what | scenario | platform | seen | remark |\n|---|---|---|---|---|\n"),
        }
        for row in &table.rows {
            print_row(&mut out, row, coverage.get(&row.key).map(Vec::as_slice).unwrap_or_default());
        }
    }
    print_core_only(&mut out, scenarios);
    out
}

fn print_row(out: &mut String, row: &Row, shown: &[Shown]) {
    let what = match (&row.command, &row.expected) {
        (Some(command), expected) => {
            let expected =
                expected.as_ref().map_or("*not said*".to_owned(), |words| match words.as_slice() {
                    [] => "*nothing*".to_owned(),
                    words => words.join(", "),
                });
            let others = row.others.as_ref().map(|words| format!("; *others:* {}", words.join(", ")));
            format!("{} | `{command}` | {expected}{}", row.row, others.unwrap_or_default())
        }
        (None, _) => row.row.clone(),
    };
    for (first, (file, platforms, shown)) in by_file(shown).into_iter().enumerate() {
        let what = match first {
            0 => what.clone(),
            _ => " | ".repeat(what.matches(" | ").count()),
        };
        let remark = match shown.iter().any(|each| each.differs) {
            true => row.remark.as_deref().unwrap_or_default(),
            false if shown.iter().any(|each| !row.is_on(each.platform)) => "Not on this platform.",
            false => "",
        };
        let seen = shown.first().map(|each| seen(each)).unwrap_or_default();
        let name = file.trim_end_matches(".txt");
        _ = writeln!(
            out,
            "| {what} | [{name}](../fixtures/scenarios/{file}) | {platforms} | {seen} | {remark} |"
        );
    }
}

/// What each scenario shows, and on which platforms.
fn by_file(shown: &[Shown]) -> Vec<(String, String, Vec<&Shown>)> {
    let mut files: Vec<(String, String, Vec<&Shown>)> = Vec::new();
    for each in shown {
        match files.iter_mut().find(|(file, _, _)| *file == each.file) {
            Some((_, platforms, same)) => {
                _ = write!(platforms, ", {}", each.platform);
                same.push(each);
            }
            None => files.push((each.file.clone(), each.platform.to_string(), vec![each])),
        }
    }
    files.sort_by_key(|(_, platforms, _)| platforms.starts_with(&Platform::Uccx.to_string()));
    files
}

fn seen(shown: &Shown) -> String {
    let others = shown.others.iter().map(|(client, heard)| format!("; *{client}:* {}", events(heard)));
    format!("{}{}", events(&shown.own), others.collect::<String>())
}

/// Events in a line.
pub(crate) fn events(heard: &[Told]) -> String {
    match collapsed(heard.to_vec()).as_slice() {
        [] => "*nothing*".to_owned(),
        heard => heard.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    }
}

fn print_core_only(out: &mut String, scenarios: &[Scenario]) {
    out.push_str("\n## Scenarios of the core alone\n\nNot played through the sockets, and why:\n\n");
    for scenario in scenarios {
        if let Some(why) = &scenario.core_only {
            let (file, title) = (&scenario.file, &scenario.title);
            let name = file.trim_end_matches(".txt");
            _ = writeln!(out, "- [{name}](../fixtures/scenarios/{file}): {title} *{why}*");
        }
    }
}
