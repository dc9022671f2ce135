//! Events about calls and dialogs, and short messages.

use super::super::{
    AGENT_ID, EventType, Kind, Member, Object, REQUESTED_BY, SUPERVISOR_ID, event, member, text,
};
use crate::dialect::Dialect::{Gc4412, Tables};
use crate::event::EventKind;

pub(super) static EVENTS: &[EventType] = &[
    event(
        "NewInboundCall",
        EventKind::NewInboundCall,
        "A call rings. Sent once per call, and never for the agent's own calls.",
        &[DIALOG_ID.tables("dialogID"), FROM, VARIABLES, PARTICIPANTS, CALL_TYPE, QUEUE, AGENT_ID],
    )
    .noted(&["An agent whom a supervisor begins to monitor receives it too, with the call type SUPERVISOR_MONITOR: there is nothing to answer."]),
    event(
        "NewOutboundCall",
        EventKind::NewOutboundCall,
        "The dialer connected a customer (progressive and predictive campaigns). Sent once per call.",
        NEW_OUTBOUND,
    ),
    event(
        "NewOutboundPreviewCall",
        EventKind::NewOutboundPreviewCall,
        "The dialer offers a customer (preview campaigns and personal callbacks). Sent once per offer.",
        NEW_OUTBOUND,
    ),
    event(
        "InboundCall",
        EventKind::InboundCall,
        "Any change to a call, whatever its direction, and its end.",
        &[
            DIALOG_ID.only(Gc4412),
            text("dialogID", "30211", "The call's Finesse id.").only(Tables).absent(DROPPED_OR_CONFERENCE),
            DIALOG_ID.only(Tables).absent("`dialogID` is there"),
            STATE,
            START_TIME.absent(DROPPED),
            ASSOCIATED.only(Gc4412),
            ASSOCIATED.only(Tables).absent(DROPPED_OR_CONFERENCE),
            PREVIOUS.absent("`associatedDialogId` is there"),
            FROM.absent(DROPPED),
            VARIABLES.absent(DROPPED),
            PARTICIPANTS,
            CALL_TYPE,
            QUEUE,
            AGENT_ID,
        ],
    )
    .noted(&[
        "The name says nothing about the direction: calls of the agent's own are InboundCall too.",
        "DROPPED comes exactly once per call, except when the agent's session ends: State LOGOUT and RE_LOGIN end all calls of the agent without it.",
    ]),
    event(
        "ConsultCall",
        EventKind::ConsultCall,
        "Any change to the agent's own consult leg, and its end.",
        &[
            STATE,
            text("assDialogId", "30212", "The Finesse id of the consult leg itself."),
            FROM.absent(DROPPED),
            text("toAddress", "2007", "The party who is consulted."),
            START_TIME.absent(DROPPED),
            VARIABLES.absent(DROPPED),
            PARTICIPANTS,
            CALL_TYPE,
            QUEUE,
            AGENT_ID,
        ],
    )
    .noted(&["`assDialogId` is the leg's own id, not that of the call it belongs to."]),
    event(
        "DialogState",
        EventKind::DialogState,
        "The state of one dialog; answers `getdialogstate`, and is sent after a login.",
        &[
            text("dialogId", "30211", "The dialog's Finesse id; empty when the agent has no dialog."),
            member("state", Kind::Known(DIALOG_STATES), "The call's state, or NOT_FOUND."),
            REQUESTED_BY,
        ],
    ),
    event(
        "DialogStateControls",
        EventKind::DialogStateControls,
        "The actions that Finesse currently allows for a dialog; answers `getdialogstatecontrols`.",
        &[DIALOG_ID, member("controls", Kind::Texts(&["HOLD", "DROP"]), "Finesse's action names."), REQUESTED_BY],
    ),
    event(
        "DialogParticipants",
        EventKind::DialogParticipants,
        "The participants of a dialog; answers `getDialogParticipants`.",
        &[DIALOG_ID, PARTICIPANTS, REQUESTED_BY],
    ),
    event("Callback", EventKind::Callback, "The outcome of a callback command.", NOTICE),
    event("Reclassify", EventKind::Reclassify, "The outcome of RECLASSIFYCALL.", NOTICE),
    event("NoDataFound", EventKind::NoDataFound, "The list that was asked for is empty.", NOTICE),
    event(
        "PrintMessage",
        EventKind::PrintMessage,
        "A text for the agent.",
        &[
            member("location", Kind::Known(&["statusbar"]), "Where to display it."),
            text("message", "The customer is connected", "The text."),
            AGENT_ID,
        ],
    )
    .noted(&["In `gc-4.4.12` it shares the type Control with ParticipantDropped, which has `participantDropped`."]),
    event(
        "ParticipantDropped",
        EventKind::ParticipantDropped,
        "A participant was dropped from a conference at the supervisor's request.",
        &[text("participantDropped", "2007", "The participant's extension or number."), SUPERVISOR_ID],
    ),
];

const NEW_OUTBOUND: &[Member] = &[
    DIALOG_ID.tables("dialogID"),
    STATE.only(Tables),
    START_TIME.only(Tables),
    PREVIOUS,
    FROM,
    VARIABLES,
    PARTICIPANTS,
    CALL_TYPE,
    QUEUE,
    AGENT_ID,
];

const NOTICE: &[Member] =
    &[text("title", "Callback", "What it is about."), text("data", "Scheduled", "What happened."), AGENT_ID];

const DROPPED: &str = "the state is DROPPED";
const DROPPED_OR_CONFERENCE: &str = "the state is DROPPED, or the call type CONFERENCE";

const CALL_STATES: &[&str] =
    &["INITIATING", "INITIATED", "ALERTING", "ACTIVE", "HELD", "ACCEPTED", "FAILED", "DROPPED"];

const DIALOG_STATES: &[&str] =
    &["INITIATING", "INITIATED", "ALERTING", "ACTIVE", "HELD", "ACCEPTED", "FAILED", "DROPPED", "NOT_FOUND"];

const DIALOG_ID: Member = text("dialogId", "30211", "The call's Finesse id.");
const STATE: Member =
    member("state", Kind::Known(CALL_STATES), "The agent's part of the call; DROPPED at its end.");
const START_TIME: Member = text(
    "startTime",
    "2030-04-02 09:15:40",
    "When the agent's part began, `yyyy-MM-dd HH:mm:ss` in the configured zone.",
);
const ASSOCIATED: Member =
    text("associatedDialogId", "30212", "The call that this one belongs to, or null.").nullable();
const PREVIOUS: Member =
    text("prevDialogId", "30212", "The call that this one belongs to, or null.").nullable().only(Tables);
const FROM: Member = text("fromAddress", "5550142", "The caller.");
const VARIABLES: Member = member(
    "callVariables",
    Kind::OneKeys("callVariable1", "ticket 8812"),
    "One object per variable: `callVariable1` to `callVariable10`, `ani`, then the other named variables.",
);
const PARTICIPANTS: Member = member("participants", Kind::Objects(&PARTICIPANT), "All participants.");
const CALL_TYPE: Member =
    text("callType", "PREROUTE_ACD_IN", "Finesse's call type. Unknown types are passed on.");
const QUEUE: Member = text(
    "queueName",
    "Service_EN",
    "The queue that the call came through; empty until the call is answered.",
);

static PARTICIPANT: Object = Object {
    name: "Participant",
    about: "A participant of a call.",
    members: &[
        text("mediaAddress", "2004", "Extension or number."),
        text("state", "ACTIVE", "Finesse's state of the participant."),
        member("addressType", Kind::Known(&["AGENT_DEVICE", ""]), "Empty for the customer."),
        text("stateCause", "BUSY", "The cause of the state; usually empty."),
        text("stateChangeTime", "2030-04-02 09:16:02", "`yyyy-MM-dd HH:mm:ss` in the configured zone."),
    ],
};
