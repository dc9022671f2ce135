//! Clients and sessions: register, connect, log in and out.

use super::{AGENT, EXTENSION, PASSWORD, REASON_CODE, optional, required};
use crate::declaration::{Declaration, Kind, Platform, Role};
use gc_events::{CfCode, ErrorCode};

pub(crate) static HELLO: Declaration = Declaration {
    wire: "Hello",
    category: "system",
    role: Role::Client,
    effect: "The client is known.",
    events: &["System"],
    summary: "Registers the client with its callback, or refreshes it; to be sent before everything else.",
    ..AGENT
};

pub(crate) static BEAT: Declaration = Declaration {
    wire: "Beat",
    category: "system",
    role: Role::Client,
    effect: "The client is known to live; an unknown one is told RECONNECT.",
    events: &["System"],
    summary: "Says that the client lives.",
    ..AGENT
};

pub(crate) static CONNECT: Declaration = Declaration {
    wire: "Connect",
    category: "agent_info",
    arguments: &[
        required("destination", Kind::Text, ErrorCode::PleaseRetry),
        PASSWORD,
        optional("sso", Kind::Word(&["SSO", "true"])),
    ],
    effect: "The agent's notification stream is open.",
    events: &["ConnectStatus"],
    errors: &[
        ErrorCode::SubscriptionFailed,
        ErrorCode::UnableToSubscribeToFinesse,
        ErrorCode::SessionInvalidated,
    ],
    summary: "Opens the agent's notification stream for this client; takes the agent over from another client.",
    ..AGENT
};

const LOGIN_EVENTS: &[&str] = &["AgentInfo", "State", "DialogState", "InboundCall", "NewInboundCall"];

const LOGIN_ERRORS: &[ErrorCode] = &[
    ErrorCode::Unauthorized,
    ErrorCode::UserNotFound,
    ErrorCode::LicensesExceeded,
    ErrorCode::Cf(CfCode::SpecifiedAgentAlreadySignedOn),
    ErrorCode::Cf(CfCode::InvalidLogonDeviceSpecified),
    ErrorCode::Cf(CfCode::AgentAccountLockedOut),
];

pub(crate) static LOGIN: Declaration = Declaration {
    wire: "Login",
    category: "agent_state",
    arguments: &[PASSWORD, EXTENSION],
    effect: "Finesse shows the agent logged in on this extension.",
    events: LOGIN_EVENTS,
    errors: LOGIN_ERRORS,
    summary: "Logs the agent in; open calls are announced too.",
    ..AGENT
};

pub(crate) static MOBILE_AGENT_LOGIN: Declaration = Declaration {
    wire: "MobileAgentLogin",
    category: "agent_state",
    platform: Platform::Ucce,
    arguments: &[
        PASSWORD,
        EXTENSION,
        required("phone", Kind::Text, ErrorCode::MissingNumber),
        required("mode", Kind::Word(&["true", "false"]), ErrorCode::PleaseRetry),
    ],
    effect: "Finesse shows the agent logged in on this extension.",
    events: LOGIN_EVENTS,
    errors: LOGIN_ERRORS,
    summary: "Logs the agent in with a telephone elsewhere: called for each call (true) or kept connected (false).",
    ..AGENT
};

pub(crate) static LOGOUT: Declaration = Declaration {
    wire: "Logout",
    category: "agent_state",
    role: Role::AgentOrSupervisor,
    effect: "The agent's state is LOGOUT.",
    events: &["State"],
    errors: &[ErrorCode::Cf(CfCode::InvalidObjectState)],
    summary: "Logs the agent out. UCCE allows it from NOT_READY only.",
    ..AGENT
};

pub(crate) static LOGOUT_WITH_REASON: Declaration = Declaration {
    wire: "logoutwithreason",
    category: "agent_state",
    arguments: &[REASON_CODE],
    effect: "The agent's state is LOGOUT.",
    events: &["State"],
    errors: &[ErrorCode::Cf(CfCode::InvalidAgentReasonCode), ErrorCode::Cf(CfCode::InvalidObjectState)],
    summary: "Logs the agent out with a code of the list that reasoncodelogout gives.",
    ..AGENT
};

pub(crate) static FORCE_LOGOUT: Declaration = Declaration {
    wire: "force_logout",
    category: "agent_state",
    effect: "The agent's state is LOGOUT; on a call, NOT_READY is pending and LOGOUT follows at its end.",
    events: &["State"],
    summary: "Logs the agent out from any state, by way of NOT_READY, with the configured reason codes.",
    ..AGENT
};
