//! The Dialog: a call with its participants ("Finesse Developer Guide, Dialog API parameters").

use std::collections::HashSet;

use gc_xml::Element;
use serde::{Deserialize, Serialize};

use crate::call_type::CallType;
use crate::open_enum::open_enum;
use crate::read::{id_in, items, text, texts, verbatim};

/// A call, as one agent sees it.
///
/// A field that is missing or empty is an empty string.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dialog {
    /// The call's id.
    pub id: String,
    /// The call's state. Only participants can be on hold or in wrap-up.
    pub state: DialogState,
    /// The caller.
    pub from_address: String,
    /// The called party; empty until a number is dialled.
    pub to_address: String,
    /// The path of the call that this one was made from; see [`Self::associated_dialog_id`].
    pub associated_dialog_uri: String,
    /// The id of the call that ended in this one by a transfer or a conference.
    pub secondary_id: String,
    /// The number to call back (UCCE direct preview).
    pub callback_number: String,
    /// The scheduled callback for this customer.
    pub scheduled_callback: Option<ScheduledCallback>,
    /// The type, queue, wrap-up and variables of the call.
    pub media: MediaProperties,
    /// Voice, or another medium's id.
    pub media_type: String,
    /// The parties, in Finesse's order, which has no meaning.
    pub participants: Vec<Participant>,
    /// The call's own path.
    pub uri: String,
}

impl Dialog {
    /// The id of the call that this one was made from: the last segment of [`Self::associated_dialog_uri`].
    pub fn associated_dialog_id(&self) -> Option<&str> {
        id_in(&self.associated_dialog_uri)
    }

    pub(crate) fn read(dialog: &Element) -> Self {
        Self {
            id: text(dialog, "id"),
            state: DialogState::from(text(dialog, "state").as_str()),
            from_address: text(dialog, "fromAddress"),
            to_address: text(dialog, "toAddress"),
            associated_dialog_uri: text(dialog, "associatedDialogUri"),
            secondary_id: text(dialog, "secondaryId"),
            callback_number: text(dialog, "callbackNumber"),
            scheduled_callback: dialog
                .child("scheduledCallbackInfo")
                .and_then(ScheduledCallback::read_filled),
            media: dialog.child("mediaProperties").map(MediaProperties::read).unwrap_or_default(),
            media_type: text(dialog, "mediaType"),
            participants: items(dialog, "participants", "Participant").map(Participant::read).collect(),
            uri: text(dialog, "uri"),
        }
    }
}

open_enum! {
    /// The state of a call.
    pub enum DialogState {
        /// Off hook.
        Initiating = "INITIATING",
        /// The number is dialled.
        Initiated = "INITIATED",
        /// Ringing.
        Alerting = "ALERTING",
        /// Two parties are connected.
        Active = "ACTIVE",
        /// It could not be connected.
        Failed = "FAILED",
        /// It has ended.
        Dropped = "DROPPED",
        /// The agent accepted the preview of a call.
        Accepted = "ACCEPTED",
    }
}

/// A scheduled callback.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduledCallback {
    /// When, in Finesse's notation.
    pub time: String,
    /// The number to call.
    pub number: String,
}

impl ScheduledCallback {
    fn read_filled(info: &Element) -> Option<Self> {
        let callback = Self { time: text(info, "callbackTime"), number: text(info, "callbackNumber") };
        (callback != Self::default()).then_some(callback)
    }
}

/// The type, queue, wrap-up and variables of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaProperties {
    /// The type of the call.
    pub call_type: CallType,
    /// The number that the call arrived on.
    pub dnis: String,
    /// The number that was dialled.
    pub dialed_number: String,
    /// The queue's name (12.6), which Finesse sends from the answer on.
    pub queue_name: String,
    /// The queue's number (12.6).
    pub queue_number: String,
    /// The agent's classification of a dialer call.
    pub outbound_classification: String,
    /// The agent's wrap-up reason.
    pub wrap_up_reason: String,
    /// The wrap-up reasons, where several are possible (UCCX).
    pub wrap_up_items: Vec<String>,
    /// All variables of the call, in Finesse's order. An empty value is a value. If a name occurs twice, the last one
    /// counts.
    pub call_variables: Vec<CallVariable>,
}

impl MediaProperties {
    fn read(media: &Element) -> Self {
        Self {
            call_type: CallType::from(text(media, "callType")),
            dnis: text(media, "DNIS"),
            dialed_number: text(media, "dialedNumber"),
            queue_name: text(media, "queueName"),
            queue_number: text(media, "queueNumber"),
            outbound_classification: text(media, "outboundClassification"),
            wrap_up_reason: text(media, "wrapUpReason"),
            wrap_up_items: texts(media, "wrapUpItems", "wrapUpItem"),
            call_variables: last_of_each_name(
                items(media, "callvariables", "CallVariable").map(CallVariable::read).collect(),
            ),
        }
    }

    /// The value of a variable without surrounding white space. Case is ignored in `callVariable1` to 10, but not in
    /// other names.
    pub fn variable(&self, name: &str) -> Option<&str> {
        let name = Key::of(name);
        let mut variables = self.call_variables.iter();
        variables.find(|variable| Key::of(&variable.name) == name).map(|variable| variable.value.trim())
    }
}

fn last_of_each_name(mut variables: Vec<CallVariable>) -> Vec<CallVariable> {
    let mut seen = HashSet::new();
    let are_last: Vec<bool> =
        variables.iter().rev().map(|variable| seen.insert(Key::of(&variable.name))).collect();
    let mut are_last = are_last.into_iter().rev();
    variables.retain(|_| are_last.next().unwrap_or(true));
    variables
}

/// A name in the form in which names are compared.
#[derive(PartialEq, Eq, Hash)]
enum Key<'a> {
    /// `callVariable` in any case, and this number from 1 to 10.
    Numbered(&'a str),
    Named(&'a str),
}

impl<'a> Key<'a> {
    fn of(name: &'a str) -> Self {
        let number = name.split_at_checked("callVariable".len());
        let number = number.filter(|(word, _)| word.eq_ignore_ascii_case("callVariable"));
        let is_one_of_ten =
            |number: &&str| number.parse::<u8>().is_ok_and(|number| (1..=10).contains(&number));
        match number.map(|(_, number)| number).filter(is_one_of_ten) {
            Some(number) => Self::Numbered(number),
            None => Self::Named(name),
        }
    }
}

/// A variable of a call: `callVariable1` to 10, `user.name` and `user.name[0]` (ECC), `BA…` (dialer).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallVariable {
    /// Its name; dots and brackets are part of it.
    pub name: String,
    /// Its unchanged value; empty if it is only white space.
    pub value: String,
}

impl CallVariable {
    fn read(variable: &Element) -> Self {
        Self { name: text(variable, "name"), value: verbatim(variable, "value") }
    }
}

/// One party of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participant {
    /// The extension or number.
    pub media_address: String,
    /// AGENT_DEVICE for an agent, empty for a customer.
    pub media_address_type: String,
    /// The party's state.
    pub state: ParticipantState,
    /// The cause of the state: BUSY, BAD_DESTINATION, OTHER, DEVICE_RESOURCE_NOT_AVAILABLE.
    pub state_cause: String,
    /// When the state was entered, in Finesse's notation.
    pub state_change_time: String,
    /// When the party joined, in Finesse's notation.
    pub start_time: String,
    /// The allowed actions: ANSWER, HOLD, …
    pub actions: Vec<String>,
}

impl Participant {
    fn read(participant: &Element) -> Self {
        Self {
            media_address: text(participant, "mediaAddress"),
            media_address_type: text(participant, "mediaAddressType"),
            state: ParticipantState::from(text(participant, "state").as_str()),
            state_cause: text(participant, "stateCause"),
            state_change_time: text(participant, "stateChangeTime"),
            start_time: text(participant, "startTime"),
            actions: texts(participant, "actions", "action"),
        }
    }
}

open_enum! {
    /// The state of one party of a call.
    pub enum ParticipantState {
        /// Off hook.
        Initiating = "INITIATING",
        /// Has dialled.
        Initiated = "INITIATED",
        /// The telephone rings.
        Alerting = "ALERTING",
        /// Connected.
        Active = "ACTIVE",
        /// Has put the call on hold.
        Held = "HELD",
        /// Has left the call and is in wrap-up.
        WrapUp = "WRAP_UP",
        /// Could not be connected.
        Failed = "FAILED",
        /// Has left.
        Dropped = "DROPPED",
        /// Accepted the preview of a call.
        Accepted = "ACCEPTED",
    }
}

#[cfg(test)]
mod tests {
    use gc_xml::{Limits, parse};

    use super::Dialog;

    fn with_variables(variables: &[(&str, &str)]) -> Dialog {
        let variables = variables.iter().map(|(name, value)| {
            format!("<CallVariable><name>{name}</name><value>{value}</value></CallVariable>")
        });
        let variables: String = variables.collect();
        let xml = format!(
            "<Dialog><mediaProperties><callvariables>{variables}</callvariables></mediaProperties></Dialog>"
        );
        Dialog::read(&parse(&xml, &Limits::default()).unwrap())
    }

    fn read(variables: &[(&str, &str)]) -> Vec<(String, String)> {
        let read = with_variables(variables).media.call_variables;
        read.into_iter().map(|variable| (variable.name, variable.value)).collect()
    }

    #[test]
    fn a_value_is_kept_unchanged_but_only_white_space_is_empty() {
        let variables =
            [(" callVariable1\n", "  x  "), ("callVariable2", " \n\t "), ("user.a", "\n<![CDATA[ a b ]]>")];
        let expected = [("callVariable1", "  x  "), ("callVariable2", ""), ("user.a", "\n a b ")];
        assert_eq!(read(&variables), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn of_a_name_that_occurs_twice_the_last_value_counts() {
        let variables = [
            ("callVariable1", "old"),
            ("user.a", "old"),
            ("CALLVARIABLE1", "new"),
            ("User.A", "another name"),
            ("user.a", "new"),
            ("callVariable11", "no such variable"),
            ("CALLVARIABLE11", "another name"),
        ];
        let expected = variables.into_iter().skip(2).map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(read(&variables), expected.collect::<Vec<_>>());
    }

    #[test]
    fn a_variable_is_found_without_white_space_and_the_ten_in_any_case() {
        let media = with_variables(&[("callvariable3", " x "), ("BAStatus", "\n  PREVIEW_OUTBOUND\n")]).media;
        assert_eq!(media.variable("callVariable3"), Some("x"));
        assert_eq!(media.variable("BAStatus"), Some("PREVIEW_OUTBOUND"));
        assert_eq!(media.variable("bastatus"), None);
    }
}
