//! docs/coverage.md.

use std::fmt::Write;

use gc_scenario::Platform;

use crate::coverage::{Coverage, Shown, collapsed};
use crate::table::{EventSummary, Published, Row};

const HEAD: &str = "\
# Coverage

Printed from `fixtures/coverage.toml` and `fixtures/scenarios`; a test fails when this page differs from them
(`UPDATE_PRINTED=1 cargo test -p gc-scenario` updates it).

The tables are those of the published Generic Connector JSON API 4.4.12. Each row has the published *expected output* and the
events that a client receives in a scenario. Every scenario lists all events and passes both against gc-rules alone and through
HTTP, gc-server and finesse-sim, in both dialects. Consecutive equal events count once, both as expected and as actual events.
An event's state is compared if the table contains it. Events for other clients in the scenario follow their names. If the
actual events differ from the row, a remark explains why.
";

/// The page.
pub(crate) fn print(published: &Published, coverage: &Coverage) -> String {
    let mut out = HEAD.to_owned();
    for table in &published.tables {
        _ = write!(out, "\n## {}\n\n", table.title);
        let head = ["row", "command", "expected", "scenario", "platform", "actual", "remark"];
        print_cells(&mut out, &head.map(str::to_owned));
        print_cells(&mut out, &head.map(|_| "---".to_owned()));
        for row in &table.rows {
            let shown = coverage.get(&row.key).map(Vec::as_slice).unwrap_or_default();
            for (first, (file, platforms, shown)) in by_file(shown).into_iter().enumerate() {
                let [name, command] = match first {
                    0 => [row.row.clone(), row.command.iter().map(|name| format!("`{name}`")).collect()],
                    _ => Default::default(),
                };
                let link = format!("[{}](../fixtures/scenarios/{file})", file.trim_end_matches(".txt"));
                let expected = shown.first().map(|shown| expected(row, shown.platform)).unwrap_or_default();
                let actual = shown.first().map(|shown| actual(shown, table.queue_names)).unwrap_or_default();
                let remark = remark(row, &shown).to_owned();
                print_cells(&mut out, &[name, command, expected, link, platforms, actual, remark]);
            }
        }
    }
    out
}

fn print_cells(out: &mut String, cells: &[String; 7]) {
    _ = writeln!(out, "| {} |", cells.join(" | "));
}

fn expected(row: &Row, platform: Platform) -> String {
    let words = match row.expected(platform) {
        _ if !row.is_on(platform) => return "*not on this platform*".to_owned(),
        None => return "*not specified*".to_owned(),
        Some([]) => "*nothing*".to_owned(),
        Some(words) => words.join(", "),
    };
    let others = row.others.as_ref().map(|words| format!("; *others:* {}", words.join(", ")));
    words + &others.unwrap_or_default()
}

fn remark<'a>(row: &'a Row, shown: &[&Shown]) -> &'a str {
    let differs = shown.iter().any(|each| each.differs);
    row.remark.as_deref().filter(|_| differs).unwrap_or_default()
}

/// The scenarios that show a row, and on which platforms.
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

fn actual(shown: &Shown, queue_names: bool) -> String {
    let others = shown
        .others
        .iter()
        .map(|(client, received)| format!("; *{client}:* {}", events(received, queue_names)));
    events(&shown.own, queue_names) + &others.collect::<String>()
}

/// Events, in one line.
pub(crate) fn events(received: &[EventSummary], queue_names: bool) -> String {
    let shown = |event: &EventSummary| EventSummary {
        queue: event.queue.clone().filter(|_| queue_names),
        ..event.clone()
    };
    match collapsed(received.iter().map(shown).collect()).as_slice() {
        [] => "*nothing*".to_owned(),
        received => received.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    }
}
