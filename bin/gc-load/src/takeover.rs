//! The connector that leads its group is killed while the agents talk: how long until each agent has a stream again and can be
//! commanded, and what became of its events.

use std::time::Duration;

use serde::Serialize;
use tokio::time::{Instant, interval, timeout};

use crate::control::{Control, Counted};
use crate::crowd::Crowd;
use crate::failed::Failed;
use crate::health::Health;
use crate::phase_report::PhaseReport;
use crate::samples::{Samples, Summary};
use crate::scenario::Phase;
use crate::spawn::Spawned;
use crate::tally::Tally;

/// How long the others may take.
const PATIENCE: Duration = Duration::from_secs(120);
/// From one reading to the next, and so the grain of the times.
const EVERY: Duration = Duration::from_millis(50);

/// What was seen from the kill on.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Takeover {
    /// Which one was killed.
    pub(crate) killed: &'static str,
    /// Until another one said that it leads.
    pub(crate) lead_seconds: f64,
    /// Of each agent, from the end of its stream, which is the kill, until it had one again.
    pub(crate) streams: Summary,
    /// Agents with a stream at the end.
    pub(crate) back: usize,
    /// Until the last agent's command had its effect.
    pub(crate) commands_seconds: f64,
    /// Of all agents, the attempts that got as far as a resource.
    pub(crate) logins: u64,
    pub(crate) requests: u64,
    /// Commands that were sent again: nobody had taken them.
    pub(crate) commands_sent_again: u64,
    /// States in which an agent is not signed in.
    pub(crate) signed_out: u64,
    /// The events until the end of the phase.
    pub(crate) events: Tally,
}

/// Kills the leader, lets every agent send its command at the same moment, and watches what follows.
///
/// # Errors
/// When nobody leads, or the simulator does not answer.
pub(crate) async fn run(
    crowd: &mut Crowd,
    spawned: &mut Spawned,
    phase: &Phase,
) -> Result<(PhaseReport, Takeover), Failed> {
    let (stage, inbox, agents) = (crowd.stage.clone(), crowd.inbox.clone(), crowd.agents.len());
    let before = stage.control.counted().await.map_err(Failed::unavailable)?;
    let (events, resent) = (inbox.tally(), stage.resent.as_ref().map_or(0, |resent| resent.all()));
    let killed = spawned.kill_leader().await?;
    let at = Instant::now();
    crowd.processes.retain(|process| process.name != killed);
    let others = spawned.others(killed);
    let (report, lead, streams) = tokio::join!(
        crowd.run_phase(phase),
        until_another_leads(&others, at),
        until_all_have_streams(&stage.control, before, agents, at),
    );
    let (streams, last) = streams?;
    let commands_seconds = report.steps.last().map_or(0.0, |step| step.times.max_ms / 1e3);
    let events = inbox.tally().since(&events);
    let takeover = Takeover {
        killed,
        lead_seconds: lead?.as_secs_f64(),
        streams: streams.summary(),
        back: last.opened_since(before),
        commands_seconds,
        logins: last.logins.saturating_sub(before.logins),
        requests: last.requests.saturating_sub(before.requests),
        commands_sent_again: stage.resent.as_ref().map_or(0, |all| all.all()).saturating_sub(resent),
        signed_out: events.signed_out,
        events,
    };
    Ok((report, takeover))
}

async fn until_another_leads(others: &[(Health, String)], at: Instant) -> Result<Duration, Failed> {
    let mut looks = interval(EVERY);
    let leads = async {
        loop {
            looks.tick().await;
            for (health, own) in others {
                if health.leader().await.as_ref() == Some(own) {
                    return at.elapsed();
                }
            }
        }
    };
    timeout(PATIENCE, leads).await.map_err(|_| Failed::unavailable("no other connector leads"))
}

/// The simulator counts streams, and each agent opens one: the n-th that is counted is the n-th agent's.
async fn until_all_have_streams(
    control: &Control,
    before: Counted,
    agents: usize,
    at: Instant,
) -> Result<(Samples, Counted), Failed> {
    let (mut looks, mut streams, mut last) = (interval(EVERY), Samples::default(), before);
    while last.opened_since(before) < agents && at.elapsed() < PATIENCE {
        looks.tick().await;
        last = control.counted().await.map_err(Failed::unavailable)?;
        streams.fill(last.opened_since(before), at.elapsed());
    }
    Ok((streams, last))
}
