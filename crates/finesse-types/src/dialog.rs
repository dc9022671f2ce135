//! The Dialog: a call with its participants ("Finesse Developer Guide, Dialog API parameters").

use std::borrow::Cow;
use std::collections::HashSet;

use gc_xml::Element;

use crate::call_type::CallType;
use crate::open_enum::open_enum;
use crate::read::{id_in, items, text, texts, verbatim};

/// A call, as one agent sees it.
///
/// What Finesse left out or sent empty is an empty string.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dialog {
    /// The call's id.
    pub id: String,
    /// The call's state; held and wrap-up are states of participants only.
    pub state: DialogState,
    /// Who calls.
    pub from_address: String,
    /// Who is called; empty while nothing is dialled.
    pub to_address: String,
    /// The path of the call that this one was made from; see [`Self::associated_dialog_id`].
    pub associated_dialog_uri: String,
    /// The id of the call that ended in this one by a transfer or a conference.
    pub secondary_id: String,
    /// The number to call back (UCCE direct preview).
    pub callback_number: String,
    /// The callback that is planned for this customer.
    pub scheduled_callback: Option<ScheduledCallback>,
    /// Kind, queue, wrap-up and variables of the call.
    pub media: MediaProperties,
    /// Voice, or another medium's id.
    pub media_type: String,
    /// The parties, in the order in which they came, which means nothing.
    pub participants: Vec<Participant>,
    /// The call's own path.
    pub uri: String,
}

impl Dialog {
    /// The id of the call that this one was made from: the last segment of its path.
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
    /// What a call is doing.
    pub enum DialogState {
        /// The receiver is lifted.
        Initiating = "INITIATING",
        /// The number is dialled.
        Initiated = "INITIATED",
        /// It rings.
        Alerting = "ALERTING",
        /// Two parties talk.
        Active = "ACTIVE",
        /// It could not be connected.
        Failed = "FAILED",
        /// It is over.
        Dropped = "DROPPED",
        /// The agent took the preview of a call.
        Accepted = "ACCEPTED",
    }
}

/// A callback that is planned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScheduledCallback {
    /// When, as Finesse writes it.
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

/// Kind, queue, wrap-up and variables of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MediaProperties {
    /// How the call came about.
    pub call_type: CallType,
    /// The number that the call arrived on.
    pub dnis: String,
    /// The number that was dialled.
    pub dialed_number: String,
    /// The queue's name (12.6), told from answering on.
    pub queue_name: String,
    /// The queue's number (12.6).
    pub queue_number: String,
    /// How the agent classified a call of the dialer.
    pub outbound_classification: String,
    /// What the agent said about the call.
    pub wrap_up_reason: String,
    /// The same where several may be said (UCCX).
    pub wrap_up_items: Vec<String>,
    /// All variables that the call has, in the order in which they came; an empty value is a value. Of a name
    /// that came twice the last one is here.
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

    /// The value of a variable without the blanks around it. Letters of `callVariable1` to 10 compare without regard
    /// to case, other names as Finesse writes them.
    pub fn variable(&self, name: &str) -> Option<&str> {
        let name = key(name);
        let mut variables = self.call_variables.iter();
        variables.find(|variable| key(&variable.name) == name).map(|variable| variable.value.trim())
    }
}

fn last_of_each_name(mut variables: Vec<CallVariable>) -> Vec<CallVariable> {
    let mut seen = HashSet::new();
    variables.reverse();
    variables.retain(|variable| seen.insert(key(&variable.name).into_owned()));
    variables.reverse();
    variables
}

/// What tells two names apart.
fn key(name: &str) -> Cow<'_, str> {
    let lower = name.to_ascii_lowercase();
    let number = lower.strip_prefix("callvariable").and_then(|number| number.parse::<u8>().ok());
    if number.is_some_and(|number| (1..=10).contains(&number)) {
        Cow::Owned(lower)
    } else {
        Cow::Borrowed(name)
    }
}

/// A variable of a call: `callVariable1` to 10, `user.name` and `user.name[0]` (ECC), `BA…` of the dialer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallVariable {
    /// Its name; dots and brackets are part of it.
    pub name: String,
    /// Its value as it came; empty when there is nothing but white space.
    pub value: String,
}

impl CallVariable {
    fn read(variable: &Element) -> Self {
        Self { name: text(variable, "name"), value: verbatim(variable, "value") }
    }
}

/// One party of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Participant {
    /// The extension or number.
    pub media_address: String,
    /// AGENT_DEVICE for an agent, empty for a customer.
    pub media_address_type: String,
    /// What the party is doing.
    pub state: ParticipantState,
    /// Why: BUSY, BAD_DESTINATION, OTHER, DEVICE_RESOURCE_NOT_AVAILABLE.
    pub state_cause: String,
    /// When the state was entered, as Finesse writes it.
    pub state_change_time: String,
    /// When the party came in, as Finesse writes it.
    pub start_time: String,
    /// What may be asked for: ANSWER, HOLD, …
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
    /// What one party of a call is doing.
    pub enum ParticipantState {
        /// Has lifted the receiver.
        Initiating = "INITIATING",
        /// Has dialled.
        Initiated = "INITIATED",
        /// It rings there.
        Alerting = "ALERTING",
        /// Talks.
        Active = "ACTIVE",
        /// Has put the call on hold.
        Held = "HELD",
        /// Has left the call and writes it up.
        WrapUp = "WRAP_UP",
        /// Could not be connected.
        Failed = "FAILED",
        /// Has left.
        Dropped = "DROPPED",
        /// Took the preview of a call.
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
    fn a_value_is_kept_as_it_came_and_white_space_alone_is_empty() {
        let variables =
            [(" callVariable1\n", "  x  "), ("callVariable2", " \n\t "), ("user.a", "\n<![CDATA[ a b ]]>")];
        let expected = [("callVariable1", "  x  "), ("callVariable2", ""), ("user.a", "\n a b ")];
        assert_eq!(read(&variables), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn a_name_that_comes_twice_counts_once_the_last_one() {
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
    fn a_decision_is_taken_without_regard_to_the_blanks_or_the_case_of_the_ten() {
        let media = with_variables(&[("callvariable3", " x "), ("BAStatus", "\n  PREVIEW_OUTBOUND\n")]).media;
        assert_eq!(media.variable("callVariable3"), Some("x"));
        assert_eq!(media.variable("BAStatus"), Some("PREVIEW_OUTBOUND"));
        assert_eq!(media.variable("bastatus"), None);
    }
}
