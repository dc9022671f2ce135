//! Lists that a client requested.

use crate::dialect::Dialect;
use crate::one_key;
use crate::wire::{Members, tagged};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};

/// Reason codes of one category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReasonCodes {
    /// `WrapUp`, `LOGOUT` or `NOT_READY`.
    pub category: String,
    /// The codes, in Finesse's order.
    pub reason_codes: Vec<ReasonCode>,
    /// The agent who requested it.
    pub agent_id: String,
}

/// A reason and its label.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReasonCode {
    /// The code that commands take.
    pub code: String,
    /// Its label.
    pub label: String,
}

/// The agents who are logged in; answers `getallagents`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Agents {
    /// The agents.
    pub users: Vec<AgentUser>,
    /// The agent who requested it.
    pub agent_id: String,
}

/// One agent who is logged in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AgentUser {
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// The extension in use.
    pub extension: String,
}

/// The members of a team; answers `getteamusers`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TeamAgents {
    /// The members.
    pub users: Vec<TeamUser>,
    /// The supervisor who requested it.
    pub agent_id: String,
}

/// One member of a team.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TeamUser {
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// The extension in use; empty when logged out.
    pub extension: String,
    /// Login id.
    pub login_id: String,
    /// Agent state.
    pub state: String,
    /// The state that follows when the call ends; otherwise empty.
    pub pending_state: String,
    /// Finesse's media type.
    pub media_type: String,
    /// `yyyy-MM-dd HH:mm:ss` in the configured zone, or empty.
    pub state_change_time: String,
    /// The reason's label.
    pub label: String,
}

/// Phone books: team and global ones (`PhoneBook`) or those of one team (`TeamPhoneBook`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PhoneBooks {
    /// The phone books.
    pub phone_book: Vec<PhoneBookEntry>,
    /// The agent who requested it.
    pub agent_id: String,
}

/// One phone book.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhoneBookEntry {
    /// Its name.
    pub name: String,
    /// `GLOBAL` or `Team`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its Finesse id.
    pub id: String,
}

/// The contacts of one phone book.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PhoneBookContacts {
    /// The contacts.
    pub contact: Vec<Contact>,
    /// The agent who requested it.
    pub agent_id: String,
}

/// One contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Contact {
    /// Free text.
    pub description: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// The number to dial.
    pub phone_number: String,
    /// Its Finesse id.
    pub id: String,
}

/// Skill group names (UCCE); numbered `skill_1`, `skill_2` … on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkillGroup {
    /// The names in order.
    pub skill_groups: Vec<String>,
    /// The agent who requested it.
    pub agent_id: String,
}

/// Supervisors (UCCE).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Supervisors {
    /// The supervisors.
    pub supervisors: Vec<Supervisor>,
    /// The agent who requested it.
    pub agent_id: String,
}

/// One supervisor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Supervisor {
    /// Name.
    pub supervisor_name: String,
    /// Login id.
    pub supervisor_id: String,
    /// The extension in use; empty when logged out.
    pub supervisor_extension: String,
    /// Agent state.
    pub supervisor_state: String,
}

/// The CTI port and the number to dial that belong to a mobile agent's extension (UCCE). As published, it names no agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AgentExtension {
    /// The port.
    pub port: u64,
    /// The number to dial.
    pub dial_number: u64,
}

/// A reason code as written in the `tables` dialect: `{"<code>":"<label>"}`.
struct OneKeyReason(ReasonCode);

impl Serialize for OneKeyReason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        one_key::serialize(&self.0.code, &self.0.label, serializer)
    }
}

impl<'de> Deserialize<'de> for OneKeyReason {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        one_key::deserialize(deserializer).map(|(code, label)| Self(ReasonCode { code, label }))
    }
}

impl ReasonCodes {
    pub(crate) fn write<S: Serializer>(
        &self,
        type_name: &str,
        dialect: Dialect,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        let mut event = Members::of(type_name, to)?;
        event.put("category", &self.category)?;
        match dialect {
            Dialect::Gc4412 => event.put("reasonCodes", &self.reason_codes)?,
            Dialect::Tables => {
                let codes: Vec<_> = self.reason_codes.iter().cloned().map(OneKeyReason).collect();
                event.put("reasonCodes", &codes)?;
            }
        }
        event.put("agentId", &self.agent_id)?;
        event.end()
    }

    pub(crate) fn from_value(value: Value, dialect: Dialect) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Wire<C> {
            category: String,
            reason_codes: Vec<C>,
            agent_id: String,
        }
        match dialect {
            Dialect::Gc4412 => {
                let Wire { category, reason_codes, agent_id } = serde_json::from_value(value)?;
                Ok(Self { category, reason_codes, agent_id })
            }
            Dialect::Tables => {
                let wire: Wire<OneKeyReason> = serde_json::from_value(value)?;
                let reason_codes = wire.reason_codes.into_iter().map(|reason| reason.0).collect();
                Ok(Self { category: wire.category, reason_codes, agent_id: wire.agent_id })
            }
        }
    }
}

impl SkillGroup {
    pub(crate) fn write<S: Serializer>(
        &self,
        type_name: &str,
        dialect: Dialect,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        let numbered: Map<String, Value> =
            self.skill_groups.iter().zip(1..).map(|(name, n)| (format!("skill_{n}"), json!(name))).collect();
        let list_member = match dialect {
            Dialect::Gc4412 => "skillGroups",
            Dialect::Tables => "skills",
        };
        let mut event = Members::of(type_name, to)?;
        event.put(list_member, &numbered)?;
        event.put("agentId", &self.agent_id)?;
        event.end()
    }

    pub(crate) fn from_value(value: Value) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Wire {
            #[serde(alias = "skills")]
            skill_groups: Map<String, Value>,
            agent_id: String,
        }
        let wire: Wire = serde_json::from_value(value)?;
        let names: Result<_, _> = wire.skill_groups.into_values().map(serde_json::from_value).collect();
        Ok(Self { skill_groups: names?, agent_id: wire.agent_id })
    }
}

impl Supervisors {
    pub(crate) fn write<S: Serializer>(
        &self,
        type_name: &str,
        dialect: Dialect,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        let list_member = match dialect {
            Dialect::Gc4412 => "supervisorList",
            Dialect::Tables => "supervisors",
        };
        let mut event = Members::of(type_name, to)?;
        event.put(list_member, &self.supervisors)?;
        event.put("agentId", &self.agent_id)?;
        event.end()
    }

    pub(crate) fn from_value(value: Value) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Wire {
            #[serde(alias = "supervisors")]
            supervisor_list: Vec<Supervisor>,
            agent_id: String,
        }
        let Wire { supervisor_list, agent_id } = serde_json::from_value(value)?;
        Ok(Self { supervisors: supervisor_list, agent_id })
    }
}

impl AgentExtension {
    pub(crate) fn write<S: Serializer>(
        self,
        type_name: &str,
        dialect: Dialect,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match dialect {
            Dialect::Gc4412 => tagged(type_name, &self, to),
            Dialect::Tables => {
                let mut event = Members::of(type_name, to)?;
                event.put("agentExtension", &self)?;
                event.end()
            }
        }
    }

    pub(crate) fn from_value(value: Value, dialect: Dialect) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Nested {
            agent_extension: AgentExtension,
        }
        match dialect {
            Dialect::Gc4412 => serde_json::from_value(value),
            Dialect::Tables => {
                serde_json::from_value(value).map(|Nested { agent_extension }| agent_extension)
            }
        }
    }
}
