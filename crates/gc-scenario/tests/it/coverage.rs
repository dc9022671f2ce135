//! Every row of the published tables has a scenario on each platform, and what is seen there is what the row
//! says, or a remark says why not. The scenarios are strict: what they list is what a client hears, in the core
//! and through the sockets.

use std::collections::{BTreeMap, BTreeSet};

use gc_scenario::{Line, Platform, Scenario, Step};

use crate::page;
use crate::printed_file::{check, repository};
use crate::table::{Published, Row, Told};

/// One row, shown by a scenario.
pub(crate) struct Shown {
    pub(crate) file: String,
    pub(crate) platform: Platform,
    /// It is not what the row says.
    pub(crate) differs: bool,
    /// What the client hears that sends the row's command, and what the others hear.
    pub(crate) own: Vec<Told>,
    pub(crate) others: BTreeMap<String, Vec<Told>>,
}

pub(crate) type Coverage = BTreeMap<String, Vec<Shown>>;

fn scenarios() -> Vec<Scenario> {
    Scenario::read_all(&repository().join("fixtures/scenarios")).unwrap_or_else(|error| panic!("{error}"))
}

fn coverage(published: &Published, scenarios: &[Scenario]) -> Coverage {
    let mut coverage = Coverage::new();
    for scenario in scenarios {
        for (key, lines) in scenario.covers() {
            let row = published.rows().find(|row| row.key == key).unwrap_or_else(|| {
                panic!("{}: fixtures/coverage.toml has no row of the key {key}", scenario.file)
            });
            let who = sender(lines, row.command.as_deref())
                .unwrap_or_else(|| panic!("{}: {key} is shown without its command", scenario.file));
            let mut others = heard(lines);
            let own = others.remove(&who).unwrap_or_default();
            for platform in &scenario.platforms {
                let (file, platform) = (scenario.file.clone(), *platform);
                let differs = row.is_on(platform) && differs(published, row, platform, &own, &others);
                let shown = Shown { file, platform, differs, own: own.clone(), others: others.clone() };
                coverage.entry(key.to_owned()).or_default().push(shown);
            }
        }
    }
    coverage
}

/// The client that sends the row's command; where the row has none, the first that says or hears something.
fn sender(lines: &[Line], command: Option<&str>) -> Option<String> {
    lines.iter().find_map(|line| match (&line.step, command) {
        (Step::Say { client, command: said, .. }, Some(name)) => {
            let said = said.split('#').next().unwrap_or_default();
            said.eq_ignore_ascii_case(name).then(|| client.clone())
        }
        (Step::Say { client, .. } | Step::Hear { client, .. }, None) => Some(client.clone()),
        _ => None,
    })
}

fn heard(lines: &[Line]) -> BTreeMap<String, Vec<Told>> {
    let mut heard: BTreeMap<String, Vec<Told>> = BTreeMap::new();
    for line in lines {
        if let Step::Hear { client, event } = &line.step {
            let member = |name| event.member(name).map(str::to_owned);
            let told =
                Told { kind: event.kind().to_owned(), state: member("state"), queue: member("queueName") };
            heard.entry(client.clone()).or_default().push(told);
        }
    }
    heard
}

/// Equal neighbours are one.
pub(crate) fn collapsed(mut events: Vec<Told>) -> Vec<Told> {
    events.dedup();
    events
}

/// The events that a row's words mean.
fn meant(published: &Published, words: &[String]) -> Vec<Told> {
    words.iter().filter_map(|word| published.event(word)).collect()
}

/// Whether what was seen is what a row expects; states count where the row names them for that type of event.
fn is_as_expected(expected: Vec<Told>, seen: &[Told]) -> bool {
    let named: BTreeSet<String> =
        expected.iter().filter(|told| told.state.is_some()).map(|told| told.kind.clone()).collect();
    let as_exact = |told: &Told| {
        let state = told.state.clone().filter(|_| named.contains(&told.kind));
        Told { kind: told.kind.clone(), state, queue: None }
    };
    collapsed(seen.iter().map(as_exact).collect()) == collapsed(expected)
}

fn differs(
    published: &Published,
    row: &Row,
    platform: Platform,
    own: &[Told],
    others: &BTreeMap<String, Vec<Told>>,
) -> bool {
    let is_told = |words: &[String], heard: &[Told]| is_as_expected(meant(published, words), heard);
    let own = row.expected(platform).is_none_or(|expected| is_told(expected, own));
    let others = row.others.as_ref().is_none_or(|words| others.values().any(|heard| is_told(words, heard)));
    !own || !others
}

#[test]
fn every_row_is_shown_on_each_platform_as_it_says_or_with_a_remark() {
    let (published, scenarios) = (Published::read(), scenarios());
    let coverage = coverage(&published, &scenarios);
    let mut wrong = Vec::new();
    for row in published.rows() {
        let shown = coverage.get(&row.key).map(Vec::as_slice).unwrap_or_default();
        for platform in [Platform::Ucce, Platform::Uccx] {
            let here: Vec<_> = shown.iter().filter(|shown| shown.platform == platform).collect();
            let refused = row.command.is_some() && !has_twin(&published, row, platform);
            let needed = row.is_on(platform) || refused;
            match here.as_slice() {
                [] if needed => wrong.push(format!("{}: no scenario on {platform}", row.key)),
                [] => {}
                [only] if !row.is_on(platform) && only.own.iter().any(|told| told.kind != "Error") => {
                    wrong.push(format!(
                        "{}: it is not on {platform}, and {} shows no Error",
                        row.key, only.file
                    ));
                }
                [_] => {}
                several => {
                    let files: Vec<_> = several.iter().map(|shown| shown.file.as_str()).collect();
                    wrong.push(format!("{}: on {platform} by {}", row.key, files.join(" and ")));
                }
            }
        }
        let differing: Vec<_> = shown.iter().filter(|shown| shown.differs).collect();
        match (differing.as_slice(), &row.remark) {
            ([first, ..], None) => {
                let expected = row.expected(first.platform).unwrap_or_default();
                let seen = page::events(&first.own, false);
                wrong.push(format!(
                    "{}: {} shows {seen}; expected is {}; there is no remark",
                    row.key,
                    first.file,
                    expected.join(", ")
                ));
            }
            ([], Some(_)) => wrong.push(format!("{}: the remark is about no difference", row.key)),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{} rows\n{}", wrong.len(), wrong.join("\n"));
}

fn has_twin(published: &Published, row: &Row, platform: Platform) -> bool {
    let twin = published.rows().find(|other| row.twin.as_ref() == Some(&other.key));
    twin.is_some_and(|twin| twin.is_on(platform))
}

#[test]
fn the_page_of_the_coverage_is_printed_from_the_scenarios() {
    let (published, scenarios) = (Published::read(), scenarios());
    let coverage = coverage(&published, &scenarios);
    check("docs/coverage.md", &page::print(&published, &coverage));
}

#[test]
fn states_count_where_a_row_names_them_and_equal_neighbours_are_one() {
    let told = |kind: &str, state: Option<&str>| Told {
        kind: kind.into(),
        state: state.map(Into::into),
        queue: None,
    };
    let (ready, talking) = (told("State", Some("READY")), told("State", Some("TALKING")));
    let call = told("InboundCall", Some("ACTIVE"));
    assert!(is_as_expected(vec![told("State", None)], &[ready.clone(), talking.clone()]));
    assert!(is_as_expected(vec![ready.clone()], &[ready.clone(), ready.clone()]));
    assert!(!is_as_expected(vec![ready.clone()], std::slice::from_ref(&talking)));
    assert!(!is_as_expected(vec![told("State", None)], &[ready, call, talking]));
}
