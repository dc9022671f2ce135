//! Examples of events about the service, sessions and agents.

use super::{AGENT, Example, SUPERVISOR, example};
use crate::{
    AgentInfo, CfCode, ConnectStatus, ErrorCode, ErrorEvent, Event, ServiceStatus, State, System, Team,
};

pub(super) fn examples() -> Vec<Example> {
    let system = |status| Event::System(System { status });
    vec![
        example(
            "system-in-service",
            "Answers Hello and Beat; also sent when Finesse is in service again.",
            system(ServiceStatus::InService),
        ),
        example(
            "system-out-of-service",
            "No Finesse node is in service. Until one is, it also answers Hello and Beat.",
            system(ServiceStatus::OutOfService),
        ),
        example(
            "system-reconnect",
            "Answers a Beat from a client that the connector does not know: send Hello again.",
            system(ServiceStatus::Reconnect),
        ),
        example(
            "error",
            "A command for an agent failed.",
            Event::Error(ErrorEvent::of_agent(ErrorCode::Cf(CfCode::InvalidObjectState), AGENT)),
        ),
        example(
            "error-without-agent",
            "An error that concerns no agent.",
            Event::Error(ErrorEvent::of_service(ErrorCode::PleaseRetry)),
        ),
        example(
            "error-unknown-code",
            "Finesse reported a code that the connector does not know. Its name is passed on.",
            Event::Error(
                ErrorEvent::of_agent(ErrorCode::Other("CF_FROM_THE_FUTURE".to_owned()), AGENT)
                    .with_message("Finesse reports CF_FROM_THE_FUTURE."),
            ),
        ),
        example(
            "connect-status",
            "The agent's notification stream is open.",
            Event::ConnectStatus(ConnectStatus::success()),
        ),
        example(
            "agent-info",
            "The agent's name, teams and settings; sent after a login and a refresh.",
            Event::AgentInfo(agent()),
        ),
        example("agent-info-supervisor", "The same for a supervisor.", Event::AgentInfo(supervisor())),
        example("state", "The agent's state has changed or was requested.", Event::State(ready())),
        example(
            "state-not-ready-with-reason",
            "A state with a reason: its code and its label.",
            Event::State(on_a_break()),
        ),
        example(
            "state-pending",
            "Another state follows when the call ends (UCCE).",
            Event::State(State { pending_state: "NOT_READY".into(), state: "TALKING".into(), ..ready() }),
        ),
        example(
            "state-of-team-member",
            "A team member's state, for a supervisor who subscribed to the team.",
            Event::State(State {
                team_agent_id: Some(AGENT.into()),
                agent_id: SUPERVISOR.into(),
                ..on_a_break()
            }),
        ),
        example(
            "state-re-login",
            "Answers a command for an agent that the connector does not know: connect and log in again.",
            Event::State(State::re_login(AGENT)),
        ),
    ]
}

fn agent() -> AgentInfo {
    AgentInfo {
        first_name: "Nora".into(),
        last_name: "Lindqvist".into(),
        supervisor: false,
        wrap_up_on_incoming: "OPTIONAL".into(),
        total_number_of_teams: String::new(),
        teams: vec![],
        team: team("12", "Service"),
        agent_id: AGENT.into(),
    }
}

fn supervisor() -> AgentInfo {
    AgentInfo {
        first_name: "Tomás".into(),
        last_name: "Ferreira".into(),
        supervisor: true,
        total_number_of_teams: "2".into(),
        teams: vec![team("12", "Service"), team("14", "Sales")],
        agent_id: SUPERVISOR.into(),
        ..agent()
    }
}

fn team(id: &str, name: &str) -> Team {
    Team { id: id.into(), name: name.into() }
}

fn ready() -> State {
    State {
        agent_id: AGENT.into(),
        state: "READY".into(),
        state_change_time: "2030-04-02 08:00:05".into(),
        full_name: "Nora Lindqvist".into(),
        extension: "2004".into(),
        ..State::default()
    }
}

fn on_a_break() -> State {
    State {
        state: "NOT_READY".into(),
        reason_code: "21".into(),
        state_change_time: "2030-04-02 10:30:00".into(),
        label: "Lunch".into(),
        ..ready()
    }
}
