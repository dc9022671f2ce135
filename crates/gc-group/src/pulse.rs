//! A leader that has died while the store's clock was set back.

use tokio::time::Instant;

use crate::TTL;

/// Notices a holder of the store that does not renew its lease, whatever the store's clock says. By that clock alone a lease that was
/// granted before the clock was set back would last until the clock is there again, and nobody would lead.
#[derive(Debug)]
pub struct Pulse<S>(Option<(S, Instant)>);

impl<S> Default for Pulse<S> {
    fn default() -> Self {
        Self(None)
    }
}

impl<S: PartialEq> Pulse<S> {
    /// Whether this sign of life has been the same for more than [`TTL`]: each renewal replaces it. `sent`: an instant before it was asked
    /// for; `now`: one after the answer. A leader stops earlier than that, by its own clock.
    pub fn has_stopped(&mut self, sent: Instant, now: Instant, sign: S) -> bool {
        match &self.0 {
            Some((seen, since)) if *seen == sign => sent.saturating_duration_since(*since) > TTL,
            _ => {
                self.0 = Some((sign, now));
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_holder_that_does_not_renew_its_lease_is_noticed_by_the_own_clock() {
        let begun = Instant::now();
        let mut pulse = Pulse::default();
        let mut at = |seconds, sign| {
            let sent = begun + Duration::from_secs(seconds);
            pulse.has_stopped(sent, sent + Duration::from_secs(1), sign)
        };
        assert!(!at(0, 1) && !at(10, 1) && !at(16, 1), "it was first seen after 1 s");
        assert!(at(17, 1));
        assert!(!at(18, 2) && !at(34, 2));
        assert!(at(35, 2));
    }
}
