//! The words that Finesse has for calls: their types, their states and those of participants.

/// The state of a participant in the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PartyState {
    Initiating,
    Initiated,
    Alerting,
    Active,
    Held,
    WrapUp,
    Failed,
    Dropped,
    /// A reserved agent has accepted the customer.
    Accepted,
}

impl PartyState {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Initiating => "INITIATING",
            Self::Initiated => "INITIATED",
            Self::Alerting => "ALERTING",
            Self::Active => "ACTIVE",
            Self::Held => "HELD",
            Self::WrapUp => "WRAP_UP",
            Self::Failed => "FAILED",
            Self::Dropped => "DROPPED",
            Self::Accepted => "ACCEPTED",
        }
    }

    /// Whether the party takes part: it is neither wrapping up nor dropped.
    pub(crate) fn is_live(self) -> bool {
        !matches!(self, Self::WrapUp | Self::Dropped)
    }

    /// The actions that Finesse allows a participant, in Finesse's order.
    pub(crate) fn actions(self) -> &'static [&'static str] {
        match self {
            Self::Initiating | Self::Initiated => &["UPDATE_CALL_DATA", "DROP"],
            Self::Alerting => &["ANSWER"],
            Self::Active => {
                &["TRANSFER_SST", "CONSULT_CALL", "HOLD", "UPDATE_CALL_DATA", "SEND_DTMF", "DROP"]
            }
            Self::Held => &["UPDATE_CALL_DATA", "DROP", "RETRIEVE"],
            Self::WrapUp => &["UPDATE_CALL_DATA"],
            Self::Failed => &["DROP"],
            Self::Dropped | Self::Accepted => &[],
        }
    }
}

/// The state of the call as a whole; HELD and WRAP_UP exist on participants only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DialogState {
    Initiating,
    Initiated,
    Alerting,
    Active,
    Failed,
    Dropped,
    /// A reservation whose customer is accepted.
    Accepted,
}

impl DialogState {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Initiating => "INITIATING",
            Self::Initiated => "INITIATED",
            Self::Alerting => "ALERTING",
            Self::Active => "ACTIVE",
            Self::Failed => "FAILED",
            Self::Dropped => "DROPPED",
            Self::Accepted => "ACCEPTED",
        }
    }
}

/// The type of a call, from the perspective of one party.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallType {
    /// A direct call from outside.
    OtherIn,
    /// Through a queue, on UCCE.
    PrerouteAcdIn,
    /// Through a queue, on UCCX.
    AcdIn,
    /// To the outside.
    Out,
    /// Between agents.
    AgentInside,
    /// Transferred by another agent.
    Transfer,
    /// Transferred in a single step, on UCCX.
    Offered,
    /// A consultation about a held call, on UCCX.
    Consult,
    /// The consulted party of a consultation, on UCCE.
    ConsultOffered,
    /// Several parties.
    Conference,
    /// A supervisor listens.
    SupervisorMonitor,
    /// A supervisor barges in.
    BargeInConsult,
    /// A campaign's call with the customer.
    Outbound,
    OutboundCallback,
    OutboundPersonalCallback,
    /// A campaign's reservation, which shows the customer.
    OutboundPreview,
    OutboundDirectPreview,
    OutboundCallbackPreview,
    OutboundPersonalCallbackPreview,
    /// Unknown on UCCX after a failover.
    Null,
}

impl CallType {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::OtherIn => "OTHER_IN",
            Self::PrerouteAcdIn => "PREROUTE_ACD_IN",
            Self::AcdIn => "ACD_IN",
            Self::Out => "OUT",
            Self::AgentInside => "AGENT_INSIDE",
            Self::Transfer => "TRANSFER",
            Self::Offered => "OFFERED",
            Self::Consult => "CONSULT",
            Self::ConsultOffered => "CONSULT_OFFERED",
            Self::Conference => "CONFERENCE",
            Self::SupervisorMonitor => "SUPERVISOR_MONITOR",
            Self::BargeInConsult => "BARGE_IN_CONSULT",
            Self::Outbound => "OUTBOUND",
            Self::OutboundCallback => "OUTBOUND_CALLBACK",
            Self::OutboundPersonalCallback => "OUTBOUND_PERSONAL_CALLBACK",
            Self::OutboundPreview => "OUTBOUND_PREVIEW",
            Self::OutboundDirectPreview => "OUTBOUND_DIRECT_PREVIEW",
            Self::OutboundCallbackPreview => "OUTBOUND_CALLBACK_PREVIEW",
            Self::OutboundPersonalCallbackPreview => "OUTBOUND_PERSONAL_CALLBACK_PREVIEW",
            Self::Null => "NULL",
        }
    }

    /// Which wrap-up setting applies: incoming (`true`), outgoing (`false`), or none (`None`: between agents).
    pub(crate) fn incoming(self) -> Option<bool> {
        match self {
            Self::OtherIn
            | Self::PrerouteAcdIn
            | Self::AcdIn
            | Self::Transfer
            | Self::Offered
            | Self::Conference => Some(true),
            Self::Out | Self::Outbound | Self::OutboundCallback | Self::OutboundPersonalCallback => {
                Some(false)
            }
            Self::OutboundPreview
            | Self::OutboundDirectPreview
            | Self::OutboundCallbackPreview
            | Self::OutboundPersonalCallbackPreview => None,
            Self::AgentInside
            | Self::Consult
            | Self::ConsultOffered
            | Self::SupervisorMonitor
            | Self::BargeInConsult
            | Self::Null => None,
        }
    }
}
