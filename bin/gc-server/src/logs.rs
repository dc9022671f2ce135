//! Structured logs on standard error. What they never hold: passwords, bodies of commands, bodies of events.

mod escaped;

use std::io;

use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::config::{Config, ConfigError, LogFormat, bad};
use escaped::{Escaped, Notation};

/// Starts logging as configured; `RUST_LOG` stands over the configured filter.
///
/// # Errors
/// When the filter cannot be read, or logging was started before.
pub fn start_logs(config: &Config) -> Result<(), ConfigError> {
    let directives = std::env::var("RUST_LOG").unwrap_or_else(|_| config.log.filter.clone());
    let logs = subscriber(config.log.format, filter(&directives)?, io::stderr);
    tracing::subscriber::set_global_default(logs).map_err(|error| bad("log", error))
}

/// Each event as one line, in which whatever came from outside is escaped.
fn subscriber<W>(format: LogFormat, filter: EnvFilter, writer: W) -> Box<dyn Subscriber + Send + Sync>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let notation = match format {
        LogFormat::Text => Notation::Rust,
        LogFormat::Json => Notation::Json,
    };
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(Escaped::new(writer, notation))
        .with_ansi(false)
        // It would miss half of them, and write them in two notations.
        .with_ansi_sanitization(false);
    match format {
        LogFormat::Text => Box::new(logs.finish()),
        LogFormat::Json => Box::new(logs.json().finish()),
    }
}

/// Reads directives as in `RUST_LOG`.
pub(crate) fn filter(directives: &str) -> Result<EnvFilter, ConfigError> {
    EnvFilter::try_new(directives).map_err(|error| bad("log.filter", error))
}

#[cfg(test)]
mod tests;
