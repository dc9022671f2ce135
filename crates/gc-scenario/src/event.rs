//! What a client is to hear: the event's type and those members that the line names.

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

    /// The member whose value may stand alone behind the type.
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

    /// The command that the event answers, by its name as the client wrote it; events without one answer
    /// none.
    pub fn answers(&self) -> Option<&str> {
        self.answers.as_deref()
    }

    /// The value that the line names for a member.
    pub fn member(&self, name: &str) -> Option<&str> {
        self.members.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether `seen` (an event's JSON) is this event, or what is different about it. Placeholders without a
    /// value take theirs from it, also when the answer is no.
    pub fn compare(&self, seen: &Value, bindings: &mut Bindings) -> Result<(), String> {
        // The queues of UCCE come as a list of one event.
        let seen = seen.as_array().and_then(|list| list.first()).unwrap_or(seen);
        let kind = member(seen, "type").unwrap_or_default();
        if kind != self.kind {
            return Err(format!("the type is {kind}"));
        }
        for (name, wanted) in &self.members {
            match member(seen, name) {
                Some(value) if bindings.matches(wanted, &value) => {}
                Some(value) if in_any_order(&bindings.fill(wanted).unwrap_or_default(), &value) => {}
                Some(value) => return Err(format!("{name} is {value:?}")),
                None => return Err(format!("{name} is absent")),
            }
        }
        match self.absent.iter().find(|name| member(seen, name).is_some()) {
            Some(name) => Err(format!("{name} is there")),
            None => Ok(()),
        }
    }

    pub(crate) fn placeholders(&self) -> impl Iterator<Item = &str> {
        self.members.iter().flat_map(|(_, value)| bindings::names(value))
    }
}

/// The order in which a list stands means nothing.
fn in_any_order(wanted: &str, seen: &str) -> bool {
    let sorted = |list: &str| {
        let mut list: Vec<_> = list.split(',').map(str::to_owned).collect();
        list.sort();
        list
    };
    wanted.contains(',') && sorted(wanted) == sorted(seen)
}

/// A member as text: `team.name` steps into objects, `callVariables.user.account` finds the one-key object of
/// a list.
fn member(event: &Value, path: &str) -> Option<String> {
    let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
    match (event.get(name)?, rest) {
        (value, None) => Some(shown(value)),
        (Value::Array(list), Some(name)) => list.iter().find_map(|element| element.get(name)).map(shown),
        (value, Some(rest)) => member(value, rest),
    }
}

/// Texts without quotes; of an object in a list its first two members: `2001:ACTIVE,5550100:HELD`.
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

    fn compare(line: &str, seen: &Value) -> Result<(), String> {
        ExpectedEvent::parse(line).unwrap().compare(seen, &mut Bindings::default())
    }

    #[test]
    fn only_the_named_members_are_compared() {
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
        assert_eq!(compare("InboundCall !state", &call), Err("state is there".into()));
        assert_eq!(compare("InboundCall startTime=", &call), Err("startTime is absent".into()));
        assert!(compare("InboundCall participants=2001:HELD", &call).is_err());
    }

    #[test]
    fn an_empty_list_is_an_empty_text() {
        assert_eq!(compare("AgentInfo teams=", &json!({"type": "AgentInfo", "teams": []})), Ok(()));
    }
}
