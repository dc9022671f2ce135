//! Event → JSON → Event, in both dialects, for any text.

use gc_events::*;
use proptest::collection::vec;
use proptest::prelude::*;

pub(crate) fn text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[ -~]{0,12}", Just(String::new()), Just("<&>\"'😀,|=".to_owned())]
}

fn state_name() -> impl Strategy<Value = String> {
    prop_oneof![Just("ACTIVE".to_owned()), Just(Call::DROPPED.to_owned()), text()]
}

prop_compose! {
    fn participant()(media_address in text(), state in text(), address_type in text(), state_cause in text(), state_change_time in text()) -> Participant {
        Participant { media_address, state, address_type, state_cause, state_change_time }
    }
}

prop_compose! {
    fn call()(
        ids in (text(), state_name(), text(), proptest::option::of(text())),
        addresses in (text(), text()),
        call_variables in vec((text(), text()).prop_map(|(n, v)| CallVariable::new(n, v)), 0..4),
        participants in vec(participant(), 0..4),
        call_type in prop_oneof![Just("CONFERENCE".to_owned()), text()],
        rest in (text(), text()),
    ) -> Call {
        let (dialog_id, state, start_time, associated_dialog_id) = ids;
        let (from_address, to_address) = addresses;
        let (queue_name, agent_id) = rest;
        Call { dialog_id, state, start_time, associated_dialog_id, from_address, to_address,
            call_variables, participants, call_type, queue_name, agent_id }
    }
}

prop_compose! {
    fn state()(
        agent_id in text(), team_agent_id in proptest::option::of(text()),
        state in prop_oneof![Just("READY".to_owned()), text()],
        codes in (text(), text(), text()), names in (text(), text(), text()),
    ) -> State {
        let (reason_code, pending_state, state_change_time) = codes;
        let (full_name, extension, label) = names;
        State { agent_id, team_agent_id, state, reason_code, pending_state, state_change_time, full_name, extension, label }
    }
}

fn notice() -> impl Strategy<Value = Notice> {
    (text(), text(), text()).prop_map(|(title, data, agent_id)| Notice { title, data, agent_id })
}

fn phone_books() -> impl Strategy<Value = PhoneBooks> {
    let entry = (text(), text(), text()).prop_map(|(name, kind, id)| PhoneBookEntry { name, kind, id });
    (vec(entry, 0..3), text()).prop_map(|(phone_book, agent_id)| PhoneBooks { phone_book, agent_id })
}

fn agent_info() -> impl Strategy<Value = AgentInfo> {
    let team = || (text(), text()).prop_map(|(id, name)| Team { id, name });
    (text(), text(), any::<bool>(), text(), text(), vec(team(), 0..3), team(), text()).prop_map(
        |(
            first_name,
            last_name,
            supervisor,
            wrap_up_on_incoming,
            total_number_of_teams,
            teams,
            team,
            agent_id,
        )| {
            AgentInfo {
                first_name,
                last_name,
                supervisor,
                wrap_up_on_incoming,
                total_number_of_teams,
                teams,
                team,
                agent_id,
            }
        },
    )
}

fn session_event() -> impl Strategy<Value = Event> {
    let statuses = [ServiceStatus::InService, ServiceStatus::OutOfService, ServiceStatus::Reconnect];
    let code = prop_oneof![
        proptest::sample::select(ErrorCode::all().collect::<Vec<_>>()),
        text().prop_map(|name| ErrorCode::from_name(&name)),
    ];
    prop_oneof![
        proptest::sample::select(statuses.to_vec()).prop_map(|status| Event::System(System { status })),
        (code, text(), proptest::option::of(text())).prop_map(|(code, message, agent_id)| Event::Error(
            ErrorEvent { code, message, agent_id, dialog_id: None }
        )),
        text().prop_map(|status| Event::ConnectStatus(ConnectStatus { status })),
        agent_info().prop_map(Event::AgentInfo),
        state().prop_map(Event::State),
        text().prop_map(|agent_id| Event::State(State::re_login(agent_id))),
    ]
}

fn call_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        call().prop_map(Event::InboundCall),
        call().prop_map(Event::NewInboundCall),
        call().prop_map(Event::NewOutboundCall),
        call().prop_map(Event::NewOutboundPreviewCall),
        call().prop_map(Event::ConsultCall),
        (text(), text(), text()).prop_map(|(dialog_id, state, agent_id)| Event::DialogState(DialogState {
            dialog_id,
            state,
            agent_id
        })),
        (text(), vec(text(), 0..3), text()).prop_map(|(dialog_id, controls, agent_id)| {
            Event::DialogStateControls(DialogStateControls { dialog_id, controls, agent_id })
        }),
        (text(), vec(participant(), 0..3), text()).prop_map(|(dialog_id, participants, agent_id)| {
            Event::DialogParticipants(DialogParticipants { dialog_id, participants, agent_id })
        }),
        notice().prop_map(Event::NoDataFound),
        notice().prop_map(Event::Callback),
        notice().prop_map(Event::Reclassify),
        (text(), text(), text()).prop_map(|(location, message, agent_id)| {
            Event::PrintMessage(PrintMessage { location, message, agent_id })
        }),
        (text(), text()).prop_map(|(participant_dropped, agent_id)| {
            Event::ParticipantDropped(ParticipantDropped { participant_dropped, agent_id })
        }),
    ]
}

fn list_event() -> impl Strategy<Value = Event> {
    let reason = (text(), text()).prop_map(|(code, label)| ReasonCode { code, label });
    let user = (text(), text(), text()).prop_map(|(first_name, last_name, extension)| AgentUser {
        first_name,
        last_name,
        extension,
    });
    let member = (text(), text(), text()).prop_map(|(login_id, state, label)| TeamUser {
        login_id,
        state,
        label,
        ..TeamUser::default()
    });
    let contact = (text(), text(), text()).prop_map(|(description, phone_number, id)| Contact {
        description,
        phone_number,
        id,
        first_name: String::new(),
        last_name: String::new(),
    });
    let supervisor = (text(), text()).prop_map(|(supervisor_name, supervisor_id)| Supervisor {
        supervisor_name,
        supervisor_id,
        supervisor_extension: String::new(),
        supervisor_state: String::new(),
    });
    let ucce = (text(), text()).prop_map(|(queue_name, calls_in_queue)| UcceQueue {
        queue_name,
        calls_in_queue,
        ..UcceQueue::default()
    });
    let counts = || {
        (any::<u64>(), any::<u64>()).prop_map(|(waiting_calls, agents_ready)| UccxCounts {
            waiting_calls,
            agents_ready,
            ..UccxCounts::default()
        })
    };
    let uccx = (text(), counts(), counts()).prop_map(|(queue_name, snapshot, since_midnight)| UccxQueue {
        queue_name,
        snapshot,
        since_midnight,
    });
    prop_oneof![
        (text(), vec(reason, 0..3), text()).prop_map(
            |(category, reason_codes, agent_id)| Event::ReasonCodes(ReasonCodes {
                category,
                reason_codes,
                agent_id
            })
        ),
        (vec(user, 0..3), text()).prop_map(|(users, agent_id)| Event::Agents(Agents { users, agent_id })),
        (vec(member, 0..3), text())
            .prop_map(|(users, agent_id)| Event::TeamAgents(TeamAgents { users, agent_id })),
        phone_books().prop_map(Event::PhoneBook),
        phone_books().prop_map(Event::TeamPhoneBook),
        (vec(contact, 0..3), text()).prop_map(|(contact, agent_id)| Event::PhoneBookContacts(
            PhoneBookContacts { contact, agent_id }
        )),
        (vec(text(), 0..12), text())
            .prop_map(|(skill_groups, agent_id)| Event::SkillGroup(SkillGroup { skill_groups, agent_id })),
        (vec(supervisor, 0..3), text())
            .prop_map(|(supervisors, agent_id)| Event::Supervisors(Supervisors { supervisors, agent_id })),
        (any::<u64>(), any::<u64>())
            .prop_map(|(port, dial_number)| Event::AgentExtension(AgentExtension { port, dial_number })),
        (vec(ucce, 0..3), text())
            .prop_map(|(queues, agent_id)| Event::QueueStats(QueueStats::Ucce { queues, agent_id })),
        vec(uccx, 0..12).prop_map(|queues| Event::QueueStats(QueueStats::Uccx { queues })),
    ]
}

pub(crate) fn event() -> impl Strategy<Value = Event> {
    prop_oneof![session_event(), call_event(), list_event()]
}

/// The event without the members that its type does not write.
pub(crate) fn on_the_wire(event: Event, dialect: Dialect) -> Event {
    match event {
        Event::InboundCall(call) if call.state == Call::DROPPED => {
            Event::InboundCall(Call { to_address: String::new(), ..ended(call) })
        }
        Event::InboundCall(call) => Event::InboundCall(Call { to_address: String::new(), ..call }),
        Event::NewInboundCall(call) => Event::NewInboundCall(announced(call)),
        Event::NewOutboundCall(call) if dialect == Dialect::Gc4412 => Event::NewOutboundCall(announced(call)),
        Event::NewOutboundPreviewCall(call) if dialect == Dialect::Gc4412 => {
            Event::NewOutboundPreviewCall(announced(call))
        }
        // `tables` has one type for both.
        Event::NewOutboundCall(call) | Event::NewOutboundPreviewCall(call) => {
            Event::NewOutboundCall(Call { to_address: String::new(), ..call })
        }
        Event::ConsultCall(call) if call.state == Call::DROPPED => {
            Event::ConsultCall(Call { associated_dialog_id: None, ..ended(call) })
        }
        Event::ConsultCall(call) => Event::ConsultCall(Call { associated_dialog_id: None, ..call }),
        // `tables` has one type for all three.
        Event::NoDataFound(notice) | Event::Reclassify(notice) if dialect == Dialect::Tables => {
            Event::Callback(notice)
        }
        other => other,
    }
}

fn ended(call: Call) -> Call {
    Call { start_time: String::new(), from_address: String::new(), call_variables: vec![], ..call }
}

fn announced(call: Call) -> Call {
    Call {
        state: String::new(),
        start_time: String::new(),
        associated_dialog_id: None,
        to_address: String::new(),
        ..call
    }
}

proptest! {
    #[test]
    fn an_event_reads_back_the_same(event in event(), dialect in proptest::sample::select(vec![Dialect::Gc4412, Dialect::Tables])) {
        let json = event.to_json(dialect);
        let read = Event::from_json(&json, dialect).unwrap();
        prop_assert_eq!(&read.to_json(dialect), &json);
        prop_assert_eq!(read, on_the_wire(event, dialect));
    }

    #[test]
    fn no_text_makes_the_reader_panic(json in any::<String>()) {
        let _ = Event::from_json(&json, Dialect::Gc4412);
    }
}
