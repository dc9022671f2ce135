//! What an argument of a command may contain.

use gc_events::ErrorCode;

/// One argument of a command.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Argument {
    /// Its name.
    pub name: &'static str,
    /// What it may contain.
    pub kind: Kind,
    /// Whether it may be left out.
    pub optional: bool,
    /// The error when it is missing.
    pub missing: ErrorCode,
}

/// What an argument may contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text without a comma.
    Text,
    /// Digits, with or without a leading `+`.
    Extension,
    /// The id of a device: a letter, then letters, digits, `-`, `_` and `.`. After a password with commas it is one only
    /// behind an extension.
    Device,
    /// Text that may contain commas. At most one argument of a command is of this or the next two kinds.
    FreeText,
    /// A password. It may contain commas and is never printed.
    Secret,
    /// One or more pairs `name=value`, separated by `|`.
    Variables,
    /// One of these words, in any case. Angle brackets around it are removed.
    Word(&'static [&'static str]),
    /// A whole number. Angle brackets around it are removed.
    Count,
    /// `YYYY-MM-DDThh:mm`.
    Time,
}

impl Kind {
    /// Whether an argument of this kind may contain commas.
    pub fn may_hold_commas(self) -> bool {
        matches!(self, Self::FreeText | Self::Secret | Self::Variables)
    }

    /// Whether an argument of this kind must never be printed.
    pub fn is_secret(self) -> bool {
        self == Self::Secret
    }

    /// The longest accepted value, in bytes.
    pub fn limit(self) -> usize {
        match self {
            Self::Variables => 16 * 1024,
            Self::Secret => 8 * 1024, // a single sign-on token is long, and its refresh token too
            Self::FreeText => 1024,
            _ => 256,
        }
    }
}
