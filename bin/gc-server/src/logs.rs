//! Structured logs on standard error. What they never hold: passwords, bodies of commands, bodies of events.

use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use gc_log::Background;
use tokio::time::{MissedTickBehavior, interval};
use tracing_subscriber::EnvFilter;

use crate::config::{Config, ConfigError, LogFormat, bad};
use crate::log_control::{LogControl, filter, for_all};

/// The log of the process, of which there is one.
static LOG: OnceLock<Arc<LogControl>> = OnceLock::new();

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
    let directives = config.log_directives();
    let format = match config.log.format {
        LogFormat::Text => gc_log::Format::Text,
        LogFormat::Json => gc_log::Format::Json,
    };
    let filter = for_all(read(&directives)?);
    let (writer, background) = gc_log::background(io::stderr());
    let (logs, set_filter) = gc_log::reloadable(format, filter, writer);
    tracing::subscriber::set_global_default(logs).map_err(|error| bad("log", error))?;
    _ = LOG.set(Arc::new(LogControl::new(set_filter, directives)));
    Ok(Logs(background))
}

/// Logs what this configuration says, from now on, if logging was started by [`start_logs`]. What an administrator has
/// changed is over.
///
/// # Errors
/// When the filter cannot be read; then nothing changes.
pub fn reload_logs(config: &Config) -> Result<(), ConfigError> {
    let directives = config.log_directives();
    read(&directives)?;
    match LOG.get() {
        Some(log) => log.configure(directives).map_err(|error| bad("log.filter", error)),
        None => Ok(()),
    }
}

/// What the log lets through, for the parts that show and change it; `None` if logging was not started by [`start_logs`].
pub(crate) fn control() -> Option<Arc<LogControl>> {
    LOG.get().cloned()
}

fn read(directives: &str) -> Result<EnvFilter, ConfigError> {
    filter(directives).map_err(|error| bad("log.filter", error))
}
