//! The connector is stopped and started again with its store, while calls go on: how long until every agent has a stream again, and
//! what that costs.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio::time::{Instant, interval, sleep};

use crate::agent::Stage;
use crate::failed::Failed;
use crate::process::{Cost, Watch};
use crate::resent::Resent;
use crate::samples::{Samples, Summary};
use crate::scenario::RestartPlan;
use crate::spawn::Spawned;

/// How long the agents may take.
const PATIENCE: Duration = Duration::from_secs(120);
/// From one reading to the next.
const EVERY: Duration = Duration::from_millis(50);

/// What was seen.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Restart {
    /// `stopped` or `killed`.
    pub(crate) ending: &'static str,
    /// From the signal until the process had ended.
    pub(crate) stop_seconds: f64,
    /// From its end until the new one took commands.
    pub(crate) start_seconds: f64,
    /// Of each agent, from the end of the process until it had a stream again.
    pub(crate) streams: Summary,
    /// Agents with a stream at the end.
    pub(crate) back: usize,
    /// Of all agents, the attempts that got as far as a resource; from the end on.
    pub(crate) logins: u64,
    pub(crate) requests: u64,
    /// Commands that were sent again: nobody had answered, or the outcome was unknown.
    pub(crate) commands_sent_again: u64,
    /// What the simulator and the new connector used meanwhile.
    pub(crate) processes: Vec<Cost>,
}

/// Restarts the connector, and watches what follows.
///
/// # Errors
/// When it does not start again, or the simulator does not answer.
pub(crate) async fn run(
    spawned: &mut Spawned,
    stage: &Arc<Stage>,
    agents: usize,
    plan: RestartPlan,
) -> Result<Restart, Failed> {
    sleep(plan.after).await;
    let signalled = Instant::now();
    spawned.end_server(plan.ending).await?;
    let ended = Instant::now();
    let counted = async || stage.control.counted().await.map_err(Failed::unavailable);
    let before = counted().await?;
    let mut watch = Watch::begin(&[spawned.sim()]);
    watch.add_new(spawned.start_server().await?);
    stage.health.wait_until_answering(PATIENCE).await.map_err(Failed::unavailable)?;
    let started = Instant::now();
    let (mut ticks, mut streams, mut last) = (interval(EVERY), Samples::default(), before);
    while last.opened_since(before) < agents && started.elapsed() < PATIENCE {
        ticks.tick().await;
        last = counted().await?;
        streams.fill(last.opened_since(before), ended.elapsed());
        watch.look();
    }
    Ok(Restart {
        ending: plan.ending.name(),
        stop_seconds: ended.duration_since(signalled).as_secs_f64(),
        start_seconds: started.duration_since(ended).as_secs_f64(),
        streams: streams.summary(),
        back: last.opened_since(before),
        logins: last.logins.saturating_sub(before.logins),
        requests: last.requests.saturating_sub(before.requests),
        commands_sent_again: 0,
        processes: watch.costs(),
    })
}

impl Restart {
    /// With what the agents had to send again in the whole run.
    pub(crate) fn with_resent(self, resent: &Resent) -> Self {
        Self { commands_sent_again: resent.all(), ..self }
    }
}
