//! Why a callback may not go to an address.

use std::error::Error;
use std::iter::successors;

use thiserror::Error;

use crate::Class;

/// Why a callback may not go to an address. The text names the class of the address, but neither the
/// address nor what a name resolved to, so that a refusal says as little as possible about the network.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Forbidden {
    /// Neither http nor https.
    #[error("the address is not allowed: it is neither http nor https")]
    Scheme,
    /// User name or password in the address would end in logs and proxies.
    #[error("the address is not allowed: it contains a user name or password")]
    Credentials,
    /// The URL has no host.
    #[error("the address is not allowed: it has no host")]
    NoHost,
    /// Of a class that is not allowed.
    #[error("the address is not allowed: it is {0}")]
    Address(Class),
    /// The server would call itself.
    #[error("the address is not allowed: it is one of this server's own")]
    OwnListener,
}

impl Forbidden {
    /// Finds the refusal among the causes of an error, where an HTTP client puts what its resolver answered.
    #[must_use]
    pub fn in_causes_of(error: &(dyn Error + 'static)) -> Option<Self> {
        successors(Some(error), |&error| error.source()).find_map(|error| error.downcast_ref()).copied()
    }
}
