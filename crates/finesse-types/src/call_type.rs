//! The type of a call.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The type of a call ("Dialog API parameters", `callType`), kept unchanged. It has methods instead of variants, because
/// the list of types is open.
///
/// After a failover, UCCX sends `NULL` or nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CallType(String);

impl CallType {
    /// The word as Finesse sent it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether Finesse does not know the type: empty or `NULL`.
    pub fn is_unknown(&self) -> bool {
        self.0.is_empty() || self.is("NULL")
    }

    /// A dialer call: every type that begins with OUTBOUND.
    pub fn is_outbound(&self) -> bool {
        self.0.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("OUTBOUND"))
    }

    /// A dialer call that the agent sees before the customer is called: OUTBOUND_PREVIEW, OUTBOUND_DIRECT_PREVIEW,
    /// OUTBOUND_CALLBACK_PREVIEW, OUTBOUND_PERSONAL_CALLBACK_PREVIEW.
    pub fn is_preview(&self) -> bool {
        self.is_outbound() && self.0.to_ascii_uppercase().ends_with("_PREVIEW")
    }

    /// Silent monitoring by a supervisor.
    pub fn is_supervisor_monitor(&self) -> bool {
        self.is("SUPERVISOR_MONITOR")
    }

    /// A consult leg: CONSULT, or the leg of a barge-in.
    pub fn is_consult(&self) -> bool {
        self.is("CONSULT") || self.is("BARGE_IN_CONSULT")
    }

    /// The leg through which a supervisor barges into a call.
    pub fn is_barge_in(&self) -> bool {
        self.is("BARGE_IN_CONSULT")
    }

    /// A call that an agent dialled, to an external number or another agent.
    pub fn is_made_by_agent(&self) -> bool {
        self.is("OUT") || self.is("AGENT_INSIDE")
    }

    /// A direct call to the agent's extension. On UCCE, a dialer call also starts with this type.
    pub fn is_other_in(&self) -> bool {
        self.is("OTHER_IN")
    }

    /// A conference.
    pub fn is_conference(&self) -> bool {
        self.is("CONFERENCE")
    }

    fn is(&self, word: &str) -> bool {
        self.0.eq_ignore_ascii_case(word)
    }
}

impl From<&str> for CallType {
    fn from(word: &str) -> Self {
        Self(word.trim().to_owned())
    }
}

impl From<String> for CallType {
    fn from(word: String) -> Self {
        Self::from(word.as_str())
    }
}

impl fmt::Display for CallType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dialer_call_is_a_preview_or_not() {
        for word in ["OUTBOUND_PREVIEW", "OUTBOUND_DIRECT_PREVIEW", "OUTBOUND_PERSONAL_CALLBACK_PREVIEW"] {
            assert!(CallType::from(word).is_preview() && CallType::from(word).is_outbound(), "{word}");
        }
        assert!(CallType::from("OUTBOUND").is_outbound() && !CallType::from("OUTBOUND").is_preview());
        assert!(!CallType::from("OUT").is_outbound());
        assert!(!CallType::from("PREROUTE_ACD_IN").is_outbound());
    }

    #[test]
    fn an_unknown_type_keeps_its_text() {
        assert_eq!(CallType::from("HOLOGRAM_é").to_string(), "HOLOGRAM_é");
        assert!(CallType::from("null").is_unknown() && CallType::from(" ").is_unknown());
    }
}
