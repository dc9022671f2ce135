//! Lists.

use super::{AGENT, Example, SUPERVISOR, example};
use crate::{
    AgentExtension, AgentUser, Agents, Contact, Event, PhoneBookContacts, PhoneBookEntry, PhoneBooks,
    QueueStats, ReasonCode, ReasonCodes, SkillGroup, Supervisor, Supervisors, TeamAgents, TeamUser,
    UcceQueue, UccxCounts, UccxQueue,
};

pub(super) fn examples() -> Vec<Example> {
    vec![
        example(
            "reason-codes-wrap-up",
            "The wrap-up reasons.",
            reason_codes("WrapUp", &[("1", "Order taken"), ("2", "Complaint")]),
        ),
        example(
            "reason-codes-logout",
            "The reasons for logging out.",
            reason_codes("LOGOUT", &[("3", "End of shift")]),
        ),
        example(
            "reason-codes-not-ready",
            "The reasons for not being ready.",
            reason_codes("NOT_READY", &[("21", "Lunch"), ("22", "Training")]),
        ),
        example(
            "agents",
            "The agents who are logged in.",
            Event::Agents(Agents {
                users: vec![user("Nora", "Lindqvist", "2004"), user("Amir", "Haddad", "2007")],
                agent_id: AGENT.into(),
            }),
        ),
        example("team-agents", "The members of a team.", Event::TeamAgents(team_agents())),
        example(
            "phone-book",
            "Team and global phone books.",
            Event::PhoneBook(phone_books(&[("Service", "Team", "5"), ("Branches", "GLOBAL", "8")])),
        ),
        example(
            "team-phone-book",
            "The phone books of one team.",
            Event::TeamPhoneBook(phone_books(&[("Service", "Team", "5")])),
        ),
        example("phone-book-contacts", "The contacts of a phone book.", Event::PhoneBookContacts(contacts())),
        example(
            "skill-group",
            "Skill groups (UCCE).",
            Event::SkillGroup(SkillGroup {
                skill_groups: vec!["Service_EN".into(), "Service_SV".into()],
                agent_id: AGENT.into(),
            }),
        ),
        example("supervisors", "Supervisors (UCCE).", Event::Supervisors(supervisors())),
        example(
            "agent-extension",
            "The CTI port and the number to dial that belong to a mobile agent's number (UCCE).",
            Event::AgentExtension(AgentExtension { port: 2904, dial_number: 2954 }),
        ),
        example("queue-stats-ucce", "Queue statistics of UCCE.", Event::QueueStats(ucce_queues())),
        example("queue-stats-uccx", "Queue statistics of UCCX.", Event::QueueStats(uccx_queues())),
    ]
}

fn reason_codes(category: &str, codes: &[(&str, &str)]) -> Event {
    let reason = |(code, label): &(&str, &str)| ReasonCode { code: (*code).into(), label: (*label).into() };
    Event::ReasonCodes(ReasonCodes {
        category: category.into(),
        reason_codes: codes.iter().map(reason).collect(),
        agent_id: AGENT.into(),
    })
}

fn user(first_name: &str, last_name: &str, extension: &str) -> AgentUser {
    AgentUser { first_name: first_name.into(), last_name: last_name.into(), extension: extension.into() }
}

fn team_agents() -> TeamAgents {
    let nora = TeamUser {
        first_name: "Nora".into(),
        last_name: "Lindqvist".into(),
        extension: "2004".into(),
        login_id: AGENT.into(),
        state: "NOT_READY".into(),
        pending_state: String::new(),
        media_type: "1".into(),
        state_change_time: "2030-04-02 10:30:00".into(),
        label: "Lunch".into(),
    };
    let amir = TeamUser {
        first_name: "Amir".into(),
        last_name: "Haddad".into(),
        login_id: "1007".into(),
        state: "LOGOUT".into(),
        media_type: "1".into(),
        ..TeamUser::default()
    };
    TeamAgents { users: vec![nora, amir], agent_id: SUPERVISOR.into() }
}

fn phone_books(books: &[(&str, &str, &str)]) -> PhoneBooks {
    let entry = |(name, kind, id): &(&str, &str, &str)| PhoneBookEntry {
        name: (*name).into(),
        kind: (*kind).into(),
        id: (*id).into(),
    };
    PhoneBooks { phone_book: books.iter().map(entry).collect(), agent_id: AGENT.into() }
}

fn contacts() -> PhoneBookContacts {
    let front_desk = Contact {
        description: "open until six".into(),
        first_name: "Front".into(),
        last_name: "Desk".into(),
        phone_number: "5550199".into(),
        id: "41".into(),
    };
    PhoneBookContacts { contact: vec![front_desk], agent_id: AGENT.into() }
}

fn supervisors() -> Supervisors {
    let tomas = Supervisor {
        supervisor_name: "Tomás Ferreira".into(),
        supervisor_id: SUPERVISOR.into(),
        supervisor_extension: "2091".into(),
        supervisor_state: "READY".into(),
    };
    Supervisors { supervisors: vec![tomas], agent_id: AGENT.into() }
}

fn ucce_queues() -> QueueStats {
    let queue = |name: &str, waiting: &str| UcceQueue {
        queue_name: name.into(),
        agents_not_ready: "2".into(),
        agents_ready: "0".into(),
        agents_talking_inbound: "3".into(),
        agents_talking_internal: "0".into(),
        agents_talking_outbound: "1".into(),
        agents_wrap_up_not_ready: "0".into(),
        agents_wrap_up_ready: "1".into(),
        calls_in_queue: waiting.into(),
        start_time_of_longest_call_in_queue: "2030-04-02 09:14:10".into(),
    };
    QueueStats::Ucce {
        queues: vec![queue("Service_EN", "4"), queue("Sales_EN", "1")],
        agent_id: SUPERVISOR.into(),
    }
}

fn uccx_queues() -> QueueStats {
    let queue = |name: &str, waiting_calls| UccxQueue {
        queue_name: name.into(),
        snapshot: UccxCounts {
            waiting_calls,
            agents_logged_in: 6,
            agents_talking: 4,
            ..UccxCounts::default()
        },
        since_midnight: UccxCounts { waiting_calls: 31, agents_logged_in: 9, ..UccxCounts::default() },
    };
    QueueStats::Uccx { queues: vec![queue("Service", 4), queue("Sales", 0)] }
}
