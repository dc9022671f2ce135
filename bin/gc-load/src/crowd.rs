//! All agents.

use std::sync::Arc;

use tokio::time::Instant;

use crate::agent::{Agent, Chain, Stage};
use crate::inbox::Inbox;
use crate::limit;
use crate::phase_report::{PhaseReport, Tallying};
use crate::process::Process;
use crate::progress::Progress;
use crate::scenario::{Pace, Phase};

/// The agents that have not failed.
pub(crate) struct Crowd {
    pub(crate) agents: Vec<Agent>,
    pub(crate) stage: Arc<Stage>,
    pub(crate) inbox: Arc<Inbox>,
    pub(crate) at_once: u32,
    pub(crate) processes: Vec<Process>,
}

impl Crowd {
    /// Runs a phase with every agent. Agents that fail do not take part in the next one.
    pub(crate) async fn run_phase(&mut self, phase: &Phase) -> PhaseReport {
        let total = self.agents.len();
        let (mut tallying, mut progress) = (Tallying::new(phase, total), Progress::new(phase.name, total));
        let usage: Vec<_> = self.processes.iter().map(|process| process.usage()).collect();
        let events = self.inbox.tally().received;
        let start = Instant::now();

        let (steps, pace) = (phase.steps, phase.pace);
        let walks = self.agents.drain(..).enumerate().map(|(index, mut agent)| {
            let stage = Arc::clone(&self.stage);
            async move {
                let chains = match pace {
                    Pace::Once => vec![agent.walk(steps, &stage).await],
                    Pace::Shift(shift) => {
                        agent.work(shift, start, shift.calls(index, total), steps, &stage).await
                    }
                };
                (agent, chains)
            }
        });
        let at_once = match pace {
            Pace::Once => self.at_once as usize,
            Pace::Shift(_) => total,
        };
        let mut walking = limit::at_once(at_once, walks);
        while let Some(walked) = walking.join_next().await {
            match walked {
                Ok((agent, chains)) => {
                    if chains.iter().all(|chain| chain.outcome.is_ok()) {
                        self.agents.push(agent);
                    }
                    tallying.add(chains);
                }
                Err(error) => {
                    tallying.add(vec![Chain { steps: Vec::new(), outcome: Err(error.to_string()) }])
                }
            }
            progress.show(total - walking.len());
        }

        let took = start.elapsed();
        progress.end();
        let costs = self
            .processes
            .iter()
            .zip(usage)
            .filter_map(|(process, before)| Some(process.cost(before.ok()?, process.usage().ok()?)));
        tallying.report(took, self.inbox.tally().received.saturating_sub(events), costs.collect())
    }
}
