//! The result of a phase, and how it is put together.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::agent::Chain;
use crate::process::Cost;
use crate::samples::{Samples, Summary};
use crate::scenario::{Phase, Step};

/// A phase of a run.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PhaseReport {
    pub(crate) name: &'static str,
    /// Agents that started: those that have not failed before.
    pub(crate) began: usize,
    /// Agents that completed every step.
    pub(crate) completed: usize,
    /// From the start of the first agent to the end of the last one.
    pub(crate) seconds: f64,
    /// Events received during the phase, without duplicates.
    pub(crate) events: u64,
    pub(crate) events_per_second: f64,
    /// The steps, each over the agents (in a shift: the calls) that completed it.
    pub(crate) steps: Vec<StepReport>,
    /// All steps of an agent (of a call) together, over those that completed them.
    pub(crate) chain: Summary,
    /// The codes of failures, and how many agents each stopped.
    pub(crate) errors: BTreeMap<String, u64>,
    /// Of each code, the first agents and where they stopped.
    pub(crate) first_failures: Vec<Failure>,
    /// What each process used during the phase, without processes that have ended.
    pub(crate) processes: Vec<Cost>,
}

/// A step of a phase.
#[derive(Debug, Serialize)]
pub(crate) struct StepReport {
    pub(crate) name: &'static str,
    #[serde(flatten)]
    pub(crate) times: Summary,
}

/// Where an agent stopped.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Failure {
    pub(crate) agent: String,
    pub(crate) step: &'static str,
    pub(crate) code: String,
}

/// So many agents are named of each code.
const NAMED: u64 = 3;

/// The report of a phase in progress.
#[derive(Debug)]
pub(crate) struct Tallying {
    name: &'static str,
    began: usize,
    steps: Vec<(Step, Samples)>,
    chain: Samples,
    completed: usize,
    errors: BTreeMap<String, u64>,
    first_failures: Vec<Failure>,
}

impl Tallying {
    pub(crate) fn new(phase: &Phase, began: usize) -> Self {
        let steps = phase.steps.iter().map(|step| (*step, Samples::default())).collect();
        Self {
            name: phase.name,
            began,
            steps,
            chain: Samples::default(),
            completed: 0,
            errors: BTreeMap::new(),
            first_failures: Vec::new(),
        }
    }

    /// Adds an agent that has finished the phase, or failed in it.
    pub(crate) fn add(&mut self, agent: &str, chains: Vec<Chain>) {
        let mut is_complete = true;
        for chain in chains {
            for ((_, samples), time) in self.steps.iter_mut().zip(&chain.steps) {
                samples.add(*time);
            }
            match chain.outcome {
                Ok(()) => self.chain.add(chain.steps.iter().sum()),
                Err(code) => {
                    is_complete = false;
                    // Those before it succeeded.
                    let step = self.steps.get(chain.steps.len()).map(|(step, _)| step.name());
                    self.fail(code, step.map(|step| (agent, step)));
                }
            }
        }
        self.completed += usize::from(is_complete);
    }

    /// Counts a failure, and names the agent and the step if they are known.
    pub(crate) fn fail(&mut self, code: String, at: Option<(&str, &'static str)>) {
        let count = self.errors.entry(code.clone()).or_default();
        *count += 1;
        if let (1..=NAMED, Some((agent, step))) = (*count, at) {
            self.first_failures.push(Failure { agent: agent.to_owned(), step, code });
        }
    }

    /// Completes the report: all agents have finished.
    pub(crate) fn report(self, took: Duration, events: u64, processes: Vec<Cost>) -> PhaseReport {
        let steps = self.steps.into_iter();
        PhaseReport {
            name: self.name,
            began: self.began,
            completed: self.completed,
            seconds: took.as_secs_f64(),
            events,
            events_per_second: events as f64 / took.as_secs_f64().max(f64::MIN_POSITIVE),
            steps: steps
                .map(|(step, times)| StepReport { name: step.name(), times: times.summary() })
                .collect(),
            chain: self.chain.summary(),
            errors: self.errors,
            first_failures: self.first_failures,
            processes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;

    fn chain(steps: &[u64], outcome: Result<(), &str>) -> Vec<Chain> {
        let steps = steps.iter().copied().map(Duration::from_millis).collect();
        vec![Chain { steps, outcome: outcome.map_err(str::to_owned) }]
    }

    #[test]
    fn a_failed_chain_is_counted_by_its_code_and_its_completed_steps() {
        let mut tallying = Tallying::new(&Scenario::Login.phases()[0], 3);
        tallying.add("1001", chain(&[1, 2, 3], Ok(())));
        tallying.add("1002", chain(&[3], Err("PLEASE_RETRY")));
        tallying.add("1003", chain(&[], Err("PLEASE_RETRY")));
        let report = tallying.report(Duration::from_secs(2), 10, Vec::new());
        assert_eq!((report.began, report.completed, report.events_per_second), (3, 1, 5.0));
        let steps: Vec<_> = report.steps.iter().map(|step| (step.name, step.times.count)).collect();
        assert_eq!(steps, [("Connect", 2), ("Login", 1), ("Logout", 1)]);
        assert_eq!((report.chain.count, report.chain.max_ms), (1, 6.0));
        assert_eq!(report.errors, BTreeMap::from([("PLEASE_RETRY".to_owned(), 2)]));
    }

    #[test]
    fn of_each_code_the_first_agents_are_named_with_the_step_that_failed() {
        let mut tallying = Tallying::new(&Scenario::Login.phases()[0], 6);
        for agent in ["1001", "1002", "1003", "1004"] {
            tallying.add(agent, chain(&[1], Err("PLEASE_RETRY")));
        }
        tallying.add("1005", chain(&[], Err("DOWN")));
        // Of a task that has ended by itself, the agent is not known.
        tallying.fail("cancelled".to_owned(), None);
        let report = tallying.report(Duration::from_secs(1), 0, Vec::new());
        let counts: Vec<_> = report.errors.values().copied().collect();
        assert_eq!(counts, [1, 4, 1]);
        let named: Vec<_> =
            report.first_failures.iter().map(|each| (each.agent.as_str(), each.step, &*each.code)).collect();
        let expected = [
            ("1001", "Login", "PLEASE_RETRY"),
            ("1002", "Login", "PLEASE_RETRY"),
            ("1003", "Login", "PLEASE_RETRY"),
            ("1005", "Connect", "DOWN"),
        ];
        assert_eq!(named, expected);
    }

    #[test]
    fn each_call_of_a_shift_counts_and_an_agent_is_complete_when_all_succeed() {
        let mut tallying = Tallying::new(&Scenario::Login.phases()[0], 2);
        let [first, second] = [chain(&[1, 2, 3], Ok(())), chain(&[4], Err("DOWN"))];
        tallying.add("1001", first.into_iter().chain(second).collect());
        let both = chain(&[1, 1, 1], Ok(())).into_iter().chain(chain(&[1, 1, 2], Ok(())));
        tallying.add("1002", both.collect());
        let report = tallying.report(Duration::from_secs(1), 0, Vec::new());
        assert_eq!((report.completed, report.chain.count, report.chain.max_ms), (1, 3, 6.0));
        assert_eq!(report.steps[0].times.count, 4);
        assert_eq!(report.errors, BTreeMap::from([("DOWN".to_owned(), 1)]));
    }
}
