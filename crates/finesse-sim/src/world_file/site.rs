//! What differs between sites: external numbers, timers, and rules.

use std::time::Duration;

use jiff::fmt::serde::unsigned_duration::friendly::compact::required as friendly;
use serde::Deserialize;

/// External numbers; a trailing `*` matches any digits.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Numbers {
    /// A customer answers after a moment.
    pub customers: Vec<String>,
    /// Always busy.
    pub busy: Vec<String>,
    /// Rings and is never answered.
    pub silent: Vec<String>,
    /// The dialer's port, from which previews come.
    pub dialer: String,
}

impl Default for Numbers {
    fn default() -> Self {
        let (customers, busy, silent) = Default::default();
        Self { customers, busy, silent, dialer: "7901".to_owned() }
    }
}

/// The timers of the simulator, written as `"20ms"`, `"12s"`, `"1m30s"`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Timers {
    /// From a change to its notification.
    #[serde(with = "friendly")]
    pub event_delay: Duration,
    /// Until a customer answers a call made by an agent.
    #[serde(with = "friendly")]
    pub customer_answers: Duration,
    /// Until an offered queue call that is not answered is withdrawn (RONA).
    #[serde(with = "friendly")]
    pub rona: Duration,
    /// From the loss of the last XMPP presence of an agent to NOT_READY or LOGOUT with code 255.
    #[serde(with = "friendly")]
    pub presence_loss: Duration,
    /// The minimum time between two notifications of a queue's statistics.
    #[serde(with = "friendly")]
    pub queue_statistics: Duration,
    /// How long an account stays locked after five wrong passwords in a row.
    #[serde(with = "friendly")]
    pub lock: Duration,
    /// Until a silent bound XMPP stream is pinged; it is closed after four times this.
    #[serde(with = "friendly")]
    pub xmpp_ping: Duration,
}

impl Default for Timers {
    fn default() -> Self {
        Self {
            event_delay: Duration::from_millis(20),
            customer_answers: Duration::from_millis(500),
            rona: Duration::from_secs(12),
            presence_loss: Duration::from_secs(60),
            queue_statistics: Duration::from_secs(10),
            lock: Duration::from_secs(300),
            xmpp_ping: Duration::from_secs(30),
        }
    }
}

/// Behaviour of Finesse that differs between sites and releases.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rules {
    /// Which release's SystemInfo the nodes answer.
    pub release: Release,
    /// What the standby of UCCX knows of the agents when it takes over.
    pub uccx_takeover: UccxTakeover,
    /// NOT_READY and LOGOUT without a reason code are refused at once, if there are any codes to select.
    pub reason_code_required: bool,
    /// A request for the agent's current state causes an event.
    pub repeat_state_event: bool,
    /// A consultation names the held call in `associatedDialogUri`; some releases leave it empty.
    pub associated_dialog_uri: bool,
    /// How a missing reason code is written.
    pub no_reason: NoReason,
    /// Who may drop others from a conference (enableDropParticipantFor, UCCE).
    pub participant_drop: ParticipantDrop,
    /// How a value that is too long for a call variable is handled.
    pub call_variable_limit: CallVariableLimit,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            release: Release::Finesse12_6,
            uccx_takeover: UccxTakeover::SignsOut,
            reason_code_required: false,
            repeat_state_event: true,
            associated_dialog_uri: true,
            no_reason: NoReason::MinusOne,
            participant_drop: ParticipantDrop::SupervisorOnly,
            call_variable_limit: CallVariableLimit::Cut,
        }
    }
}

/// A release of Finesse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Release {
    /// SystemInfo names the nodes without ports, and there is no maintenance mode.
    #[serde(rename = "12.5")]
    Finesse12_5,
    /// It names ports, CTI servers and maintenance.
    #[serde(rename = "12.6")]
    Finesse12_6,
    /// As 12.6: no source says otherwise. XMPP without TLS has no port.
    #[serde(rename = "15")]
    Finesse15,
}

/// What happens to the agents when the other node of UCCX takes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UccxTakeover {
    /// They are signed out, those on a call after it: a standby knows no agents.
    SignsOut,
    /// They keep their states.
    KeepsStates,
}

/// The value of `reasonCodeId` without a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoReason {
    /// -1 in NOT_READY and LOGOUT; the element is absent in other states.
    MinusOne,
    /// The element is always absent.
    Absent,
    /// -1, and during calls the last reason.
    Stale,
}

/// The values of the vendor's setting enableDropParticipantFor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParticipantDrop {
    /// Supervisors.
    SupervisorOnly,
    /// Supervisors, and the agent who created the conference.
    ConferenceControllerAndSupervisor,
    /// Every agent in the conference.
    All,
}

/// How a value that is too long is handled: the limit is 40 bytes for a call variable, 2000 for all others together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallVariableLimit {
    /// It is truncated, in notifications as well.
    Cut,
    /// The agent's request is refused.
    Refuse,
}
