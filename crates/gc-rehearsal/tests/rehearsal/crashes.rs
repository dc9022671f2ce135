//! The process dies, whatever it is doing, and goes on with what it has kept.

use std::time::Duration;

use rand::RngExt;
use rand::seq::IndexedRandom;

use crate::plan::FaultPlan;
use crate::players::Player;
use crate::site::Dice;

/// How long it is away at most: Finesse waits for less than this before it acts (`presence_loss`).
const AWAY: [Duration; 4] =
    [Duration::ZERO, Duration::from_millis(50), Duration::from_secs(2), Duration::from_secs(30)];

impl FaultPlan {
    /// The same with a process that dies now and then, on a disk that takes its time.
    pub(crate) fn with_crashes(self) -> Self {
        let mut dice = self.dice(Dice::Crashes);
        let every = *[500, 3000, 10_000].choose(&mut dice).unwrap();
        let late = *[0, 1, 5, 50].choose(&mut dice).unwrap();
        let (every, late) = (Duration::from_millis(every), Duration::from_millis(late));
        Self { crash_every: Some(every), disk_late: late, ..self }
    }
}

impl Player<'_> {
    /// The process dies again and again, until the run is over.
    pub(crate) async fn crashes(mut self) {
        let Some(every) = self.site.plan.crash_every else { return };
        while self.pause(every).await {
            let away = *AWAY.choose(&mut self.dice).unwrap();
            self.site.crashes(self.dice.random_range(Duration::ZERO..=away)).await;
        }
    }
}
