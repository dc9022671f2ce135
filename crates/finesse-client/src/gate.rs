//! How many may log in to a node's notification service at once, and who goes first.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;
use tokio::time::Instant;

/// The gate of one node. After an outage every agent comes back at once: those who have been without a
/// stream longest are let in first, because Finesse signs them out first.
#[derive(Debug)]
pub(crate) struct Gate {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    free: usize,
    /// Those who wait, by since when, then by when they came to the gate.
    waiting: BTreeMap<(Instant, u64), oneshot::Sender<Permit>>,
    came: u64,
}

/// Permission to log in. Dropping it lets the next one in.
#[derive(Debug)]
pub(crate) struct Permit {
    gate: Arc<Gate>,
}

impl Gate {
    pub(crate) fn new(permits: NonZeroUsize) -> Arc<Self> {
        let state = State { free: permits.get(), waiting: BTreeMap::new(), came: 0 };
        Arc::new(Self { state: Mutex::new(state) })
    }

    /// Waits for a permit, in the order of `since`. Dropping the future gives the turn up.
    pub(crate) async fn acquire(self: &Arc<Self>, since: Instant) -> Permit {
        loop {
            let turn = {
                let mut state = self.state();
                if let Some(free) = state.free.checked_sub(1) {
                    state.free = free;
                    return Permit { gate: Arc::clone(self) };
                }
                let (call, turn) = oneshot::channel();
                state.came = state.came.wrapping_add(1);
                let came = state.came;
                state.waiting.insert((since, came), call);
                turn
            };
            if let Ok(permit) = turn.await {
                return permit;
            }
        }
    }

    /// Nothing that runs under this lock waits, or can leave the state half changed.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whose turn it is; if nobody waits, the permit is free.
    fn next(&mut self) -> Option<oneshot::Sender<Permit>> {
        while let Some((_, call)) = self.waiting.pop_first() {
            if !call.is_closed() {
                return Some(call);
            }
        }
        self.free += 1;
        None
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let next = self.gate.state().next();
        if let Some(call) = next {
            // A waiter that gives up at this moment drops the permit, which lets the next one in.
            let _ = call.send(Self { gate: Arc::clone(&self.gate) });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use futures_util::FutureExt;
    use tokio::task::JoinSet;

    use super::*;

    fn gate(permits: usize) -> Arc<Gate> {
        Gate::new(NonZeroUsize::new(permits).unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn so_many_are_inside_at_once_and_everybody_comes_in() {
        let (gate, inside) = (gate(32), Arc::new(AtomicUsize::new(0)));
        let begun = Instant::now();
        let mut logins = JoinSet::new();
        for _ in 0..2000 {
            let (gate, inside) = (Arc::clone(&gate), Arc::clone(&inside));
            logins.spawn(async move {
                let _permit = gate.acquire(begun).await;
                assert!(inside.fetch_add(1, Ordering::SeqCst) < 32);
                tokio::time::sleep(Duration::from_secs(1)).await;
                inside.fetch_sub(1, Ordering::SeqCst);
            });
        }
        logins.join_all().await;
        assert_eq!(begun.elapsed(), Duration::from_secs(63), "2,000 in groups of 32: no permit stays unused");
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_have_waited_longest_go_first_whenever_they_come() {
        let (gate, lost) = (gate(1), Instant::now());
        let inside = gate.acquire(lost).await;
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut logins = JoinSet::new();
        for seconds in [5, 1, 4, 1, 3] {
            let (gate, order) = (Arc::clone(&gate), Arc::clone(&order));
            logins.spawn(async move {
                let _permit = gate.acquire(lost + Duration::from_secs(seconds)).await;
                order.lock().unwrap().push(seconds);
            });
        }
        // The clock moves when everybody waits.
        tokio::time::sleep(Duration::from_secs(60)).await;
        drop(inside);
        logins.join_all().await;
        assert_eq!(*order.lock().unwrap(), [1, 1, 3, 4, 5]);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_gives_up_keeps_nobody_out() {
        let (gate, now) = (gate(1), Instant::now());
        let inside = gate.acquire(now).await;
        for _ in 0..100_000 {
            assert!(gate.acquire(now).now_or_never().is_none());
        }
        let (mut early, mut late) = (Box::pin(gate.acquire(now)), Box::pin(gate.acquire(now)));
        assert!((&mut early).now_or_never().is_none() && (&mut late).now_or_never().is_none());
        // One gives up while it waits, the other when it has been called already.
        drop(early);
        drop(inside);
        drop(late);
        assert!(gate.acquire(now).now_or_never().is_some());
    }
}
