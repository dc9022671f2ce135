//! Structured logs on standard error. What they never hold: passwords, bodies of commands, bodies of events.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::config::{Config, ConfigError, LogFormat, bad};

/// Starts logging as configured; `RUST_LOG` stands over the configured filter.
///
/// # Errors
/// When the filter cannot be read, or logging was started before.
pub fn start_logs(config: &Config) -> Result<(), ConfigError> {
    let directives = std::env::var("RUST_LOG").unwrap_or_else(|_| config.log.filter.clone());
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter(&directives)?)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let started = match config.log.format {
        LogFormat::Text => logs.try_init(),
        LogFormat::Json => logs.json().try_init(),
    };
    started.map_err(|error| bad("log", error))
}

/// Reads directives as in `RUST_LOG`.
pub(crate) fn filter(directives: &str) -> Result<EnvFilter, ConfigError> {
    EnvFilter::try_new(directives).map_err(|error| bad("log.filter", error))
}
