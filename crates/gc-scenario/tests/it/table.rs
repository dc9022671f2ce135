//! The published tables, as `fixtures/coverage.toml` holds them.

use std::collections::BTreeMap;

use gc_scenario::Platform;
use serde::Deserialize;

use crate::printed_file::repository;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Published {
    /// The event that each of the tables' words means; empty for none.
    pub(crate) words: BTreeMap<String, String>,
    #[serde(rename = "table")]
    pub(crate) tables: Vec<Table>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Table {
    pub(crate) title: String,
    /// Whether the queue's name is shown beside each call.
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
    /// Where it is another than on UCCE.
    expected_uccx: Option<Vec<String>>,
    pub(crate) others: Option<Vec<String>>,
    pub(crate) remark: Option<String>,
    /// The row that holds for the platform on which this one is not.
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

    /// The event that a row's word means, or that it names itself; with its state where there is one:
    /// `Inbound Call (HELD)`.
    pub(crate) fn event(&self, word: &str) -> Option<Told> {
        let (name, state) = match word.strip_suffix(')').and_then(|word| word.split_once(" (")) {
            Some((name, state)) if !self.words.contains_key(word) => (name, Some(state.to_owned())),
            _ => (word, None),
        };
        let kind = self.words.get(name).map_or(name, String::as_str).to_owned();
        (!kind.is_empty()).then_some(Told { kind, state, queue: None })
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

/// An event: its type, and its state where that matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) kind: String,
    pub(crate) state: Option<String>,
    /// The queue's name, where the scenario says what it is.
    pub(crate) queue: Option<String>,
}

impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.kind)?;
        self.state.iter().try_for_each(|state| write!(f, " {state}"))?;
        self.queue.iter().try_for_each(|queue| write!(f, " “{queue}”"))
    }
}
