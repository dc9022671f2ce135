//! What there is to know about a command, as data.

use crate::argument::Argument;
use gc_events::ErrorCode;
use strum::Display;

/// Everything about one command that parser, printer, documentation and tests read.
#[derive(Debug)]
#[non_exhaustive]
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
    /// A body to show; the values are invented.
    pub example: &'static str,
    /// Other bodies to show, each under the name of its variant.
    pub variants: &'static [(&'static str, &'static str)],
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
