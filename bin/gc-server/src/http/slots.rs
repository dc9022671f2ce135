//! Slots for connections. Idle connections keep nobody out: when no slot is free, the one that has been idle longest is
//! closed. Only requests under way can fill the slots, and then some are reserved for health checks.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::network::network;
use super::tally::Limit;

/// Slots beyond the limit, where only health checks are answered.
const RESERVED: usize = 64;

/// All slots of a listener.
#[derive(Debug)]
pub(super) struct ConnectionSlots {
    most: usize,
    most_per_address: usize,
    state: Mutex<State>,
}

/// The order in which idle connections are closed: those that have sent no request yet first, then by how long they have been
/// idle.
type Rank = (bool, u64);

#[derive(Debug, Default)]
struct State {
    next: u64,
    taken: usize,
    by_address: HashMap<IpAddr, usize>,
    idle: BTreeMap<Rank, CancellationToken>,
}

/// The slot of one connection.
#[derive(Debug)]
pub(super) struct Slot {
    slots: Arc<ConnectionSlots>,
    address: IpAddr,
    /// No slot was free when it was accepted.
    beyond: bool,
    /// Cancelled when the connection has to end at once.
    pub(super) cut: CancellationToken,
    /// Looked at only while the state of all slots is locked.
    standing: Mutex<Standing>,
    /// The requests under way.
    busy: watch::Sender<usize>,
}

#[derive(Clone, Copy, Debug)]
enum Standing {
    Idle(Rank),
    Busy,
    /// It is being closed to free its slot, and no longer counts.
    Evicted,
}

/// A request under way.
#[derive(Debug)]
pub(super) struct RequestInProgress(Arc<Slot>);

impl ConnectionSlots {
    pub(super) fn new(most: usize, most_per_address: usize) -> Arc<Self> {
        Arc::new(Self { most: most.max(1), most_per_address, state: Mutex::default() })
    }

    /// A slot for a connection from this address. The error is the limit because of which it has to be closed.
    pub(super) fn acquire(self: &Arc<Self>, peer: IpAddr) -> Result<Arc<Slot>, Limit> {
        let (address, cut) = (network(peer), CancellationToken::new());
        let mut state = self.state();
        let from_there = state.by_address.get(&address).copied().unwrap_or_default();
        if from_there >= self.most_per_address {
            return Err(Limit::Connections);
        }
        if state.taken >= self.most
            && let Some((_, evicted)) = state.idle.pop_first()
        {
            state.taken -= 1;
            evicted.cancel();
        }
        let beyond = state.taken >= self.most;
        if state.taken >= self.most.saturating_add(RESERVED) {
            return Err(Limit::AllConnections);
        }
        state.taken += 1;
        state.by_address.insert(address, from_there + 1);
        let rank = state.idle(false, cut.clone());
        drop(state);
        let (standing, busy) = (Mutex::new(Standing::Idle(rank)), watch::Sender::new(0));
        Ok(Arc::new(Slot { slots: Arc::clone(self), address, beyond, cut, standing, busy }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn idle(&mut self, has_asked: bool, cut: CancellationToken) -> Rank {
        let rank = (has_asked, self.next);
        self.next += 1;
        self.idle.insert(rank, cut);
        rank
    }
}

impl Slot {
    /// A request begins; it is under way until this is dropped.
    pub(super) fn begin(self: &Arc<Self>) -> RequestInProgress {
        let mut state = self.slots.state();
        self.rise(&mut state);
        self.busy.send_modify(|requests| *requests += 1);
        RequestInProgress(Arc::clone(self))
    }

    /// Whether only health checks are answered here at the moment.
    pub(super) fn is_reserved(&self) -> bool {
        self.beyond && self.slots.state().taken > self.slots.most
    }

    /// Returns when no request has been under way for this long.
    pub(super) async fn idle_for(&self, longest: Duration) {
        let mut busy = self.busy.subscribe();
        loop {
            // The sender is this slot's own: it is not gone.
            let _ = busy.wait_for(|requests| *requests == 0).await;
            if tokio::time::timeout(longest, busy.changed()).await.is_err() {
                return;
            }
        }
    }

    /// Ends the idle state; returns the new one.
    fn rise(&self, state: &mut State) -> Standing {
        let mut standing = self.standing();
        if let Standing::Idle(rank) = *standing {
            *standing = if state.idle.remove(&rank).is_some() { Standing::Busy } else { Standing::Evicted };
        }
        *standing
    }

    fn standing(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for RequestInProgress {
    fn drop(&mut self) {
        let Self(slot) = self;
        let mut state = slot.slots.state();
        slot.busy.send_modify(|requests| *requests -= 1);
        let mut standing = slot.standing();
        if *slot.busy.borrow() == 0 && matches!(*standing, Standing::Busy) {
            *standing = Standing::Idle(state.idle(true, slot.cut.clone()));
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut state = self.slots.state();
        if !matches!(self.rise(&mut state), Standing::Evicted) {
            state.taken -= 1;
        }
        if let Some(count) = state.by_address.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                state.by_address.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests;
