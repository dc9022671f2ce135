//! The result of a run: the shape of `--json`. `table` prints it as text.

use serde::Serialize;

use crate::inbox::Tally;
use crate::outage::Outage;
use crate::phase_report::PhaseReport;
use crate::restart::Restart;

/// A run.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    pub(crate) scenario: &'static str,
    pub(crate) agents: u32,
    pub(crate) clients: u32,
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
    /// The events of the whole run.
    pub(crate) events: Tally,
}

impl Report {
    /// Whether every agent completed every phase and was back after an outage, and no event is missing.
    pub(crate) fn is_good(&self) -> bool {
        let all = u32::try_from(self.phases.iter().map(|phase| phase.completed).min().unwrap_or_default());
        let backs = [
            self.outage.as_ref().map(|outage| outage.back),
            self.restart.as_ref().map(|restart| restart.back),
        ];
        let back = backs.into_iter().flatten().all(|back| back == self.agents as usize);
        all == Ok(self.agents) && self.events.missing == 0 && back
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
        let report = |completed: [usize; 2], missing| Report {
            scenario: Scenario::Login.name(),
            agents: 2,
            clients: 1,
            at_once: 2,
            events_by: "callback",
            processors: 2,
            phases: completed.map(phase).into(),
            outage: None,
            restart: None,
            events: Tally { missing, ..Tally::default() },
        };
        assert!(report([2, 2], 0).is_good());
        assert!(!report([2, 1], 0).is_good());
        assert!(!report([1, 2], 0).is_good());
        assert!(!report([2, 2], 1).is_good());
    }
}
