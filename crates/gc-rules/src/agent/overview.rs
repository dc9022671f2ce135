//! What operators see of an agent: no names, no numbers, no data of customers.

use super::Agent;

/// An agent as it is now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AgentOverview {
    /// The state that Finesse reported last, in its words; `None` before the first report.
    pub state: Option<String>,
    /// The extension; empty before the first sign-in.
    pub extension: String,
    /// The calls, by id.
    pub calls: Vec<OpenCall>,
}

/// A call in which the agent is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenCall {
    /// Finesse's id of the dialog.
    pub dialog: String,
    /// The dialog's state, in Finesse's words.
    pub state: String,
    /// The call type, in Finesse's words.
    pub call_type: String,
}

impl Agent {
    /// What operators see.
    pub fn overview(&self) -> AgentOverview {
        let calls = self.calls.dialogs().open().map(|call| OpenCall {
            dialog: call.dialog.id.clone(),
            state: call.dialog.state.to_string(),
            call_type: call.dialog.media.call_type.to_string(),
        });
        AgentOverview {
            state: self.state().map(ToString::to_string),
            extension: self.session.extension().to_owned(),
            calls: calls.collect(),
        }
    }
}
