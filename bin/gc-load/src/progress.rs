//! How far it is, for somebody who waits at a terminal.

use std::io::{IsTerminal, Write, stderr};
use std::time::Duration;

use tokio::time::Instant;

/// A line on standard error that changes; nothing where standard error is no terminal.
pub(crate) struct Progress {
    is_seen: bool,
    name: &'static str,
    total: usize,
    shown: Option<Instant>,
}

/// More often nobody can read it, and it costs.
const EVERY: Duration = Duration::from_millis(100);

impl Progress {
    pub(crate) fn new(name: &'static str, total: usize) -> Self {
        Self { is_seen: stderr().is_terminal(), name, total, shown: None }
    }

    /// So many agents have ended the phase.
    pub(crate) fn show(&mut self, ended: usize) {
        let is_due = self.shown.is_none_or(|shown| shown.elapsed() >= EVERY);
        if self.is_seen && is_due {
            // When nobody looks any more, nothing is lost.
            let _ = write!(stderr(), "\r\x1b[K{}: {ended} of {} agents", self.name, self.total);
            self.shown = Some(Instant::now());
        }
    }

    /// Takes the line away.
    pub(crate) fn end(self) {
        if self.shown.is_some() {
            let _ = write!(stderr(), "\r\x1b[K");
        }
    }
}
