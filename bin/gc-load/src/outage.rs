//! Both nodes go, and come back: how long until every agent has a stream again, and what that costs Finesse.

use std::collections::VecDeque;
use std::time::Duration;

use serde::Serialize;
use tokio::time::{Instant, interval};

use crate::control::Counted;
use crate::crowd::Crowd;
use crate::failed::Failed;
use crate::process::{Cost, Watch};
use crate::samples::{Samples, Summary};

/// How long the agents may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// From one reading to the next.
const EVERY: Duration = Duration::from_millis(100);
/// What belongs to it, such as re-reads, is over when this many readings in a row show no more requests than health checks.
const QUIET: usize = 20;

/// What was seen from the return of the nodes until all was quiet.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Outage {
    pub(crate) away_seconds: f64,
    /// Agents with a stream at the end.
    pub(crate) back: usize,
    /// Of each agent, from the return until it had a stream again.
    pub(crate) streams: Summary,
    /// From the return until the last request.
    pub(crate) quiet_seconds: f64,
    /// Of all agents, the attempts that got as far as a resource.
    pub(crate) logins: u64,
    pub(crate) logins_per_agent: f64,
    pub(crate) requests: u64,
    /// In the second with the most.
    pub(crate) most_logins_per_second: u64,
    pub(crate) most_requests_per_second: u64,
    /// What each process used from the return on.
    pub(crate) processes: Vec<Cost>,
}

/// Stops the nodes, starts them after `away`, and watches what follows.
///
/// # Errors
/// When the simulator does not answer.
pub(crate) async fn run(crowd: &Crowd, away: Duration) -> Result<Outage, Failed> {
    let control = &crowd.stage.control;
    control.run_nodes(false).await.map_err(Failed::unavailable)?;
    // Until then it opens streams again, which the notification service would take.
    crowd.stage.health.wait_until_out(crowd.stage.timeout).await.map_err(Failed::unavailable)?;
    control.end_streams().await.map_err(Failed::unavailable)?;
    tokio::time::sleep(away).await;
    let before = control.counted().await.map_err(Failed::unavailable)?;
    let mut watch = Watch::begin(&crowd.processes);
    control.run_nodes(true).await.map_err(Failed::unavailable)?;
    let returned = Instant::now();
    let mut readings = Readings::new(before);
    let (mut streams, mut quiet) = (Samples::default(), None);
    let mut ticks = interval(EVERY);
    while returned.elapsed() < PATIENCE
        && !(readings.last.connected >= crowd.agents.len() && readings.is_quiet())
    {
        ticks.tick().await;
        let counted = control.counted().await.map_err(Failed::unavailable)?;
        let now = returned.elapsed();
        watch.look();
        if readings.add(now, counted) {
            quiet = Some(now);
        }
        streams.fill(counted.connected.min(crowd.agents.len()), now);
    }
    let (last, agents) = (readings.last, crowd.agents.len());
    let logins = last.logins - before.logins;
    Ok(Outage {
        away_seconds: away.as_secs_f64(),
        back: last.connected,
        streams: streams.summary(),
        quiet_seconds: quiet.unwrap_or_default().as_secs_f64(),
        logins,
        logins_per_agent: logins as f64 / agents.max(1) as f64,
        requests: last.requests - before.requests,
        most_logins_per_second: readings.most_logins,
        most_requests_per_second: readings.most_requests,
        processes: watch.costs(),
    })
}

/// The readings of the last second, and the most that there was in one.
#[derive(Debug)]
struct Readings {
    last: Counted,
    second: VecDeque<(Duration, Counted)>,
    most_logins: u64,
    most_requests: u64,
    quiet: usize,
}

impl Readings {
    fn new(before: Counted) -> Self {
        let second = VecDeque::from([(Duration::ZERO, before)]);
        Self { last: before, second, most_logins: 0, most_requests: 0, quiet: 0 }
    }

    /// Whether there was more than the health checks since the last reading.
    fn add(&mut self, now: Duration, counted: Counted) -> bool {
        let busy = counted.requests - self.last.requests > 2 || counted.logins > self.last.logins;
        self.quiet = if busy { 0 } else { self.quiet + 1 };
        self.last = counted;
        // No longer than a second, so that it does not count what took longer.
        while self.second.len() > 1
            && self.second.front().is_some_and(|(at, _)| now - *at > Duration::from_secs(1))
        {
            self.second.pop_front();
        }
        if let Some((_, first)) = self.second.front() {
            self.most_logins = self.most_logins.max(counted.logins - first.logins);
            self.most_requests = self.most_requests.max(counted.requests - first.requests);
        }
        self.second.push_back((now, counted));
        busy
    }

    fn is_quiet(&self) -> bool {
        self.quiet >= QUIET
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_busiest_second_is_found_and_quiet_is_when_only_health_checks_come() {
        let at = |logins, requests| Counted { connected: 0, logins, requests };
        let mut readings = Readings::new(at(10, 100));
        for tenth in 1..=20 {
            assert!(readings.add(Duration::from_millis(100 * tenth), at(10 + 5 * tenth, 100 + 20 * tenth)));
        }
        assert_eq!((readings.most_logins, readings.most_requests), (50, 200));
        for tenth in 21..=40 {
            assert!(!readings.is_quiet());
            assert!(!readings.add(Duration::from_millis(100 * tenth), at(110, 500 + tenth - 20)));
        }
        assert!(readings.is_quiet());
        assert_eq!((readings.last, readings.most_requests), (at(110, 520), 200));
    }
}
