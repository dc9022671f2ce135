//! What the log lets through: as configured, or as an administrator has set it since.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use thiserror::Error;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// What exchanges the filter of the log, and what that is.
pub(crate) struct LogControl {
    set_filter: gc_log::SetFilter,
    logged: Mutex<Logged>,
}

/// What is logged at the moment.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Logged {
    pub(crate) filter: String,
    /// What is logged of single agents beside that.
    pub(crate) agents: BTreeMap<String, AgentLevel>,
    /// What a reload returns to, as of the start or the last reload.
    pub(crate) configured: String,
    /// The administrator who has changed it since.
    pub(crate) changed_by: Option<String>,
}

/// What an administrator wants to be logged. What is not given is as configured.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogSettings {
    #[serde(default)]
    filter: Option<String>,
    #[serde(default)]
    agents: BTreeMap<String, AgentLevel>,
}

/// How much is logged of an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, strum::Display)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub(crate) enum AgentLevel {
    Info,
    Debug,
    Trace,
}

/// Why the log cannot be changed.
#[derive(Debug, Error)]
pub(crate) enum SetLogError {
    /// A word of it is no level.
    #[error(
        "{0:?} is no level: write off, error, warn, info, debug or trace, or directives such as gc_session=debug,info"
    )]
    Level(String),
    /// What is to be logged has no such name.
    #[error("{0:?} is no name of a part: write directives such as gc_session=debug,info")]
    Target(String),
    /// It is too long.
    #[error("has more than {MAX_DIRECTIVES} characters")]
    TooLong,
    /// The configuration decides about this one.
    #[error("cannot name {0}, which stays on: only the configuration can change that")]
    StaysOn(&'static str),
    /// There are too many agents.
    #[error("are too many: there may be {MAX_AGENTS}")]
    Agents,
}

impl SetLogError {
    /// The member that is wrong, as the beginning of the sentence.
    pub(crate) fn member(&self) -> &'static str {
        match self {
            Self::Agents => "The agents",
            Self::Level(_) | Self::Target(_) => "In the filter,",
            Self::TooLong | Self::StaysOn(_) => "The filter",
        }
    }
}

/// Agents of whom more is logged: each costs a look at every entry.
const MAX_AGENTS: usize = 100;

/// The spans of agents, and how the targets of what is said of them begin.
const AGENT: (&str, &str) = ("agent", "id");
pub(crate) const OURS: &[&str] = &["gc_", "finesse_"];

impl LogControl {
    /// The log begins with these directives, which are configured.
    pub(crate) fn new(set_filter: gc_log::SetFilter, directives: String) -> Self {
        Self { set_filter, logged: Mutex::new(Logged::configured(directives)) }
    }

    fn state(&self) -> MutexGuard<'_, Logged> {
        self.logged.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is logged.
    pub(crate) fn logged(&self) -> Logged {
        self.state().clone()
    }

    /// Logs what is configured now. What an administrator has changed is over.
    pub(crate) fn configure(&self, directives: String) -> Result<(), SetLogError> {
        let new = filter(&directives)?;
        let mut logged = self.state();
        (self.set_filter)(for_all(new));
        *logged = Logged::configured(directives);
        Ok(())
    }

    /// Logs what an administrator wants, until the next change or reload.
    pub(crate) fn set(&self, wanted: LogSettings, by: &str) -> Result<Logged, SetLogError> {
        let LogSettings { filter: directives, agents } = wanted;
        if let Some(directives) = &directives {
            leaves_on(directives)?;
        }
        if agents.len() > MAX_AGENTS {
            return Err(SetLogError::Agents);
        }
        let mut logged = self.state();
        let directives = directives.unwrap_or_else(|| logged.configured.clone());
        let new = filter(&directives)?;
        // By the filter that goes; the audit log has an entry in any case.
        let of_agents: Vec<_> = agents.iter().map(|(id, wanted)| format!("{id}={wanted}")).collect();
        tracing::info!(by, filter = directives, agents = of_agents.join(","), "what is logged changes");
        (self.set_filter)(whole(new, &agents));
        let configured = logged.configured.clone();
        *logged = Logged { filter: directives, agents, configured, changed_by: Some(by.to_owned()) };
        Ok(logged.clone())
    }
}

impl fmt::Debug for LogControl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogControl").field("logged", &self.logged).finish_non_exhaustive()
    }
}

/// Whether an administrator may set these.
fn leaves_on(directives: &str) -> Result<(), SetLogError> {
    match ALWAYS.into_iter().find(|(target, _)| names(directives, target)) {
        Some((target, _)) => Err(SetLogError::StaysOn(target)),
        None => Ok(()),
    }
}

/// Whether these are levels and targets only: what else the library reads may cost any amount of memory, and a single word
/// that is no level is a target for it, which silences everything else.
fn check(directives: &str) -> Result<(), SetLogError> {
    if directives.len() > MAX_DIRECTIVES {
        return Err(SetLogError::TooLong);
    }
    let is_target = |target: &str| {
        !target.is_empty() && target.chars().all(|each| each.is_ascii_alphanumeric() || "_:-".contains(each))
    };
    for directive in directives.split(',') {
        let (target, level) = match directive.split_once('=') {
            Some((target, level)) => (Some(target), level),
            None => (None, directive),
        };
        if let Some(target) = target.filter(|target| !is_target(target)) {
            return Err(SetLogError::Target(target.to_owned()));
        }
        if !LEVELS.iter().any(|known| level.eq_ignore_ascii_case(known)) {
            return Err(SetLogError::Level(level.to_owned()));
        }
    }
    Ok(())
}

/// The targets that these directives name.
pub(crate) fn targets(directives: &str) -> impl Iterator<Item = &str> {
    directives.split(',').filter_map(|directive| Some(directive.split_once('=')?.0))
}

/// The words for levels; the library also reads numbers, and nothing at all.
const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
/// The longest filter.
const MAX_DIRECTIVES: usize = 1000;

fn whole(of_all: EnvFilter, agents: &BTreeMap<String, AgentLevel>) -> gc_log::Filter {
    let level = |level: &AgentLevel| match level {
        AgentLevel::Info => LevelFilter::INFO,
        AgentLevel::Debug => LevelFilter::DEBUG,
        AgentLevel::Trace => LevelFilter::TRACE,
    };
    let levels = agents.iter().map(|(id, wanted)| (id.clone(), level(wanted))).collect();
    let (span, field) = AGENT;
    gc_log::Filter { of_all, of_spans: gc_log::OfSpans { span, field, levels, targets: OURS } }
}

impl Logged {
    fn configured(directives: String) -> Self {
        Self { filter: directives.clone(), agents: BTreeMap::new(), configured: directives, changed_by: None }
    }
}

/// What stays on unless the filter names it: the audit log, and which Finesse nodes are in service.
const ALWAYS: [(&str, &str); 2] = [("audit", "audit=info"), ("health", "health=info")];

/// Reads directives, of `RUST_LOG`, the configuration or an administrator. Some targets stay on unless they are named: a filter that is for something else must
/// not turn them off by accident.
pub(crate) fn filter(directives: &str) -> Result<EnvFilter, SetLogError> {
    check(directives)?;
    // The default of the library, which it forgets when a directive is added.
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::ERROR.into());
    let unread = |text: &str| SetLogError::Target(text.to_owned());
    let filter = filter.parse(directives).map_err(|_| unread(directives))?;
    let missing = ALWAYS.into_iter().filter(|(target, _)| !names(directives, target));
    missing.map(|(_, directive)| directive).try_fold(filter, |filter, directive| {
        Ok(filter.add_directive(directive.parse().map_err(|_| unread(directive))?))
    })
}

/// The filter without anything for single agents.
pub(crate) fn for_all(of_all: EnvFilter) -> gc_log::Filter {
    whole(of_all, &BTreeMap::new())
}

/// Whether one of the directives is for this target.
fn names(directives: &str, target: &str) -> bool {
    directives.split(',').any(|directive| directive.split(['=', '[']).next() == Some(target))
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::Arc;

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Whether these directives let the audit log through, and errors of ours.
    fn shown(directives: &str) -> (bool, bool) {
        let written = Written::default();
        let writer = written.clone();
        let filter = filter(directives).unwrap();
        let logs = gc_log::subscriber(gc_log::Format::Text, filter, move || writer.clone());
        tracing::subscriber::with_default(logs, || {
            tracing::info!(target: "audit", "asked");
            tracing::error!(target: "gc_session", "failed");
        });
        let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        (text.contains("asked"), text.contains("failed"))
    }

    #[test]
    fn the_audit_log_is_off_only_where_it_is_named() {
        for (directives, errors) in
            [("info", true), ("warn", true), ("off", false), ("a=off,gc_session=debug", true)]
        {
            assert_eq!(shown(directives), (true, errors), "{directives:?}");
        }
        for directives in ["audit=off,info", "info,audit=warn", "audit=error,gc_session=debug"] {
            assert_eq!(shown(directives), (false, true), "{directives:?}");
        }
    }

    #[test]
    fn a_filter_is_levels_and_targets_whoever_sets_it() {
        for good in [
            "info",
            "off",
            "WARN",
            "gc_session=debug,gc_delivery=trace,info",
            "gc_session::agent_task=debug",
            "audit=off,info",
        ] {
            assert!(filter(good).is_ok(), "{good:?}");
        }
        for (bad, word) in [
            ("", ""),
            ("warning", "warning"),
            ("gc_session=debug,verbose", "verbose"),
            ("gc_session=loud", "loud"),
            ("gc_session", "gc_session"),
            ("3", "3"),
            ("info\n", "info\n"),
        ] {
            assert!(matches!(filter(bad), Err(SetLogError::Level(found)) if found == word), "{bad:?}");
        }
        for (bad, word) in [
            ("[agent]=debug", "[agent]"),
            ("info, gc_session=debug", " gc_session"),
            ("a{b=(c{1000}){1000}}=debug", "a{b"),
        ] {
            assert!(matches!(filter(bad), Err(SetLogError::Target(found)) if found == word), "{bad:?}");
        }
        assert!(matches!(filter(&"info,".repeat(201)), Err(SetLogError::TooLong)));
    }

    #[test]
    fn an_administrator_cannot_turn_off_what_stays_on() {
        for always in ["audit=off,info", "info,health=error", "audit"] {
            assert!(matches!(leaves_on(always), Err(SetLogError::StaysOn(_))), "{always:?}");
        }
        assert!(leaves_on("info,auditing=off").is_ok());
    }
}
