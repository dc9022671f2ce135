//! Why the program ends without what was asked for, and with which exit code (docs/cli.md, sysexits(3)).

use std::fmt::Display;

/// The kinds of failures, each with an exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nobody reads the output any more. Not a failure.
    Closed,
    /// The connector refused it, or the command ended with an `Error`.
    Refused,
    /// The same because there is no such thing.
    NotFound,
    /// EX_USAGE: the command line.
    Usage,
    /// EX_DATAERR: arguments of a command that cannot be read.
    Data,
    /// EX_UNAVAILABLE: the connector does not answer, or not like a connector.
    Unavailable,
    /// EX_CANTCREAT: a file cannot be written.
    CannotCreate,
    /// EX_TEMPFAIL: try again later; no outcome in time.
    Later,
    /// EX_NOPERM: the connector does not know the caller, or the caller lacks the right.
    NotAllowed,
    /// EX_CONFIG: a file of profiles or with a token.
    Config,
}

impl Kind {
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Closed => 0,
            Self::Refused | Self::NotFound => 1,
            Self::Usage => 64,
            Self::Data => 65,
            Self::Unavailable => 69,
            Self::CannotCreate => 73,
            Self::Later => 75,
            Self::NotAllowed => 77,
            Self::Config => 78,
        }
    }
}

/// The kind and the text for standard error.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) kind: Kind,
    pub(crate) reason: String,
}

impl Failed {
    pub(crate) fn new(kind: Kind, reason: impl Display) -> Self {
        Self { kind, reason: reason.to_string() }
    }

    /// Whether it may be different in a moment.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(self.kind, Kind::Unavailable | Kind::Later)
    }
}
