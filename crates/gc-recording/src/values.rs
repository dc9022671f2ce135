//! Masks what Finesse said, what is kept of a session, and events: JSON values, member by member. A member that is not listed here
//! as one of Finesse's words is masked.

use serde_json::{Map, Value};

use crate::mask::{Form, Mask, is_vocabulary};

/// Members whose values are our own words, or names of figures.
const OWN: &[&str] = &["kind", "type", "statistics", "action", "classification", "errorType", "node"];
/// Words of Finesse's or ours that are not written in capital letters.
const SMALL: &[&str] = &["Agent", "Supervisor", "Voice", "WrapUp", "ConnectSuccess"];
/// Members whose values are words of Finesse's in capital letters, codes, or times. A value that does not look like one is masked.
const WORDS: &[&str] = &[
    "event",
    "state",
    "pending_state",
    "desired_state",
    "state_change_time",
    "start_time",
    "state_cause",
    "actions",
    "newest",
    "ended",
    "time",
    "roles",
    "team_id",
    "call_type",
    "category",
    "code",
    "reason_code_id",
    "wrap_up_on_incoming",
    "wrap_up_on_outgoing",
    "media_type",
    "media_state",
    "media_address_type",
    "outbound_classification",
    "mode",
    "status",
    "deployment_type",
    "auth_mode",
    "error_type",
    "peripheral_error_code",
    "followed",
    "created_at",
    "teams",
    "team",
    "supervisor_state",
    // Events.
    "reasonCode",
    "pendingState",
    "stateChangeTime",
    "stateChangeTimeString",
    "startTime",
    "callType",
    "addressType",
    "stateCause",
    "wrapUpOnIncoming",
    "totalNumberOfTeams",
];
/// Members that are login ids.
const AGENTS: &[&str] = &["login_id", "agentId", "teamAgentId", "user", "created_by", "supervisor_id"];
/// Members that are dialogs.
const DIALOGS: &[&str] =
    &["dialog", "dialogId", "associatedDialogId", "secondary_id", "leg", "left", "associated_dialog"];
/// Members that are paths of Finesse's objects.
const PATHS: &[&str] = &["uri", "source", "associated_dialog_uri"];
/// Members that are events as text.
const EVENTS: &[&str] = &["last", "last_emitted"];
/// Variables whose values are words of Finesse's.
const VARIABLES: &[&str] = &["BAStatus", "BAResponse"];

impl Mask {
    /// The value with everything personal replaced. `member`: the member that it is of.
    pub(crate) fn value(&mut self, member: &str, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.string(member, &text)),
            Value::Array(list) => {
                Value::Array(list.into_iter().map(|each| self.value(member, each)).collect())
            }
            Value::Object(members) => Value::Object(self.object(member, members)),
            Value::Number(number) if member == "dial_number" || member == "port" => {
                self.word(&number.to_string(), Form::Any).parse().map_or(Value::Number(number), Value::Number)
            }
            other => other,
        }
    }

    fn object(&mut self, of: &str, members: Map<String, Value>) -> Map<String, Value> {
        let is_dialog = members.contains_key("participants") || (of == "Dialog" && members.len() == 1);
        let variable = match (members.get("name").and_then(Value::as_str), members.get("value")) {
            (Some(name), Some(_)) => Some(name.to_owned()),
            _ => None,
        };
        let masked = members.into_iter().map(|(name, value)| match (&variable, of) {
            (Some(variable), _) => {
                let is_word = name == "name" || VARIABLES.contains(&variable.as_str());
                let value = self.value(if is_word { "kind" } else { "value" }, value);
                (name, value)
            }
            // Maps whose keys are data.
            (None, "tracked") => (self.word(&name, Form::Dialog), self.value("TrackedCall", value)),
            (None, "members") => (self.word(&name, Form::Agent), self.value("User", value)),
            (None, "callVariables") => {
                let value =
                    self.value(if VARIABLES.contains(&name.as_str()) { "kind" } else { "value" }, value);
                (name, value)
            }
            (None, _) if name == "id" => {
                let member = match () {
                    () if is_dialog => "dialogId",
                    () if of == "User" => "user",
                    () => "kind",
                };
                (name, self.value(member, value))
            }
            (None, _) => {
                let value = self.value(&name, value);
                (name, value)
            }
        });
        masked.collect()
    }

    fn string(&mut self, member: &str, text: &str) -> String {
        match member {
            _ if PATHS.contains(&member) => self.path(text),
            _ if AGENTS.contains(&member) => self.word(text, Form::Agent),
            _ if DIALOGS.contains(&member) => self.word(text, Form::Dialog),
            _ if EVENTS.contains(&member) => match serde_json::from_str(text) {
                Ok(event) => self.value("", event).to_string(),
                Err(_) => self.text(text),
            },
            "error_message" | "error_data" => self.refusal(text),
            "error_type" if text.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b' ') => {
                text.to_owned()
            }
            "begun_by" => self.command(text),
            "request_id" => text.to_owned(),
            _ if OWN.contains(&member) => self.vocabulary(text),
            _ if WORDS.contains(&member) && (is_in_capitals(text) || SMALL.contains(&text)) => {
                self.vocabulary(text)
            }
            _ => self.text(text),
        }
    }

    /// Finesse's reason for a refusal: names of constants and codes stay, and what the rules look for.
    fn refusal(&mut self, text: &str) -> String {
        let is_code = text.len() <= 5 && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_code && self.known(text).is_none() {
            return text.to_owned();
        }
        let is_constant = |word: &str| {
            let of_constants = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
            (word.contains('_') && word.bytes().all(of_constants)) || word == "locked"
        };
        let words =
            text.split_inclusive(char::is_whitespace).map(|word| match is_constant(word.trim_end()) {
                true => word.to_owned(),
                false => self.text(word),
            });
        words.collect()
    }

    fn vocabulary(&mut self, text: &str) -> String {
        if is_vocabulary(text) { text.to_owned() } else { self.text(text) }
    }

    /// A command of which the recording knows nothing else.
    fn command(&mut self, id: &str) -> String {
        format!("earlier-{}", self.word(id, Form::Any))
    }

    /// A path of an object: ids of users and dialogs are masked, others and the names of collections stay.
    pub(crate) fn path(&mut self, path: &str) -> String {
        let below = path.find("/finesse/api").and_then(|at| path.get(at..)).unwrap_or(path);
        let mut before = "";
        let parts = below.split('/').map(|part| {
            let masked = match before {
                "User" => self.word(part, Form::Agent),
                "Dialog" => self.word(part, Form::Dialog),
                _ => self.vocabulary(part),
            };
            before = part;
            masked
        });
        parts.collect::<Vec<_>>().join("/")
    }
}

fn is_in_capitals(text: &str) -> bool {
    !text.contains(char::is_lowercase)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_known_as_a_word_of_finesse_is_masked() {
        let mut mask = Mask::default();
        let dialog = json!({
            "id": "33554433", "state": "ACTIVE", "from_address": "0049891234567", "participants": [
                { "media_address": "7012", "actions": ["HOLD", "DROP"], "state": "ACTIVE" },
            ],
            "media": { "queue_name": "Vera Lind", "call_variables": [
                { "name": "callVariable1", "value": "0049891234567" }, { "name": "BAStatus", "value": "OUTBOUND" },
            ]},
            "uri": "https://fin.example.com/finesse/api/Dialog/33554433", "state_cause": "Vera Lind", "new_member": "Vera",
        });
        let wanted = json!({
            "id": "16777001", "state": "ACTIVE", "from_address": "5550101", "participants": [
                { "media_address": "2001", "actions": ["HOLD", "DROP"], "state": "ACTIVE" },
            ],
            "media": { "queue_name": "text1 text2", "call_variables": [
                { "name": "callVariable1", "value": "5550101" }, { "name": "BAStatus", "value": "OUTBOUND" },
            ]},
            "uri": "/finesse/api/Dialog/16777001", "state_cause": "text1 text2", "new_member": "text1",
        });
        // Members of an object are in the order of their names here.
        mask.word("Vera", Form::Any);
        mask.word("Lind", Form::Any);
        assert_eq!(mask.value("", dialog), wanted);
    }
}
