//! What the owner of the machine may choose.

use std::time::Duration;

use gc_protocol::CommandName;
use jiff::tz::TimeZone;
use strum::Display;

use crate::{ClusterId, Credentials};

/// Settings of the agent machine; the defaults are those of docs/configuration.md.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long a command may wait for its effect before Finesse is read again.
    pub deadline: Duration,
    /// How long call control of a device waits for the outcome of the one before it.
    pub lane: Duration,
    /// How long the stream and the password of a signed-out agent are kept, so that Login alone works.
    pub keep_signed_out: Duration,
    /// First pause before a lost stream is opened again; it doubles with every failure.
    pub reconnect_first: Duration,
    /// Longest pause before a lost stream is opened again. Finesse signs an agent out 60 s after the loss.
    pub reconnect_max: Duration,
    /// Shortest time from one re-read for notifications that cannot be read to the next.
    pub resync_pause: Duration,
    /// The agent's cluster, where there are several: part of each `requestId`.
    pub cluster: Option<ClusterId>,
    /// What stands behind Finesse.
    pub platform: Platform,
    /// Reads the lists that only an administrator may read.
    pub administrator: Option<Credentials>,
    /// The reason code with which force_logout makes an agent not ready.
    pub force_not_ready_reason: Option<String>,
    /// The reason code with which force_logout signs an agent out.
    pub force_logout_reason: Option<String>,
    /// For the agent's status bar, when the customer of a campaign is on the line; empty for none.
    pub outbound_text: String,
    /// The zone of the times in events.
    pub zone: TimeZone,
}

/// What stands behind Finesse; SystemInfo tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Display)]
#[strum(serialize_all = "UPPERCASE")]
pub enum Platform {
    /// Unified Contact Center Enterprise.
    #[default]
    Ucce,
    /// Unified Contact Center Express. It shows no pending states: one asked for during a call is taken as
    /// reached when it is accepted.
    Uccx,
}

impl Platform {
    /// Whether a command works here.
    pub(crate) fn has(self, command: CommandName) -> bool {
        let everywhere = command.declaration().platform == gc_protocol::Platform::Both;
        everywhere || self == Self::Ucce
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(20),
            lane: Duration::from_secs(5),
            keep_signed_out: Duration::from_secs(15 * 60),
            reconnect_first: Duration::from_millis(500),
            reconnect_max: Duration::from_secs(8),
            resync_pause: Duration::from_secs(2),
            cluster: None,
            platform: Platform::Ucce,
            administrator: None,
            force_not_ready_reason: None,
            force_logout_reason: None,
            outbound_text: "The customer of an outbound call is on the line.".to_owned(),
            zone: TimeZone::UTC,
        }
    }
}
