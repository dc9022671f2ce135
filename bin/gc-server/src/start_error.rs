//! Why the connector does not start.

use std::io;
use std::net::SocketAddr;

use gc_group::GroupError;
use thiserror::Error;

use crate::config::ConfigError;

/// Why the connector does not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// What was kept cannot be read.
    #[error("what was kept before cannot be read")]
    Store(#[from] gc_delivery::JournalError),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {reason}")]
    Listen {
        /// The configured address.
        address: SocketAddr,
        /// What the system says.
        #[source]
        reason: io::Error,
    },
    /// The lead of the group cannot be taken.
    #[error("the lead of the group cannot be taken: {0}")]
    Group(#[from] GroupError),
}

impl StartError {
    /// Whether the same may succeed later, without anybody changing the configuration.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Config(error) => error.may_pass(),
            Self::Group(error) => error.may_pass,
            Self::Store(_) | Self::Listen { .. } => false,
        }
    }
}
