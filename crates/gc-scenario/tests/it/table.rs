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
    pub(crate) expected: Option<Vec<String>>,
    pub(crate) others: Option<Vec<String>>,
    pub(crate) remark: Option<String>,
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

    /// The event that a row's word means, with its state where the word names one: `Inbound Call (HELD)`.
    pub(crate) fn event(&self, word: &str) -> Option<Told> {
        let (name, state) = match self.words.contains_key(word) {
            true => (word, None),
            false => {
                let (name, state) =
                    word.strip_suffix(')').and_then(|word| word.split_once(" (")).unwrap_or((word, ""));
                (name, Some(state.to_owned()).filter(|state| !state.is_empty()))
            }
        };
        let kind =
            self.words.get(name).unwrap_or_else(|| panic!("fixtures/coverage.toml: what is {word:?}?"));
        (!kind.is_empty()).then(|| Told { kind: kind.clone(), state })
    }
}

impl Row {
    pub(crate) fn is_on(&self, platform: Platform) -> bool {
        self.platforms.contains(&platform.to_string())
    }
}

/// An event: its type, and its state where that matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) kind: String,
    pub(crate) state: Option<String>,
}

impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.state {
            Some(state) => write!(f, "{} {state}", self.kind),
            None => f.write_str(&self.kind),
        }
    }
}
