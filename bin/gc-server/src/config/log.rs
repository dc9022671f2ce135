//! What is logged.

use super::layers::Location;
use super::words::nearest;
use super::{Config, ConfigError, bad};
use crate::log_control::{self, targets};

const FILTER: &str = "log.filter";

/// Under which names the parts of the connector log.
const TARGETS: [&str; 11] = [
    "audit",
    "finesse_client",
    "finesse_sim",
    "gc_delivery",
    "gc_directory",
    "gc_server",
    "gc_session",
    "gc_store",
    "gc_store_postgres",
    "gc_xmpp",
    "health",
];

/// What the variable says, which stands over the configured filter; an empty one says nothing.
pub(super) fn rust_log() -> Option<String> {
    std::env::var("RUST_LOG").ok().filter(|directives| !directives.is_empty())
}

impl Config {
    /// What is to be logged: as `RUST_LOG` says, else as configured.
    pub(crate) fn log_directives(&self) -> String {
        rust_log().unwrap_or_else(|| self.log.filter.clone())
    }

    /// Whether both can be used: without the variable the configured one counts.
    pub(super) fn check_log(&self) -> Result<(), ConfigError> {
        let judged = |directives: &str| log_control::filter(directives).map_err(|error| bad(FILTER, error));
        let of_variable = rust_log().map_or(Ok(()), |directives| judged(&directives).map(drop));
        let of_variable = of_variable.map_err(|fault| fault.at(Location::Variable("RUST_LOG".to_owned())));
        super::faults::all([judged(&self.log.filter).map(drop), of_variable]).map(drop)
    }

    /// A misspelt name silences what it was meant for.
    pub(super) fn unknown_targets(&self) -> Vec<String> {
        let place = if rust_log().is_some() { "variable RUST_LOG" } else { FILTER };
        let directives = self.log_directives();
        targets(&directives).filter_map(|target| Some(format!("{place}: {}", unknown(target)?))).collect()
    }
}

/// What is said of a target that was meant to be one of ours; libraries have theirs.
fn unknown(target: &str) -> Option<String> {
    let part = target.split("::").next().unwrap_or_default();
    // The beginning of a name stands for all that begin so.
    let is_known = match part == target {
        true => TARGETS.iter().any(|known| known.starts_with(part)),
        false => TARGETS.contains(&part),
    };
    let near = nearest(part, TARGETS.into_iter());
    match near {
        _ if is_known => None,
        Some(near) => Some(format!("nothing is logged as {target:?}: did you mean {near}?")),
        None if log_control::OURS.iter().any(|ours| part.starts_with(ours)) => {
            Some(format!("nothing is logged as {target:?}: the names are {}", TARGETS.join(", ")))
        }
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn a_misspelt_name_is_named_and_those_of_libraries_are_not() {
        for known in
            ["gc_session", "gc_session::agent_task", "gc_", "gc_store", "finesse", "audit", "hyper", "h2"]
        {
            assert_eq!(unknown(known), None, "{known}");
        }
        for (misspelt, meant) in
            [("gc_sesion", "gc_session"), ("gc_sesion::agent_task", "gc_session"), ("adit", "audit")]
        {
            let says = format!("nothing is logged as {misspelt:?}: did you mean {meant}?");
            assert_eq!(unknown(misspelt), Some(says));
        }
        assert!(unknown("gc_telephony").is_some_and(|says| says.contains("the names are audit, ")));
        let of = |filter: &str| Config::parse(&format!("log.filter = '{filter}'")).unwrap().unknown_targets();
        assert_eq!(of("gc_session=debug,info"), [""; 0]);
        assert_eq!(
            of("gc_sesion=debug,info"),
            ["log.filter: nothing is logged as \"gc_sesion\": did you mean gc_session?"]
        );
    }

    /// All crates that log are known.
    #[test]
    fn every_part_that_logs_has_its_name_in_the_list() {
        fn logs(folder: &Path) -> bool {
            let Ok(entries) = fs::read_dir(folder) else { return false };
            entries.flatten().any(|entry| match entry.path() {
                tests if tests.file_stem().is_some_and(|name| name == "tests") => false,
                folder if folder.is_dir() => logs(&folder),
                file => {
                    let text = fs::read_to_string(file).unwrap();
                    let says = |level| text.contains(&format!("tracing::{level}!("));
                    ["trace", "debug", "info", "warn", "error"].into_iter().any(says)
                }
            })
        }
        let crates = concat!(env!("CARGO_MANIFEST_DIR"), "/../../crates");
        let mut found = vec!["audit".to_owned(), "gc_server".to_owned(), "health".to_owned()];
        for each in fs::read_dir(crates).unwrap().flatten() {
            if logs(&each.path().join("src")) {
                found.push(each.file_name().to_str().unwrap().replace('-', "_"));
            }
        }
        found.sort();
        assert_eq!(found, TARGETS);
    }
}
