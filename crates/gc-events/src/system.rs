//! Events about the service itself.

use serde::{Deserialize, Serialize};
use strum::Display;

/// `{"type":"System","status":"IN_SERVICE"}`: whether commands can currently be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct System {
    /// The state of the service.
    pub status: ServiceStatus,
}

/// The state of the service, as one client sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, Serialize, Deserialize)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ServiceStatus {
    /// At least one Finesse node of the client's cluster is in service.
    InService,
    /// No Finesse node of the client's cluster is in service.
    OutOfService,
    /// The connector does not know this client: it must send `Hello` again.
    Reconnect,
}

/// `{"type":"ConnectStatus","status":"ConnectSuccess"}`: the agent's notification stream is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectStatus {
    /// `ConnectSuccess`. A failure is reported by an `Error` event instead.
    pub status: String,
}

impl ConnectStatus {
    /// The only status.
    pub fn success() -> Self {
        Self { status: "ConnectSuccess".to_owned() }
    }
}
