//! Answers to requests about one dialog.

use crate::call::Participant;
use serde::{Deserialize, Serialize};

/// The state of one dialog; answers `getdialogstate`, and is sent after a login.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DialogState {
    /// The dialog's Finesse id; empty when the agent has no dialog.
    pub dialog_id: String,
    /// The call's state, or [`DialogState::NOT_FOUND`].
    pub state: String,
    /// The agent who requested it.
    pub agent_id: String,
}

impl DialogState {
    /// The state of a dialog that does not exist.
    pub const NOT_FOUND: &str = "NOT_FOUND";
}

/// The actions that Finesse currently allows for a dialog; answers `getdialogstatecontrols`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DialogStateControls {
    /// The dialog's Finesse id.
    pub dialog_id: String,
    /// Finesse's action names: `HOLD`, `DROP`, `TRANSFER_SST` …
    pub controls: Vec<String>,
    /// The agent who requested it.
    pub agent_id: String,
}

/// The participants of a dialog; answers `getDialogParticipants`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DialogParticipants {
    /// The dialog's Finesse id.
    pub dialog_id: String,
    /// All participants.
    pub participants: Vec<Participant>,
    /// The agent who requested it.
    pub agent_id: String,
}
