//! Short messages: for a status bar, or for the outcome of a command.

use serde::{Deserialize, Serialize};

/// A title and a text: the outcome of a callback or reclassify command, or an empty list.
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

/// A text to display, and where to display it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PrintMessage {
    /// Where to display it: `statusbar`.
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
    /// The supervisor who requested it.
    pub agent_id: String,
}
