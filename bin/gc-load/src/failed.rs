//! Why there is no result.

use std::fmt::Display;

/// The exit code and the reason.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) code: u8,
    pub(crate) reason: String,
}

impl Failed {
    /// The command line is wrong in a way that its parser cannot see.
    pub(crate) fn misused(reason: impl Display) -> Self {
        Self { code: 2, reason: reason.to_string() }
    }

    /// Something needed is not available (EX_UNAVAILABLE of sysexits(3)).
    pub(crate) fn unavailable(reason: impl Display) -> Self {
        Self { code: 69, reason: reason.to_string() }
    }

    /// A file cannot be written (EX_CANTCREAT).
    pub(crate) fn cannot_create(reason: impl Display) -> Self {
        Self { code: 73, reason: reason.to_string() }
    }

    /// Stopped by this signal, with the code that a shell reports.
    pub(crate) fn stopped_by(signal: u8) -> Self {
        Self { code: 128 + signal, reason: "interrupted".to_owned() }
    }
}
