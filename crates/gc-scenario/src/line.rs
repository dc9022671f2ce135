//! A line: who, a mark (`>` sends, `<` receives, `~` notifies), and the rest.

use std::time::Duration;

use jiff::{Span, SpanRelativeTo};

use crate::event::ExpectedEvent;
use crate::list::ListText;
use crate::recorded::Recorded;
use crate::request::ExpectedRequest;
use crate::step::{
    DialogText, ErrorText, FoundText, HttpAnswer, Notice, Object, ParticipantText, Reply, Step, StreamChange,
    StreamRequest, UserText, WorldStep,
};
use crate::words::{Word, Words};

/// These are no clients.
const RESERVED: [&str; 7] = ["gc", "finesse", "time", "timer", "sim", "directory", "http"];

/// Reads a line that is not a comment.
pub(crate) fn read(line: &str) -> Result<Step, String> {
    let mark = line.find(['>', '<', '~']).ok_or("there is no `>`, `<` or `~`")?;
    let (who, rest) = line.split_at_checked(mark).ok_or("there is no mark")?;
    let (who, mut rest) = (who.trim_end(), rest.chars());
    let mark = rest.next();
    let rest = rest.as_str().trim();
    match (who, mark) {
        ("", _) => Err("there is no name before the mark".to_owned()),
        ("gc", Some('>')) => request(rest),
        ("finesse", Some('>')) => Recorded::answer(rest).map(Step::Recorded).map_or_else(|| answer(rest), Ok),
        ("finesse", Some('~')) => {
            Recorded::notification(rest).map(Step::Recorded).map_or_else(|| notification(rest, false), Ok)
        }
        ("timer", Some('>')) => Recorded::timer(rest).map(Step::Recorded),
        ("sim", Some('~')) => notification(rest, true),
        ("time", Some('>')) => Ok(Step::Wait(duration(rest)?)),
        ("sim", Some('>')) => world(rest).map(Step::World),
        ("directory", Some('>')) => found(rest).map(Step::Found),
        ("http", Some('<')) => http(rest).map(Step::Http),
        (client, Some('>')) if !RESERVED.contains(&client) => command(client, rest),
        (client, Some('<')) if !RESERVED.contains(&client) => {
            Ok(Step::Receive { client: client.to_owned(), event: ExpectedEvent::parse(rest)? })
        }
        (who, _) => Err(format!("{who} cannot be used with this mark")),
    }
}

fn command(client: &str, rest: &str) -> Result<Step, String> {
    let (command, body) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    if !command.contains('#') {
        return Err("write a command as Name#id".to_owned());
    }
    Ok(Step::Send { client: client.to_owned(), command: command.to_owned(), body: body.trim().to_owned() })
}

fn http(rest: &str) -> Result<HttpAnswer, String> {
    let (status, event) = rest.split_once(char::is_whitespace).ok_or("an event follows the status")?;
    Ok(HttpAnswer { status: number(status)?, event: ExpectedEvent::parse(event)? })
}

fn request(rest: &str) -> Result<Step, String> {
    let words: Vec<_> = rest.split_whitespace().collect();
    let on = |agent: &str, what| Ok(Step::OnStream { agent: agent.to_owned(), what });
    match words.as_slice() {
        ["stream", agent] => on(agent, StreamRequest::Open),
        ["move", agent] => on(agent, StreamRequest::Move),
        ["close", agent] => on(agent, StreamRequest::Close),
        ["subscribe", agent, node] => on(agent, StreamRequest::Subscribe((*node).to_owned())),
        ["unsubscribe", agent, node] => on(agent, StreamRequest::Unsubscribe((*node).to_owned())),
        ["look", "up", query @ ..] => Ok(Step::LookUp { query: query.join(" ") }),
        _ => ExpectedRequest::parse(rest).map(Step::Request),
    }
}

fn found(rest: &str) -> Result<FoundText, String> {
    let mut words = Words::of(rest)?;
    let kind = words.bare("the kind of result")?;
    let values = std::iter::from_fn(|| words.next_bare()).collect();
    words.end().map(|()| FoundText { kind, values })
}

fn answer(rest: &str) -> Result<Step, String> {
    let mut words = Words::of(rest)?;
    let first = words.bare("the answer")?;
    let step = match first.as_str() {
        "stream" => Step::Stream { agent: words.bare("the agent")?, change: stream_change(&mut words)? },
        "subscribed" => {
            let agent = words.bare("the agent")?;
            Step::Subscribed { agent, node: words.bare("the node")? }
        }
        "service" => Step::Service { in_service: one_of(&mut words, &[("in", true), ("out", false)])? },
        "timed" if words.take("out") => Step::Reply(Reply::TimedOut),
        "broken" => Step::Reply(Reply::Broken),
        "202" => Step::Reply(Reply::Accepted),
        "200" => return object(words).map(|object| Step::Reply(Reply::Object(object))),
        status => {
            let status = number(status)?;
            let kind = words.bare("Error or html")?;
            Step::Reply(match kind.as_str() {
                "Error" => Reply::Error { status, error: error(&mut words)? },
                "html" => Reply::Page { status },
                _ => return Err("the status must be followed by Error or html".to_owned()),
            })
        }
    };
    words.end().map(|()| step)
}

fn stream_change(words: &mut Words) -> Result<StreamChange, String> {
    one_of(
        words,
        &[
            ("open", StreamChange::Open),
            ("refused", StreamChange::Refused),
            ("failed", StreamChange::Failed),
            ("leaving", StreamChange::Leaving),
            ("moved", StreamChange::Moved),
            ("lost", StreamChange::Lost),
            ("conflict", StreamChange::Conflict),
        ],
    )
}

fn one_of<T: Copy>(words: &mut Words, known: &[(&str, T)]) -> Result<T, String> {
    let word = words.bare("a word")?;
    let found = known.iter().find(|(name, _)| *name == word);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<_> = known.iter().map(|(name, _)| *name).collect();
        format!("`{word}` is not one of {}", names.join(", "))
    })
}

fn object(mut words: Words) -> Result<Object, String> {
    let kind = words.bare("the object")?;
    let object = match kind.as_str() {
        "User" => Object::User(user(&mut words)?),
        "Dialogs" => {
            let dialogs = dialogs(words)?;
            return Ok(Object::Dialogs(dialogs.into_iter().map(|(dialog, _)| dialog).collect()));
        }
        "ReasonCodes" => {
            let category = words.bare("the category")?;
            Object::ReasonCodes { category, codes: all(&mut words, parts)? }
        }
        "WrapUpReasons" => Object::WrapUpReasons { reasons: all(&mut words, parts)? },
        list => Object::List(ListText::read(list, std::iter::from_fn(|| words.next_bare()))?),
    };
    words.end().map(|()| object)
}

fn all<T>(words: &mut Words, read: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, String> {
    std::iter::from_fn(|| words.next_bare()).map(|word| read(&word)).collect()
}

/// `31:101:Break`
fn parts<const N: usize>(text: &str) -> Result<[String; N], String> {
    let parts: Vec<String> = text.splitn(N, ':').map(str::to_owned).collect();
    parts.try_into().map_err(|_| format!("`{text}` does not have {N} parts separated by :"))
}

fn user(words: &mut Words) -> Result<UserText, String> {
    Ok(UserText {
        state: words.bare("the state")?,
        pending: words.named("pending").unwrap_or_default(),
        reason: words.named("reason").map(|reason| parts(&reason)).transpose()?,
        extension: words.named("extension"),
        at: words.named("at"),
    })
}

fn error(words: &mut Words) -> Result<ErrorText, String> {
    Ok(ErrorText {
        kind: words.bare("the error's type")?,
        message: words.named("message").unwrap_or_default(),
        data: words.named("data").unwrap_or_default(),
    })
}

/// A notification. `injected` if the simulator sends it on demand.
fn notification(rest: &str, injected: bool) -> Result<Step, String> {
    let mut words = Words::of(rest)?;
    let agent = words.bare("the agent")?;
    let kind = words.bare("the kind of notification")?;
    let (notice, echo) = match kind.as_str() {
        "again" if !injected => return words.end().map(|()| Step::NotifyAgain { agent }),
        "User" => {
            let user = user(&mut words)?;
            let echo = words.take("echo");
            words.end()?;
            (Notice::User(user), echo)
        }
        "team" => {
            let team = words.bare("the team")?;
            if !words.take("User") {
                return Err("a team's notification is about a User".to_owned());
            }
            let member = words.bare("the member")?;
            let user = user(&mut words)?;
            words.end()?;
            (Notice::Member { team, member, user }, false)
        }
        "POST" | "PUT" | "DELETE" => {
            let mut dialogs = dialogs(words)?;
            match (dialogs.pop(), dialogs.is_empty()) {
                (Some((dialog, echo)), true) => (Notice::Dialog { event: kind, dialog }, echo),
                _ => return Err("exactly one dialog must follow".to_owned()),
            }
        }
        "Error" => {
            let (error, dialog) = (error(&mut words)?, words.named("dialog"));
            let echo = words.take("echo");
            words.end()?;
            (Notice::Error { dialog, error }, echo)
        }
        _ => return Err("a notification is User, team, POST, PUT, DELETE, Error or again".to_owned()),
    };
    if echo && injected {
        return Err("a notification that the simulator sends on demand cannot be an echo".to_owned());
    }
    Ok(Step::Notify { agent, notice, echo, injected })
}

/// `{call} ACTIVE type=OUT echo | 2001 ACTIVE | 5550100 ACTIVE ; {other} …`: the dialogs, each with whether it is an echo.
fn dialogs(mut words: Words) -> Result<Vec<(DialogText, bool)>, String> {
    let mut found: Vec<(DialogText, bool)> = Vec::new();
    let mut after = ";".to_owned();
    while let Some(word) = words.next() {
        match (word, found.last_mut()) {
            (Word::Bare(word), Some((dialog, _))) if word == "|" => {
                dialog.participants.push(ParticipantText::default());
                after = word;
            }
            (Word::Bare(word), Some(_)) if word == ";" => after = word,
            (Word::Bare(word), _) if after == ";" => {
                let state = words.bare("the dialog's state")?;
                found.push((DialogText { id: word, state, ..DialogText::default() }, false));
                after.clear();
            }
            (Word::Bare(word), Some((dialog, _))) if after == "|" => {
                let state = words.bare("the participant's state")?;
                if let Some(participant) = dialog.participants.last_mut() {
                    (participant.address, participant.state) = (word, state);
                }
                after = "participant".to_owned();
            }
            (Word::Bare(word), Some((_, echo))) if word == "echo" => *echo = true,
            (Word::Named(name, value), Some((dialog, _))) => match dialog.participants.last_mut() {
                None => dialog.members.push((name, value)),
                Some(participant) if name == "cause" => participant.cause = value,
                Some(participant) if name == "actions" => participant.actions = Some(value),
                Some(participant) if name == "at" => participant.at = Some(value),
                Some(_) => return Err(format!("`{name}=` is not expected for a participant")),
            },
            (word, _) => return Err(format!("{word:?} is not expected here")),
        }
    }
    Ok(found)
}

fn world(rest: &str) -> Result<WorldStep, String> {
    if let Some(json) = rest.strip_prefix("fault ") {
        return Ok(WorldStep::Fault { json: json.trim().to_owned() });
    }
    let mut words = Words::of(rest)?;
    let step = match words.bare("what happens")?.as_str() {
        "customer" if words.take("hangs") => {
            words.take("up");
            WorldStep::HangsUp { call: words.bare("the call")? }
        }
        "customer" => {
            let from = words.bare("the customer's number")?;
            if !words.take("calls") {
                return Err("a customer `calls` or `hangs up`".to_owned());
            }
            let to = words.bare("the number called")?;
            let call = as_call(&mut words)?;
            WorldStep::CustomerCalls { from, to, variables: named(&mut words), call }
        }
        "campaign" => {
            let kind = words.bare("the kind of campaign")?;
            words.take("calls");
            let customer = words.bare("the customer's number")?;
            words.take("for");
            let agent = words.bare("the agent")?;
            let call = as_call(&mut words)?;
            WorldStep::Campaign { kind, customer, agent, call, options: named(&mut words) }
        }
        "transfer" => {
            let call = words.bare("the call")?;
            words.take("to");
            WorldStep::Transfer { call, to: words.bare("the agent")? }
        }
        "cut" => WorldStep::Cut { agent: words.bare("the agent")?, condition: words.next_bare() },
        "password" => {
            let agent = words.bare("the agent")?;
            WorldStep::Password { agent, password: words.bare("the new password")? }
        }
        "token" => {
            let agent = words.bare("the agent")?;
            let token = words.bare("the token")?;
            let ends = words.take("ends");
            WorldStep::Token { agent, token, ends }
        }
        "asked" => WorldStep::FaultsUsed,
        "system" => WorldStep::System { status: words.bare("the status")? },
        "maintenance" => {
            let node = words.bare("the node")?;
            WorldStep::Maintenance { node, status: words.bare("the status")? }
        }
        other => return Err(format!("`{other}` is not known to the simulator")),
    };
    words.end().map(|()| step)
}

/// `as {call}`: the placeholder, without its braces.
fn as_call(words: &mut Words) -> Result<String, String> {
    words.take("as");
    let call = words.bare("the call's placeholder")?;
    Ok(call.trim_start_matches('{').trim_end_matches('}').to_owned())
}

/// The next values of the form `name=value`.
fn named(words: &mut Words) -> Vec<(String, String)> {
    std::iter::from_fn(|| words.next_named()).collect()
}

fn number(text: &str) -> Result<u16, String> {
    text.parse().map_err(|_| format!("`{text}` is not an HTTP status"))
}

fn duration(text: &str) -> Result<Duration, String> {
    let span: Span = text.parse().map_err(|_| format!("`{text}` is not a duration like 20s"))?;
    let duration =
        span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|error| error.to_string())?;
    Duration::try_from(duration).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests;
