//! Calls: make, answer, hold, transfer, conference, variables, wrap-up, recording.

use super::{AGENT, DIALOG_ID, EXTENSION, NUMBER, required};
use crate::declaration::{Declaration, Kind, Need};
use gc_events::{CfCode, ErrorCode};

const CALL: Declaration = Declaration {
    category: "agent_call",
    arguments: &[DIALOG_ID],
    events: &["InboundCall", "State"],
    errors: &[ErrorCode::NoDialogId, ErrorCode::Cf(CfCode::InvalidObjectState)],
    ..AGENT
};

pub(crate) static MAKE_CALL: Declaration = Declaration {
    wire: "MakeCall",
    arguments: &[NUMBER],
    effect: "The agent has a new dialog.",
    events: &["State", "InboundCall"],
    errors: &[ErrorCode::BadDestination, ErrorCode::Cf(CfCode::InvalidObjectState)],
    summary: "Calls a number.",
    ..CALL
};

pub(crate) static ANSWER_CALL: Declaration = Declaration {
    wire: "AnswerCall",
    effect: "The agent's part of the dialog is ACTIVE.",
    summary: "Answers a ringing call.",
    ..CALL
};

pub(crate) static HOLD_CALL: Declaration = Declaration {
    wire: "HoldCall",
    effect: "The agent's part of the dialog is HELD.",
    summary: "Puts a call on hold.",
    ..CALL
};

pub(crate) static RETRIEVE_CALL: Declaration = Declaration {
    wire: "RetrieveCall",
    effect: "The agent's part of the dialog is ACTIVE.",
    summary: "Takes a call off hold.",
    ..CALL
};

pub(crate) static RELEASE_CALL: Declaration = Declaration {
    wire: "ReleaseCall",
    effect: "The agent's part of the dialog is DROPPED, or in wrap-up.",
    summary: "Ends the agent's part in a call.",
    ..CALL
};

pub(crate) static TRANSFER_SST: Declaration = Declaration {
    wire: "Transfer_sst",
    arguments: &[NUMBER, DIALOG_ID],
    effect: "The agent's part of the dialog is DROPPED.",
    events: &["State", "InboundCall", "ConsultCall"],
    errors: &[ErrorCode::NoDialogId, ErrorCode::BadDestination, ErrorCode::Cf(CfCode::InvalidObjectState)],
    summary: "Transfers a call to a number without talking to it first.",
    ..CALL
};

pub(crate) static CONSULT_CALL: Declaration = Declaration {
    wire: "ConsultCall",
    arguments: &[NUMBER, DIALOG_ID],
    effect: "The agent has a new dialog, the consult leg.",
    events: &["ConsultCall", "InboundCall"],
    errors: &[ErrorCode::NoDialogId, ErrorCode::BadDestination, ErrorCode::Cf(CfCode::InvalidObjectState)],
    summary: "Calls a number while the caller is held.",
    ..CALL
};

pub(crate) static TRANSFER_CALL: Declaration = Declaration {
    wire: "TransferCall",
    arguments: &[EXTENSION, DIALOG_ID],
    effect: "The agent's part of the main dialog is DROPPED.",
    events: &["InboundCall", "ConsultCall"],
    summary: "Completes a consultation: caller and consulted party stay. The dialog is the main call.",
    ..CALL
};

pub(crate) static CONFERENCE_CALL: Declaration = Declaration {
    wire: "Conferencecall",
    arguments: &[EXTENSION, DIALOG_ID],
    effect: "The main dialog is a conference.",
    events: &["InboundCall", "ConsultCall"],
    summary: "Completes a consultation: all stay. The dialog is the main call.",
    ..CALL
};

const DIALOG: Declaration = Declaration {
    category: "agent_dialog",
    arguments: &[DIALOG_ID],
    errors: &[ErrorCode::NoDialogId],
    ..AGENT
};

pub(crate) static GET_DIALOG_STATE: Declaration = Declaration {
    wire: "getdialogstate",
    effect: "The dialog is read.",
    events: &["DialogState"],
    errors: &[],
    summary: "Asks for the state of one dialog; NOT_FOUND when there is none.",
    ..DIALOG
};

pub(crate) static GET_DIALOG_STATE_CONTROLS: Declaration = Declaration {
    wire: "getdialogstatecontrols",
    effect: "The dialog is read.",
    events: &["DialogStateControls"],
    summary: "Asks what Finesse allows the agent to do with a dialog now.",
    ..DIALOG
};

pub(crate) static GET_DIALOG_PARTICIPANTS: Declaration = Declaration {
    wire: "getDialogParticipants",
    category: "agent_call",
    effect: "The dialog is read.",
    events: &["DialogParticipants"],
    summary: "Asks who takes part in a dialog.",
    ..DIALOG
};

pub(crate) static UPDATE_CALL_VARIABLE: Declaration = Declaration {
    wire: "update_call_variable",
    category: "agent_call",
    arguments: &[DIALOG_ID, required("variables", Kind::Variables, ErrorCode::InvalidCallData)],
    effect: "The dialog has these values.",
    events: &["InboundCall"],
    summary: "Changes call variables: name=value, several separated by a vertical bar.",
    ..DIALOG
};

pub(crate) static WRAPUP: Declaration = Declaration {
    wire: "wrapup",
    arguments: &[required("reason", Kind::FreeText, ErrorCode::MissingReasonCode), DIALOG_ID],
    effect: "The dialog has this wrap-up reason.",
    summary: "Sets the wrap-up reason of a call, also after its end; a success brings no event.",
    ..DIALOG
};

const RECORDING: Declaration = Declaration {
    category: "zoom",
    events: &["Control"],
    errors: &[ErrorCode::GeneralError],
    needs: Some(Need::Recorder),
    ..AGENT
};

pub(crate) static ZOOM_PAUSE_RECORDING: Declaration = Declaration {
    wire: "ZOOMPauseRecording",
    effect: "The recorder has answered.",
    summary: "Pauses the recording of the agent's call at the configured recorder.",
    ..RECORDING
};

pub(crate) static ZOOM_RESUME_RECORDING: Declaration = Declaration {
    wire: "ZOOMResumeRecording",
    effect: "The recorder has answered.",
    summary: "Resumes the recording of the agent's call at the configured recorder.",
    ..RECORDING
};
