//! What there is to know about a command, as data.

use gc_events::ErrorCode;
use strum::Display;

/// Everything about one command that parser, printer, documentation and tests read.
#[derive(Debug)]
pub struct Declaration {
    /// The name on the wire, spelled as published.
    pub wire: &'static str,
    /// Other spellings that are accepted.
    pub aliases: &'static [&'static str],
    /// The published category.
    pub category: &'static str,
    /// Who sends it.
    pub role: Role,
    /// Where it works.
    pub platform: Platform,
    /// What the connector's configuration has to have for it.
    pub needs: Option<Need>,
    /// The arguments in wire order.
    pub arguments: &'static [Argument],
    /// What ends the command: the fact that is waited for.
    pub effect: &'static str,
    /// The event types that a success brings, in the default dialect.
    pub events: &'static [&'static str],
    /// The error codes that are its own, beside those of its arguments and those that every command may end in.
    pub errors: &'static [ErrorCode],
    /// What it does, in one sentence.
    pub summary: &'static str,
}

/// Who sends a command, and what stands after `#`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display)]
pub enum Role {
    /// The client itself; after `#` stands the client's destination.
    #[strum(serialize = "client")]
    Client,
    /// An agent; after `#` stands the agent's login id.
    #[strum(serialize = "agent")]
    Agent,
    /// An agent, or a supervisor who puts a team member's id after `#`.
    #[strum(serialize = "agent, or supervisor for a team member")]
    AgentOrSupervisor,
    /// A supervisor; after `#` stands the supervisor's login id.
    #[strum(serialize = "supervisor")]
    Supervisor,
}

/// The contact centers on which a command works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display)]
pub enum Platform {
    /// Both.
    #[strum(serialize = "UCCE and UCCX")]
    Both,
    /// Unified Contact Center Enterprise only.
    #[strum(serialize = "UCCE")]
    Ucce,
}

/// What a command needs beside Finesse and the agent's own password. It is displayed by its name in the
/// connector's configuration; where that is missing, the command ends in GENERAL_ERROR with this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display)]
pub enum Need {
    /// The credentials of an administrator of Finesse.
    #[strum(serialize = "finesse.administrator")]
    Administrator,
    /// The configuration API of Unified CCE.
    #[strum(serialize = "[directory.cce]")]
    CceConfiguration,
    /// AXL of Unified Communications Manager.
    #[strum(serialize = "[directory.axl]")]
    Axl,
    /// The queue statistics of UCCX; on UCCE Finesse has them.
    #[strum(serialize = "[directory.ccx]")]
    CcxStatistics,
    /// The recorder.
    #[strum(serialize = "[directory.recorder]")]
    Recorder,
}

/// One argument of a command.
#[derive(Clone, Debug)]
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
