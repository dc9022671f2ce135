//! What Finesse and the other sources show: objects, notifications and answers, chosen by numbers.

use std::collections::BTreeMap;

use finesse_types::{
    Answer, ApiErrors, CallVariable, Dialog, DialogState, Failure, MediaProperties, Participant,
    ParticipantState, ReasonCode, Request as Ask, ScheduledCallback, Team, User, UserState,
};
use gc_events::AgentExtension;
use gc_rules::{Found, LookupError, Query};

/// A dialog: its id, its state, the agent's state, the second of the change, the type of call.
pub(super) type RandomCall = (u8, usize, usize, u8, usize);

pub(super) const USERS: [&str; 6] = ["LOGOUT", "NOT_READY", "READY", "RESERVED", "TALKING", "WORK"];
pub(super) const DIALOGS: [&str; 5] = ["INITIATING", "ALERTING", "ACTIVE", "FAILED", "DROPPED"];
pub(super) const OWN: [&str; 9] =
    ["INITIATING", "INITIATED", "ALERTING", "ACTIVE", "HELD", "FAILED", "WRAP_UP", "DROPPED", "absent"];
pub(super) const TYPES: [&str; 7] =
    ["OTHER_IN", "OUT", "CONSULT", "OUTBOUND", "OUTBOUND_PREVIEW", "SUPERVISOR_MONITOR", "NULL"];
pub(super) const REASONS: [&str; 4] = ["", "101", "255", "32767"];
pub(super) const CALLBACK: &str = "2030-01-31T14:30";

pub(super) fn at(second: u8) -> String {
    format!("2026-03-02T08:00:{second:02}.000Z")
}

pub(super) fn user(state: usize, reason: usize) -> User {
    let state = UserState::from(USERS[state]);
    let code = REASONS[reason];
    User {
        login_id: "1001".into(),
        extension: if state == UserState::Logout { String::new() } else { "2001".into() },
        pending_state: (state == UserState::Talking && reason == 1).then_some(UserState::NotReady),
        reason_code: (!code.is_empty()).then(|| ReasonCode { code: code.into(), ..ReasonCode::default() }),
        state,
        ..User::default()
    }
}

pub(super) fn member(state: usize) -> User {
    User { login_id: "1002".into(), extension: "2002".into(), ..user(state, 0) }
}

pub(super) fn found(query: &Query, how: u8) -> Result<Found, LookupError> {
    if how > 6 {
        return Err(LookupError::NotConfigured { from: query.source() });
    }
    Ok(match query {
        Query::SkillGroups(_) => Found::SkillGroups(Vec::new()),
        Query::Supervisors => Found::Supervisors(Vec::new()),
        Query::AgentExtension { .. } => {
            Found::AgentExtension(AgentExtension { port: 2902, dial_number: 5_550_177 })
        }
        Query::QueueStatistics => Found::QueueStatistics(Vec::new()),
        Query::Recording { .. } => Found::Recording("Paused.".into()),
    })
}

pub(super) fn dialog((id, state, own, second, kind): RandomCall) -> Dialog {
    let party = |address: &str, state: &str| Participant {
        media_address: address.into(),
        media_address_type: "AGENT_DEVICE".into(),
        state: ParticipantState::from(state),
        state_change_time: at(second),
        ..Participant::default()
    };
    let mut participants = vec![party("5550100", "ACTIVE")];
    if OWN[own] != "absent" {
        participants.push(party("2001", OWN[own]));
    }
    let variable = |name: &str, value: &str| CallVariable { name: name.into(), value: value.into() };
    let response = if second % 3 == 0 { "VOICE" } else { "" };
    let callback = ScheduledCallback {
        time: CALLBACK.into(),
        number: if second % 4 == 0 { "5550100".into() } else { String::new() },
    };
    Dialog {
        id: id.to_string(),
        state: DialogState::from(DIALOGS[state]),
        // Sometimes the agent's own leg.
        associated_dialog_uri: if second % 2 == 0 { "/finesse/api/Dialog/0".into() } else { String::new() },
        from_address: if TYPES[kind] == "OTHER_IN" { "5550100".into() } else { "2001".into() },
        media: MediaProperties {
            call_type: TYPES[kind].into(),
            call_variables: vec![
                variable("BAStatus", "PREDICTIVE_OUTBOUND"),
                variable("BAResponse", response),
            ],
            ..MediaProperties::default()
        },
        scheduled_callback: (second % 5 != 0).then_some(callback),
        participants,
        ..Dialog::default()
    }
}

pub(super) fn answer(
    request: &Ask,
    how: u8,
    state: usize,
    dialogs: &[RandomCall],
) -> Result<Answer, Failure> {
    match how {
        7 => return Err(Failure::Refused { status: 401, errors: ApiErrors::default() }),
        8 => return Err(Failure::Refused { status: 500, errors: ApiErrors::default() }),
        9 => return Err(Failure::TimedOut { sent: true }),
        10 => return Err(Failure::Unreachable { sent: false, reason: String::new() }),
        11 => return Err(Failure::Unreadable { status: 200, reason: String::new() }),
        _ => {}
    }
    // A user has each dialog at most once.
    let distinct: BTreeMap<u8, RandomCall> = dialogs.iter().map(|call| (call.0, *call)).collect();
    let reason = ReasonCode { id: "31".into(), code: "101".into(), ..ReasonCode::default() };
    Ok(match request {
        Ask::User { id } if id != "1001" => Answer::User(Box::new(member(state))),
        Ask::User { .. } => Answer::User(Box::new(user(state, usize::from(how) % REASONS.len()))),
        Ask::Dialogs { .. } => Answer::Dialogs(distinct.into_values().map(dialog).collect()),
        Ask::ReasonCodes { .. } => Answer::ReasonCodes(vec![reason]),
        Ask::WrapUpReasons { .. } => Answer::WrapUpReasons(Vec::new()),
        Ask::Users => Answer::Users(vec![member(state)]),
        Ask::Team { .. } => Answer::Team(Team { users: vec![member(state)], ..Team::default() }),
        Ask::PhoneBooks { .. } | Ask::TeamPhoneBooks { .. } => Answer::PhoneBooks(Vec::new()),
        Ask::PhoneBookContacts { .. } => Answer::Contacts(Vec::new()),
        Ask::Queues { .. } => Answer::Queues(Vec::new()),
        _ => Answer::Accepted,
    })
}
