//! An event as a line.

use std::fmt::{self, Display};

use anstyle::{AnsiColor, Style};
use gc_protocol::{Dialect, Envelope, Event, Frame};
use serde_json::Value;

use crate::failed::Failed;
use crate::output::{Output, shown};

const NUMBER: Style = Style::new().dimmed();
const TYPE: Style = AnsiColor::Cyan.on_default();
const ERROR: Style = AnsiColor::Red.on_default();
const GAP: Style = AnsiColor::Yellow.on_default();

/// An event that came through a live stream: what it says, and its JSON as it came.
#[derive(Debug)]
pub(crate) struct Received {
    /// Where the next stream goes on.
    pub(crate) cursor: String,
    /// With its envelope, as it came.
    pub(crate) json: String,
    /// None if this version cannot read it; it is shown as it came.
    pub(crate) envelope: Option<Envelope>,
    event: Value,
}

impl Received {
    pub(crate) fn of(frame: Frame) -> Self {
        // Which dialect the connector has is not known here. What this program looks at is the same in both.
        let envelope = frame.envelope(Dialect::Gc4412).or_else(|_| frame.envelope(Dialect::Tables)).ok();
        let whole: Value =
            serde_json::from_str(&frame.data).unwrap_or_else(|_| Value::from(frame.data.as_str()));
        let event = whole.get("event").cloned().unwrap_or(whole);
        Self { cursor: frame.id, json: frame.data, envelope, event }
    }

    /// Whether it answers this command.
    pub(crate) fn answers(&self, command_id: &str) -> bool {
        self.envelope.as_ref().is_some_and(|envelope| envelope.command_id.as_deref() == Some(command_id))
    }

    /// The call concerned.
    pub(crate) fn dialog_id(&self) -> Option<&str> {
        self.envelope.as_ref()?.dialog_id.as_deref()
    }

    /// A member of the event, if it is a text.
    pub(crate) fn text(&self, member: &str) -> Option<&str> {
        match &self.event {
            Value::Array(events) => events.first()?.get(member)?.as_str(),
            event => event.get(member)?.as_str(),
        }
    }

    /// Prints it, as a line for people or as it came.
    pub(crate) fn print(&self, json: bool, output: &mut Output) -> Result<(), Failed> {
        match json {
            true => output.json(&self.json),
            false => output.line(self),
        }
    }
}

impl Display for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.cursor.rsplit_once('.').map_or("?", |(_, number)| number);
        write!(f, "{NUMBER}{:>5}{NUMBER:#}  ", shown(number))?;
        if let Some(Event::Gap(gap)) = self.envelope.as_ref().map(|envelope| &envelope.event) {
            let what = match gap.other_epoch {
                true => "events may be missing".to_owned(),
                false => format!("events {} to {} are missing", gap.from, gap.to),
            };
            return write!(f, "{GAP}Gap{GAP:#}: {what}; ask for the present state with refresh");
        }
        let type_name = self.text("type").unwrap_or("?");
        let style = if type_name == "Error" { ERROR } else { TYPE };
        let agent = self.envelope.as_ref().and_then(|envelope| envelope.agent_id.as_deref()).unwrap_or("-");
        write!(f, "{:<6}  {style}{}{style:#}", shown(agent), shown(type_name))?;
        let event = match &self.event {
            Value::Array(events) => events.first(),
            event => Some(event),
        };
        match event {
            Some(Value::Object(members)) => {
                let named = |name: &str| name == "type" || name == "agentId";
                let members =
                    members.iter().filter(|(name, _)| !named(name)).map(|(name, value)| (name, short(value)));
                members
                    .filter(|(_, value)| !value.is_empty())
                    .try_for_each(|(name, value)| write!(f, " {}={}", shown(name), shown(&value)))
            }
            Some(other) => write!(f, " {}", shown(&other.to_string())),
            None => Ok(()),
        }
    }
}

/// A value on a line: nothing for what is empty, the parties of a call with their states, and of other lists how long they are.
fn short(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) if text.contains([' ', '=', '"']) => format!("{text:?}"),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => String::new(),
        Value::Array(items) => {
            let parties: Option<Vec<String>> = items.iter().map(party).collect();
            parties.map_or_else(|| format!("[{}]", items.len()), |parties| parties.join(","))
        }
        Value::Object(members) if members.is_empty() => String::new(),
        Value::Object(_) => "{…}".to_owned(),
        other => other.to_string(),
    }
}

/// `2001:ACTIVE`
fn party(participant: &Value) -> Option<String> {
    let text = |name: &str| participant.get(name).and_then(Value::as_str);
    Some(format!("{}:{}", text("mediaAddress")?, text("state")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(id: &str, data: &str) -> String {
        let frame = Frame { id: id.to_owned(), data: data.to_owned() };
        anstream::adapter::strip_str(&Received::of(frame).to_string()).to_string()
    }

    #[test]
    fn a_line_has_number_agent_type_and_the_members_that_say_something() {
        let call = r#"{"sequence":9,"epoch":"e","agentId":"1001","event":{"type":"InboundCall","dialogId":"16","queueName":"","participants":[{"mediaAddress":"2001","state":"ACTIVE"}],"callType":"OTHER IN","agentId":"1001"}}"#;
        assert_eq!(
            line("e.9", call),
            "    9  1001    InboundCall dialogId=16 participants=2001:ACTIVE callType=\"OTHER IN\""
        );
        let gap = r#"{"epoch":"e","event":{"type":"Gap","from":2,"to":3,"otherEpoch":false}}"#;
        assert_eq!(
            line("e.3", gap),
            "    3  Gap: events 2 to 3 are missing; ask for the present state with refresh"
        );
    }

    #[test]
    fn whatever_an_event_holds_it_stays_on_its_line_and_moves_no_cursor() {
        let hostile = "{\"sequence\":1,\"epoch\":\"e\",\"event\":{\"type\":\"Ch\\u001bat\",\"te\\nxt\":\"a\\u001b[2J\\u202e\\r\\n\"}}";
        for data in [hostile, "no JSON \u{1b}[2J", "[]", "[1]", "7", "{}"] {
            let line = line("e.\u{1b}", data);
            assert!(!line.chars().any(char::is_control) && !line.contains('\u{202e}'), "{line:?}");
        }
    }
}
