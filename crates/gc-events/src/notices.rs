//! Short messages about a call: for a status bar, or as the outcome of a callback.

use serde::{Deserialize, Serialize};

/// A title and a text: the outcome of a callback or reclassify command, or that a list is empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    /// What it is about.
    pub title: String,
    /// What happened.
    pub data: String,
    /// The agent concerned.
    pub agent_id: String,
}

/// A text to print, with the place for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PrintMessage {
    /// Where to print it: `statusbar`.
    pub location: String,
    /// The text.
    pub message: String,
    /// The agent concerned.
    pub agent_id: String,
}

/// A participant was dropped from a conference on the client's own request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ParticipantDropped {
    /// The media address of the participant.
    pub participant_dropped: String,
    /// The supervisor who asked.
    pub agent_id: String,
}
