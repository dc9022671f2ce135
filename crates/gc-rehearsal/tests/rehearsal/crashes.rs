//! The process dies, whatever it is doing, and goes on with what it has kept. Its disk fails, and works again.

use std::time::Duration;

use rand::RngExt;
use rand::seq::IndexedRandom;

use crate::device::DiskFault;
use crate::plan::FaultPlan;
use crate::players::Player;
use crate::site::Dice;

/// How long it is away at most: Finesse waits for less than this before it acts (`presence_loss`).
const AWAY: [Duration; 4] =
    [Duration::ZERO, Duration::from_millis(50), Duration::from_secs(2), Duration::from_secs(30)];

/// The disk fails for twice this time at most, and is not tried for as long after it works again.
const FAILS: Duration = Duration::from_secs(4);

impl FaultPlan {
    /// The same with a process that dies now and then, on a disk that takes its time; in every other run the disk fails now and
    /// then, and in some of these nothing dies.
    pub(crate) fn with_crashes(self) -> Self {
        let mut dice = self.dice(Dice::Crashes);
        let every = *[500, 3000, 10_000].choose(&mut dice).unwrap();
        let late = *[0, 1, 5, 50, 1000].choose(&mut dice).unwrap();
        let (every, late) = (Duration::from_millis(every), Duration::from_millis(late));
        let fails = *[None, None, Some(2000), Some(10_000)].choose(&mut dice).unwrap();
        let dies = fails.is_none() || dice.random_bool(0.7);
        Self {
            crash_every: dies.then_some(every),
            disk_fails: fails.map(Duration::from_millis),
            disk_late: late,
            ..self
        }
    }
}

impl Player<'_> {
    /// The process dies again and again, until the run is over.
    pub(crate) async fn crashes(mut self) {
        let Some(every) = self.site.plan.crash_every else { return };
        let mut takeovers = self.site.plan.dice(Dice::Takeovers);
        while self.pause(every).await {
            if self.site.plan.takes_over && takeovers.random() {
                self.is_overtaken().await;
                continue;
            }
            let away = *AWAY.choose(&mut self.dice).unwrap();
            self.site.crashes(self.dice.random_range(Duration::ZERO..=away)).await;
        }
    }

    /// The disk fails again and again, until the run is over. It is tried in vain, and again when it works.
    pub(crate) async fn fails_disk(mut self) {
        let Some(every) = self.site.plan.disk_fails else { return };
        while self.pause(every).await {
            let fault = *[DiskFault::Full, DiskFault::NoWrite].choose(&mut self.dice).unwrap();
            self.site.set_disk(Some(fault));
            self.pause(FAILS).await;
            self.site.recovers();
            self.pause(FAILS).await;
            self.site.set_disk(None);
            self.pause(FAILS).await;
            self.site.recovers();
        }
    }
}
