//! Examples of events about calls and dialogs.

use super::{AGENT, Example, SUPERVISOR, example};
use crate::{
    Call, CallVariable, DialogParticipants, DialogState, DialogStateControls, Event, Notice, Participant,
    ParticipantDropped, PrintMessage,
};

const CUSTOMER: &str = "5550142";

pub(super) fn examples() -> Vec<Example> {
    [calls(), dialogs(), notices()].concat()
}

fn calls() -> Vec<Example> {
    vec![
        example(
            "new-inbound-call",
            "A call rings. It is sent once per call, and never for the agent's own calls.",
            Event::NewInboundCall(Call { queue_name: String::new(), ..announced("ALERTING") }),
        ),
        example(
            "new-outbound-call",
            "The dialer connected a customer (progressive and predictive campaigns). It is sent once per call.",
            Event::NewOutboundCall(outbound("OUTBOUND")),
        ),
        example(
            "new-outbound-preview-call",
            "The dialer offers a customer (preview campaigns and personal callbacks). It is sent once per offer.",
            Event::NewOutboundPreviewCall(outbound("OUTBOUND_PREVIEW")),
        ),
        example(
            "inbound-call",
            "Any change to a call, whatever its direction.",
            Event::InboundCall(inbound("ACTIVE")),
        ),
        example("inbound-call-held", "The agent put the call on hold.", Event::InboundCall(inbound("HELD"))),
        example(
            "inbound-call-initiating",
            "The agent starts a call.",
            Event::InboundCall(Call {
                state: "INITIATING".into(),
                from_address: "2004".into(),
                participants: vec![device("2004", "INITIATING")],
                call_type: "OUT".into(),
                queue_name: String::new(),
                call_variables: variables("2004", &[]),
                ..inbound("INITIATING")
            }),
        ),
        example(
            "inbound-call-failed",
            "The agent's own call failed; `stateCause` of the participant is the reason.",
            Event::InboundCall(Call {
                from_address: "2004".into(),
                participants: vec![Participant { state_cause: "BUSY".into(), ..device("2004", "FAILED") }],
                call_type: "AGENT_INSIDE".into(),
                queue_name: String::new(),
                call_variables: variables("2004", &[]),
                ..inbound("FAILED")
            }),
        ),
        example(
            "inbound-call-transfer",
            "The call was transferred; `associatedDialogId` names the call it belongs to.",
            Event::InboundCall(Call {
                associated_dialog_id: Some("30212".into()),
                call_type: "TRANSFER".into(),
                participants: vec![customer("ACTIVE"), device("2004", "ACTIVE"), device("2007", "DROPPED")],
                ..inbound("ACTIVE")
            }),
        ),
        example(
            "inbound-call-conference",
            "The call is a conference.",
            Event::InboundCall(Call {
                associated_dialog_id: Some("30212".into()),
                call_type: "CONFERENCE".into(),
                participants: vec![customer("ACTIVE"), device("2004", "ACTIVE"), device("2007", "ACTIVE")],
                ..inbound("ACTIVE")
            }),
        ),
        example(
            "inbound-call-dropped",
            "The call has ended for the agent. It is sent exactly once per call.",
            Event::InboundCall(Call {
                state: Call::DROPPED.into(),
                start_time: String::new(),
                from_address: String::new(),
                call_variables: vec![],
                participants: vec![customer("DROPPED"), device("2004", "DROPPED")],
                ..inbound(Call::DROPPED)
            }),
        ),
        example(
            "consult-call",
            "Any change to the agent's own consult leg.",
            Event::ConsultCall(consult("INITIATED")),
        ),
        example(
            "consult-call-dropped",
            "The consult leg has ended for the agent.",
            Event::ConsultCall(Call {
                start_time: String::new(),
                from_address: String::new(),
                call_variables: vec![],
                participants: vec![device("2004", "DROPPED"), device("2007", "DROPPED")],
                ..consult(Call::DROPPED)
            }),
        ),
    ]
}

fn dialogs() -> Vec<Example> {
    let agent_id = || AGENT.to_owned();
    vec![
        example(
            "dialog-state",
            "The state of one dialog; sent on request and after a login.",
            Event::DialogState(DialogState {
                dialog_id: "30211".into(),
                state: "HELD".into(),
                agent_id: agent_id(),
            }),
        ),
        example(
            "dialog-state-not-found",
            "There is no such dialog. After a login without open dialogs, the id is empty.",
            Event::DialogState(DialogState {
                dialog_id: String::new(),
                state: DialogState::NOT_FOUND.into(),
                agent_id: agent_id(),
            }),
        ),
        example(
            "dialog-state-controls",
            "The actions that Finesse currently allows for a dialog.",
            Event::DialogStateControls(DialogStateControls {
                dialog_id: "30211".into(),
                controls: ["HOLD", "CONSULT_CALL", "TRANSFER_SST", "DROP"].map(String::from).to_vec(),
                agent_id: agent_id(),
            }),
        ),
        example(
            "dialog-participants",
            "The participants of a dialog.",
            Event::DialogParticipants(DialogParticipants {
                dialog_id: "30211".into(),
                participants: vec![customer("ACTIVE"), device("2004", "ACTIVE")],
                agent_id: agent_id(),
            }),
        ),
    ]
}

fn notices() -> Vec<Example> {
    let notice =
        |title: &str, data: &str| Notice { title: title.into(), data: data.into(), agent_id: AGENT.into() };
    vec![
        example(
            "callback",
            "A callback was scheduled, changed or cancelled.",
            Event::Callback(notice("CALLBACK", "Callback scheduled for 2030-04-03T09:30")),
        ),
        example(
            "reclassify",
            "An outbound call was reclassified.",
            Event::Reclassify(notice("RECLASSIFY", "The call is classified as BUSY")),
        ),
        example(
            "no-data-found",
            "The requested list is empty.",
            Event::NoDataFound(notice("PhoneBook", "No phone books are assigned")),
        ),
        example(
            "print-message",
            "A text for the agent's status bar.",
            Event::PrintMessage(PrintMessage {
                location: "statusbar".into(),
                message: "The customer is connected".into(),
                agent_id: AGENT.into(),
            }),
        ),
        example(
            "participant-dropped",
            "A participant was dropped at the supervisor's request.",
            Event::ParticipantDropped(ParticipantDropped {
                participant_dropped: "2007".into(),
                agent_id: SUPERVISOR.into(),
            }),
        ),
    ]
}

fn inbound(state: &str) -> Call {
    Call {
        dialog_id: "30211".into(),
        state: state.into(),
        start_time: "2030-04-02 09:15:40".into(),
        associated_dialog_id: None,
        from_address: CUSTOMER.into(),
        to_address: String::new(),
        call_variables: variables(CUSTOMER, &[("user.tier", "gold")]),
        participants: vec![customer("ACTIVE"), device("2004", state)],
        call_type: "PREROUTE_ACD_IN".into(),
        queue_name: "Service_EN".into(),
        agent_id: AGENT.into(),
    }
}

/// A call as in a `New…` event, without state and start time.
fn announced(state: &str) -> Call {
    Call { state: String::new(), start_time: String::new(), ..inbound(state) }
}

fn outbound(call_type: &str) -> Call {
    Call {
        from_address: "2004".into(),
        call_variables: variables("2004", &[("BACampaign", "Renewals")]),
        call_type: call_type.into(),
        queue_name: String::new(),
        ..inbound("ACTIVE")
    }
}

fn consult(state: &str) -> Call {
    Call {
        dialog_id: "30212".into(),
        from_address: "2004".into(),
        to_address: "2007".into(),
        call_variables: variables("2004", &[]),
        participants: vec![device("2004", state)],
        call_type: "CONSULT".into(),
        queue_name: String::new(),
        ..inbound(state)
    }
}

fn variables(ani: &str, named: &[(&str, &str)]) -> Vec<CallVariable> {
    let numbered = (1..=10)
        .map(|n| CallVariable::new(format!("callVariable{n}"), if n == 1 { "ticket 8812" } else { "" }));
    let named = named.iter().map(|(name, value)| CallVariable::new(*name, *value));
    numbered.chain([CallVariable::new("ani", ani)]).chain(named).collect()
}

fn customer(state: &str) -> Participant {
    Participant { media_address: CUSTOMER.into(), address_type: String::new(), ..device("", state) }
}

fn device(extension: &str, state: &str) -> Participant {
    Participant {
        media_address: extension.into(),
        state: state.into(),
        address_type: "AGENT_DEVICE".into(),
        state_cause: String::new(),
        state_change_time: "2030-04-02 09:16:02".into(),
    }
}
