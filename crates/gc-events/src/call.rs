//! Calls: one struct for all call events, of which each event type writes a subset.

use crate::dialect::Dialect;
use crate::one_key;
use crate::wire::Members;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A call as one agent sees it.
///
/// The members that are written depend on the event (`docs/events.md`): `NewInboundCall` and similar events have no
/// state; a `ConsultCall` writes its id as `assDialogId` and adds `toAddress`; a `DROPPED` call has no start time, caller
/// or variables.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Call {
    /// The dialog's Finesse id.
    #[serde(alias = "dialogID", alias = "assDialogId")]
    pub dialog_id: String,
    /// `INITIATING`, `INITIATED`, `ALERTING`, `ACTIVE`, `HELD`, `FAILED`, `DROPPED` … Unknown states are passed on.
    pub state: String,
    /// When the agent's part in the call began, `yyyy-MM-dd HH:mm:ss` in the configured zone.
    pub start_time: String,
    /// The call that this one belongs to (a consult leg, the call before a transfer).
    #[serde(alias = "prevDialogId")]
    pub associated_dialog_id: Option<String>,
    /// The caller.
    pub from_address: String,
    /// The called party; written only for a `ConsultCall`.
    pub to_address: String,
    /// `callVariable1` to `callVariable10`, then `ani`, then the other named variables.
    pub call_variables: Vec<CallVariable>,
    /// All participants.
    pub participants: Vec<Participant>,
    /// Finesse's call type, such as `PREROUTE_ACD_IN`.
    pub call_type: String,
    /// The queue that the call came through; empty until the call is answered.
    pub queue_name: String,
    /// The agent who receives the event.
    pub agent_id: String,
}

/// One call variable; `{"<name>":"<value>"}` on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallVariable {
    /// `callVariable1`, `ani`, `user.account`, `BACampaign` …
    pub name: String,
    /// Its text, possibly empty.
    pub value: String,
}

/// A participant of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Participant {
    /// Extension or number.
    pub media_address: String,
    /// Finesse's participant state.
    pub state: String,
    /// `AGENT_DEVICE`, or empty for the customer.
    pub address_type: String,
    /// The cause of the state, such as `BAD_DESTINATION`; usually empty.
    pub state_cause: String,
    /// `yyyy-MM-dd HH:mm:ss` in the configured zone.
    pub state_change_time: String,
}

/// The forms that a call has on the wire.
#[derive(Clone, Copy)]
pub(crate) enum CallShape {
    Inbound,
    NewInbound,
    NewOutbound,
    Consult,
}

impl Call {
    /// The state of a call that has ended for the agent.
    pub const DROPPED: &str = "DROPPED";

    pub(crate) fn write<S: Serializer>(
        &self,
        type_name: &str,
        shape: CallShape,
        dialect: Dialect,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        let mut event = Members::of(type_name, to)?;
        let dropped = self.state == Self::DROPPED;
        match (shape, dialect) {
            (CallShape::Inbound, Dialect::Gc4412) if dropped => {
                self.dropped(&mut event, "associatedDialogId")?;
            }
            (CallShape::Inbound, Dialect::Tables) if dropped => self.dropped(&mut event, "prevDialogId")?,
            (CallShape::Inbound, Dialect::Gc4412) => {
                self.full(&mut event, "dialogId", "associatedDialogId")?
            }
            (CallShape::Inbound, Dialect::Tables) if self.call_type == "CONFERENCE" => {
                self.full(&mut event, "dialogId", "prevDialogId")?;
            }
            (CallShape::Inbound, Dialect::Tables) => {
                self.full(&mut event, "dialogID", "associatedDialogId")?
            }
            (CallShape::NewOutbound, Dialect::Tables) => self.full(&mut event, "dialogID", "prevDialogId")?,
            (CallShape::NewInbound, Dialect::Tables) => self.announced(&mut event, "dialogID")?,
            (CallShape::NewInbound | CallShape::NewOutbound, Dialect::Gc4412) => {
                self.announced(&mut event, "dialogId")?;
            }
            (CallShape::Consult, _) => self.consult(&mut event, dropped)?,
        }
        event.end()
    }

    fn full<M: SerializeMap>(
        &self,
        event: &mut Members<M>,
        id_member: &str,
        associated_member: &str,
    ) -> Result<(), M::Error> {
        event.put(id_member, &self.dialog_id)?;
        event.put("state", &self.state)?;
        event.put("startTime", &self.start_time)?;
        event.put(associated_member, &self.associated_dialog_id)?;
        event.put("fromAddress", &self.from_address)?;
        event.put("callVariables", &self.call_variables)?;
        self.tail(event)
    }

    fn announced<M: SerializeMap>(&self, event: &mut Members<M>, id_member: &str) -> Result<(), M::Error> {
        event.put(id_member, &self.dialog_id)?;
        event.put("fromAddress", &self.from_address)?;
        event.put("callVariables", &self.call_variables)?;
        self.tail(event)
    }

    fn dropped<M: SerializeMap>(
        &self,
        event: &mut Members<M>,
        associated_member: &str,
    ) -> Result<(), M::Error> {
        event.put("dialogId", &self.dialog_id)?;
        event.put(associated_member, &self.associated_dialog_id)?;
        event.put("state", &self.state)?;
        event.put("callType", &self.call_type)?;
        event.put("queueName", &self.queue_name)?;
        event.put("participants", &self.participants)?;
        event.put("agentId", &self.agent_id)
    }

    fn consult<M: SerializeMap>(&self, event: &mut Members<M>, dropped: bool) -> Result<(), M::Error> {
        event.put("state", &self.state)?;
        event.put("assDialogId", &self.dialog_id)?;
        if !dropped {
            event.put("fromAddress", &self.from_address)?;
        }
        event.put("toAddress", &self.to_address)?;
        if !dropped {
            event.put("startTime", &self.start_time)?;
            event.put("callVariables", &self.call_variables)?;
        }
        self.tail(event)
    }

    fn tail<M: SerializeMap>(&self, event: &mut Members<M>) -> Result<(), M::Error> {
        event.put("participants", &self.participants)?;
        event.put("callType", &self.call_type)?;
        event.put("queueName", &self.queue_name)?;
        event.put("agentId", &self.agent_id)
    }
}

impl CallVariable {
    /// A variable with this name and value.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into() }
    }
}

impl Serialize for CallVariable {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        one_key::serialize(&self.name, &self.value, serializer)
    }
}

impl<'de> Deserialize<'de> for CallVariable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        one_key::deserialize(deserializer).map(|(name, value)| Self { name, value })
    }
}
