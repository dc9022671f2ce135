//! Outbound campaigns: previews, callbacks, classification.

use super::{AGENT, DIALOG_ID, NUMBER, TARGET, required};
use crate::declaration::{Argument, Declaration, Kind};
use gc_events::{CfCode, ErrorCode};

const OUTBOUND: Declaration = Declaration {
    category: "agent_call",
    events: &["State", "InboundCall", "Control"],
    errors: &[ErrorCode::NoDialogId, ErrorCode::Cf(CfCode::InvalidObjectState)],
    ..AGENT
};

pub(crate) static ACCEPT_OUTBOUND_PREVIEW: Declaration = Declaration {
    wire: "AcceptOutboundPreview",
    arguments: &[DIALOG_ID, required("decision", Kind::Word(&["ACCEPT"]), ErrorCode::PleaseRetry)],
    effect: "The agent's part of the reservation is ACCEPTED, or the customer is being called.",
    summary: "Accepts an offered customer or personal callback; the customer is called.",
    ..OUTBOUND
};

pub(crate) static REJECT_OUTBOUND_PREVIEW: Declaration = Declaration {
    wire: "RejectOutboundPreview",
    arguments: &[DIALOG_ID, required("decision", Kind::Word(&["REJECT"]), ErrorCode::PleaseRetry)],
    effect: "The agent's part of the reservation is DROPPED.",
    events: &["State", "InboundCall"],
    summary: "Rejects an offered customer; the customer may be offered again.",
    ..OUTBOUND
};

pub(crate) static CLOSE_OUTBOUND_PREVIEW: Declaration = Declaration {
    wire: "CloseOutboundPreview",
    arguments: &[DIALOG_ID, required("decision", Kind::Word(&["CLOSE"]), ErrorCode::PleaseRetry)],
    effect: "The agent's part of the reservation is DROPPED.",
    events: &["State", "InboundCall"],
    summary: "Rejects an offered customer for good.",
    ..OUTBOUND
};

const CALLBACK: Declaration = Declaration { events: &["Control", "InboundCall", "callback"], ..OUTBOUND };

const CALLBACK_ARGUMENTS: &[Argument] =
    &[TARGET, DIALOG_ID, required("time", Kind::Time, ErrorCode::PleaseRetry), NUMBER];

pub(crate) static SCHEDULE_CALLBACK: Declaration = Declaration {
    wire: "SHCEDULECALLBACK",
    aliases: &["SCHEDULECALLBACK"],
    arguments: CALLBACK_ARGUMENTS,
    effect: "The dialog shows the callback's time and number.",
    summary: "Schedules a callback to the customer.",
    ..CALLBACK
};

pub(crate) static UPDATE_CALLBACK: Declaration = Declaration {
    wire: "UPDATECALLBACK",
    arguments: CALLBACK_ARGUMENTS,
    effect: "The dialog shows the callback's time and number.",
    summary: "Changes a scheduled callback.",
    ..CALLBACK
};

pub(crate) static CANCEL_SCHEDULED_CALLBACK: Declaration = Declaration {
    wire: "CANCELSHCEDULECALLBACK",
    aliases: &["CANCELSCHEDULECALLBACK"],
    arguments: &[TARGET, DIALOG_ID],
    effect: "The dialog shows no callback.",
    summary: "Cancels a scheduled callback.",
    ..CALLBACK
};

pub(crate) static RECLASSIFY_CALL: Declaration = Declaration {
    wire: "RECLASSIFYCALL",
    arguments: &[TARGET, DIALOG_ID, required("value", Kind::Word(CLASSIFICATIONS), ErrorCode::PleaseRetry)],
    effect: "The dialog's variable BAResponse shows the classification.",
    events: &["CALLBACK", "Control", "InboundCall"],
    summary: "Says what an outbound call turned out to be.",
    ..OUTBOUND
};

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
