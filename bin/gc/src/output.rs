//! Standard output: colours where it is a terminal, and an end when nobody reads it.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};

use anstream::AutoStream;
use gc_log::Format;
use serde_json::Value;

use crate::failed::{Failed, Kind};

/// Standard output.
#[derive(Debug)]
pub(crate) struct Output {
    stdout: AutoStream<io::Stdout>,
}

impl Default for Output {
    fn default() -> Self {
        Self { stdout: anstream::stdout() }
    }
}

impl Output {
    /// A line of our own making: it may have colours, and whatever others sent is escaped in it.
    pub(crate) fn line(&mut self, line: impl Display) -> Result<(), Failed> {
        writeln!(self.stdout, "{line}").and_then(|()| self.stdout.flush()).map_err(|error| unwritable(&error))
    }

    /// A text of several lines, as it is.
    pub(crate) fn bytes(&mut self, text: &[u8]) -> Result<(), Failed> {
        self.stdout.write_all(text).and_then(|()| self.stdout.flush()).map_err(|error| unwritable(&error))
    }

    /// JSON on one line. What could move a terminal's cursor is escaped as JSON can express it.
    pub(crate) fn json(&mut self, json: &str) -> Result<(), Failed> {
        self.line(gc_log::line(json, Format::Json))
    }

    /// The same of a value.
    pub(crate) fn value(&mut self, value: &Value) -> Result<(), Failed> {
        self.json(&value.to_string())
    }
}

fn unwritable(error: &io::Error) -> Failed {
    match error.kind() {
        ErrorKind::BrokenPipe => Failed::new(Kind::Closed, ""),
        _ => Failed::new(Kind::CannotCreate, format!("standard output: {error}")),
    }
}

/// What others sent, as a part of a line: nothing in it ends the line or moves the cursor.
pub(crate) fn shown(text: &str) -> String {
    gc_log::line(text, Format::Text)
}

/// A remark on standard error, which is no part of the result.
pub(crate) fn note(text: impl Display) {
    _ = writeln!(io::stderr(), "gc: {text}");
}
