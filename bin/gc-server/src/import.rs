//! `import-env`: the environment file of the original product, as a gc.toml.
//!
//! No list of the original's variables is published with its API, and they differ from release to release. So a
//! variable is read by the words of its name (`rows`), and everything is reported: what it became, or why nothing.

mod compose;
mod rows;
mod site;
mod variables;

use crate::config::{Config, ConfigError, Location};
use rows::Meaning;
use site::Site;

/// What became of an environment file.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Imported {
    /// The configuration: a text for gc.toml. It has the passwords of the file.
    pub toml: String,
    /// A line for each variable, without its value: what it became, or why it has no equivalent.
    pub report: Vec<String>,
    /// What `check-config` will say of it; none if it is good.
    pub faults: Vec<String>,
    /// Whether the configuration has passwords.
    pub has_secrets: bool,
}

/// It would show passwords.
impl std::fmt::Debug for Imported {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Imported").field("report", &self.report).finish_non_exhaustive()
    }
}

/// Reads an environment file (`NAME=value` on each line, as for `docker run --env-file`) or a Compose file into a configuration.
#[must_use]
pub fn import_env(text: &str) -> Imported {
    let text = text.trim_start_matches('\u{feff}');
    let read = compose::read(text).unwrap_or_else(|| variables::lines(text));
    let mut site = Site::default();
    let mut found: Vec<_> = read
        .variables
        .iter()
        .map(|variable| {
            let meaning = match &variable.value {
                Ok(value) => Ok((value, rows::meaning(&variable.name, value))),
                Err(why) => Err(why),
            };
            (variable, meaning)
        })
        .collect();
    // Where two variables say the same, the one that says it more clearly is the first.
    found.sort_by_key(|(_, meaning)| meaning.map_or(usize::MAX, |(_, meaning)| meaning.rank()));
    let (mut report, mut outcomes) = (read.remarks.clone(), Vec::new());
    for (variable, meaning) in found {
        let outcome = match meaning {
            Ok((_, Meaning::Left(why))) => format!("no equivalent: {why}"),
            Ok((_, Meaning::ByHand(what))) => format!("write it yourself: {what}"),
            Ok((_, Meaning::Unknown)) => {
                "not known here: see whether docs/configuration.md has a key for what it does".to_owned()
            }
            Ok((value, Meaning::Slot(slot, _))) => site.fill(slot, &variable.name, value),
            Ok((_, Meaning::Says(slot, value, _))) => site.fill(slot, &variable.name, value),
            Err(why) => format!("not used: {why}"),
        };
        outcomes.push((variable, outcome));
    }
    // Only now it is known what became of the nodes.
    let outcomes = outcomes.into_iter().map(|(variable, outcome)| {
        (variable.line, format!("{}: {outcome}{}", variable.name, site.remarks(&variable.name)))
    });
    report.extend(outcomes);
    report.sort();
    let (toml, incomplete) = site.toml();
    let faults = match Config::parse(&toml).and_then(|config| config.check()) {
        Ok(()) => Vec::new(),
        Err(error) => error.each().iter().map(in_what_was_printed).collect(),
    };
    let report = report.into_iter().map(|(_, line)| line).chain(incomplete).collect();
    Imported { toml, report, faults, has_secrets: site.has_secrets() }
}

/// The line is not one of the file that was read.
fn in_what_was_printed(fault: &ConfigError) -> String {
    match fault {
        ConfigError::At { location: location @ Location::Line(_), fault } => {
            format!("{location} of what was printed: {fault}")
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests;
