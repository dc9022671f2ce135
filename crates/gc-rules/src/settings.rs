//! The settings of an agent machine.

use std::collections::BTreeMap;
use std::time::Duration;

use gc_protocol::CommandName;
use jiff::tz::TimeZone;
use strum::Display;

use crate::{ClusterId, Credentials};

/// The settings of an agent machine. The defaults are those of docs/configuration.md.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long a command may wait for its effect before Finesse is read again.
    pub deadline: Duration,
    /// How long a call control command waits for the outcome of the one before it.
    pub call_control_wait: Duration,
    /// How long the stream and the password of a signed-out agent are kept, so that Login works without another Connect.
    pub keep_signed_out: Duration,
    /// The first pause before a lost stream is opened again; it doubles with every failure.
    pub reconnect_first: Duration,
    /// The longest pause before a lost stream is opened again. Finesse signs an agent out 60 s after the loss.
    pub reconnect_max: Duration,
    /// The shortest time between two re-reads that notifications cause because they cannot be read.
    pub resync_pause: Duration,
    /// The agent's cluster if there are several; part of each `requestId`.
    pub cluster: Option<ClusterId>,
    /// The contact centre behind Finesse.
    pub platform: Platform,
    /// The device to use, by extension, where a Login names none: `activeDeviceId` of extensions with several devices.
    pub active_devices: BTreeMap<String, String>,
    /// Whether there is a token service, which renews tokens of single sign-on.
    pub renews_tokens: bool,
    /// The credentials for lists that only an administrator may read.
    pub administrator: Option<Credentials>,
    /// The reason code with which force_logout makes an agent not ready.
    pub force_not_ready_reason: Option<String>,
    /// The reason code with which force_logout signs an agent out.
    pub force_logout_reason: Option<String>,
    /// The text for the status bar when a campaign's customer is on the line; empty for none.
    pub outbound_text: String,
    /// The zone of the times in events.
    pub zone: TimeZone,
}

/// The contact centre behind Finesse, as SystemInfo reports it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Display)]
#[strum(serialize_all = "UPPERCASE")]
pub enum Platform {
    /// Unified Contact Center Enterprise.
    #[default]
    Ucce,
    /// Unified Contact Center Express. It shows no pending states, so a state requested during a call counts as reached
    /// once Finesse accepts it.
    Uccx,
}

impl Platform {
    /// Whether it supports a command.
    pub(crate) fn has(self, command: CommandName) -> bool {
        let everywhere = command.declaration().platforms == gc_protocol::Platforms::Both;
        everywhere || self == Self::Ucce
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(20),
            call_control_wait: Duration::from_secs(5),
            keep_signed_out: Duration::from_secs(15 * 60),
            reconnect_first: Duration::from_millis(500),
            reconnect_max: Duration::from_secs(8),
            resync_pause: Duration::from_secs(2),
            cluster: None,
            platform: Platform::Ucce,
            active_devices: BTreeMap::new(),
            renews_tokens: false,
            administrator: None,
            force_not_ready_reason: None,
            force_logout_reason: None,
            outbound_text: "The customer of an outbound call is on the line.".to_owned(),
            zone: TimeZone::UTC,
        }
    }
}
