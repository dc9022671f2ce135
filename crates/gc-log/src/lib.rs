#![doc = include_str!("../README.md")]
//!
//! Begin with [`subscriber`]; with [`reloadable`] the [`Filter`] can be changed later, and [`background`] writes in a thread.
//!
//! Of other crates its interface shows `tracing`'s `Subscriber`, `tracing-subscriber`'s `EnvFilter` and `MakeWriter`, and
//! `tracing-appender`'s `NonBlocking`.

mod background;
mod escaped;
mod filter;

use tracing::Subscriber;
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::{self, Layer, SubscriberExt};
use tracing_subscriber::{EnvFilter, Registry, reload};

pub use background::{Background, background};
use escaped::{Escaped, Notation};
pub use filter::{Filter, OfSpans};

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
    filtered(format, filter, writer)
}

/// Exchanges the filter of a [`reloadable`] subscriber; `false` if that is gone.
pub type SetFilter = Box<dyn Fn(Filter) -> bool + Send + Sync>;

/// The same as [`subscriber`], with a filter that can be exchanged.
pub fn reloadable<W>(
    format: Format,
    filter: Filter,
    writer: W,
) -> (Box<dyn Subscriber + Send + Sync>, SetFilter)
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let (filter, handle) = reload::Layer::new(filter);
    (filtered(format, filter, writer), Box::new(move |new| handle.reload(new).is_ok()))
}

fn filtered<W>(
    format: Format,
    filter: impl layer::Filter<Registry> + Send + Sync + 'static,
    writer: W,
) -> Box<dyn Subscriber + Send + Sync>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = fmt::layer()
        .with_writer(Escaped::new(writer, format.notation()))
        // They would go to standard error, and panic if that is gone.
        .log_internal_errors(false)
        .with_ansi(false)
        // It would escape only some of the characters, in a second notation.
        .with_ansi_sanitization(false);
    match format {
        Format::Text => Box::new(tracing_subscriber::registry().with(lines.with_filter(filter))),
        Format::Json => Box::new(tracing_subscriber::registry().with(lines.json().with_filter(filter))),
    }
}

#[cfg(test)]
mod tests;
