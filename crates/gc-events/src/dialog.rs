//! Answers to questions about one dialog.

use crate::call::Participant;
use serde::{Deserialize, Serialize};

/// The state of one dialog; answers `getdialogstate` and follows a login.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DialogState {
    /// Finesse's id of the dialog; empty when the agent has none.
    pub dialog_id: String,
    /// The call's state, or [`DialogState::NOT_FOUND`].
    pub state: String,
    /// The agent who asked.
    pub agent_id: String,
}

impl DialogState {
    /// The state of a dialog that does not exist.
    pub const NOT_FOUND: &str = "NOT_FOUND";
}

/// What Finesse allows the agent to do with a dialog now; answers `getdialogstatecontrols`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DialogStateControls {
    /// Finesse's id of the dialog.
    pub dialog_id: String,
    /// Finesse's action names: `HOLD`, `DROP`, `TRANSFER_SST` …
    pub controls: Vec<String>,
    /// The agent who asked.
    pub agent_id: String,
}

/// Who takes part in a dialog; answers `getDialogParticipants`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DialogParticipants {
    /// Finesse's id of the dialog.
    pub dialog_id: String,
    /// Everybody who takes part.
    pub participants: Vec<Participant>,
    /// The agent who asked.
    pub agent_id: String,
}
