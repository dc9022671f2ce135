//! What limits refuse, in the log: a flood of refusals is a few entries with a count, and none of them goes unseen.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use gc_access::Principal;
use tracing::field::display;

use super::network::network;

/// Refusals of this time are one entry.
const EVERY: Duration = Duration::from_secs(60);
/// So many are counted apart. What others are refused meanwhile is counted together.
const APART: usize = 1024;

/// A limit that can refuse something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Limit {
    Requests,
    Hellos,
    Connects,
    RequestsAtOnce,
    Connections,
    ClientConnections,
    AllConnections,
    Clients,
    Commands,
}

/// The subject of a limit: whose requests it counts together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Subject {
    /// An IPv4 address, or a network of IPv6.
    Address(IpAddr),
    /// A client of the configuration.
    Client(String),
    Everybody,
}

/// The refusals that are not in the log yet. Those who are refused for the first time in a while are there at once, and
/// their further refusals once a minute.
#[derive(Debug, Default)]
pub(super) struct Tally {
    unreported: Mutex<HashMap<(Subject, Limit), u64>>,
}

impl Limit {
    /// The key that configures it.
    fn key(self) -> &'static str {
        match self {
            Self::Requests => "http.limits.requests_per_second",
            Self::Hellos => "http.limits.hellos_per_second",
            Self::Connects => "http.limits.connects_per_second",
            Self::RequestsAtOnce => "http.limits.requests_at_once",
            Self::Connections => "http.limits.connections",
            Self::ClientConnections => "http.limits.client_connections",
            Self::AllConnections => "http.max_connections",
            Self::Clients => "http.max_clients",
            Self::Commands => "session.max_open_commands",
        }
    }
}

impl Subject {
    pub(super) fn address(address: IpAddr) -> Self {
        Self::Address(network(address))
    }

    /// The client, unless callers are not identified.
    pub(super) fn client(who: &Principal) -> Option<Self> {
        (!who.is_open()).then(|| Self::Client(who.name().to_owned()))
    }
}

impl Tally {
    /// Something is refused.
    pub(super) fn count(self: &Arc<Self>, subject: Subject, limit: Limit) {
        let mut unreported = self.unreported();
        let mut key = (subject, limit);
        if unreported.len() >= APART && !unreported.contains_key(&key) {
            key.0 = Subject::Everybody;
        }
        if let Some(refused) = unreported.get_mut(&key) {
            *refused += 1;
            return;
        }
        unreported.insert(key.clone(), 0);
        drop(unreported);
        report(&key, 1);
        tokio::spawn(Arc::clone(self).report_the_rest(key));
    }

    /// Until none is refused for a while.
    async fn report_the_rest(self: Arc<Self>, key: (Subject, Limit)) {
        loop {
            tokio::time::sleep(EVERY).await;
            let mut unreported = self.unreported();
            let refused = unreported.get_mut(&key).map(std::mem::take).unwrap_or_default();
            if refused == 0 {
                unreported.remove(&key);
                return;
            }
            drop(unreported);
            report(&key, refused);
        }
    }

    fn unreported(&self) -> MutexGuard<'_, HashMap<(Subject, Limit), u64>> {
        self.unreported.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn report((subject, limit): &(Subject, Limit), refused: u64) {
    let (address, principal) = match subject {
        Subject::Address(address) => (Some(display(address)), None),
        Subject::Client(name) => (None, Some(name.as_str())),
        Subject::Everybody => (None, None),
    };
    tracing::warn!(limit = limit.key(), principal, address, refused, "refused: the limit is reached");
}

#[cfg(test)]
mod tests;
