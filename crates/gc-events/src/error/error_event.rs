//! The `Error` event.

use crate::error::ErrorCode;
use serde::{Deserialize, Serialize};

/// `{"type":"Error","errorType":"…","errorMessage":"…"[,"agentId":"…"]}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorEvent {
    /// What went wrong.
    #[serde(rename = "errorType")]
    pub code: ErrorCode,
    /// A text for the agent, which says what is wrong and what to do.
    #[serde(rename = "errorMessage")]
    pub message: String,
    /// The agent concerned, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// The call concerned, if any. It is not part of the JSON; a delivery carries it separately (`gc-dialog-id`).
    #[serde(skip)]
    pub dialog_id: Option<String>,
}

impl ErrorEvent {
    /// An error that concerns an agent, with the code's message.
    pub fn of_agent(code: ErrorCode, agent_id: impl Into<String>) -> Self {
        Self { agent_id: Some(agent_id.into()), ..Self::of_service(code) }
    }

    /// An error that concerns no agent, with the code's message.
    pub fn of_service(code: ErrorCode) -> Self {
        Self { message: code.message(), code, agent_id: None, dialog_id: None }
    }

    /// The same error, concerning this call.
    pub fn of_dialog(self, dialog_id: impl Into<String>) -> Self {
        Self { dialog_id: Some(dialog_id.into()), ..self }
    }

    /// The same error with another message.
    pub fn with_message(self, message: impl Into<String>) -> Self {
        Self { message: message.into(), ..self }
    }
}
