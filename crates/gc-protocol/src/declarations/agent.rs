//! The agent's state.

use super::{AGENT, REASON_CODE};
use crate::declaration::{Declaration, Platform, Role};
use gc_events::{CfCode, ErrorCode};

const STATE: Declaration = Declaration {
    category: "agent_state",
    events: &["State"],
    errors: &[ErrorCode::Cf(CfCode::InvalidObjectState), ErrorCode::Cf(CfCode::ResourceBusy)],
    ..AGENT
};

pub(crate) static MAKE_READY: Declaration = Declaration {
    wire: "MakeReady",
    role: Role::AgentOrSupervisor,
    effect: "The agent's state, or the pending one, is READY.",
    summary: "Makes the agent ready for calls.",
    ..STATE
};

pub(crate) static MAKE_NOT_READY: Declaration = Declaration {
    wire: "MakeNotReady",
    role: Role::AgentOrSupervisor,
    effect: "The agent's state, or the pending one, is NOT_READY.",
    summary: "Makes the agent not ready.",
    ..STATE
};

pub(crate) static MAKE_NOT_READY_WITH_REASON: Declaration = Declaration {
    wire: "MakeNotReadyWithReason",
    arguments: &[REASON_CODE],
    effect: "The agent's state, or the pending one, is NOT_READY with this reason.",
    errors: &[
        ErrorCode::Cf(CfCode::InvalidAgentReasonCode),
        ErrorCode::Cf(CfCode::InvalidObjectState),
        ErrorCode::Cf(CfCode::ResourceBusy),
    ],
    summary: "Makes the agent not ready with a code of the list that reasoncodenotready gives.",
    ..STATE
};

pub(crate) static MAKE_WORK_READY: Declaration = Declaration {
    wire: "makeworkready",
    platform: Platform::Ucce,
    effect: "The agent's state, or the pending one, is WORK_READY.",
    summary: "Asks for wrap-up that leads to READY.",
    ..STATE
};

pub(crate) static MAKE_WORK_NOT_READY: Declaration = Declaration {
    wire: "makeworknotready",
    effect: "The agent's state, or the pending one, is WORK.",
    summary: "Asks for wrap-up that leads to NOT_READY.",
    ..STATE
};

pub(crate) static GET_STATE: Declaration = Declaration {
    wire: "GetState",
    effect: "The agent and its dialogs are read.",
    events: &["State", "DialogState"],
    errors: &[],
    summary: "Asks for the agent's state and the state of its dialogs.",
    ..STATE
};

pub(crate) static REFRESH: Declaration = Declaration {
    wire: "refresh",
    effect: "The agent and its dialogs are read.",
    events: &["AgentInfo", "State", "InboundCall", "ConsultCall"],
    errors: &[],
    summary: "Reads everything about the agent from Finesse anew and tells all of it.",
    ..STATE
};
