//! Renders Finesse's objects as members of events (docs/calls.md, "Members").

use finesse_types::{Dialog, DialogState, Participant, ParticipantState, ReasonCode, User, UserState};
use gc_events::{AgentInfo, Call, CallVariable, Event, PrintMessage, State, Team};
use jiff::tz::TimeZone;

use crate::time::{is_newer, shown};

/// The agent's own State. `reasons`: the reason codes known so far, since Finesse may send only the object id of one.
pub(crate) fn state(user: &User, agent_id: &str, reasons: &[ReasonCode], zone: &TimeZone) -> State {
    let id = user.reason_code_id.as_deref().unwrap_or_default();
    // In other states the id may be the one of an earlier state.
    let has_reason = matches!(user.state, UserState::NotReady | UserState::Logout);
    let named = || reasons.iter().find(|reason| has_reason && reason.id == id);
    let reason = user.reason_code.as_ref().or_else(named);
    State {
        agent_id: agent_id.to_owned(),
        state: user.state.to_string(),
        reason_code: match reason {
            Some(reason) => reason.code.clone(),
            None if id == "-1" => id.to_owned(),
            None => String::new(),
        },
        pending_state: user.pending_state.as_ref().map(ToString::to_string).unwrap_or_default(),
        state_change_time: shown(&user.state_change_time, zone),
        full_name: format!("{} {}", user.first_name, user.last_name).trim().to_owned(),
        extension: user.extension.clone(),
        label: reason.map(|reason| reason.label.clone()).unwrap_or_default(),
        ..State::default()
    }
}

/// Who the agent is.
pub(crate) fn agent_info(user: &User, agent_id: &str) -> AgentInfo {
    let team = |id: &str, name: &str| Team { id: id.to_owned(), name: name.to_owned() };
    AgentInfo {
        first_name: user.first_name.clone(),
        last_name: user.last_name.clone(),
        supervisor: user.is_supervisor(),
        wrap_up_on_incoming: user.wrap_up_on_incoming.clone(),
        // In the sample it is "" for an agent; only supervisors have teams.
        total_number_of_teams: if user.is_supervisor() {
            user.teams.len().to_string()
        } else {
            String::new()
        },
        teams: user.teams.iter().map(|each| team(&each.id, &each.name)).collect(),
        team: team(&user.team_id, &user.team_name),
        agent_id: agent_id.to_owned(),
    }
}

/// A text for the agent's status bar.
pub(crate) fn status_bar(message: impl Into<String>, agent_id: &str) -> Event {
    let (location, agent_id) = ("statusbar".to_owned(), agent_id.to_owned());
    Event::PrintMessage(PrintMessage { location, message: message.into(), agent_id })
}

/// A call as the agent sees it: `own` is the agent's participant, `state` the event's state.
pub(crate) fn call(
    dialog: &Dialog,
    own: Option<&Participant>,
    state: &str,
    agent_id: &str,
    zone: &TimeZone,
) -> Call {
    let ringing = dialog.state == DialogState::Alerting
        || own.is_some_and(|participant| participant.state == ParticipantState::Alerting);
    Call {
        dialog_id: dialog.id.clone(),
        state: state.to_owned(),
        start_time: shown(start_time(dialog, own), zone),
        associated_dialog_id: associated_dialog_id(dialog),
        from_address: dialog.from_address.clone(),
        to_address: dialog.to_address.clone(),
        call_variables: call_variables(dialog),
        participants: dialog.participants.iter().map(|each| participant(each, zone)).collect(),
        call_type: call_type(dialog),
        // The specification: empty while the call rings, filled once it is answered.
        queue_name: if ringing { String::new() } else { dialog.media.queue_name.clone() },
        agent_id: agent_id.to_owned(),
    }
}

fn start_time<'a>(dialog: &'a Dialog, own: Option<&'a Participant>) -> &'a str {
    let own = own.map(|participant| participant.start_time.as_str()).unwrap_or_default();
    if !own.is_empty() {
        return own;
    }
    dialog
        .participants
        .iter()
        .map(|participant| participant.start_time.as_str())
        .filter(|time| !time.is_empty())
        .reduce(|earliest, time| if is_newer(earliest, time) { time } else { earliest })
        .unwrap_or_default()
}

fn associated_dialog_id(dialog: &Dialog) -> Option<String> {
    let secondary = Some(dialog.secondary_id.as_str()).filter(|id| !id.is_empty());
    dialog.associated_dialog_id().or(secondary).map(str::to_owned)
}

/// UCCX sends `NULL` for an unknown type.
fn call_type(dialog: &Dialog) -> String {
    let known = Some(&dialog.media.call_type).filter(|call_type| !call_type.is_unknown());
    known.map(ToString::to_string).unwrap_or_default()
}

const NUMBERED: &str = "callVariable";
const NUMBERS: [&str; 10] = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"];

/// callVariable1 to callVariable10, always and in order, then `ani`, then the other variables (ECC, BA…).
fn call_variables(dialog: &Dialog) -> Vec<CallVariable> {
    let variable = |name: String, value: &str| CallVariable { name, value: value.to_owned() };
    let first_ten = NUMBERS.map(|number| variable([NUMBERED, number].concat(), ""));
    let mut shown = Vec::with_capacity(first_ten.len() + 1 + dialog.media.call_variables.len());
    shown.extend(first_ten);
    shown.push(variable("ani".to_owned(), &dialog.from_address));
    for each in &dialog.media.call_variables {
        match place(&each.name).and_then(|place| shown.get_mut(place)) {
            Some(numbered) => numbered.value.clone_from(&each.value),
            None => shown.push(variable(each.name.clone(), &each.value)),
        }
    }
    shown
}

/// Which of the ten a variable is, whose name may be in any case.
fn place(name: &str) -> Option<usize> {
    let (word, number) = name.split_at_checked(NUMBERED.len())?;
    let place = NUMBERS.iter().position(|each| *each == number)?;
    word.eq_ignore_ascii_case(NUMBERED).then_some(place)
}

pub(crate) fn participant(each: &Participant, zone: &TimeZone) -> gc_events::Participant {
    gc_events::Participant {
        media_address: each.media_address.clone(),
        state: each.state.to_string(),
        address_type: each.media_address_type.clone(),
        state_cause: each.state_cause.clone(),
        state_change_time: shown(&each.state_change_time, zone),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown_call(dialog: &Dialog) -> Call {
        call(dialog, dialog.participants.first(), "ACTIVE", "1001", &TimeZone::UTC)
    }

    #[test]
    fn variables_keep_their_values_and_the_ten_are_found_in_any_case() {
        let variable =
            |name: &str, value: &str| finesse_types::CallVariable { name: name.into(), value: value.into() };
        let mut dialog = Dialog::default();
        dialog.media.call_variables = vec![variable("CALLVARIABLE2", "  x  "), variable("user.a", " y")];
        let shown = shown_call(&dialog).call_variables;
        assert_eq!(shown[1], CallVariable::new("callVariable2", "  x  "));
        assert_eq!(shown[11], CallVariable::new("user.a", " y"));
        assert_eq!(shown.len(), 12);
        // `callVariable01` is another name.
        dialog.media.call_variables = vec![variable("callVariable1", "a"), variable("callVariable01", "b")];
        let shown = shown_call(&dialog).call_variables;
        assert_eq!((shown[0].value.as_str(), &shown[11]), ("a", &CallVariable::new("callVariable01", "b")));
    }

    #[test]
    fn the_call_type_null_is_empty_and_all_others_are_passed_on() {
        let mut dialog = Dialog::default();
        for (word, shown) in [("NULL", ""), ("null", ""), ("", ""), ("OUT", "OUT"), ("HOLOGRAM", "HOLOGRAM")]
        {
            dialog.media.call_type = word.into();
            assert_eq!(shown_call(&dialog).call_type, shown, "{word}");
        }
    }

    #[test]
    fn every_address_type_is_passed_on() {
        let mut dialog = Dialog::default();
        for kind in ["AGENT_DEVICE", "", "HOLOGRAM"] {
            dialog.participants =
                vec![Participant { media_address_type: kind.into(), ..Participant::default() }];
            assert_eq!(shown_call(&dialog).participants[0].address_type, kind);
        }
    }

    fn shown_reason(state: &str, id: Option<&str>) -> (String, String) {
        let break_time = ReasonCode {
            id: "31".into(),
            code: "101".into(),
            label: "Break".into(),
            ..ReasonCode::default()
        };
        let user = User { state: state.into(), reason_code_id: id.map(str::to_owned), ..User::default() };
        let shown = super::state(&user, "1001", &[break_time], &TimeZone::UTC);
        (shown.reason_code, shown.label)
    }

    #[test]
    fn a_reason_is_shown_by_its_code_and_an_unknown_or_outdated_id_is_not_shown() {
        let reason = |code: &str, label: &str| (code.to_owned(), label.to_owned());
        assert_eq!(shown_reason("NOT_READY", Some("31")), reason("101", "Break"));
        assert_eq!(shown_reason("NOT_READY", Some("32")), reason("", ""));
        assert_eq!(shown_reason("NOT_READY", Some("-1")), reason("-1", ""));
        assert_eq!(shown_reason("READY", None), reason("", ""));
        assert_eq!(shown_reason("TALKING", Some("31")), reason("", ""));
    }
}
