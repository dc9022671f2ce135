//! The data of the neighbouring systems.

use serde::{Deserialize, Serialize};

use super::Account;

/// The data of the neighbouring systems. The administrator's account is valid for all but the recorder.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Neighbours {
    /// Names of skill groups (configuration API of UCCE).
    pub skill_groups: Vec<String>,
    /// The ports of mobile agents (Communications Manager).
    pub cti_ports: Vec<CtiPort>,
    /// Contact service queues with their statistics (UCCX).
    pub csqs: Vec<Csq>,
    /// The account for the recorder; without it nobody can log in.
    pub recorder: Option<Account>,
}

/// A mobile agent's pair of CTI ports: devices named `LCP…` and `RCP…`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CtiPort {
    /// The rest of both names: `5000F0016`.
    pub name: String,
    /// The number of the local port.
    pub port: String,
    /// The number of the remote port.
    pub dial_number: String,
}

/// A contact service queue.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Csq {
    /// Its name.
    pub name: String,
    /// The current statistics.
    #[serde(default)]
    pub now: CsqNumbers,
    /// The statistics since midnight.
    #[serde(default)]
    pub today: CsqNumbers,
}

/// The statistics of a queue; those missing in the file are 0.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default, rename_all(serialize = "PascalCase"))]
pub struct CsqNumbers {
    /// Waiting calls.
    pub waiting_calls: u64,
    /// Agents logged in.
    pub agents_logged_in: u64,
    /// Agents ready.
    pub agents_ready: u64,
    /// Agents not ready.
    pub agents_not_ready: u64,
    /// Agents in after-call work.
    pub agents_in_after_call_work: u64,
    /// Agents talking.
    pub agents_talking: u64,
    /// Agents reserved.
    pub agents_reserved: u64,
}
