//! The one table of what came from Finesse and which code the client is told; printed into docs/finesse.md.

use std::fmt;

use gc_events::{CfCode, ErrorCode};

use crate::api_errors::ApiError;
use crate::request::Subject;

/// What came instead of an answer.
pub(crate) enum Case<'a> {
    /// A refusal: with status and subject when it is an answer, without when it is a notification.
    Error { status: Option<u16>, subject: Option<Subject>, error: Option<&'a ApiError> },
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
    /// This status without an error in its body.
    StatusAlone(u16),
    /// One of these statuses for a request about a call.
    DialogStatus(&'static [u16]),
    /// One of these errorTypes.
    Type(&'static [&'static str]),
    /// The word in errorMessage.
    Message(&'static str),
    /// Always.
    Else,
}

/// Where the message for the agent comes from.
#[derive(Clone, Copy)]
pub(crate) enum Text {
    /// The code's own.
    Code,
    /// Finesse's words, then what to do.
    Finesse,
    /// These words.
    Fixed(&'static str),
}

/// An error that names its own code is not looked up here: see [`own_code`].
static RULES: &[Rule] = &[
    rule(On::Unreachable, ErrorCode::Down, Text::Code),
    rule(On::TimedOut, ErrorCode::NotReachable, Text::Code),
    rule(On::Unreadable, ErrorCode::GeneralError, Text::Finesse),
    rule(On::Status(&[502, 503, 504]), ErrorCode::Down, Text::Code),
    rule(On::Status(&[501]), ErrorCode::GeneralError, Text::Fixed("This is not available on this platform.")),
    rule(On::Status(&[403, 500]), ErrorCode::GeneralError, Text::Finesse),
    rule(On::StatusSaying(401, "locked"), ErrorCode::Cf(CfCode::AgentAccountLockedOut), Text::Code),
    rule(
        On::Type(&["Authorization Failure", "Authentication Failure"]),
        ErrorCode::Unauthorized,
        CREDENTIALS,
    ),
    rule(On::StatusAlone(401), ErrorCode::Unauthorized, CREDENTIALS),
    rule(On::Type(&["User Not Found"]), ErrorCode::UserNotFound, Text::Code),
    rule(On::Type(&["Dialog Not Found"]), ErrorCode::NoDialogId, Text::Code),
    rule(On::DialogStatus(&[404, 405]), ErrorCode::NoDialogId, Text::Code),
    rule(On::Type(&["Invalid Device"]), ErrorCode::Cf(CfCode::InvalidLogonDeviceSpecified), Text::Code),
    rule(On::Type(&["Device Busy"]), ErrorCode::Cf(CfCode::ResourceBusy), Text::Code),
    rule(On::Type(&["Invalid State"]), ErrorCode::Cf(CfCode::InvalidObjectState), Text::Code),
    rule(On::Message("INVALID_ACTION"), ErrorCode::Cf(CfCode::InvalidObjectState), Text::Code),
    rule(On::Type(&["Invalid Destination"]), ErrorCode::BadDestination, Text::Code),
    rule(
        On::Type(&["Call Operation Failure", "Generic Error"]),
        ErrorCode::Cf(CfCode::GenericOperation),
        Text::Code,
    ),
    rule(
        On::Type(&["Bad Request", "Invalid Input", "Parameter Missing"]),
        ErrorCode::PleaseRetry,
        Text::Finesse,
    ),
    rule(On::StatusAlone(400), ErrorCode::PleaseRetry, Text::Finesse),
    rule(On::Status(&[416, 429]), ErrorCode::PleaseRetry, Text::Finesse),
    rule(On::Else, ErrorCode::GeneralError, Text::Finesse),
];

const CREDENTIALS: Text = Text::Fixed("Invalid Credentials. Enter valid credentials.");

/// The errorTypes whose errorData is the number of a `CF_` code; with others it may be an extension.
const NUMBERED: [&str; 4] = ["Call Operation Failure", "Invalid Device", "Device Busy", "Invalid State"];

const fn rule(on: On, code: ErrorCode, text: Text) -> Rule {
    Rule { on, code, text }
}

/// The code for what came, and where its message comes from.
pub(crate) fn look_up(case: &Case<'_>) -> (ErrorCode, Text) {
    if let Some(code) = own_code(case) {
        let text = if matches!(code, ErrorCode::Other(_)) { Text::Finesse } else { Text::Code };
        return (code, text);
    }
    RULES
        .iter()
        .find(|rule| rule.on.fits(case))
        .map_or((ErrorCode::GeneralError, Text::Finesse), |rule| (rule.code.clone(), rule.text))
}

/// The code that the error names itself: a `CF_` or `E_CTI_` word in its message, or a number in its data.
fn own_code(case: &Case<'_>) -> Option<ErrorCode> {
    let Case::Error { error: Some(error), .. } = case else { return None };
    let word = error
        .error_message
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .find(|word| word.starts_with("CF_") || word.starts_with("E_CTI_"));
    if let Some(word) = word {
        return Some(ErrorCode::from_name(word));
    }
    let number = error.error_data.parse().ok()?;
    is_one_of(&error.error_type, &NUMBERED).then(|| ErrorCode::from_cf_number(number)).flatten()
}

impl On {
    fn fits(&self, case: &Case<'_>) -> bool {
        let (status, subject, error) = match case {
            Case::Unreachable => return matches!(self, Self::Unreachable | Self::Else),
            Case::TimedOut => return matches!(self, Self::TimedOut | Self::Else),
            Case::Unreadable => return matches!(self, Self::Unreadable | Self::Else),
            Case::Error { status, subject, error } => (*status, *subject, *error),
        };
        let message = error.map(|error| error.error_message.to_ascii_lowercase()).unwrap_or_default();
        let says = |word: &str| message.contains(&word.to_ascii_lowercase());
        match self {
            Self::Unreachable | Self::TimedOut | Self::Unreadable => false,
            Self::Status(statuses) => status.is_some_and(|status| statuses.contains(&status)),
            Self::StatusSaying(wanted, word) => status == Some(*wanted) && says(word),
            Self::StatusAlone(wanted) => status == Some(*wanted) && error.is_none(),
            Self::DialogStatus(statuses) => {
                subject == Some(Subject::Dialog) && status.is_some_and(|status| statuses.contains(&status))
            }
            Self::Type(types) => error.is_some_and(|error| is_one_of(&error.error_type, types)),
            Self::Message(word) => says(word),
            Self::Else => true,
        }
    }
}

fn is_one_of(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// The table as Markdown, for docs/finesse.md.
pub fn error_mapping_table() -> String {
    let mut table = String::from("| what came | code | message |\n|---|---|---|\n");
    table.push_str("| a `CF_` or `E_CTI_` name in errorMessage | that name | the code's own |\n");
    table.push_str(&format!(
        "| the number of a `CF_` code in errorData, with errorType {} | that code | the code's own |\n",
        NUMBERED.join(", ")
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
            Self::StatusAlone(status) => write!(f, "HTTP {status} without a readable error"),
            Self::DialogStatus(statuses) => write!(f, "HTTP {} about a dialog", listed(statuses)),
            Self::Type(types) => write!(f, "errorType {}", types.join(", ")),
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
            Self::Finesse => f.write_str("Finesse's text, then what to do"),
            Self::Fixed(text) => write!(f, "\"{text}\""),
        }
    }
}

#[cfg(test)]
mod tests;
