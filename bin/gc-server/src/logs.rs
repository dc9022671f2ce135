//! Structured logs on standard error. What they never hold: passwords, bodies of commands, bodies of events.

use std::io;
use std::sync::OnceLock;
use std::time::Duration;

use gc_log::Background;
use tokio::time::{MissedTickBehavior, interval};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use crate::config::{Config, ConfigError, LogFormat, bad};

/// For the subscriber of the process, of which there is one.
static SET_FILTER: OnceLock<gc_log::SetFilter> = OnceLock::new();

/// How often lost lines are reported.
const LOSSES_EVERY: Duration = Duration::from_secs(10);

/// What writes the logs. Dropping it writes what waits, and ends logging.
#[must_use]
#[derive(Debug)]
pub struct Logs(Background);

impl Logs {
    /// Logs, now and then, how many lines were lost because standard error did not take them in time. Does not end.
    pub async fn report_losses(&self) {
        let mut ticks = interval(LOSSES_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut reported = 0;
        loop {
            ticks.tick().await;
            let lost = self.0.lost();
            if lost > reported {
                tracing::warn!(
                    lines = lost - reported,
                    "log entries were lost: standard error did not take them in time"
                );
                reported = lost;
            }
        }
    }
}

/// Starts logging as configured; `RUST_LOG` takes precedence over the configured filter.
///
/// # Errors
/// When the filter cannot be read, or logging was started before.
pub fn start_logs(config: &Config) -> Result<Logs, ConfigError> {
    let directives = directives(config);
    let format = match config.log.format {
        LogFormat::Text => gc_log::Format::Text,
        LogFormat::Json => gc_log::Format::Json,
    };
    let filter = filter(&directives)?;
    let (writer, background) = gc_log::background(io::stderr());
    let (logs, set_filter) = gc_log::reloadable(format, filter, writer);
    tracing::subscriber::set_global_default(logs).map_err(|error| bad("log", error))?;
    _ = SET_FILTER.set(set_filter);
    Ok(Logs(background))
}

/// Logs what this configuration says, from now on, if logging was started by [`start_logs`].
///
/// # Errors
/// When the filter cannot be read; then nothing changes.
pub fn reload_logs(config: &Config) -> Result<(), ConfigError> {
    let new = filter(&directives(config))?;
    if let Some(set) = SET_FILTER.get() {
        set(new);
    }
    Ok(())
}

fn directives(config: &Config) -> String {
    std::env::var("RUST_LOG").unwrap_or_else(|_| config.log.filter.clone())
}

/// What stays on unless the filter names it: the audit log, and which Finesse nodes are in service.
const ALWAYS: [(&str, &str); 2] = [("audit", "audit=info"), ("health", "health=info")];

/// Reads directives as in `RUST_LOG`. Some targets stay on unless they are named: a filter that is for something else must
/// not turn them off by accident.
pub(crate) fn filter(directives: &str) -> Result<EnvFilter, ConfigError> {
    // The default of the library, which it forgets when a directive is added.
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::ERROR.into());
    let filter = filter.parse(directives).map_err(|_| {
        let text = "cannot be used: write off, error, warn, info, debug or trace, or directives such as gc_session=debug,info";
        bad("log.filter", text)
    })?;
    let target = |directive: &str| directive.split(['=', '[']).next().unwrap_or_default().to_owned();
    let named: Vec<_> = directives.split(',').map(target).collect();
    let missing = ALWAYS.into_iter().filter(|(target, _)| !named.iter().any(|named| named == target));
    missing.map(|(_, directive)| directive).try_fold(filter, |filter, directive| {
        Ok(filter.add_directive(directive.parse().map_err(|error| bad("log.filter", error))?))
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex, PoisonError};

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
            [("info", true), ("warn", true), ("", true), ("off", false), ("a=off,gc_session=debug", true)]
        {
            assert_eq!(shown(directives), (true, errors), "{directives:?}");
        }
        for directives in ["audit=off,info", "info,audit=warn", "audit=error,gc_session=debug"] {
            assert_eq!(shown(directives), (false, true), "{directives:?}");
        }
    }
}
