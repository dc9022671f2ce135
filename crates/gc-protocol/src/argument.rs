//! What an argument of a command may hold.

use gc_events::ErrorCode;

/// One argument of a command.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Argument {
    /// Its name.
    pub name: &'static str,
    /// What it may hold.
    pub kind: Kind,
    /// Whether it may be left out.
    pub optional: bool,
    /// The error when it is missing.
    pub missing: ErrorCode,
}

/// What an argument may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text without a comma.
    Text,
    /// Digits, with or without a leading `+`.
    Extension,
    /// Text that may hold commas; at most one argument of a command is of this or the next two kinds.
    FreeText,
    /// A password; it may hold commas and is never printed.
    Secret,
    /// One or more `name=value`, separated by `|`.
    Variables,
    /// One of these words, in any case; angle brackets around it are taken off.
    Word(&'static [&'static str]),
    /// A whole number; angle brackets around it are taken off.
    Count,
    /// `YYYY-MM-DDThh:mm`.
    Time,
}

impl Kind {
    /// Whether an argument of this kind takes the commas that no other argument claims.
    pub fn may_hold_commas(self) -> bool {
        matches!(self, Self::FreeText | Self::Secret | Self::Variables)
    }

    /// Whether it must never be printed.
    pub fn is_secret(self) -> bool {
        self == Self::Secret
    }

    /// The longest value in bytes that is taken.
    pub fn limit(self) -> usize {
        match self {
            Self::Variables => 16 * 1024,
            Self::Secret => 4 * 1024, // a token of single sign-on is long
            Self::FreeText => 1024,
            _ => 256,
        }
    }
}
