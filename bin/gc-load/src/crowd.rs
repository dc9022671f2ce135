//! All agents.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, interval};

use crate::agent::{Agent, Stage};
use crate::inbox::Inbox;
use crate::limit;
use crate::phase_report::{PhaseReport, Tallying};
use crate::process::{Process, Watch};
use crate::progress::Progress;
use crate::scenario::{Pace, Phase};

/// From one count of open files to the next.
const LOOKS: Duration = Duration::from_millis(250);

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
        let (mut watch, mut looks) = (Watch::begin(&self.processes), interval(LOOKS));
        let events = self.inbox.tally().received;
        let start = Instant::now();

        let (steps, pace) = (phase.steps, phase.pace);
        let walks = self.agents.drain(..).enumerate().map(|(index, mut agent)| {
            let stage = Arc::clone(&self.stage);
            async move {
                let chains = match pace {
                    Pace::Once | Pace::Together => vec![agent.walk(steps, &stage).await],
                    Pace::Shift(shift) => {
                        agent.work(shift, start, shift.calls(index, total), steps, &stage).await
                    }
                };
                (agent, chains)
            }
        });
        let at_once = match pace {
            Pace::Once => self.at_once as usize,
            Pace::Together | Pace::Shift(_) => total,
        };
        let mut walking = limit::at_once(at_once, walks);
        loop {
            let walked = tokio::select! {
                // An agent that is done counts before the open files.
                biased;
                walked = walking.join_next() => walked,
                _ = looks.tick() => {
                    watch.look();
                    continue;
                }
            };
            match walked {
                Some(Ok((agent, chains))) => {
                    let has_failed = chains.iter().any(|chain| chain.outcome.is_err());
                    tallying.add(&agent.id, chains);
                    if !has_failed {
                        self.agents.push(agent);
                    }
                }
                Some(Err(error)) => tallying.fail(error.to_string(), None),
                None => break,
            }
            progress.show(total - walking.len());
        }

        let took = start.elapsed();
        progress.end();
        tallying.report(took, self.inbox.tally().received.saturating_sub(events), watch.costs())
    }
}
