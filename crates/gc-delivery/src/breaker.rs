//! One breaker for each host of callbacks, shared by all clients whose callbacks are there.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use gc_environment::{Watched, Watcher};
use tokio::time::Instant;

use crate::{Callback, Failure};

/// A breaker opens after this many consecutive failures, counted over all clients.
const THRESHOLD: usize = 3;

/// The breakers of the hosts that are in use: scheme, name and port.
#[derive(Default)]
pub(crate) struct Breakers(Mutex<BTreeMap<String, Weak<Breaker>>>);

/// Whether attempts go to a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakerState {
    /// They do.
    Closed,
    /// They do not: it cannot be reached.
    Open,
    /// One does, to see whether it can be reached again.
    Probing,
}

impl Breakers {
    pub(crate) fn state_of(&self, callback: &Callback) -> BreakerState {
        let host = callback.url().origin().ascii_serialization();
        let breakers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let state = breakers.get(&host).and_then(Weak::upgrade).map(|breaker| breaker.state());
        state.unwrap_or(BreakerState::Closed)
    }

    /// How many hosts cannot be reached.
    pub(crate) fn count_open(&self) -> u64 {
        let breakers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let open = breakers.values().filter_map(Weak::upgrade).filter(|breaker| !breaker.is_closed());
        u64::try_from(open.count()).unwrap_or(u64::MAX)
    }

    pub(crate) fn of(&self, callback: &Callback) -> Arc<Breaker> {
        let host = callback.url().origin().ascii_serialization();
        let mut breakers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(breaker) = breakers.get(&host).and_then(Weak::upgrade) {
            return breaker;
        }
        breakers.retain(|_, breaker| breaker.strong_count() > 0);
        let breaker =
            Arc::new(Breaker { host: host.clone(), state: Watched::new(State::Closed { failures: 0 }) });
        breakers.insert(host, Arc::downgrade(&breaker));
        breaker
    }
}

/// Opens when the host cannot be reached, and only then: any answer at all closes it. While it is open, one attempt at
/// a time is let through, as a probe.
pub(crate) struct Breaker {
    host: String,
    state: Watched<State>,
}

#[derive(Clone, Debug)]
enum State {
    /// Attempts are made; the last ones failed.
    Closed { failures: usize },
    /// No attempt is made until then.
    Open { outage: Outage, until: Instant },
    /// The probe is under way.
    Probing { outage: Outage },
}

/// What is known of a host that cannot be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outage {
    /// Failures in a row: those that opened the breaker, and the probes.
    pub(crate) failures: usize,
    /// The last one.
    pub(crate) failure: Failure,
}

/// Whether an attempt may begin.
pub(crate) enum Admission {
    Granted(Pass),
    /// Not before then, or while the probe is under way.
    Refused {
        outage: Outage,
        until: Option<Instant>,
    },
}

impl Breaker {
    pub(crate) fn is_closed(&self) -> bool {
        self.state() == BreakerState::Closed
    }

    fn state(&self) -> BreakerState {
        self.state.read(|state| match state {
            State::Closed { .. } => BreakerState::Closed,
            State::Open { .. } => BreakerState::Open,
            State::Probing { .. } => BreakerState::Probing,
        })
    }

    /// Admits an attempt that begins now. Whoever gets a pass makes the attempt.
    pub(crate) fn admit(self: &Arc<Self>, now: Instant) -> Admission {
        let granted = |is_probe| Admission::Granted(Pass { breaker: Arc::clone(self), is_probe });
        if self.is_closed() {
            return granted(false);
        }
        let mut admission = granted(false);
        self.change(|state| match state {
            State::Open { outage, until } if *until <= now => {
                admission = granted(true);
                Some(State::Probing { outage: outage.clone() })
            }
            State::Open { outage, until } => {
                admission = Admission::Refused { outage: outage.clone(), until: Some(*until) };
                None
            }
            State::Probing { outage } => {
                admission = Admission::Refused { outage: outage.clone(), until: None };
                None
            }
            State::Closed { .. } => None,
        });
        admission
    }

    /// Somebody says that the host is there: the next probe need not wait.
    pub(crate) fn probe_now(&self, now: Instant) {
        self.change(|state| match state {
            State::Open { outage, until } if *until > now => {
                Some(State::Open { outage: outage.clone(), until: now })
            }
            _ => None,
        });
    }

    /// Changes after this are changes for the watcher.
    pub(crate) fn watch(&self) -> Changes {
        Changes(self.state.watch())
    }

    /// Wakes those who wait only if the state becomes another one.
    fn change(&self, change: impl FnOnce(&State) -> Option<State>) {
        self.state.modify_if(|state| {
            let next = change(state);
            let is_new = next.is_some();
            if let Some(next) = next {
                *state = next;
            }
            is_new
        });
    }

    fn reached(&self) {
        let mut was_open = false;
        self.change(|state| match state {
            State::Closed { failures: 0 } => None,
            state => {
                was_open = !matches!(state, State::Closed { .. });
                Some(State::Closed { failures: 0 })
            }
        });
        if was_open {
            tracing::info!(host = self.host, "the host of callbacks can be reached again");
        }
    }

    fn not_reached(&self, is_probe: bool, failure: &Failure, now: Instant, wait: impl Fn(usize) -> Duration) {
        let mut has_opened = false;
        // The earliest time at which a client's own schedule may try again: others that wait come before it.
        let open = |failures| {
            let outage = Outage { failures, failure: failure.clone() };
            Some(State::Open { outage, until: now + wait(failures) * 3 / 4 })
        };
        self.change(|state| match state {
            State::Closed { failures } if failures + 1 < THRESHOLD => {
                Some(State::Closed { failures: failures + 1 })
            }
            State::Closed { failures } => {
                has_opened = true;
                open(failures + 1)
            }
            State::Probing { outage } if is_probe => open(outage.failures.saturating_add(1)),
            // It began before the breaker opened.
            State::Open { .. } | State::Probing { .. } => None,
        });
        if has_opened {
            tracing::warn!(host = self.host, %failure, "the host of callbacks cannot be reached: one attempt at a time");
        }
    }
}

/// The permission for one attempt. A probe whose client is forgotten meanwhile is nobody's: the next may begin.
pub(crate) struct Pass {
    breaker: Arc<Breaker>,
    is_probe: bool,
}

impl Pass {
    /// The attempt has ended, with an answer or with a failure; `wait`: the schedule of attempts.
    pub(crate) fn ends(mut self, failure: Option<&Failure>, now: Instant, wait: impl Fn(usize) -> Duration) {
        match failure {
            Some(failure @ (Failure::TimedOut | Failure::Unreachable(_))) => {
                self.breaker.not_reached(self.is_probe, failure, now, wait);
            }
            _ => self.breaker.reached(),
        }
        self.is_probe = false;
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        if self.is_probe {
            self.breaker.change(|state| match state {
                State::Probing { outage } => {
                    Some(State::Open { outage: outage.clone(), until: Instant::now() })
                }
                _ => None,
            });
        }
    }
}

/// Waits for the breaker's next state.
pub(crate) struct Changes(Watcher<State>);

impl Changes {
    /// The present state counts as seen.
    pub(crate) fn see(&mut self) {
        self.0.read(|_| ());
    }

    pub(crate) async fn changed(&self) {
        self.0.changed().await;
    }
}

#[cfg(test)]
mod tests;
