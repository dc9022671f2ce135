//! The description of a command, as data.

use crate::argument::Argument;
use gc_events::ErrorCode;
use strum::Display;

/// The description of one command, used by parser, printer, documentation and tests.
#[derive(Debug)]
#[non_exhaustive]
pub struct Declaration {
    /// The name on the wire, in its published spelling.
    pub wire: &'static str,
    /// Other spellings that are accepted.
    pub aliases: &'static [&'static str],
    /// The published category.
    pub category: &'static str,
    /// Who sends it.
    pub role: Role,
    /// The contact centers on which it works.
    pub platforms: Platforms,
    /// What it needs in the connector's configuration.
    pub needs: Option<Need>,
    /// The arguments in wire order.
    pub arguments: &'static [Argument],
    /// The fact that completes the command.
    pub effect: &'static str,
    /// The event types that follow success, in the default dialect.
    pub events: &'static [&'static str],
    /// Its specific error codes, in addition to those of its arguments and those of every command.
    pub errors: &'static [ErrorCode],
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// An example body, with invented values.
    pub example: &'static str,
    /// Other example bodies, each with the name of its variant.
    pub variants: &'static [(&'static str, &'static str)],
}

/// Who sends a command, and which id follows `#`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display)]
pub enum Role {
    /// The client itself, with its destination after `#`.
    #[strum(serialize = "client")]
    Client,
    /// An agent, with the login id after `#`.
    #[strum(serialize = "agent")]
    Agent,
    /// An agent, or a supervisor who puts a team member's id after `#`.
    #[strum(serialize = "agent, or supervisor for a team member")]
    AgentOrSupervisor,
    /// A supervisor, with the supervisor's login id after `#`.
    #[strum(serialize = "supervisor")]
    Supervisor,
}

/// The contact centers on which a command works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display)]
pub enum Platforms {
    /// Both.
    #[strum(serialize = "UCCE and UCCX")]
    Both,
    /// Unified Contact Center Enterprise only.
    #[strum(serialize = "UCCE")]
    Ucce,
}

/// What a command needs besides Finesse and the agent's own password. Displays as the name in the connector's
/// configuration. Without it the command fails with GENERAL_ERROR, whose text contains this name.
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
    /// The queue statistics of UCCX. On UCCE, Finesse provides them.
    #[strum(serialize = "[directory.ccx]")]
    CcxStatistics,
    /// The recorder.
    #[strum(serialize = "[directory.recorder]")]
    Recorder,
}
