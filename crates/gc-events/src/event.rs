//! The event: one variant per event type, written as JSON and read back.

use crate::agent::{AgentInfo, State};
use crate::call::{Call, CallShape};
use crate::dialect::Dialect;
use crate::dialog::{DialogParticipants, DialogState, DialogStateControls};
use crate::error::ErrorEvent;
use crate::gap::Gap;
use crate::lists::{
    AgentExtension, Agents, PhoneBookContacts, PhoneBooks, ReasonCodes, SkillGroup, Supervisors, TeamAgents,
};
use crate::notices::{Notice, ParticipantDropped, PrintMessage};
use crate::queue_stats::QueueStats;
use crate::raw::RawEvent;
use crate::system::{ConnectStatus, System};
use crate::wire::tagged;
use serde::{Serialize, Serializer};
use serde_json::Value;
use strum::EnumDiscriminants;
use thiserror::Error;

/// Every event that a client can receive. `docs/events.md` shows each with an example.
#[derive(Clone, Debug, PartialEq, Eq, EnumDiscriminants)]
#[strum_discriminants(doc(hidden), name(EventKind), vis(pub(crate)), derive(strum::EnumIter))]
#[non_exhaustive]
pub enum Event {
    /// `System`: the state of the service; answers `Hello` and `Beat`.
    System(System),
    /// `Error`: a command failed, or a session ended.
    Error(ErrorEvent),
    /// `ConnectStatus`: the agent's notification stream is open.
    ConnectStatus(ConnectStatus),
    /// `AgentInfo`: the agent's name, teams and settings.
    AgentInfo(AgentInfo),
    /// `State`: the agent's state, or a team member's.
    State(State),
    /// `InboundCall`: any change to a call, including its end, whatever its direction.
    InboundCall(Call),
    /// `NewInboundCall`: a call rings.
    NewInboundCall(Call),
    /// `NewOutboundCall`: the dialer connected a customer.
    NewOutboundCall(Call),
    /// `NewOutboundPreviewCall`: the dialer offers a customer.
    NewOutboundPreviewCall(Call),
    /// `ConsultCall`: any change to the agent's own consult leg, including its end.
    ConsultCall(Call),
    /// `DialogState`: the state of one dialog.
    DialogState(DialogState),
    /// `DialogStateControls`: the actions that are currently allowed for a dialog.
    DialogStateControls(DialogStateControls),
    /// `DialogParticipants`: the participants of a dialog.
    DialogParticipants(DialogParticipants),
    /// `ReasonCodes`: the codes of one category.
    ReasonCodes(ReasonCodes),
    /// `Agents`: the agents who are logged in.
    Agents(Agents),
    /// `TeamAgents`: the members of a team.
    TeamAgents(TeamAgents),
    /// `PhoneBook`: team and global phone books.
    PhoneBook(PhoneBooks),
    /// `TeamPhoneBook`: the phone books of one team.
    TeamPhoneBook(PhoneBooks),
    /// `phoneBookContacts`: the contacts of a phone book.
    PhoneBookContacts(PhoneBookContacts),
    /// `no_data_found`: the requested list is empty.
    NoDataFound(Notice),
    /// `callback`: the outcome of a callback command.
    Callback(Notice),
    /// `CALLBACK`: the outcome of a reclassify command.
    Reclassify(Notice),
    /// `Control` with `location` and `message`: a text for the agent's status bar.
    PrintMessage(PrintMessage),
    /// `Control` with `participantDropped`: a participant was dropped on request.
    ParticipantDropped(ParticipantDropped),
    /// `skillGroup`: skill groups (UCCE).
    SkillGroup(SkillGroup),
    /// `supervisors`: supervisors (UCCE).
    Supervisors(Supervisors),
    /// `agentExtension`: a mobile agent's CTI port and number to dial (UCCE).
    AgentExtension(AgentExtension),
    /// `QueueStats`: queue statistics, in one form for UCCE and one for UCCX.
    QueueStats(QueueStats),
    /// `Gap`: a live stream cannot replay these events.
    Gap(Gap),
    /// An event of a type that the dialect does not have, as it came: a newer connector may send it.
    #[strum_discriminants(strum(disabled))]
    Unknown(RawEvent),
}

/// Why a text is not an event.
#[derive(Debug, Error)]
pub enum EventParseError {
    /// The text is not JSON.
    #[error("not JSON: {0}")]
    NotJson(#[source] serde_json::Error),
    /// It is JSON, but not an object (or an array of one object) with a `type`.
    #[error("not an event: an event is an object with a string member `type`")]
    NoType,
    /// A member is missing or has the wrong JSON type.
    #[error("{type_name}: {reason}")]
    Shape {
        /// The event's type.
        type_name: String,
        /// What is wrong.
        #[source]
        reason: serde_json::Error,
    },
}

impl Event {
    /// The value of `type`.
    pub fn type_name(&self, dialect: Dialect) -> &str {
        match self {
            Self::Unknown(event) => event.type_name(),
            known => EventKind::from(known).type_name(dialect),
        }
    }

    /// The agent concerned, if the wire format has a member for it.
    pub fn agent_id(&self) -> Option<&str> {
        match self {
            Self::System(_)
            | Self::ConnectStatus(_)
            | Self::AgentExtension(_)
            | Self::Gap(_)
            | Self::Unknown(_) => None,
            Self::Error(event) => event.agent_id.as_deref(),
            Self::AgentInfo(event) => Some(&event.agent_id),
            Self::State(event) => Some(&event.agent_id),
            Self::InboundCall(call)
            | Self::NewInboundCall(call)
            | Self::NewOutboundCall(call)
            | Self::NewOutboundPreviewCall(call)
            | Self::ConsultCall(call) => Some(&call.agent_id),
            Self::DialogState(event) => Some(&event.agent_id),
            Self::DialogStateControls(event) => Some(&event.agent_id),
            Self::DialogParticipants(event) => Some(&event.agent_id),
            Self::ReasonCodes(event) => Some(&event.agent_id),
            Self::Agents(event) => Some(&event.agent_id),
            Self::TeamAgents(event) => Some(&event.agent_id),
            Self::PhoneBook(event) | Self::TeamPhoneBook(event) => Some(&event.agent_id),
            Self::PhoneBookContacts(event) => Some(&event.agent_id),
            Self::NoDataFound(notice) | Self::Callback(notice) | Self::Reclassify(notice) => {
                Some(&notice.agent_id)
            }
            Self::PrintMessage(event) => Some(&event.agent_id),
            Self::ParticipantDropped(event) => Some(&event.agent_id),
            Self::SkillGroup(event) => Some(&event.agent_id),
            Self::Supervisors(event) => Some(&event.agent_id),
            Self::QueueStats(event) => event.agent_id(),
        }
    }

    /// The call concerned, if any.
    pub fn dialog_id(&self) -> Option<&str> {
        match self {
            Self::InboundCall(call)
            | Self::NewInboundCall(call)
            | Self::NewOutboundCall(call)
            | Self::NewOutboundPreviewCall(call)
            | Self::ConsultCall(call) => Some(&call.dialog_id),
            Self::Error(event) => event.dialog_id.as_deref(),
            _ => None,
        }
    }

    /// The event as compact JSON, with its members in wire order; one of an unknown type as it came.
    pub fn to_json(&self, dialect: Dialect) -> String {
        // Texts and numbers can always be written.
        serde_json::to_string(&Written(self, dialect)).unwrap_or_default()
    }

    /// Reads an event. Unknown members are ignored; an event of an unknown type is an [`Event::Unknown`].
    ///
    /// In the `tables` dialect, several events share one type and one form: every `callback` is read as
    /// [`Event::Callback`] and every `OutboundCall` as [`Event::NewOutboundCall`].
    pub fn from_json(json: &str, dialect: Dialect) -> Result<Self, EventParseError> {
        let value: Value = serde_json::from_str(json).map_err(EventParseError::NotJson)?;
        let object = match value {
            // The queue statistics of UCCE are in an array.
            Value::Array(elements) => match <[Value; 1]>::try_from(elements) {
                Ok([object]) => object,
                Err(_) => return Err(EventParseError::NoType),
            },
            other => other,
        };
        let type_name = object.get("type").and_then(Value::as_str).ok_or(EventParseError::NoType)?.to_owned();
        let Some(kind) = EventKind::of(&type_name, &object, dialect) else {
            return RawEvent::new(type_name, json).map(Self::Unknown).map_err(EventParseError::NotJson);
        };
        Self::from_value(kind, object, dialect).map_err(|reason| EventParseError::Shape { type_name, reason })
    }

    fn from_value(kind: EventKind, value: Value, dialect: Dialect) -> Result<Self, serde_json::Error> {
        use serde::de::Error;
        use serde_json::from_value as read;
        Ok(match kind {
            EventKind::System => Self::System(read(value)?),
            EventKind::Error => Self::Error(read(value)?),
            EventKind::ConnectStatus => Self::ConnectStatus(read(value)?),
            EventKind::AgentInfo => Self::AgentInfo(read(value)?),
            EventKind::State => Self::State(read(value)?),
            EventKind::InboundCall => Self::InboundCall(read(value)?),
            EventKind::NewInboundCall => Self::NewInboundCall(read(value)?),
            EventKind::NewOutboundCall => Self::NewOutboundCall(read(value)?),
            EventKind::NewOutboundPreviewCall => Self::NewOutboundPreviewCall(read(value)?),
            EventKind::ConsultCall => Self::ConsultCall(read(value)?),
            EventKind::DialogState => Self::DialogState(read(value)?),
            EventKind::DialogStateControls => Self::DialogStateControls(read(value)?),
            EventKind::DialogParticipants => Self::DialogParticipants(read(value)?),
            EventKind::ReasonCodes => Self::ReasonCodes(ReasonCodes::from_value(value, dialect)?),
            EventKind::Agents => Self::Agents(read(value)?),
            EventKind::TeamAgents => Self::TeamAgents(read(value)?),
            EventKind::PhoneBook => Self::PhoneBook(read(value)?),
            EventKind::TeamPhoneBook => Self::TeamPhoneBook(read(value)?),
            EventKind::PhoneBookContacts => Self::PhoneBookContacts(read(value)?),
            EventKind::NoDataFound => Self::NoDataFound(read(value)?),
            EventKind::Callback => Self::Callback(read(value)?),
            EventKind::Reclassify => Self::Reclassify(read(value)?),
            EventKind::PrintMessage => Self::PrintMessage(read(value)?),
            EventKind::ParticipantDropped => Self::ParticipantDropped(read(value)?),
            EventKind::SkillGroup => Self::SkillGroup(SkillGroup::from_value(value)?),
            EventKind::Supervisors => Self::Supervisors(Supervisors::from_value(value)?),
            EventKind::AgentExtension => Self::AgentExtension(AgentExtension::from_value(value, dialect)?),
            EventKind::QueueStats => Self::QueueStats(QueueStats::from_value(value, dialect)?),
            EventKind::Gap => Self::Gap(read(value)?),
            EventKind::Unknown => return Err(serde_json::Error::custom("unknown type")),
        })
    }
}

/// An event as it is written in a dialect.
pub(crate) struct Written<'a>(pub(crate) &'a Event, pub(crate) Dialect);

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Self(event, dialect) = *self;
        let name = event.type_name(dialect);
        match event {
            Event::System(event) => tagged(name, event, to),
            Event::Error(event) => tagged(name, event, to),
            Event::ConnectStatus(event) => tagged(name, event, to),
            Event::AgentInfo(event) => tagged(name, event, to),
            Event::State(event) => event.write(name, dialect, to),
            Event::InboundCall(call) => call.write(name, CallShape::Inbound, dialect, to),
            Event::NewInboundCall(call) => call.write(name, CallShape::NewInbound, dialect, to),
            Event::NewOutboundCall(call) | Event::NewOutboundPreviewCall(call) => {
                call.write(name, CallShape::NewOutbound, dialect, to)
            }
            Event::ConsultCall(call) => call.write(name, CallShape::Consult, dialect, to),
            Event::DialogState(event) => tagged(name, event, to),
            Event::DialogStateControls(event) => tagged(name, event, to),
            Event::DialogParticipants(event) => tagged(name, event, to),
            Event::ReasonCodes(event) => event.write(name, dialect, to),
            Event::Agents(event) => tagged(name, event, to),
            Event::TeamAgents(event) => tagged(name, event, to),
            Event::PhoneBook(event) | Event::TeamPhoneBook(event) => tagged(name, event, to),
            Event::PhoneBookContacts(event) => tagged(name, event, to),
            Event::NoDataFound(notice) | Event::Callback(notice) | Event::Reclassify(notice) => {
                tagged(name, notice, to)
            }
            Event::PrintMessage(event) => tagged(name, event, to),
            Event::ParticipantDropped(event) => tagged(name, event, to),
            Event::SkillGroup(event) => event.write(name, dialect, to),
            Event::Supervisors(event) => event.write(name, dialect, to),
            Event::AgentExtension(event) => event.write(name, dialect, to),
            Event::QueueStats(event) => event.write(name, dialect, to),
            Event::Gap(event) => tagged(name, event, to),
            Event::Unknown(event) => event.raw().serialize(to),
        }
    }
}

impl EventKind {
    pub(crate) fn type_name(self, dialect: Dialect) -> &'static str {
        let (gc4412, tables) = match self {
            Self::System => ("System", "System"),
            Self::Error => ("Error", "Error"),
            Self::ConnectStatus => ("ConnectStatus", "ConnectStatus"),
            Self::AgentInfo => ("AgentInfo", "AgentInfo"),
            Self::State => ("State", "State"),
            Self::InboundCall => ("InboundCall", "InboundCall"),
            Self::NewInboundCall => ("NewInboundCall", "NewInboundCall"),
            Self::NewOutboundCall => ("NewOutboundCall", "OutboundCall"),
            Self::NewOutboundPreviewCall => ("NewOutboundPreviewCall", "OutboundCall"),
            Self::ConsultCall => ("ConsultCall", "ConsultCall"),
            Self::DialogState => ("DialogState", "DialogState"),
            Self::DialogStateControls => ("DialogStateControls", "DialogStateControls"),
            Self::DialogParticipants => ("DialogParticipants", "DialogParticipants"),
            Self::ReasonCodes => ("ReasonCodes", "ReasonCodes"),
            Self::Agents => ("Agents", "Agents"),
            Self::TeamAgents => ("TeamAgents", "Team Agents"),
            Self::PhoneBook => ("PhoneBook", "PhoneBook"),
            Self::TeamPhoneBook => ("TeamPhoneBook", "Team PhoneBook"),
            Self::PhoneBookContacts => ("phoneBookContacts", "phoneBook_contacts"),
            Self::NoDataFound => ("no_data_found", "callback"),
            Self::Callback => ("callback", "callback"),
            Self::Reclassify => ("CALLBACK", "callback"),
            Self::PrintMessage => ("Control", "status"),
            Self::ParticipantDropped => ("Control", "control"),
            Self::SkillGroup => ("skillGroup", "skillGroup"),
            Self::Supervisors => ("supervisors", "supervisors"),
            Self::AgentExtension => ("agentExtension", "agentExtension"),
            Self::QueueStats => ("QueueStats", "Queue Stats"),
            Self::Gap => ("Gap", "Gap"),
            // It has the name that it came with.
            Self::Unknown => ("", ""),
        };
        match dialect {
            Dialect::Gc4412 => gc4412,
            Dialect::Tables => tables,
        }
    }

    /// The kind of an object. If several kinds have the same type, the members or the rule of [`Event::from_json`] decide.
    fn of(type_name: &str, object: &Value, dialect: Dialect) -> Option<Self> {
        use strum::IntoEnumIterator;
        match type_name {
            "callback" => Some(Self::Callback),
            "Control" if object.get("participantDropped").is_some() && dialect == Dialect::Gc4412 => {
                Some(Self::ParticipantDropped)
            }
            _ => Self::iter().find(|kind| kind.type_name(dialect) == type_name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Event, EventParseError> {
        Event::from_json(json, Dialect::Gc4412)
    }

    #[test]
    fn a_text_that_is_not_an_event_is_a_typed_error() {
        assert!(matches!(read("{"), Err(EventParseError::NotJson(_))));
        assert!(matches!(read("[]"), Err(EventParseError::NoType)));
        assert!(matches!(read("7"), Err(EventParseError::NoType)));
        assert!(matches!(read(r#"{"type":7}"#), Err(EventParseError::NoType)));
        let error = read(r#"{"type":"DialogState","dialogId":"1","agentId":"1004"}"#).unwrap_err();
        assert_eq!(error.to_string(), "DialogState: missing field `state`");
    }

    #[test]
    fn unknown_members_are_ignored() {
        let event = read(r#"{"type":"System","status":"IN_SERVICE","node":"a"}"#).unwrap();
        assert_eq!(event.to_json(Dialect::Gc4412), r#"{"type":"System","status":"IN_SERVICE"}"#);
    }

    #[test]
    fn an_event_of_an_unknown_type_is_kept_byte_for_byte() {
        for json in [
            r#"{ "agentId":"1004", "type":"Chat", "weight":1e2, "big":123456789012345678901234567890 }"#,
            r#"[{"type":"Team Agents"}]"#,
            r#"{"type":""}"#,
        ] {
            let event = read(json).unwrap();
            assert!(matches!(&event, Event::Unknown(_)), "{json}");
            assert_eq!(event.to_json(Dialect::Gc4412), json);
            assert_eq!(Event::from_json(&event.to_json(Dialect::Tables), Dialect::Gc4412).unwrap(), event);
        }
        assert_eq!(read(r#"{"type":"Chat"}"#).unwrap().type_name(Dialect::Gc4412), "Chat");
    }

    #[test]
    fn the_call_of_an_error_is_not_in_the_json() {
        let error = ErrorEvent::of_agent(crate::ErrorCode::BadDestination, "1004");
        let of_call = Event::Error(error.clone().of_dialog("30211"));
        assert_eq!(of_call.dialog_id(), Some("30211"));
        assert_eq!(of_call.to_json(Dialect::Gc4412), Event::Error(error).to_json(Dialect::Gc4412));
    }

    #[test]
    fn an_error_code_that_is_not_in_the_table_is_kept() {
        let json = r#"{"type":"Error","errorType":"CF_NEW","errorMessage":"m","agentId":"1004"}"#;
        assert_eq!(read(json).unwrap().to_json(Dialect::Gc4412), json);
    }

    #[test]
    fn the_two_control_events_are_distinguished_by_their_members() {
        let dropped = read(r#"{"type":"Control","participantDropped":"2007","agentId":"1091"}"#).unwrap();
        let printed =
            read(r#"{"type":"Control","location":"statusbar","message":"m","agentId":"1004"}"#).unwrap();
        assert!(matches!(dropped, Event::ParticipantDropped(_)));
        assert!(matches!(printed, Event::PrintMessage(_)));
    }
}
