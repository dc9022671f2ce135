//! Structured logs on standard error. What they never hold: passwords, bodies of commands, bodies of events.

use std::io;

use tracing_subscriber::EnvFilter;

use crate::config::{Config, ConfigError, LogFormat, bad};

/// Starts logging as configured; `RUST_LOG` takes precedence over the configured filter.
///
/// # Errors
/// When the filter cannot be read, or logging was started before.
pub fn start_logs(config: &Config) -> Result<(), ConfigError> {
    let directives = std::env::var("RUST_LOG").unwrap_or_else(|_| config.log.filter.clone());
    let format = match config.log.format {
        LogFormat::Text => gc_log::Format::Text,
        LogFormat::Json => gc_log::Format::Json,
    };
    let logs = gc_log::subscriber(format, filter(&directives)?, io::stderr);
    tracing::subscriber::set_global_default(logs).map_err(|error| bad("log", error))
}

/// Reads directives as in `RUST_LOG`.
pub(crate) fn filter(directives: &str) -> Result<EnvFilter, ConfigError> {
    EnvFilter::try_new(directives).map_err(|error| bad("log.filter", error))
}
