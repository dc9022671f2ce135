//! Logs in which every event is one line: control characters and other misleading characters are escaped.
//!
//! Of other crates its interface shows `tracing`'s `Subscriber`, `tracing-subscriber`'s `EnvFilter` and `MakeWriter`, and
//! `tracing-appender`'s `NonBlocking`.

mod background;
mod escaped;

use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::format::DefaultFields;
use tracing_subscriber::fmt::{self, MakeWriter, SubscriberBuilder};

pub use background::{Background, background};
use escaped::{Escaped, Notation};

/// The format of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// One JSON object.
    Json,
}

impl Format {
    fn notation(self) -> Notation {
        match self {
            Self::Text => Notation::Rust,
            Self::Json => Notation::Json,
        }
    }
}

/// One line of output as the logs have theirs: control characters, line separators and direction marks are escaped, in the
/// notation of the format. JSON remains the same JSON. For programs that print what others sent.
///
/// ```
/// use gc_log::Format;
///
/// assert_eq!(gc_log::line("a\u{202e}b\x1b[2J", Format::Text), "a\\u{202e}b\\u{1b}[2J");
/// assert_eq!(gc_log::line("{\"a\":\"\u{9b}\"}", Format::Json), "{\"a\":\"\\u009b\"}");
/// ```
pub fn line(text: &str, format: Format) -> String {
    escaped::escape(text, format.notation())
}

/// A subscriber that writes each event as one line in which misleading characters are escaped.
pub fn subscriber<W>(format: Format, filter: EnvFilter, writer: W) -> Box<dyn Subscriber + Send + Sync>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let logs = unfiltered(format, writer).with_env_filter(filter);
    match format {
        Format::Text => Box::new(logs.finish()),
        Format::Json => Box::new(logs.json().finish()),
    }
}

/// Exchanges the filter of a [`reloadable`] subscriber; `false` if that is gone.
pub type SetFilter = Box<dyn Fn(EnvFilter) -> bool + Send + Sync>;

/// The same as [`subscriber`], with a filter that can be exchanged.
pub fn reloadable<W>(
    format: Format,
    filter: EnvFilter,
    writer: W,
) -> (Box<dyn Subscriber + Send + Sync>, SetFilter)
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let logs = unfiltered(format, writer).with_env_filter(filter);
    match format {
        Format::Text => {
            let logs = logs.with_filter_reloading();
            let filter = logs.reload_handle();
            (Box::new(logs.finish()), Box::new(move |new| filter.reload(new).is_ok()))
        }
        Format::Json => {
            let logs = logs.json().with_filter_reloading();
            let filter = logs.reload_handle();
            (Box::new(logs.finish()), Box::new(move |new| filter.reload(new).is_ok()))
        }
    }
}

fn unfiltered<W>(
    format: Format,
    writer: W,
) -> SubscriberBuilder<DefaultFields, fmt::format::Format, LevelFilter, Escaped<W>>
where
    W: for<'a> MakeWriter<'a> + 'static,
{
    tracing_subscriber::fmt()
        .with_writer(Escaped::new(writer, format.notation()))
        // They would go to standard error, and panic if that is gone.
        .log_internal_errors(false)
        .with_ansi(false)
        // It would escape only some of the characters, in a second notation.
        .with_ansi_sanitization(false)
}

#[cfg(test)]
mod tests;
