//! The result of a run: the shape of `--json`. `table` prints it as text.

use serde::Serialize;

use crate::outage::Outage;
use crate::phase_report::PhaseReport;
use crate::process::Cost;
use crate::restart::Restart;
use crate::takeover::Takeover;
use crate::tally::Tally;

/// A run.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    pub(crate) scenario: &'static str,
    pub(crate) agents: u32,
    pub(crate) clients: u32,
    /// The connectors: one, or those of a group.
    pub(crate) connectors: usize,
    /// What those that were started kept: `memory`, `file` or `postgres`.
    pub(crate) store: Option<&'static str>,
    /// Events that waited for a client that was away.
    pub(crate) waiting: u32,
    /// The maximum number of agents active at a time.
    pub(crate) at_once: u32,
    /// `callback` or `stream`.
    pub(crate) events_by: &'static str,
    /// The processors of this machine.
    pub(crate) processors: usize,
    pub(crate) phases: Vec<PhaseReport>,
    /// Between the phases, if both nodes went.
    pub(crate) outage: Option<Outage>,
    /// In a phase, if the connector was restarted.
    pub(crate) restart: Option<Restart>,
    /// In a phase, if the leader of the group was killed.
    pub(crate) takeover: Option<Takeover>,
    /// The events of the whole run.
    pub(crate) events: Tally,
}

impl Report {
    /// Agents that completed every phase, and were back after what happened.
    pub(crate) fn completed(&self) -> usize {
        let backs = [
            self.outage.as_ref().map(|outage| outage.back),
            self.restart.as_ref().map(|restart| restart.back),
            self.takeover.as_ref().map(|takeover| takeover.back),
        ];
        let completed = self.phases.iter().map(|phase| phase.completed);
        completed.chain(backs.into_iter().flatten()).min().unwrap_or_default()
    }

    /// The most memory of a process in the whole run, if it was measured.
    pub(crate) fn peak(&self, process: &str) -> Option<u64> {
        let phases = self.phases.iter().map(|phase| &phase.processes);
        let outage = self.outage.iter().map(|outage| &outage.processes);
        let restart = self.restart.iter().map(|restart| &restart.processes);
        let costs = phases.chain(outage).chain(restart).filter_map(|costs| Cost::of(costs, process));
        costs.map(|cost| cost.peak_bytes).max()
    }

    /// Whether every agent completed every phase and was back after an outage, nobody else had a stream then, nobody was signed out by a takeover, and no event is missing,
    /// renumbered or out of order.
    pub(crate) fn is_good(&self) -> bool {
        let stayed = self.takeover.as_ref().is_none_or(|takeover| takeover.signed_out == 0);
        // Streams of others would be measured, too.
        let alone = self.outage.as_ref().is_none_or(|outage| outage.back <= self.agents as usize);
        self.completed() == self.agents as usize && self.events.is_whole() && stayed && alone
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::phase_report::Tallying;
    use crate::scenario::Scenario;

    #[test]
    fn a_run_is_good_when_all_agents_complete_all_phases_and_no_event_is_missing() {
        let phase = |completed| {
            let tallying = Tallying::new(&Scenario::Login.phases()[0], 2);
            PhaseReport { completed, ..tallying.report(Duration::from_secs(1), 0, Vec::new()) }
        };
        let report = |completed: [usize; 2], events| Report {
            scenario: Scenario::Login.name(),
            agents: 2,
            clients: 1,
            connectors: 1,
            store: None,
            waiting: 0,
            at_once: 2,
            events_by: "callback",
            processors: 2,
            phases: completed.map(phase).into(),
            outage: None,
            restart: None,
            takeover: None,
            events,
        };
        let fine = || Tally { repeated: 3, ..Tally::default() };
        assert!(report([2, 2], fine()).is_good());
        assert!(!report([2, 1], fine()).is_good());
        assert!(!report([1, 2], fine()).is_good());
        for wrong in [
            Tally { missing: 1, ..fine() },
            Tally { out_of_order: 1, ..fine() },
            Tally { renumbered: 1, ..fine() },
            Tally { new_epochs: 1, ..fine() },
        ] {
            assert!(!report([2, 2], wrong).is_good());
        }
    }
}
