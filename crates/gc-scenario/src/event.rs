//! The event that a client must receive: its type and the members in the line.

use serde_json::Value;

use crate::bindings::{self, Bindings};
use crate::words::{Word, Words};

/// An event as a line describes it: `InboundCall HELD dialogId={call} participants=2001:HELD (HoldCall)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedEvent {
    kind: String,
    members: Vec<(String, String)>,
    absent: Vec<String>,
    answers: Option<String>,
}

impl ExpectedEvent {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (text, answers) = match text.strip_suffix(')').and_then(|text| text.rsplit_once('(')) {
            Some((text, command)) => (text, Some(command.trim().to_owned())),
            None => (text, None),
        };
        let mut words = Words::of(text)?;
        let kind = words.bare("the event's type")?;
        let mut event = Self { kind, members: Vec::new(), absent: Vec::new(), answers };
        while let Some(word) = words.next() {
            match word {
                Word::Named(name, value) => event.members.push((name, value)),
                Word::Bare(word) => match (word.strip_prefix('!'), event.first_member()) {
                    (Some(absent), _) => event.absent.push(absent.to_owned()),
                    (None, Some(name)) if event.members.is_empty() => {
                        event.members.push((name.to_owned(), word));
                    }
                    _ => return Err(format!("`{word}` is not written as member=value")),
                },
            }
        }
        Ok(event)
    }

    /// The member whose name may be left out if its value follows the type.
    fn first_member(&self) -> Option<&'static str> {
        match self.kind.as_str() {
            "State" | "InboundCall" | "ConsultCall" | "DialogState" => Some("state"),
            "System" | "ConnectStatus" => Some("status"),
            "Error" => Some("errorType"),
            "ReasonCodes" => Some("category"),
            _ => None,
        }
    }

    /// The event's type.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The name of the command that the event answers, as the client wrote it; none if it answers no command.
    pub fn answers(&self) -> Option<&str> {
        self.answers.as_deref()
    }

    /// The value of a member in the line.
    pub fn member(&self, name: &str) -> Option<&str> {
        self.members.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Compares an actual event (its JSON) with this one; the error describes the difference. Placeholders without a
    /// value take theirs from the actual event, even if it differs.
    pub fn compare(&self, actual: &Value, bindings: &mut Bindings) -> Result<(), String> {
        // The queue statistics of UCCE are an array of one event.
        let actual = actual.as_array().and_then(|list| list.first()).unwrap_or(actual);
        let kind = member(actual, "type").unwrap_or_default();
        if kind != self.kind {
            return Err(format!("the type is {kind}"));
        }
        for (name, wanted) in &self.members {
            match member(actual, name) {
                Some(value) if bindings.matches(wanted, &value) => {}
                Some(value) if in_any_order(&bindings.fill(wanted).unwrap_or_default(), &value) => {}
                Some(value) => return Err(format!("{name} is {value:?}")),
                None => return Err(format!("{name} is missing")),
            }
        }
        match self.absent.iter().find(|name| member(actual, name).is_some()) {
            Some(name) => Err(format!("{name} is present")),
            None => Ok(()),
        }
    }

    pub(crate) fn placeholders(&self) -> impl Iterator<Item = &str> {
        self.members.iter().flat_map(|(_, value)| bindings::names(value))
    }
}

/// Whether two lists are equal in any order.
fn in_any_order(wanted: &str, actual: &str) -> bool {
    let sorted = |list: &str| {
        let mut list: Vec<_> = list.split(',').map(str::to_owned).collect();
        list.sort();
        list
    };
    wanted.contains(',') && sorted(wanted) == sorted(actual)
}

/// A member as text. `team.name` is a member of an object; `callVariables.user.account` is the object with this key in a
/// list.
fn member(event: &Value, path: &str) -> Option<String> {
    let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
    match (event.get(name)?, rest) {
        (value, None) => Some(shown(value)),
        (Value::Array(list), Some(name)) => list.iter().find_map(|element| element.get(name)).map(shown),
        (value, Some(rest)) => member(value, rest),
    }
}

/// A value in the notation of a line: text without quotes, and objects as their first two members:
/// `2001:ACTIVE,5550100:HELD`.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(shown).collect::<Vec<_>>().join(","),
        Value::Object(members) => members.values().take(2).map(shown).collect::<Vec<_>>().join(":"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn compare(line: &str, actual: &Value) -> Result<(), String> {
        ExpectedEvent::parse(line).unwrap().compare(actual, &mut Bindings::default())
    }

    #[test]
    fn only_the_members_in_the_line_are_compared() {
        let call = json!({"type": "InboundCall", "state": "HELD", "associatedDialogId": null, "participants": [
            {"mediaAddress": "2001", "state": "HELD", "addressType": ""},
            {"mediaAddress": "5550100", "state": "ACTIVE"},
        ], "callVariables": [{"callVariable1": "x y"}, {"user.a": "b"}, {"ani": "5550100"}]});
        assert_eq!(compare("InboundCall", &call), Ok(()));
        assert_eq!(compare("InboundCall HELD associatedDialogId=null !startTime", &call), Ok(()));
        assert_eq!(compare("InboundCall participants=5550100:ACTIVE,2001:HELD", &call), Ok(()));
        assert_eq!(compare(r#"InboundCall callVariables.callVariable1="x y""#, &call), Ok(()));
        assert_eq!(compare("InboundCall callVariables.user.a=b", &call), Ok(()));
        assert_eq!(compare("InboundCall callVariables.ani=5550100 (HoldCall)", &call), Ok(()));
        assert_eq!(compare("ConsultCall", &call), Err("the type is InboundCall".into()));
        assert_eq!(compare("InboundCall ACTIVE", &call), Err(r#"state is "HELD""#.into()));
        assert_eq!(compare("InboundCall !state", &call), Err("state is present".into()));
        assert_eq!(compare("InboundCall startTime=", &call), Err("startTime is missing".into()));
        assert!(compare("InboundCall participants=2001:HELD", &call).is_err());
    }

    #[test]
    fn an_empty_list_is_an_empty_text() {
        assert_eq!(compare("AgentInfo teams=", &json!({"type": "AgentInfo", "teams": []})), Ok(()));
    }
}
