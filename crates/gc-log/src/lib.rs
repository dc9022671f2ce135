//! Logs in which every event is one line: control characters and other misleading characters are escaped.
//!
//! Of other crates its interface shows `tracing`'s `Subscriber`, and `tracing-subscriber`'s `EnvFilter` and `MakeWriter`.

mod escaped;

use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use escaped::{Escaped, Notation};

/// The format of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// One JSON object.
    Json,
}

/// A subscriber that writes each event as one line in which misleading characters are escaped.
pub fn subscriber<W>(format: Format, filter: EnvFilter, writer: W) -> Box<dyn Subscriber + Send + Sync>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let notation = match format {
        Format::Text => Notation::Rust,
        Format::Json => Notation::Json,
    };
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(Escaped::new(writer, notation))
        .with_ansi(false)
        // It would escape only some of the characters, in a second notation.
        .with_ansi_sanitization(false);
    match format {
        Format::Text => Box::new(logs.finish()),
        Format::Json => Box::new(logs.json().finish()),
    }
}

#[cfg(test)]
mod tests;
