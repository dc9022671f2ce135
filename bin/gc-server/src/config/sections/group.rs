//! `[group]`.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;

use super::address;

/// How this connector and the others on its database reach each other.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Group {
    /// Where the others reach this one: `https://gc-2.example:8114`.
    pub(crate) url: String,
    /// Where it listens for them.
    #[serde(deserialize_with = "address")]
    pub(crate) listen: SocketAddr,
    /// What it presents to the others, as listener and as caller; with the chain behind it.
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
    /// The authorities that sign the certificates of the group, and of nobody else.
    pub(crate) authorities: PathBuf,
}
