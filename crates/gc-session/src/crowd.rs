//! What happens to many agents of a cluster for one reason is a few entries of the log, not one for each of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::lock::lock;

/// So many entries of one kind have their own line within [`TIME`].
pub(crate) const APART: u64 = 10;
/// After this time the others are reported as one number.
const TIME: Duration = Duration::from_secs(10);

/// What has happened to a cluster's agents within [`TIME`], by kind.
#[derive(Debug, Default)]
pub(crate) struct Crowd(Mutex<HashMap<&'static str, Recent>>);

#[derive(Debug)]
struct Recent {
    since: Instant,
    entries: u64,
}

impl Crowd {
    /// It happens to one more agent. Whether that has a line of its own; else it is among those that one line counts later.
    pub(crate) fn is_apart(
        self: &Arc<Self>,
        kind: &'static str,
        tasks: &TaskTracker,
        stop: &CancellationToken,
    ) -> bool {
        let now = Instant::now();
        let mut kinds = lock(&self.0);
        let recent = kinds.entry(kind).or_insert(Recent { since: now, entries: 0 });
        if now >= recent.since + TIME && recent.entries <= APART {
            *recent = Recent { since: now, entries: 0 };
        }
        recent.entries += 1;
        if recent.entries == APART + 1 {
            tasks.spawn(Arc::clone(self).report_the_rest(kind, recent.since + TIME, stop.clone()));
        }
        recent.entries <= APART
    }

    async fn report_the_rest(self: Arc<Self>, kind: &'static str, at: Instant, stop: CancellationToken) {
        // A stop does not wait for this: what is there by then is reported.
        _ = stop.run_until_cancelled(sleep_until(at)).await;
        let recent = lock(&self.0).remove(kind);
        let times = recent.map_or(0, |recent| recent.entries.saturating_sub(APART));
        tracing::warn!(times, "{kind}: the same for other agents, whose entries are at DEBUG");
    }
}

/// An entry at WARN, or at DEBUG when many agents have the same. The text is a literal, which is also its kind.
macro_rules! warn_of_crowd {
    ($task:expr, $text:literal, $($fields:tt)+) => {
        if $task.link.crowd.is_apart($text, &$task.shared.tasks, &$task.shared.stop) {
            tracing::warn!($($fields)+, $text);
        } else {
            tracing::debug!($($fields)+, $text);
        }
    };
}
pub(crate) use warn_of_crowd;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_first_ten_are_apart_and_the_others_are_counted_together() {
        let crowd = Arc::new(Crowd::default());
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let apart = |kind, times: u64| (0..times).filter(|_| crowd.is_apart(kind, &tasks, &stop)).count();
        assert_eq!((apart("a", 2000), apart("b", 3)), (10, 3));
        tokio::time::advance(TIME).await;
        assert_eq!(apart("b", 20), 10, "another time");
        // The line that counts the others is written, and with that a new time begins.
        tokio::task::yield_now().await;
        assert_eq!(apart("a", 20), 10);
    }
}
