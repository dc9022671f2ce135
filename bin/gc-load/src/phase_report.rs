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

/// The report of a phase in progress.
#[derive(Debug)]
pub(crate) struct Tallying {
    name: &'static str,
    began: usize,
    steps: Vec<(Step, Samples)>,
    chain: Samples,
    completed: usize,
    errors: BTreeMap<String, u64>,
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
        }
    }

    /// Adds an agent that has finished the phase, or failed in it.
    pub(crate) fn add(&mut self, chains: Vec<Chain>) {
        let mut is_complete = true;
        for chain in chains {
            for ((_, samples), time) in self.steps.iter_mut().zip(&chain.steps) {
                samples.add(*time);
            }
            match chain.outcome {
                Ok(()) => self.chain.add(chain.steps.iter().sum()),
                Err(code) => {
                    is_complete = false;
                    *self.errors.entry(code).or_default() += 1;
                }
            }
        }
        self.completed += usize::from(is_complete);
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
        tallying.add(chain(&[1, 2, 3], Ok(())));
        tallying.add(chain(&[3], Err("PLEASE_RETRY")));
        tallying.add(chain(&[], Err("PLEASE_RETRY")));
        let report = tallying.report(Duration::from_secs(2), 10, Vec::new());
        assert_eq!((report.began, report.completed, report.events_per_second), (3, 1, 5.0));
        let steps: Vec<_> = report.steps.iter().map(|step| (step.name, step.times.count)).collect();
        assert_eq!(steps, [("Connect", 2), ("Login", 1), ("Logout", 1)]);
        assert_eq!((report.chain.count, report.chain.max_ms), (1, 6.0));
        assert_eq!(report.errors, BTreeMap::from([("PLEASE_RETRY".to_owned(), 2)]));
    }

    #[test]
    fn each_call_of_a_shift_counts_and_an_agent_is_complete_when_all_succeed() {
        let mut tallying = Tallying::new(&Scenario::Login.phases()[0], 2);
        let [first, second] = [chain(&[1, 2, 3], Ok(())), chain(&[4], Err("DOWN"))];
        tallying.add(first.into_iter().chain(second).collect());
        tallying.add(chain(&[1, 1, 1], Ok(())).into_iter().chain(chain(&[1, 1, 2], Ok(()))).collect());
        let report = tallying.report(Duration::from_secs(1), 0, Vec::new());
        assert_eq!((report.completed, report.chain.count, report.chain.max_ms), (1, 3, 6.0));
        assert_eq!(report.steps[0].times.count, 4);
        assert_eq!(report.errors, BTreeMap::from([("DOWN".to_owned(), 1)]));
    }
}
