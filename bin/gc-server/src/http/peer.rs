//! The other end of a connection.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use gc_access::{ClientCertificate, Principal};

use super::group::Forwarded;
use super::limits::{InUse, Limits, TooMany};

/// The other end of a connection, as the accept loop knows it. Every request of the connection carries it.
#[derive(Clone, Debug)]
pub(super) struct Peer {
    pub(super) address: IpAddr,
    /// What the handshake has verified.
    pub(super) certificate: Option<Arc<ClientCertificate>>,
    /// Whether there is room for nothing but health checks.
    pub(super) is_reserved: bool,
    pub(super) user: User,
    /// What a follower says of the request. Only the listener of the group sets it.
    pub(super) forwarded: Option<Arc<Forwarded>>,
    /// Whether the request was counted before, as one that this connector could not pass on.
    pub(super) is_counted: bool,
}

impl Peer {
    /// Of a request that this connector has kept back until it led itself.
    pub(super) fn kept_back(forwarded: Forwarded) -> Self {
        Self {
            address: forwarded.address,
            certificate: None,
            is_reserved: false,
            user: User::default(),
            forwarded: Some(forwarded.into()),
            is_counted: true,
        }
    }
}

/// Who uses a connection. That is known with its first request, and may change: a proxy sends the requests of several
/// clients through one connection. It counts as one of the client whose request was the latest.
#[derive(Clone, Debug, Default)]
pub(super) struct User(Arc<Mutex<Option<InUse>>>);

impl User {
    /// A request of this client came through the connection.
    pub(super) fn is(&self, who: &Principal, limits: &Arc<Limits>) -> Result<(), TooMany> {
        let Self(connection) = self;
        let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
        if !connection.as_ref().is_some_and(|connection| connection.is_of(who)) {
            *connection = limits.connection_of(who)?;
        }
        Ok(())
    }
}
