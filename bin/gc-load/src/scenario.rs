//! Scenarios: a scenario is a list of phases, a phase a list of steps.

use std::time::Duration;

use gc_protocol::Event;

/// The phase at whose beginning the leader is killed.
pub(crate) const TAKEOVER: &str = "takeover";

/// How the connector is restarted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RestartPlan {
    /// So long after the first calls.
    pub(crate) after: Duration,
    pub(crate) ending: Ending,
}

/// How a connector ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// SIGTERM.
    Stopped,
    /// SIGKILL.
    Killed,
}

impl Ending {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::Killed => "killed",
        }
    }
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scenario {
    Login,
    Ready,
    Calls,
    /// As `ready`, and between its phases Finesse goes and comes back.
    Outage {
        /// How long it is away.
        away: Duration,
    },
    Shift(Shift),
    /// As `shift`, but each customer hangs up before the agent answers: events without commands.
    Missed(Shift),
    /// As `shift`, during which the connector is stopped and started again with its store.
    Restart(Shift, RestartPlan),
    /// As `calls`, and while the agents talk the connector that leads its group is killed.
    Takeover,
}

/// A part of a scenario. Each agent takes the steps in order without waiting for the others; the next phase
/// starts when all have finished this one.
#[derive(Debug)]
pub(crate) struct Phase {
    pub(crate) name: &'static str,
    pub(crate) steps: &'static [Step],
    pub(crate) pace: Pace,
}

/// How often the steps are taken.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pace {
    /// Once, by a limited number of agents at a time.
    Once,
    /// Once, by all agents at the same time.
    Together,
    /// Again and again, by all agents.
    Shift(Shift),
}

/// Calls that arrive at a steady rate: each agent gets one in each interval, and the agents' calls are spread evenly over it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shift {
    /// For how long calls arrive.
    pub(crate) length: Duration,
    /// From one call of an agent to its next one.
    pub(crate) interval: Duration,
    /// From the answer to the release; of a call that is missed, from when it rings to its end.
    pub(crate) talk: Duration,
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
    /// The customer hangs up at the simulator, until `InboundCall` `DROPPED`.
    Abandon,
    /// `AnswerCall`, until `InboundCall` `ACTIVE`.
    Answer,
    /// `HoldCall`, until `InboundCall` `HELD`.
    Hold,
    /// `RetrieveCall`, until `InboundCall` `ACTIVE`.
    Retrieve,
    /// `ReleaseCall`, until `InboundCall` `DROPPED`.
    Release,
    /// `MakeNotReady`, until `State` `NOT_READY`.
    NotReady,
    /// `Logout`, until `State` `LOGOUT`.
    Logout,
}

impl Scenario {
    /// The name in the report, and on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Ready => "ready",
            Self::Calls => "calls",
            Self::Outage { .. } => "outage",
            Self::Shift(_) => "shift",
            Self::Missed(_) => "missed",
            Self::Restart(..) => "restart",
            Self::Takeover => "takeover",
        }
    }

    /// Its phases in order.
    pub(crate) fn phases(self) -> Vec<Phase> {
        let log_in_and_ready = Phase::once("log in and ready", &[Step::Connect, Step::Login, Step::Ready]);
        let sign_out = Phase::once("sign out", &[Step::NotReady, Step::Logout]);
        let ring_and_answer = Phase::once("ring and answer", &[Step::Ring, Step::Answer]);
        match self {
            Self::Login => {
                vec![Phase::once("log in and out", &[Step::Connect, Step::Login, Step::Logout])]
            }
            Self::Ready | Self::Outage { .. } => vec![log_in_and_ready, sign_out],
            Self::Calls => {
                vec![log_in_and_ready, ring_and_answer, Phase::once("release", &[Step::Release]), sign_out]
            }
            Self::Takeover => vec![
                log_in_and_ready,
                ring_and_answer,
                Phase { name: TAKEOVER, steps: &[Step::Hold], pace: Pace::Together },
                Phase::once("retrieve and release", &[Step::Retrieve, Step::Release]),
                sign_out,
            ],
            Self::Shift(shift) | Self::Restart(shift, _) => {
                let (steps, pace) = (&[Step::Ring, Step::Answer, Step::Release], Pace::Shift(shift));
                vec![log_in_and_ready, Phase { name: "shift", steps, pace }, sign_out]
            }
            Self::Missed(shift) => {
                let (steps, pace) = (&[Step::Ring, Step::Abandon], Pace::Shift(shift));
                vec![log_in_and_ready, Phase { name: "missed calls", steps, pace }, sign_out]
            }
        }
    }
}

impl Phase {
    fn once(name: &'static str, steps: &'static [Step]) -> Self {
        Self { name, steps, pace: Pace::Once }
    }
}

impl Shift {
    /// When the calls of one agent are due, counted from the beginning: `index` is its place among `agents`.
    pub(crate) fn calls(self, index: usize, agents: usize) -> impl Iterator<Item = Duration> + Send {
        let share = index as f64 / agents.max(1) as f64;
        let first = self.interval.mul_f64(share.min(1.0));
        (0..)
            .map_while(move |round| first.checked_add(self.interval.checked_mul(round)?))
            .take_while(move |due| *due < self.length)
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
            Self::Abandon => "hang up",
            Self::Answer => "AnswerCall",
            Self::Hold => "HoldCall",
            Self::Retrieve => "RetrieveCall",
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
            (Self::Answer | Self::Retrieve, Event::InboundCall(call)) => call.state == "ACTIVE",
            (Self::Hold, Event::InboundCall(call)) => call.state == "HELD",
            (Self::Release | Self::Abandon, Event::InboundCall(call)) => call.state == "DROPPED",
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
        assert!(Step::Hold.is_ended_by(&call("HELD")) && !Step::Hold.is_ended_by(&call("ACTIVE")));
        assert!(Step::Retrieve.is_ended_by(&call("ACTIVE")) && !Step::Retrieve.is_ended_by(&call("HELD")));
    }

    #[test]
    fn every_scenario_ends_with_logout() {
        let second = Duration::from_secs(1);
        let shift = Scenario::Shift(Shift { length: second, interval: second, talk: second });
        let again = RestartPlan { after: second, ending: Ending::Stopped };
        let each = Shift { length: second, interval: second, talk: second };
        let (missed, restart) = (Scenario::Missed(each), Scenario::Restart(each, again));
        for scenario in
            [Scenario::Login, Scenario::Ready, Scenario::Calls, shift, missed, restart, Scenario::Takeover]
        {
            let steps: Vec<_> = scenario.phases().iter().flat_map(|phase| phase.steps).collect();
            assert_eq!((steps.first(), steps.last()), (Some(&&Step::Connect), Some(&&Step::Logout)));
        }
    }

    #[test]
    fn the_calls_of_a_shift_are_spread_evenly_and_end_with_it() {
        let seconds = Duration::from_secs;
        let shift = Shift { length: seconds(25), interval: seconds(10), talk: seconds(1) };
        let calls = |index| shift.calls(index, 4).collect::<Vec<_>>();
        assert_eq!(calls(0), [0, 10, 20].map(seconds));
        assert_eq!(calls(2), [5, 15].map(seconds));
        assert_eq!(calls(3), [7500, 17500].map(Duration::from_millis));
    }
}
