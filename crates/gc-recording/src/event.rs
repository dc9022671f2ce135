//! An event as a line: its type, and the members of it that are compared when the recording is replayed.

use gc_events::{Dialect, Event};
use serde_json::Value;

use crate::mask::Mask;

/// The members that are written. Lists and texts for people are left out.
const SHOWN: &[&str] = &[
    "state",
    "status",
    "errorType",
    "category",
    "dialogId",
    "associatedDialogId",
    "fromAddress",
    "toAddress",
    "callType",
    "queueName",
    "reasonCode",
    "pendingState",
    "extension",
    "fullName",
    "stateChangeTime",
    "teamAgentId",
    "agentId",
];

impl Mask {
    /// The line of an event, without the client. `answers`: the name of the command that it answers.
    pub(crate) fn event(&mut self, event: &Event, answers: Option<&str>) -> String {
        let json = event.to_json(Dialect::Gc4412);
        let mut value: Value = serde_json::from_str(&json).unwrap_or_default();
        // The queue statistics of UCCE are an array of one event.
        if let Value::Array(list) = &mut value {
            value = list.pop().unwrap_or_default();
        }
        let mut line = event.type_name(Dialect::Gc4412).to_owned();
        for member in SHOWN {
            let Some(shown) = value.get_mut(*member).map(Value::take) else { continue };
            match self.value(member, shown) {
                Value::String(text) if text.contains(char::is_whitespace) => {
                    line += &format!(" {member}=\"{text}\"")
                }
                Value::String(text) => line += &format!(" {member}={text}"),
                Value::Null => line += &format!(" {member}=null"),
                _ => {}
            }
        }
        if let Some(participants) = value.get_mut("participants").map(Value::take) {
            line += &self.participants(participants);
        }
        match answers {
            Some(name) => format!("{line} ({name})"),
            None => line,
        }
    }

    fn participants(&mut self, participants: Value) -> String {
        let Value::Array(list) = participants else { return String::new() };
        let mut one = |party: &Value| {
            let member = |name: &str| party.get(name).and_then(Value::as_str).unwrap_or_default();
            let address = self.text(member("mediaAddress"));
            format!("{address}:{}", member("state"))
        };
        let shown: Vec<_> = list.iter().map(&mut one).collect();
        if shown.is_empty() { String::new() } else { format!(" participants={}", shown.join(",")) }
    }
}
