//! The envelope of a command: `POST /gc/command`.

use crate::argument_error::ArgumentError;
use crate::arguments::is_forbidden;
use crate::body::Inexpressible;
use crate::callback::CallbackParts;
use crate::command::{Command, CommandName};
use crate::declaration::Role;
use crate::envelope::{Envelope, Member, Object};
use gc_events::ErrorCode;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, json};
use std::borrow::Cow;
use thiserror::Error;

/// A request, parsed as far as routing needs. Its `Debug` output holds no secret.
#[derive(Clone, Debug)]
pub struct Request {
    /// The command.
    pub name: CommandName,
    /// The id after `#`: the agent's login id, or the client's destination for `Hello` and `Beat`.
    pub id: String,
    /// The client's own identifier of its session; every delivery repeats it.
    pub session_url: Option<String>,
    /// Where events are delivered.
    pub callback: Option<CallbackParts>,
    /// The client's own id for this command.
    pub correlation_id: Option<String>,
    body: SecretString,
}

/// Why a request cannot be routed; the answer is HTTP 400. Displays as the message of its `Error` event, which says
/// what is wrong and what to send instead. It is for client developers and never repeats the body.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RequestError {
    /// It is not JSON.
    #[error("The request is not valid JSON (line {line}, column {column}). Correct it and send it again.")]
    NotJson {
        /// The line of the error.
        line: usize,
        /// The column of the error.
        column: usize,
    },
    /// A member is there more than once: which one counts would depend on who reads it.
    #[error("A member is repeated (line {line}, column {column}). Send each member once.")]
    Repeated {
        /// The line of the repetition.
        line: usize,
        /// The column of the repetition.
        column: usize,
    },
    /// A member is absent or of the wrong type.
    #[error("`{member}` must be {expected}.")]
    Shape {
        /// The member.
        member: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// No command has this name.
    #[error("{}", unknown_command(name, *nearest))]
    UnknownCommand {
        /// The name, shortened to a readable length.
        name: String,
        /// The command that was probably meant.
        nearest: Option<CommandName>,
    },
    /// There is no id, because nothing follows `#` or there is no `#`.
    #[error("{command}: the id after # is missing. Send {command}#<{}>.", id_of(*command))]
    MissingId {
        /// The command.
        command: CommandName,
    },
    /// A member is longer than its limit.
    #[error("`{member}` is longer than {limit} bytes. Send a shorter one.")]
    TooLong {
        /// The member.
        member: &'static str,
        /// The limit.
        limit: usize,
    },
    /// A member contains a control character.
    #[error("`{member}` contains a control character. Send it without.")]
    ForbiddenCharacter {
        /// The member.
        member: &'static str,
    },
}

impl RequestError {
    /// The code of the `Error` event in the answer.
    pub fn code(&self) -> ErrorCode {
        ErrorCode::PleaseRetry
    }
}

pub(crate) const ID_LIMIT: usize = 256;
pub(crate) const URL_LIMIT: usize = 2048;
pub(crate) const CORRELATION_LIMIT: usize = 128;
const NAME_SHOWN: usize = 64;

impl Request {
    /// The request that a client sends for a command.
    pub fn new(command: &Command, id: impl Into<String>) -> Result<Self, Inexpressible> {
        let body = command.to_body()?;
        let name = command.name();
        Ok(Self { name, id: id.into(), session_url: None, callback: None, correlation_id: None, body })
    }

    /// Reads the envelope: `{"data":{"type":"<Command>#<id>","body":"<arguments>",…}}`.
    pub fn from_json(json: &[u8]) -> Result<Self, RequestError> {
        let envelope: Object<Envelope<'_>> = serde_json::from_slice(json).map_err(unreadable)?;
        let Object(Some(Envelope { data })) = envelope else {
            return Err(RequestError::Shape {
                member: "data",
                expected: "an object in an object: {\"data\":{…}}",
            });
        };
        let Object(Some(data)) = data else {
            return Err(RequestError::Shape { member: "data", expected: "an object" });
        };
        let command = text(data.r#type, "type")?
            .ok_or(RequestError::Shape { member: "type", expected: "a string such as MakeCall#1001" })?;
        let (name, id) = command_and_id(&command)?;
        let body = text(data.body, "body")?.unwrap_or_default().into_owned();
        let session_url = short_text(data.session_url, "sessionUrl", URL_LIMIT)?;
        let fqdn = short_text(data.callback_fqdn, "callbackFqdn", URL_LIMIT)?;
        let endpoint = short_text(data.callback_endpoint, "callbackEndpoint", URL_LIMIT)?;
        let correlation_id = short_text(data.correlation_id, "correlationId", CORRELATION_LIMIT)?;
        let callback = (fqdn.is_some() || endpoint.is_some()).then(|| CallbackParts {
            fqdn: fqdn.unwrap_or_default(),
            endpoint: endpoint.unwrap_or_default(),
        });
        Ok(Self { name, id, session_url, callback, correlation_id, body: SecretString::from(body) })
    }

    /// Reads the arguments.
    pub fn command(&self) -> Result<Command, ArgumentError> {
        Command::parse(self.name, self.body.expose_secret())
    }

    /// The JSON to send. It contains the arguments, including passwords.
    pub fn to_json(&self) -> SecretString {
        let mut data = Map::new();
        let mut put = |member: &str, text: &str| data.insert(member.to_owned(), json!(text));
        put("type", &format!("{}#{}", self.name, self.id));
        put("body", self.body.expose_secret());
        if let Some(session_url) = &self.session_url {
            put("sessionUrl", session_url);
        }
        if let Some(callback) = &self.callback {
            put("callbackFqdn", &callback.fqdn);
            put("callbackEndpoint", &callback.endpoint);
        }
        if let Some(correlation_id) = &self.correlation_id {
            put("correlationId", correlation_id);
        }
        SecretString::from(json!({ "data": data }).to_string())
    }
}

fn unreadable(error: serde_json::Error) -> RequestError {
    let (line, column) = (error.line(), error.column());
    match error.is_data() {
        true => RequestError::Repeated { line, column },
        false => RequestError::NotJson { line, column },
    }
}

fn command_and_id(text: &str) -> Result<(CommandName, String), RequestError> {
    // Without `#`, only the letters at the beginning are the name: `MakeCall 1004`, `MakeCall:1004`.
    let (name, id) = text.split_once('#').unwrap_or_else(|| (name_at_start(text), ""));
    let command = name.parse().map_err(|_| {
        let name: String = name.trim().chars().take(NAME_SHOWN).collect();
        let nearest = CommandName::nearest(&name);
        RequestError::UnknownCommand { name, nearest }
    })?;
    match checked(id, "type", ID_LIMIT)? {
        Some(id) => Ok((command, id)),
        None => Err(RequestError::MissingId { command }),
    }
}

fn name_at_start(text: &str) -> &str {
    let is_end = |character: char| !character.is_alphabetic() && character != '_';
    text.trim_start().split(is_end).next().unwrap_or_default()
}

fn unknown_command(name: &str, nearest: Option<CommandName>) -> String {
    match nearest {
        _ if name.is_empty() => "The command is missing before the #. Send <command>#<id>.".to_owned(),
        Some(nearest) => format!("{} is not a command. Did you mean {nearest}?", name.escape_debug()),
        None => format!("{} is not a command. See docs/commands.md for all commands.", name.escape_debug()),
    }
}

/// What the id after `#` identifies.
fn id_of(command: CommandName) -> &'static str {
    match command.declaration().role {
        Role::Client => "client destination",
        Role::Agent | Role::AgentOrSupervisor => "agent id",
        Role::Supervisor => "supervisor id",
    }
}

/// A text member. JSON null means absent.
fn text<'a>(given: Member<'a>, member: &'static str) -> Result<Option<Cow<'a, str>>, RequestError> {
    match given {
        Member::Absent => Ok(None),
        Member::Text(text) => Ok(Some(text)),
        Member::Other => Err(RequestError::Shape { member, expected: "a string" }),
    }
}

/// A text member that is copied into headers and logs. The text `null` and white space mean absent.
fn short_text(given: Member<'_>, member: &'static str, limit: usize) -> Result<Option<String>, RequestError> {
    let Some(text) = text(given, member)? else { return Ok(None) };
    Ok(checked(&text, member, limit)?.filter(|text| text != "null"))
}

fn checked(text: &str, member: &'static str, limit: usize) -> Result<Option<String>, RequestError> {
    let text = text.trim();
    if text.len() > limit {
        return Err(RequestError::TooLong { member, limit });
    }
    if text.chars().any(is_forbidden) {
        return Err(RequestError::ForbiddenCharacter { member });
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

#[cfg(test)]
mod tests;
