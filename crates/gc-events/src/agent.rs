//! Events about an agent: identity and state.

use crate::dialect::Dialect;
use crate::wire::Members;
use serde::{Deserialize, Serialize, Serializer};

/// The agent's name, teams and settings; sent after a login and a refresh.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AgentInfo {
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Whether the agent supervises teams.
    pub supervisor: bool,
    /// Finesse's `wrapUpOnIncoming`: `REQUIRED`, `OPTIONAL`, `NOT_ALLOWED`, `REQUIRED_WITH_WRAP_UP_DATA` or empty.
    pub wrap_up_on_incoming: String,
    /// The number of supervised teams as text; empty for an agent who supervises none.
    pub total_number_of_teams: String,
    /// The teams that a supervisor supervises.
    pub teams: Vec<Team>,
    /// The agent's own team.
    pub team: Team,
    /// The agent's login id.
    pub agent_id: String,
}

/// A team: `{"id","name"}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// Its Finesse id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// The state of an agent. It has three forms on the wire: an agent's own state, a team member's state for a supervisor
/// (when [`State::team_agent_id`] is set), and the short `RE_LOGIN`, which asks the client to connect and log in again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct State {
    /// The agent; for a team member's state, the supervisor who receives it.
    pub agent_id: String,
    /// The team member whose state this is, if a supervisor receives it.
    pub team_agent_id: Option<String>,
    /// Finesse's state: `READY`, `NOT_READY`, `TALKING` … Unknown states are passed on.
    #[serde(alias = "State")]
    pub state: String,
    /// The *code* of the reason (not Finesse's object id); `-1` if Finesse sends that, otherwise empty.
    pub reason_code: String,
    /// The state that follows when the call ends (UCCE); otherwise empty.
    pub pending_state: String,
    /// `yyyy-MM-dd HH:mm:ss` in the configured zone.
    pub state_change_time: String,
    /// First and last name.
    pub full_name: String,
    /// The extension in use; empty after logout.
    pub extension: String,
    /// The reason's label, such as `Break`.
    pub label: String,
}

impl State {
    /// The connector does not know the agent: the client must connect and log in again.
    pub const RE_LOGIN: &str = "RE_LOGIN";

    /// `{"type":"State","agentId":"…","state":"RE_LOGIN"}`.
    pub fn re_login(agent_id: impl Into<String>) -> Self {
        Self { agent_id: agent_id.into(), state: Self::RE_LOGIN.to_owned(), ..Self::default() }
    }

    pub(crate) fn write<S: Serializer>(
        &self,
        type_name: &str,
        dialect: Dialect,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        let state_member = match dialect {
            Dialect::Gc4412 => "state",
            Dialect::Tables => "State",
        };
        let mut event = Members::of(type_name, to)?;
        if self.state == Self::RE_LOGIN {
            event.put("agentId", &self.agent_id)?;
            event.put(state_member, &self.state)?;
            return event.end();
        }
        match &self.team_agent_id {
            Some(member) => event.put("teamAgentId", member)?,
            None => event.put("agentId", &self.agent_id)?,
        }
        event.put(state_member, &self.state)?;
        event.put("reasonCode", &self.reason_code)?;
        event.put("stateChangeTimeString", "")?; // always on the wire, never used
        event.put("pendingState", &self.pending_state)?;
        event.put("stateChangeTime", &self.state_change_time)?;
        event.put("fullName", &self.full_name)?;
        event.put("extension", &self.extension)?;
        event.put("label", &self.label)?;
        if self.team_agent_id.is_some() {
            event.put("agentId", &self.agent_id)?;
        }
        event.end()
    }
}
