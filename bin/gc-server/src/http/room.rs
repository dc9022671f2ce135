//! Room for connections. Idle connections keep nobody out: when there is no room left, the one that has been idle longest
//! is closed. Only requests under way can fill the room, and then some places are left for health checks.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::network::network;
use super::tally::Limit;

/// Places beyond the limit, where only health checks are answered.
const RESERVED: usize = 64;

/// All places of a listener.
#[derive(Debug)]
pub(super) struct Room {
    most: usize,
    most_per_address: usize,
    places: Mutex<Places>,
}

/// The order in which idle connections are closed: those that have sent no request yet first, then by how long they have been
/// idle.
type Rank = (bool, u64);

#[derive(Debug, Default)]
struct Places {
    next: u64,
    taken: usize,
    by_address: HashMap<IpAddr, usize>,
    idle: BTreeMap<Rank, CancellationToken>,
}

/// The place of one connection.
#[derive(Debug)]
pub(super) struct Place {
    room: Arc<Room>,
    address: IpAddr,
    /// There was no room when it was accepted.
    beyond: bool,
    /// Cancelled when the connection has to end at once.
    pub(super) cut: CancellationToken,
    /// Looked at only while the room is locked.
    standing: Mutex<Standing>,
    /// The requests under way.
    busy: watch::Sender<usize>,
}

#[derive(Clone, Copy, Debug)]
enum Standing {
    Idle(Rank),
    Busy,
    /// It is being closed to make room, and no longer counts.
    Evicted,
}

/// A request under way.
#[derive(Debug)]
pub(super) struct RequestInProgress(Arc<Place>);

impl Room {
    pub(super) fn new(most: usize, most_per_address: usize) -> Arc<Self> {
        Arc::new(Self { most: most.max(1), most_per_address, places: Mutex::default() })
    }

    /// A place for a connection from this address. The error is the limit because of which it has to be closed.
    pub(super) fn enter(self: &Arc<Self>, peer: IpAddr) -> Result<Arc<Place>, Limit> {
        let (address, cut) = (network(peer), CancellationToken::new());
        let mut places = self.places();
        let from_there = places.by_address.get(&address).copied().unwrap_or_default();
        if from_there >= self.most_per_address {
            return Err(Limit::Connections);
        }
        if places.taken >= self.most
            && let Some((_, evicted)) = places.idle.pop_first()
        {
            places.taken -= 1;
            evicted.cancel();
        }
        let beyond = places.taken >= self.most;
        if places.taken >= self.most.saturating_add(RESERVED) {
            return Err(Limit::AllConnections);
        }
        places.taken += 1;
        places.by_address.insert(address, from_there + 1);
        let rank = places.idle(false, cut.clone());
        drop(places);
        let (standing, busy) = (Mutex::new(Standing::Idle(rank)), watch::Sender::new(0));
        Ok(Arc::new(Place { room: Arc::clone(self), address, beyond, cut, standing, busy }))
    }

    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Places {
    fn idle(&mut self, has_asked: bool, cut: CancellationToken) -> Rank {
        let rank = (has_asked, self.next);
        self.next += 1;
        self.idle.insert(rank, cut);
        rank
    }
}

impl Place {
    /// A request begins; it is under way until this is dropped.
    pub(super) fn begin(self: &Arc<Self>) -> RequestInProgress {
        let mut places = self.room.places();
        self.rise(&mut places);
        self.busy.send_modify(|requests| *requests += 1);
        RequestInProgress(Arc::clone(self))
    }

    /// Whether only health checks are answered here at the moment.
    pub(super) fn is_reserved(&self) -> bool {
        self.beyond && self.room.places().taken > self.room.most
    }

    /// Returns when no request has been under way for this long.
    pub(super) async fn idle_for(&self, longest: Duration) {
        let mut busy = self.busy.subscribe();
        loop {
            // The sender is this place's own: it is not gone.
            let _ = busy.wait_for(|requests| *requests == 0).await;
            if tokio::time::timeout(longest, busy.changed()).await.is_err() {
                return;
            }
        }
    }

    /// Ends the idle state; returns the new one.
    fn rise(&self, places: &mut Places) -> Standing {
        let mut standing = self.standing();
        if let Standing::Idle(rank) = *standing {
            *standing = if places.idle.remove(&rank).is_some() { Standing::Busy } else { Standing::Evicted };
        }
        *standing
    }

    fn standing(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for RequestInProgress {
    fn drop(&mut self) {
        let Self(place) = self;
        let mut places = place.room.places();
        place.busy.send_modify(|requests| *requests -= 1);
        let mut standing = place.standing();
        if *place.busy.borrow() == 0 && matches!(*standing, Standing::Busy) {
            *standing = Standing::Idle(places.idle(true, place.cut.clone()));
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut places = self.room.places();
        if !matches!(self.rise(&mut places), Standing::Evicted) {
            places.taken -= 1;
        }
        if let Some(count) = places.by_address.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                places.by_address.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests;
