//! What the rows of several commands share: arguments, and the common parts of similar declarations.

use crate::argument::{Argument, Kind};
use crate::declaration::{Declaration, Need, Platforms, Role};
use gc_events::CfCode::*;
use gc_events::ErrorCode::{self, *};

const fn required(name: &'static str, kind: Kind, missing: ErrorCode) -> Argument {
    Argument { name, kind, optional: false, missing }
}

const fn optional(name: &'static str, kind: Kind) -> Argument {
    Argument { name, kind, optional: true, missing: PleaseRetry }
}

// The arguments. A name occurs twice where its kind or code differs.

pub(crate) const AGENT_EXTENSION: Argument = required("agentExtension", Kind::Extension, MissingExtension);
pub(crate) const AGENT_ID: Argument = required("agentId", Kind::Text, PleaseRetry);
pub(crate) const COUNT: Argument = optional("count", Kind::Count);
pub(crate) const DESTINATION: Argument = required("destination", Kind::Text, PleaseRetry);
pub(crate) const DEVICE: Argument = optional("activeDeviceId", Kind::Device);
pub(crate) const DIALOG_ID: Argument = required("dialogId", Kind::Text, MissingDialogId);
pub(crate) const EXTENSION: Argument = required("extension", Kind::Extension, MissingExtension);
pub(crate) const FROM: Argument = optional("from", Kind::Count);
pub(crate) const MODE: Argument = required("mode", Kind::Word(&["true", "false"]), PleaseRetry);
pub(crate) const NUMBER: Argument = required("number", Kind::Text, MissingNumber);
pub(crate) const PARTICIPANT: Argument = required("agentExtension", Kind::Text, MissingExtension);
pub(crate) const PASSWORD: Argument = required("password", Kind::Secret, MissingPassword);
pub(crate) const PHONE: Argument = required("phone", Kind::Text, MissingNumber);
pub(crate) const PHONEBOOK_ID: Argument = required("phonebookId", Kind::Text, PleaseRetry);
pub(crate) const RANGE: Argument = required("range", Kind::Word(&["ALL", "INDEXING"]), PleaseRetry);
pub(crate) const REASON: Argument = required("reason", Kind::FreeText, MissingReasonCode);
pub(crate) const REASON_CODE: Argument = required("reasonCode", Kind::Text, MissingReasonCode);
pub(crate) const SSO: Argument = optional("sso", Kind::Word(&["SSO", "true"]));
pub(crate) const SUBSCRIBE: Argument = optional("subscribe", Kind::Word(&["true", "false"]));
pub(crate) const TARGET: Argument = required("targetMediaAddress", Kind::Extension, MissingExtension);
pub(crate) const TEAM_ID: Argument = required("teamId", Kind::Text, PleaseRetry);
pub(crate) const TIME: Argument = required("time", Kind::Time, PleaseRetry);
pub(crate) const VARIABLES: Argument = required("variables", Kind::Variables, InvalidCallData);
pub(crate) const CLASSIFICATION: Argument = required("value", Kind::Word(CLASSIFICATIONS), PleaseRetry);

/// The published words, and Finesse's own.
const CLASSIFICATIONS: &[&str] = &[
    "REX_VOICE",
    "REX_FAX",
    "REX_ANS_MACHINE",
    "REX_INVALID",
    "VOICE",
    "FAX",
    "ANS_MACHINE",
    "INVALID",
    "DO_NOT_CALL",
    "BUSY",
];

/// The last argument of a preview command, which is always the same word.
pub(crate) const fn decision(word: &'static [&'static str]) -> Argument {
    required("decision", Kind::Word(word), PleaseRetry)
}

/// The default: an agent's command on both platforms, without arguments.
pub(crate) const AGENT: Declaration = Declaration {
    wire: "",
    aliases: &[],
    category: "",
    role: Role::Agent,
    platforms: Platforms::Both,
    needs: None,
    arguments: &[],
    effect: "",
    events: &[],
    errors: &[],
    summary: "",
    example: "null",
    variants: &[],
};

/// The client's own commands.
pub(crate) const CLIENT: Declaration =
    Declaration { category: "system", role: Role::Client, events: &["System"], ..AGENT };

/// Login.
pub(crate) const LOGIN: Declaration = Declaration {
    category: "agent_state",
    effect: "Finesse shows the agent logged in on this extension.",
    events: &["AgentInfo", "State", "DialogState", "InboundCall", "NewInboundCall"],
    errors: &[
        Unauthorized,
        UserNotFound,
        LicensesExceeded,
        Cf(SpecifiedAgentAlreadySignedOn),
        Cf(InvalidLogonDeviceSpecified),
        Cf(AgentAccountLockedOut),
    ],
    ..AGENT
};

/// Changes to the agent's state.
pub(crate) const STATE: Declaration = Declaration {
    category: "agent_state",
    events: &["State"],
    errors: &[Cf(InvalidObjectState), Cf(ResourceBusy)],
    ..AGENT
};

/// Logout.
pub(crate) const LOGOUT: Declaration =
    Declaration { effect: "The agent's state is LOGOUT.", errors: &[Cf(InvalidObjectState)], ..STATE };

/// Commands that read the agent.
pub(crate) const READ: Declaration =
    Declaration { category: "agent_state", effect: "The agent and its dialogs are read.", ..AGENT };

/// Commands that act on a call.
pub(crate) const CALL: Declaration = Declaration {
    category: "agent_call",
    events: &["InboundCall", "State"],
    errors: &[NoDialogId, Cf(InvalidObjectState)],
    example: "30211",
    ..AGENT
};

/// Commands that read a dialog or write into it.
pub(crate) const DIALOG: Declaration = Declaration {
    category: "agent_call",
    effect: "The dialog is read.",
    errors: &[NoDialogId],
    example: "30211",
    ..AGENT
};

/// Recording.
pub(crate) const RECORDING: Declaration = Declaration {
    category: "zoom",
    needs: Some(Need::Recorder),
    effect: "The recorder has answered.",
    events: &["Control"],
    errors: &[GeneralError],
    ..AGENT
};

/// Answers to an offered outbound customer.
pub(crate) const PREVIEW: Declaration = Declaration {
    effect: "The agent's part of the reservation is DROPPED.",
    events: &["State", "InboundCall"],
    ..CALL
};

/// Callbacks to customers.
pub(crate) const CALLBACK: Declaration = Declaration {
    effect: "The dialog shows the callback's time and number.",
    events: &["Control", "InboundCall", "callback"],
    ..CALL
};

/// Lists.
pub(crate) const LIST: Declaration =
    Declaration { effect: "The list is read.", errors: &[GeneralError], ..AGENT };

/// A supervisor's command.
pub(crate) const SUPERVISOR: Declaration = Declaration { role: Role::Supervisor, ..AGENT };
