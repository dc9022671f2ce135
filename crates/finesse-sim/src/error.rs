//! Why the simulator cannot start.

use std::error;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::world_file::WorldFileError;

/// Why the simulator cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The world file cannot be used.
    #[error("world file: {0}")]
    World(#[from] WorldFileError),
    /// A port cannot be opened.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address that was tried.
        address: SocketAddr,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The certificate could not be created, for instance because the host is not a DNS name.
    #[error("cannot prepare TLS for {host:?}: {source}")]
    Tls {
        /// The configured host.
        host: String,
        /// What fails, and behind it the error of the TLS or certificate library.
        source: Box<dyn error::Error + Send + Sync>,
    },
    /// The stored authority cannot be used: a file is missing or unreadable, or the key does not match the certificate.
    #[error("cannot use the certificate authority in {}: {source}", directory.display())]
    Authority {
        /// The configured directory.
        directory: PathBuf,
        /// The file, the problem and the remedy, and behind it what fails.
        source: Box<dyn error::Error + Send + Sync>,
    },
}
