//! Supervisors: queues, monitoring, barging in, teams.

use super::{AGENT_EXTENSION, DIALOG_ID, SUPERVISOR, optional, required};
use crate::declaration::{Declaration, Kind, Need, Platform};
use gc_events::{CfCode, ErrorCode};

pub(crate) static GET_QUEUE_LIST: Declaration = Declaration {
    wire: "getqueuelist",
    category: "supervisor_queue_info",
    needs: Some(Need::CcxStatistics),
    effect: "The list is read.",
    events: &["QueueStats"],
    errors: &[ErrorCode::GeneralError],
    summary: "Asks for the statistics of the supervisor's queues; UCCE and UCCX have different shapes.",
    ..SUPERVISOR
};

pub(crate) static SILENT_MONITOR: Declaration = Declaration {
    wire: "silentmonitor",
    category: "supervisor_dialog",
    arguments: &[AGENT_EXTENSION],
    effect: "The supervisor has a new dialog.",
    events: &["InboundCall", "NewInboundCall"],
    errors: &[
        ErrorCode::BadDestination,
        ErrorCode::Cf(CfCode::InvalidObjectState),
        ErrorCode::Cf(CfCode::GenericOperation),
    ],
    summary: "Listens to an agent's call; the supervisor has to be NOT_READY.",
    ..SUPERVISOR
};

pub(crate) static END_SILENT_MONITOR: Declaration = Declaration {
    wire: "endsilentmonitor",
    category: "supervisor_dialog",
    arguments: &[DIALOG_ID],
    effect: "The supervisor's part of the dialog is DROPPED.",
    events: &["InboundCall"],
    errors: &[ErrorCode::NoDialogId],
    summary: "Stops listening.",
    ..SUPERVISOR
};

pub(crate) static BARGE_IN: Declaration = Declaration {
    wire: "bargein",
    category: "agent_call",
    arguments: &[AGENT_EXTENSION, DIALOG_ID],
    effect: "The supervisor takes part in the agent's call.",
    events: &["InboundCall", "NewInboundCall"],
    errors: &[
        ErrorCode::NoDialogId,
        ErrorCode::BadDestination,
        ErrorCode::Cf(CfCode::InvalidCalledDevice),
        ErrorCode::Cf(CfCode::InvalidObjectState),
    ],
    summary: "Joins a call that is listened to. The dialog is the agent's call or the supervisor's own monitor leg.",
    ..SUPERVISOR
};

pub(crate) static DROP_PARTICIPANT: Declaration = Declaration {
    wire: "dropparticipant",
    category: "supervisor_dialog",
    platform: Platform::Ucce,
    arguments: &[required("agentExtension", Kind::Text, ErrorCode::MissingExtension), DIALOG_ID],
    effect: "The participant is DROPPED.",
    events: &["InboundCall", "Control", "State"],
    errors: &[
        ErrorCode::NoDialogId,
        ErrorCode::Cf(CfCode::AgentNotPartyOnCall),
        ErrorCode::Cf(CfCode::DropAnyPartyNotEnabledCti),
        ErrorCode::Cf(CfCode::InvalidObjectState),
    ],
    summary: "Drops a participant, an agent's extension or an outside number, from a conference.",
    ..SUPERVISOR
};

pub(crate) static GET_TEAM_USERS: Declaration = Declaration {
    wire: "getteamusers",
    category: "supervisor_team",
    arguments: &[
        required("teamId", Kind::Text, ErrorCode::PleaseRetry),
        optional("subscribe", Kind::Word(&["true", "false"])),
    ],
    effect: "The team is read.",
    events: &["TeamAgents", "State"],
    errors: &[ErrorCode::GeneralError],
    summary: "Asks for a team's members; true also subscribes to their states, false ends that.",
    ..SUPERVISOR
};

pub(crate) static GET_TEAM_USER_STATE: Declaration = Declaration {
    wire: "getteamuserstate",
    category: "supervisor_team_member_state",
    arguments: &[required("agentId", Kind::Text, ErrorCode::PleaseRetry)],
    effect: "The team member is read.",
    events: &["State"],
    errors: &[ErrorCode::UserNotFound, ErrorCode::GeneralError],
    summary: "Asks for a team member's state.",
    ..SUPERVISOR
};
