//! Scenarios: a scenario is a list of phases, a phase a list of steps.

use gc_protocol::Event;
use serde::Serialize;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Scenario {
    Login,
    Ready,
    Calls,
    /// As `ready`, and between its phases Finesse goes and comes back.
    Outage,
}

/// A part of a scenario. Each agent takes the steps in order without waiting for the others; the next phase
/// starts when all have finished this one.
#[derive(Debug)]
pub(crate) struct Phase {
    pub(crate) name: &'static str,
    pub(crate) steps: &'static [Step],
}

/// One action of an agent, up to the event that shows its effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// `Connect`, until `ConnectStatus`.
    Connect,
    /// `Login`, until any `State` but `LOGOUT`.
    Login,
    /// `MakeReady`, until `State` `READY`.
    Ready,
    /// A customer calls at the simulator, until `NewInboundCall`.
    Ring,
    /// `AnswerCall`, until `InboundCall` `ACTIVE`.
    Answer,
    /// `ReleaseCall`, until `InboundCall` `DROPPED`.
    Release,
    /// `MakeNotReady`, until `State` `NOT_READY`.
    NotReady,
    /// `Logout`, until `State` `LOGOUT`.
    Logout,
}

const LOG_IN_AND_READY: Phase =
    Phase { name: "log in and ready", steps: &[Step::Connect, Step::Login, Step::Ready] };
const SIGN_OUT: Phase = Phase { name: "sign out", steps: &[Step::NotReady, Step::Logout] };

impl Scenario {
    /// Its phases in order.
    pub(crate) fn phases(self) -> &'static [Phase] {
        match self {
            Self::Login => {
                &[Phase { name: "log in and out", steps: &[Step::Connect, Step::Login, Step::Logout] }]
            }
            Self::Ready | Self::Outage => &[LOG_IN_AND_READY, SIGN_OUT],
            Self::Calls => &[
                LOG_IN_AND_READY,
                Phase { name: "ring and answer", steps: &[Step::Ring, Step::Answer] },
                Phase { name: "release", steps: &[Step::Release] },
                SIGN_OUT,
            ],
        }
    }
}

impl Step {
    /// The name in the report.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Connect => "Connect",
            Self::Login => "Login",
            Self::Ready => "MakeReady",
            Self::Ring => "ring",
            Self::Answer => "AnswerCall",
            Self::Release => "ReleaseCall",
            Self::NotReady => "MakeNotReady",
            Self::Logout => "Logout",
        }
    }

    /// Whether this event shows the step's effect.
    pub(crate) fn is_ended_by(self, event: &Event) -> bool {
        match (self, event) {
            (Self::Connect, Event::ConnectStatus(_)) | (Self::Ring, Event::NewInboundCall(_)) => true,
            (Self::Login, Event::State(state)) => state.state != "LOGOUT",
            (Self::Ready, Event::State(state)) => state.state == "READY",
            (Self::NotReady, Event::State(state)) => state.state == "NOT_READY",
            (Self::Logout, Event::State(state)) => state.state == "LOGOUT",
            (Self::Answer, Event::InboundCall(call)) => call.state == "ACTIVE",
            (Self::Release, Event::InboundCall(call)) => call.state == "DROPPED",
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use gc_protocol::{Call, State};

    use super::*;

    fn state(name: &str) -> Event {
        Event::State(State { state: name.to_owned(), ..State::default() })
    }

    fn call(state: &str) -> Event {
        Event::InboundCall(Call { state: state.to_owned(), ..Call::default() })
    }

    #[test]
    fn a_step_ends_with_its_own_effect_only() {
        assert!(Step::Login.is_ended_by(&state("NOT_READY")) && !Step::Login.is_ended_by(&state("LOGOUT")));
        assert!(Step::Ready.is_ended_by(&state("READY")) && !Step::Ready.is_ended_by(&state("NOT_READY")));
        assert!(Step::Answer.is_ended_by(&call("ACTIVE")) && !Step::Answer.is_ended_by(&call("ALERTING")));
        assert!(Step::Release.is_ended_by(&call("DROPPED")) && !Step::Release.is_ended_by(&call("ACTIVE")));
        assert!(!Step::Ring.is_ended_by(&call("ALERTING")));
    }

    #[test]
    fn every_scenario_ends_with_logout() {
        for scenario in [Scenario::Login, Scenario::Ready, Scenario::Calls] {
            let steps: Vec<_> = scenario.phases().iter().flat_map(|phase| phase.steps).collect();
            assert_eq!((steps.first(), steps.last()), (Some(&&Step::Connect), Some(&&Step::Logout)));
        }
    }
}
