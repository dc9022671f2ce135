//! How long a connector may lead without having heard from the store.

use std::{future::poll_fn, pin::pin, sync::Arc, task::Poll, time::Duration};

use gc_environment::Watched;
use tokio::time::{Instant, sleep_until};

/// So long after a renewal the others believe that a connector lives, by the store's clock.
pub const TTL: Duration = Duration::from_secs(15);
/// How often a connector renews.
pub const RENEWAL: Duration = Duration::from_secs(3);
/// So long before others may take its place, a connector stops leading: what is under way by then is cut off.
pub const MARGIN: Duration = Duration::from_secs(5);

/// Until when this connector may lead, by its own monotonic clock: for [`TTL`] less [`MARGIN`] from before its last renewal was
/// sent. Once that is over it stays over: the answer to a late renewal does not bring it back. That of a connector without others is
/// [endless](Lease::endless).
#[derive(Clone, Debug)]
pub struct Lease(Option<Arc<Watched<Instant>>>);

impl Lease {
    /// One that was granted. `sent`: an instant before it was asked for.
    pub fn granted(sent: Instant) -> Self {
        Self(Some(Arc::new(Watched::new(end(sent)))))
    }

    /// That of a connector for whose place nobody waits.
    pub fn endless() -> Self {
        Self(None)
    }

    /// Whether it never ends.
    pub fn is_endless(&self) -> bool {
        self.0.is_none()
    }

    /// It was renewed; `sent` is an instant before that was asked for.
    pub fn renewed(&self, sent: Instant) {
        let (now, Some(until)) = (Instant::now(), &self.0) else { return };
        until.modify_if(|until| {
            let is_later = *until > now && end(sent) > *until;
            if is_later {
                *until = end(sent);
            }
            is_later
        });
    }

    /// How long it goes on if it is not renewed.
    pub fn left(&self) -> Duration {
        let left = |until: &Instant| until.saturating_duration_since(Instant::now());
        self.0.as_ref().map_or(Duration::MAX, |until| until.read(left))
    }

    /// Whether others may soon take this connector's place.
    pub fn is_over(&self) -> bool {
        self.left().is_zero()
    }

    /// Returns when it is over.
    pub async fn over(&self) {
        let Some(end) = &self.0 else { return std::future::pending().await };
        loop {
            let until = end.read(|until| *until);
            if until <= Instant::now() {
                return;
            }
            let mut timer = pin!(sleep_until(until));
            // The clock decides at each poll: a process that was suspended may poll other work before its timers fire.
            poll_fn(|context| match until <= Instant::now() {
                true => Poll::Ready(()),
                false => timer.as_mut().poll(context),
            })
            .await;
        }
    }
}

fn end(sent: Instant) -> Instant {
    sent + (TTL - MARGIN)
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_ends_a_margin_before_others_may_take_over() {
        let lease = Lease::granted(Instant::now());
        advance(TTL - MARGIN - Duration::from_millis(1)).await;
        assert!(!lease.is_over() && lease.over().now_or_never().is_none());
        advance(Duration::from_millis(1)).await;
        assert!(lease.is_over() && lease.left().is_zero());
        lease.over().await;
    }

    /// A process that was suspended may poll other work before its timers fire.
    #[tokio::test(start_paused = true)]
    async fn it_is_over_by_the_clock_although_no_timer_has_fired_yet() {
        let lease = Lease::granted(Instant::now());
        let mut over = pin!(lease.over());
        assert!(over.as_mut().now_or_never().is_none());
        let mut woken = pin!(advance(TTL));
        assert!(woken.as_mut().now_or_never().is_none(), "the clock has gone on, the timers have not fired");
        assert!(over.now_or_never().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_renewal_counts_from_before_it_was_sent() {
        let lease = Lease::granted(Instant::now());
        let sent = Instant::now();
        advance(Duration::from_secs(4)).await;
        lease.renewed(sent);
        assert_eq!(lease.left(), Duration::from_secs(6));
        let (began, waiting) = (
            Instant::now(),
            tokio::spawn({
                let lease = lease.clone();
                async move { lease.over().await }
            }),
        );
        tokio::task::yield_now().await;
        lease.renewed(Instant::now());
        // An answer that was overtaken takes nothing back.
        lease.renewed(sent);
        waiting.await.unwrap();
        assert_eq!(began.elapsed(), TTL - MARGIN);
    }

    #[tokio::test(start_paused = true)]
    async fn an_endless_one_is_never_over() {
        let lease = Lease::endless();
        advance(TTL * 1_000).await;
        lease.renewed(Instant::now());
        assert!(lease.is_endless() && !lease.is_over() && lease.over().now_or_never().is_none());
        assert!(!Lease::granted(Instant::now()).is_endless());
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_over_does_not_come_back() {
        let lease = Lease::granted(Instant::now());
        advance(TTL - MARGIN).await;
        lease.renewed(Instant::now());
        assert!(lease.is_over());
    }
}
