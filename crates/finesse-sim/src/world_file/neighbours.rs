//! The systems beside Finesse: what each of them knows.

use serde::{Deserialize, Serialize};

use super::Account;

/// What the systems beside Finesse know. The administrator's account is good for all but the recorder.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Neighbours {
    /// Names of skill groups (configuration API of UCCE).
    pub skill_groups: Vec<String>,
    /// The ports of mobile agents (Communications Manager).
    pub cti_ports: Vec<CtiPort>,
    /// Contact service queues with their numbers (UCCX).
    pub csqs: Vec<Csq>,
    /// The account that logs in to the recorder; without it nobody does.
    pub recorder: Option<Account>,
}

/// A mobile agent's pair of CTI ports: devices named `LCP…` and `RCP…`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CtiPort {
    /// How both names go on: `5000F0016`.
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
    /// The numbers of this moment.
    #[serde(default)]
    pub now: CsqNumbers,
    /// The numbers since midnight.
    #[serde(default)]
    pub today: CsqNumbers,
}

/// The numbers of a queue; one that the file leaves out is 0.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default, rename_all(serialize = "PascalCase"))]
pub struct CsqNumbers {
    /// Calls that wait.
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
