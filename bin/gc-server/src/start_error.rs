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
        reason: io::Error,
    },
}

impl From<GroupError> for StartError {
    fn from(GroupError { reason, may_pass }: GroupError) -> Self {
        Self::Config(ConfigError::Database { reason, may_pass })
    }
}
