//! Progress, for a terminal.

use std::io::{IsTerminal, Write, stderr};
use std::time::Duration;

use tokio::time::Instant;

/// A line on standard error that is rewritten; silent if standard error is not a terminal.
pub(crate) struct Progress {
    is_terminal: bool,
    name: &'static str,
    total: usize,
    shown: Option<Instant>,
}

/// The minimum time between two updates.
const UPDATE_INTERVAL: Duration = Duration::from_millis(100);

impl Progress {
    pub(crate) fn new(name: &'static str, total: usize) -> Self {
        Self { is_terminal: stderr().is_terminal(), name, total, shown: None }
    }

    /// Shows how many agents have finished the phase.
    pub(crate) fn show(&mut self, ended: usize) {
        let is_due = self.shown.is_none_or(|shown| shown.elapsed() >= UPDATE_INTERVAL);
        if self.is_terminal && is_due {
            // A closed terminal is not an error.
            let _ = write!(stderr(), "\r\x1b[K{}: {ended} of {} agents", self.name, self.total);
            self.shown = Some(Instant::now());
        }
    }

    /// Clears the line.
    pub(crate) fn end(self) {
        if self.shown.is_some() {
            let _ = write!(stderr(), "\r\x1b[K");
        }
    }
}
