//! The declarations of all commands, and what they share.

use crate::declaration::{Argument, Declaration, Kind, Platform, Role};
use gc_events::ErrorCode;

pub(crate) mod agent;
pub(crate) mod call;
pub(crate) mod client;
pub(crate) mod list;
pub(crate) mod outbound;
pub(crate) mod supervisor;

/// What most commands are: an agent's, on both platforms, without arguments.
const AGENT: Declaration = Declaration {
    wire: "",
    aliases: &[],
    category: "",
    role: Role::Agent,
    platform: Platform::Both,
    needs: None,
    arguments: &[],
    effect: "",
    events: &[],
    errors: &[],
    summary: "",
};

/// A supervisor's command.
const SUPERVISOR: Declaration = Declaration { role: Role::Supervisor, ..AGENT };

const fn required(name: &'static str, kind: Kind, missing: ErrorCode) -> Argument {
    Argument { name, kind, optional: false, missing }
}

const fn optional(name: &'static str, kind: Kind) -> Argument {
    Argument { name, kind, optional: true, missing: ErrorCode::PleaseRetry }
}

const PASSWORD: Argument = required("password", Kind::Secret, ErrorCode::MissingPassword);
const EXTENSION: Argument = required("extension", Kind::Extension, ErrorCode::MissingExtension);
const AGENT_EXTENSION: Argument = required("agentExtension", Kind::Extension, ErrorCode::MissingExtension);
const TARGET: Argument = required("targetMediaAddress", Kind::Extension, ErrorCode::MissingExtension);
const NUMBER: Argument = required("number", Kind::Text, ErrorCode::MissingNumber);
const REASON_CODE: Argument = required("reasonCode", Kind::Text, ErrorCode::MissingReasonCode);
const DIALOG_ID: Argument = required("dialogId", Kind::Text, ErrorCode::MissingDialogId);
