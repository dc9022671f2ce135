//! Every row of the published tables has a scenario on each platform, whose events are as expected in the row, or a remark
//! explains the difference. Scenarios list all events that a client receives, in gc-rules and through sockets.

use std::collections::{BTreeMap, BTreeSet};

use gc_scenario::{Line, Platform, Scenario, Step};

use crate::page;
use crate::printed_file::{check, repository};
use crate::table::{EventSummary, Published, Row};

/// A row as a scenario shows it.
pub(crate) struct Shown {
    pub(crate) file: String,
    pub(crate) platform: Platform,
    /// Whether the events differ from the row.
    pub(crate) differs: bool,
    /// The events for the client that sends the row's command, and those for other clients.
    pub(crate) own: Vec<EventSummary>,
    pub(crate) others: BTreeMap<String, Vec<EventSummary>>,
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
                panic!("{}: fixtures/coverage.toml has no row with the key {key}", scenario.file)
            });
            let who = sender(lines, row.command.as_deref())
                .unwrap_or_else(|| panic!("{}: {key} is shown without its command", scenario.file));
            let mut others = received(lines);
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

/// The client that sends the row's command; if the row has none, the first client in the lines.
fn sender(lines: &[Line], command: Option<&str>) -> Option<String> {
    lines.iter().find_map(|line| match (&line.step, command) {
        (Step::Send { client, command, .. }, Some(name)) => {
            let command = command.split('#').next().unwrap_or_default();
            command.eq_ignore_ascii_case(name).then(|| client.clone())
        }
        (Step::Send { client, .. } | Step::Receive { client, .. }, None) => Some(client.clone()),
        _ => None,
    })
}

fn received(lines: &[Line]) -> BTreeMap<String, Vec<EventSummary>> {
    let mut received: BTreeMap<String, Vec<EventSummary>> = BTreeMap::new();
    for line in lines {
        if let Step::Receive { client, event } = &line.step {
            let member = |name| event.member(name).map(str::to_owned);
            let event = EventSummary {
                kind: event.kind().to_owned(),
                state: member("state"),
                queue: member("queueName"),
            };
            received.entry(client.clone()).or_default().push(event);
        }
    }
    received
}

/// Consecutive equal events count once.
pub(crate) fn collapsed(mut events: Vec<EventSummary>) -> Vec<EventSummary> {
    events.dedup();
    events
}

/// The events that a row expects.
fn expected_events(published: &Published, words: &[String]) -> Vec<EventSummary> {
    words.iter().filter_map(|word| published.event(word)).collect()
}

/// Whether the actual events are as expected. States are compared only for the event types with a state in the row.
fn is_as_expected(expected: Vec<EventSummary>, actual: &[EventSummary]) -> bool {
    let named: BTreeSet<String> =
        expected.iter().filter(|event| event.state.is_some()).map(|event| event.kind.clone()).collect();
    let as_exact = |event: &EventSummary| {
        let state = event.state.clone().filter(|_| named.contains(&event.kind));
        EventSummary { kind: event.kind.clone(), state, queue: None }
    };
    collapsed(actual.iter().map(as_exact).collect()) == collapsed(expected)
}

fn differs(
    published: &Published,
    row: &Row,
    platform: Platform,
    own: &[EventSummary],
    others: &BTreeMap<String, Vec<EventSummary>>,
) -> bool {
    let fits = |words: &[String], received: &[EventSummary]| {
        is_as_expected(expected_events(published, words), received)
    };
    let own = row.expected(platform).is_none_or(|expected| fits(expected, own));
    let others = row.others.as_ref().is_none_or(|words| others.values().any(|events| fits(words, events)));
    !own || !others
}

#[test]
fn every_row_is_shown_on_each_platform_as_expected_or_with_a_remark() {
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
                [only] if !row.is_on(platform) && only.own.iter().any(|event| event.kind != "Error") => {
                    wrong.push(format!(
                        "{}: the command does not exist on {platform}, but {} shows no Error",
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
                let actual = page::events(&first.own, false);
                wrong.push(format!(
                    "{}: {} shows {actual}; expected is {}; there is no remark",
                    row.key,
                    first.file,
                    expected.join(", ")
                ));
            }
            ([], Some(_)) => wrong.push(format!("{}: there is a remark but no difference", row.key)),
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
fn the_coverage_page_is_what_the_scenarios_print() {
    let (published, scenarios) = (Published::read(), scenarios());
    let coverage = coverage(&published, &scenarios);
    check("docs/coverage.md", &page::print(&published, &coverage));
}

#[test]
fn only_states_in_a_row_count_and_consecutive_equal_events_count_once() {
    let event = |kind: &str, state: Option<&str>| EventSummary {
        kind: kind.into(),
        state: state.map(Into::into),
        queue: None,
    };
    let (ready, talking) = (event("State", Some("READY")), event("State", Some("TALKING")));
    let call = event("InboundCall", Some("ACTIVE"));
    assert!(is_as_expected(vec![event("State", None)], &[ready.clone(), talking.clone()]));
    assert!(is_as_expected(vec![ready.clone()], &[ready.clone(), ready.clone()]));
    assert!(!is_as_expected(vec![ready.clone()], std::slice::from_ref(&talking)));
    assert!(!is_as_expected(vec![event("State", None)], &[ready, call, talking]));
}
