//! The one table of what came from Finesse and which code the client gets; printed into docs/finesse.md.

use std::fmt;

use gc_events::{CfCode, ErrorCode};

use crate::api_errors::ApiError;
use crate::request::{Request, Subject};

/// What came instead of an answer.
pub(crate) enum Case<'a> {
    /// A refusal: with status and request when it is an answer, without when it is a notification.
    Error { answer: Option<(u16, &'a Request)>, error: Option<&'a ApiError> },
    /// The connection was refused or broken.
    Unreachable,
    /// No answer in time.
    TimedOut,
    /// A success whose body is something else.
    Unreadable,
}

/// One row of the table; the first that fits counts.
struct Rule {
    on: On,
    code: ErrorCode,
    text: Text,
}

/// When a row fits.
enum On {
    /// The connection was refused or broken.
    Unreachable,
    /// No answer in time.
    TimedOut,
    /// A success whose body is something else.
    Unreadable,
    /// One of these statuses, whatever the body says.
    Status(&'static [u16]),
    /// This status, and the word in errorMessage.
    StatusSaying(u16, &'static str),
    /// This status without an error, or with one that has no errorType.
    StatusAlone(u16),
    /// 401 to a request that is sent with the administrator's credentials.
    Administrator,
    /// One of these errorTypes, to a request that asks for a role or a team.
    RightRefused(&'static [&'static str]),
    /// One of these statuses for a request about a call.
    DialogStatus(&'static [u16]),
    /// One of these errorTypes.
    Type(&'static [&'static str]),
    /// One of these errorTypes, which say nothing about the cause.
    VagueType(&'static [&'static str]),
    /// The word in errorMessage.
    Message(&'static str),
    /// Always.
    Else,
}

/// Where the message for the agent comes from.
#[derive(Clone, Copy)]
pub(crate) enum Text {
    /// The code's own: Finesse's words would only repeat it.
    Code,
    /// The code's own, with Finesse's sentence in it when it has one.
    CodeAndFinesse,
    /// Finesse's words, then what to do.
    Finesse,
    /// These words.
    Fixed(&'static str),
}

/// An error that names its own code is not looked up here: see [`own_code`].
static RULES: &[Rule] = &[
    rule(On::Unreachable, ErrorCode::Down, Text::Code),
    rule(On::TimedOut, ErrorCode::NotReachable, Text::Code),
    rule(On::Unreadable, ErrorCode::GeneralError, Text::Fixed(UNREADABLE)),
    rule(On::Status(&[502, 503, 504]), ErrorCode::Down, Text::Code),
    rule(On::Status(&[501]), ErrorCode::GeneralError, Text::Fixed(NOT_HERE)),
    rule(On::Status(&[403, 500]), ErrorCode::GeneralError, Text::Finesse),
    rule(On::Status(&[416, 429]), ErrorCode::PleaseRetry, Text::Finesse),
    rule(On::Administrator, ErrorCode::GeneralError, Text::Fixed(NO_ADMINISTRATOR)),
    rule(On::StatusSaying(401, "locked"), ErrorCode::Cf(CfCode::AgentAccountLockedOut), Text::Code),
    rule(On::RightRefused(CREDENTIALS), ErrorCode::Unauthorized, Text::Fixed(NO_RIGHT)),
    rule(On::Type(CREDENTIALS), ErrorCode::Unauthorized, Text::CodeAndFinesse),
    rule(On::StatusAlone(401), ErrorCode::Unauthorized, Text::CodeAndFinesse),
    rule(On::Type(&["User Not Found"]), ErrorCode::UserNotFound, Text::Code),
    rule(On::Type(&["Dialog Not Found"]), ErrorCode::NoDialogId, Text::Code),
    rule(On::DialogStatus(&[404, 405]), ErrorCode::NoDialogId, Text::Code),
    rule(
        On::Type(&["Invalid Device"]),
        ErrorCode::Cf(CfCode::InvalidLogonDeviceSpecified),
        Text::CodeAndFinesse,
    ),
    rule(On::Type(&["Device Busy"]), ErrorCode::Cf(CfCode::ResourceBusy), Text::CodeAndFinesse),
    rule(On::Type(&["Invalid State"]), ErrorCode::Cf(CfCode::InvalidObjectState), Text::CodeAndFinesse),
    rule(On::Message("INVALID_ACTION"), ErrorCode::Cf(CfCode::InvalidObjectState), Text::Code),
    rule(On::Type(&["Invalid Destination"]), ErrorCode::BadDestination, Text::Code),
    rule(
        On::Type(&["Bad Request", "Invalid Input", "Parameter Missing"]),
        ErrorCode::PleaseRetry,
        Text::Finesse,
    ),
    rule(
        On::Type(&[
            "Invalid Authorization",
            "Invalid Authorization User Specified",
            "Invalid Supervisor",
            "Mode Not Allowed",
        ]),
        ErrorCode::GeneralError,
        Text::Finesse,
    ),
    rule(
        On::VagueType(&["Call Operation Failure", "Generic Error"]),
        ErrorCode::Cf(CfCode::GenericOperation),
        Text::CodeAndFinesse,
    ),
    rule(On::StatusAlone(400), ErrorCode::PleaseRetry, Text::Finesse),
    rule(On::Else, ErrorCode::GeneralError, Text::Finesse),
];

const CREDENTIALS: &[&str] = &["Authorization Failure", "Authentication Failure"];

const UNREADABLE: &str = "Finesse gave an answer that the connector cannot read, so it is not known whether the action \
                          succeeded. Refresh to see; if it happens again, tell the administrator.";
const NOT_HERE: &str = "This is not available on this platform. You can go on working.";
const NO_RIGHT: &str = "Invalid Credentials for this action: it is for supervisors only, or the password has changed. \
                        If you are a supervisor, log in again.";
const NO_ADMINISTRATOR: &str = "Finesse does not accept the administrator's credentials in the connector's configuration \
                                (finesse.administrator). Tell the administrator; you can go on working.";

/// How the names of codes begin.
const PREFIXES: [&str; 2] = ["CF_", "E_CTI_"];

/// The errorTypes whose errorData is the number of a `CF_` code; with others it may be an extension.
const NUMBERED: [&str; 4] = ["Call Operation Failure", "Invalid Device", "Device Busy", "Invalid State"];

const fn rule(on: On, code: ErrorCode, text: Text) -> Rule {
    Rule { on, code, text }
}

/// The code for what came, and where its message comes from.
pub(crate) fn look_up(case: &Case<'_>) -> (ErrorCode, Text) {
    if let Case::Error { error: Some(error), .. } = case
        && let Some(code) = own_code(error)
    {
        let text = if matches!(code, ErrorCode::Other(_)) { Text::Finesse } else { Text::CodeAndFinesse };
        return (code, text);
    }
    RULES
        .iter()
        .find(|rule| rule.on.fits(case))
        .map_or((ErrorCode::GeneralError, Text::Finesse), |rule| (rule.code.clone(), rule.text))
}

/// How much an error says about the cause, most first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Says {
    /// The name or the number of a code that the table has.
    KnownCode,
    /// An errorType, or a word in errorMessage, that has a row of its own.
    KnownKind,
    /// The name of a code of another release.
    NewCode,
    /// Nothing that is known.
    Little,
}

pub(crate) fn says(error: &ApiError) -> Says {
    match own_code(error) {
        Some(ErrorCode::Other(_)) if !has_known_kind(error) => Says::NewCode,
        Some(ErrorCode::Other(_)) => Says::KnownKind,
        Some(_) => Says::KnownCode,
        None if has_known_kind(error) => Says::KnownKind,
        None => Says::Little,
    }
}

fn has_known_kind(error: &ApiError) -> bool {
    RULES.iter().any(|rule| rule.on.is_kind_of(error))
}

/// The code that the error names itself: a `CF_` or `E_CTI_` word in its message, or a number in its data.
fn own_code(error: &ApiError) -> Option<ErrorCode> {
    let word = error
        .error_message
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .find(|word| PREFIXES.iter().any(|prefix| word.len() > prefix.len() && word.starts_with(prefix)));
    if let Some(word) = word {
        return Some(ErrorCode::from_name(word));
    }
    let number = error.error_data.parse().ok()?;
    is_one_of(&error.error_type, &NUMBERED).then(|| ErrorCode::from_cf_number(number)).flatten()
}

impl On {
    fn fits(&self, case: &Case<'_>) -> bool {
        let (answer, error) = match case {
            Case::Unreachable => return matches!(self, Self::Unreachable | Self::Else),
            Case::TimedOut => return matches!(self, Self::TimedOut | Self::Else),
            Case::Unreadable => return matches!(self, Self::Unreadable | Self::Else),
            Case::Error { answer, error } => (*answer, *error),
        };
        let has_status = |statuses: &[u16]| answer.is_some_and(|(status, _)| statuses.contains(&status));
        let request = answer.map(|(_, request)| request);
        match self {
            Self::Unreachable | Self::TimedOut | Self::Unreadable => false,
            Self::Status(statuses) => has_status(statuses),
            Self::StatusSaying(status, word) => has_status(&[*status]) && error.is_some_and(|e| e.says(word)),
            Self::StatusAlone(status) => {
                has_status(&[*status]) && error.is_none_or(|error| error.error_type.is_empty())
            }
            Self::Administrator => has_status(&[401]) && request.is_some_and(Request::is_for_administrators),
            Self::RightRefused(types) => {
                request.is_some_and(|request| !request.is_for_every_agent())
                    && error.is_some_and(|error| is_one_of(&error.error_type, types))
            }
            Self::DialogStatus(statuses) => {
                has_status(statuses) && request.is_some_and(|request| request.subject() == Subject::Dialog)
            }
            Self::VagueType(types) => error.is_some_and(|error| is_one_of(&error.error_type, types)),
            Self::Type(_) | Self::Message(_) => error.is_some_and(|error| self.is_kind_of(error)),
            Self::Else => true,
        }
    }

    /// Whether the error alone, whatever it answers, has this row as one that names a cause.
    fn is_kind_of(&self, error: &ApiError) -> bool {
        match self {
            Self::Type(types) => is_one_of(&error.error_type, types),
            Self::Message(word) => error.says(word),
            _ => false,
        }
    }
}

fn is_one_of(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// The table as Markdown, for docs/finesse.md.
pub fn error_mapping_table() -> String {
    let mut table = String::from("| what came | code | message |\n|---|---|---|\n");
    table.push_str(&format!(
        "| a `CF_` or `E_CTI_` name in errorMessage | that name | {}; of an unknown name {} |\n",
        Text::CodeAndFinesse,
        Text::Finesse
    ));
    table.push_str(&format!(
        "| the number of a `CF_` code in errorData, with errorType {} | that code | {} |\n",
        NUMBERED.join(", "),
        Text::CodeAndFinesse
    ));
    for rule in RULES {
        table.push_str(&format!("| {} | `{}` | {} |\n", rule.on, rule.code, rule.text));
    }
    table
}

/// The row's first column.
impl fmt::Display for On {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let listed = |statuses: &[u16]| statuses.iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
        match self {
            Self::Unreachable => f.write_str("connection refused or broken"),
            Self::TimedOut => f.write_str("no answer in time"),
            Self::Unreadable => f.write_str("a success whose body is not what was asked for"),
            Self::Status(statuses) => write!(f, "HTTP {}", listed(statuses)),
            Self::StatusSaying(status, word) => write!(f, "HTTP {status} with \"{word}\" in errorMessage"),
            Self::StatusAlone(status) => write!(f, "HTTP {status} without an errorType"),
            Self::DialogStatus(statuses) => write!(f, "HTTP {} about a dialog", listed(statuses)),
            Self::Administrator => f.write_str("HTTP 401 for a list that only administrators may read"),
            Self::RightRefused(types) => {
                write!(f, "errorType {}, for a request that needs a role or a team", types.join(", "))
            }
            Self::Type(types) | Self::VagueType(types) => write!(f, "errorType {}", types.join(", ")),
            Self::Message(word) => write!(f, "\"{word}\" in errorMessage"),
            Self::Else => f.write_str("anything else"),
        }
    }
}

/// The row's last column.
impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code => f.write_str("the code's own"),
            Self::CodeAndFinesse => f.write_str("the code's own, with Finesse's sentence"),
            Self::Finesse => f.write_str("Finesse's text, then what to do"),
            Self::Fixed(text) => write!(f, "\"{text}\""),
        }
    }
}

#[cfg(test)]
mod tests;
