//! The published tables, from `fixtures/coverage.toml`.

use std::collections::BTreeMap;

use gc_scenario::Platform;
use serde::Deserialize;

use crate::printed_file::repository;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Published {
    /// The event type for each name in the tables; empty for none.
    pub(crate) words: BTreeMap<String, String>,
    #[serde(rename = "table")]
    pub(crate) tables: Vec<Table>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Table {
    pub(crate) title: String,
    /// Whether the queue's name is shown with each call.
    #[serde(default)]
    pub(crate) queue_names: bool,
    pub(crate) rows: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    pub(crate) key: String,
    pub(crate) row: String,
    pub(crate) command: Option<String>,
    #[serde(default = "both")]
    platforms: Vec<String>,
    expected: Option<Vec<String>>,
    /// What is expected on UCCX, if it differs from UCCE.
    expected_uccx: Option<Vec<String>>,
    pub(crate) others: Option<Vec<String>>,
    pub(crate) remark: Option<String>,
    /// The row for the other platform.
    pub(crate) twin: Option<String>,
}

fn both() -> Vec<String> {
    vec![Platform::Ucce.to_string(), Platform::Uccx.to_string()]
}

impl Published {
    pub(crate) fn read() -> Self {
        let text = std::fs::read_to_string(repository().join("fixtures/coverage.toml")).unwrap();
        toml::from_str(&text).unwrap()
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = &Row> {
        self.tables.iter().flat_map(|table| &table.rows)
    }

    /// The event for a name in a row, with its state if there is one: `Inbound Call (HELD)`. A name that is not in
    /// [`Self::words`] is the event type.
    pub(crate) fn event(&self, word: &str) -> Option<EventSummary> {
        let (name, state) = match word.strip_suffix(')').and_then(|word| word.split_once(" (")) {
            Some((name, state)) if !self.words.contains_key(word) => (name, Some(state.to_owned())),
            _ => (word, None),
        };
        let kind = self.words.get(name).map_or(name, String::as_str).to_owned();
        (!kind.is_empty()).then_some(EventSummary { kind, state, queue: None })
    }
}

impl Row {
    pub(crate) fn is_on(&self, platform: Platform) -> bool {
        self.platforms.contains(&platform.to_string())
    }

    pub(crate) fn expected(&self, platform: Platform) -> Option<&[String]> {
        let own = self.expected_uccx.as_deref().filter(|_| platform == Platform::Uccx);
        own.or(self.expected.as_deref())
    }
}

/// An event: its type and, where it counts, its state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EventSummary {
    pub(crate) kind: String,
    pub(crate) state: Option<String>,
    /// The queue's name, if the scenario contains it.
    pub(crate) queue: Option<String>,
}

impl std::fmt::Display for EventSummary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.kind)?;
        self.state.iter().try_for_each(|state| write!(f, " {state}"))?;
        self.queue.iter().try_for_each(|queue| write!(f, " “{queue}”"))
    }
}
