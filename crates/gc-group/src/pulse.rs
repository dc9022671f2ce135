//! Who lives, whatever the store's clock says.

use tokio::time::Instant;

use crate::TTL;

/// The signs of life of a connector, as another one sees them by its own monotonic clock. The store's clock may be set, or be another one
/// after a failover: by that clock alone the lease of a leader that goes on renewing it could be over, and that of one that has died
/// could last for hours.
#[derive(Debug)]
pub struct Pulse<S>(Option<Seen<S>>);

#[derive(Debug)]
struct Seen<S> {
    sign: S,
    since: Instant,
    /// How old it was then is not known.
    is_first: bool,
}

/// What signs of life say.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Life {
    /// There was one, which may be an old one.
    Unknown,
    /// There has been a new one within [`TTL`].
    Beats,
    /// There has been no new one for more than [`TTL`].
    Stopped,
}

impl<S> Default for Pulse<S> {
    fn default() -> Self {
        Self(None)
    }
}

impl<S: PartialEq> Pulse<S> {
    /// This is the last sign: each renewal of a lease replaces it. `sent`: an instant before it was asked for; `now`: one after the answer. Who
    /// has stopped knows by then that its lease is over: that began before the sign.
    pub fn look(&mut self, sent: Instant, now: Instant, sign: S) -> Life {
        match &self.0 {
            Some(seen) if seen.sign == sign => {
                match (sent.saturating_duration_since(seen.since) > TTL, seen.is_first) {
                    (true, _) => Life::Stopped,
                    (false, true) => Life::Unknown,
                    (false, false) => Life::Beats,
                }
            }
            seen => {
                let is_first = seen.is_none();
                self.0 = Some(Seen { sign, since: now, is_first });
                if is_first { Life::Unknown } else { Life::Beats }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_gives_no_new_sign_is_noticed_by_the_own_clock() {
        let begun = Instant::now();
        let mut pulse = Pulse::default();
        let mut at = |seconds, sign| {
            let sent = begun + Duration::from_secs(seconds);
            pulse.look(sent, sent + Duration::from_secs(1), sign)
        };
        // It was first seen after 1 s.
        assert_eq!([at(0, 1), at(10, 1), at(16, 1)], [Life::Unknown; 3]);
        assert_eq!(at(17, 1), Life::Stopped);
        assert_eq!([at(18, 2), at(34, 2)], [Life::Beats; 2]);
        assert_eq!([at(35, 2), at(3_600, 2)], [Life::Stopped; 2]);
        assert_eq!(at(3_601, 3), Life::Beats);
    }
}
