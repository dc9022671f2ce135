//! The table that maps Finesse's failures to error codes for the client; it is printed into docs/finesse.md.

use std::fmt;

use finesse_types::{ApiError, Request, Subject};
use gc_events::{CfCode, ErrorCode};

/// A failure to look up.
pub(super) enum Case<'a> {
    /// A refusal. An answer has a status and a request; a notification has neither.
    Error { answer: Option<(u16, &'a Request)>, error: Option<&'a ApiError> },
    /// A proxy in front of Finesse answered with this status.
    Proxy(u16),
    /// The connection was refused or broke.
    Unreachable,
    /// No answer in time.
    TimedOut,
    /// A success with an unexpected body.
    Unreadable,
}

/// One row of the table. The first row whose condition holds applies.
struct Rule {
    on: Condition,
    code: ErrorCode,
    text: Text,
}

/// The condition of a row.
enum Condition {
    /// The connection was refused or broke.
    Unreachable,
    /// No answer in time.
    TimedOut,
    /// A success with an unexpected body.
    Unreadable,
    /// One of these statuses, from a proxy in front of Finesse.
    Proxy(&'static [u16]),
    /// One of these statuses, whatever the body.
    Status(&'static [u16]),
    /// This status, and this text in errorMessage.
    StatusAndText(u16, &'static str),
    /// This status, and no error or an error without errorType.
    StatusWithoutType(u16),
    /// 401 for a request that is sent with the administrator's credentials.
    Administrator,
    /// One of these errorTypes, for a request that needs a role or a team.
    RoleRefused(&'static [&'static str]),
    /// One of these errorTypes, for silent monitoring or barging in.
    MonitoringRefused(&'static [&'static str]),
    /// One of these statuses for a request about a call.
    DialogStatus(&'static [u16]),
    /// One of these errorTypes.
    Type(&'static [&'static str]),
    /// One of these errorTypes, which do not name a cause.
    VagueType(&'static [&'static str]),
    /// This text in errorMessage.
    Message(&'static str),
    /// Always.
    Otherwise,
}

/// Which text the agent gets.
#[derive(Clone, Copy)]
pub(super) enum Text {
    /// The code's message. Finesse's text would only repeat it.
    Code,
    /// The code's message, including Finesse's sentence if it has one.
    CodeAndFinesse,
    /// Finesse's text, then what to do.
    Finesse,
    /// This text.
    Fixed(&'static str),
}

/// These apply to errors that do not contain a code; see [`own_code`].
static RULES: &[Rule] = &[
    rule(Condition::Unreachable, ErrorCode::Down, Text::Code),
    rule(Condition::TimedOut, ErrorCode::NotReachable, Text::Code),
    rule(Condition::Unreadable, ErrorCode::GeneralError, Text::Fixed(UNREADABLE)),
    rule(Condition::Proxy(&[502, 503, 504]), ErrorCode::Down, Text::Code),
    rule(Condition::Proxy(&[429]), ErrorCode::PleaseRetry, Text::Fixed(PROXY_IS_BUSY)),
    rule(Condition::Proxy(&[401, 403, 407]), ErrorCode::GeneralError, Text::Fixed(PROXY_REFUSES)),
    rule(Condition::Status(&[502, 503, 504]), ErrorCode::Down, Text::Code),
    rule(Condition::Status(&[501]), ErrorCode::GeneralError, Text::Fixed(NOT_ON_PLATFORM)),
    rule(Condition::Status(&[403, 500]), ErrorCode::GeneralError, Text::Finesse),
    rule(Condition::Status(&[416, 429]), ErrorCode::PleaseRetry, Text::Finesse),
    rule(Condition::Administrator, ErrorCode::GeneralError, Text::Fixed(NO_ADMINISTRATOR)),
    rule(Condition::StatusAndText(401, "locked"), ErrorCode::Cf(CfCode::AgentAccountLockedOut), Text::Code),
    rule(Condition::RoleRefused(CREDENTIALS), ErrorCode::Unauthorized, Text::Fixed(NO_ROLE)),
    rule(Condition::Type(CREDENTIALS), ErrorCode::Unauthorized, Text::CodeAndFinesse),
    rule(Condition::StatusWithoutType(401), ErrorCode::Unauthorized, Text::CodeAndFinesse),
    rule(Condition::Type(&["User Not Found"]), ErrorCode::UserNotFound, Text::Code),
    rule(Condition::Type(&["Dialog Not Found"]), ErrorCode::NoDialogId, Text::Code),
    rule(Condition::DialogStatus(&[404, 405]), ErrorCode::NoDialogId, Text::Code),
    rule(
        Condition::Type(&["Invalid Device"]),
        ErrorCode::Cf(CfCode::InvalidLogonDeviceSpecified),
        Text::CodeAndFinesse,
    ),
    rule(Condition::Type(&["Device Busy"]), ErrorCode::Cf(CfCode::ResourceBusy), Text::CodeAndFinesse),
    rule(
        Condition::Type(&["Invalid State"]),
        ErrorCode::Cf(CfCode::InvalidObjectState),
        Text::CodeAndFinesse,
    ),
    rule(
        Condition::MonitoringRefused(&["Invalid Destination"]),
        ErrorCode::BadDestination,
        Text::Fixed(NOT_IN_TEAM),
    ),
    rule(
        Condition::MonitoringRefused(&["Invalid Supervisor"]),
        ErrorCode::GeneralError,
        Text::Fixed(NOT_IN_TEAM),
    ),
    rule(Condition::Message("INVALID_ACTION"), ErrorCode::Cf(CfCode::InvalidObjectState), Text::Code),
    rule(Condition::Type(&["Invalid Destination"]), ErrorCode::BadDestination, Text::Code),
    rule(
        Condition::Type(&["Bad Request", "Invalid Input", "Parameter Missing"]),
        ErrorCode::PleaseRetry,
        Text::Finesse,
    ),
    rule(
        Condition::Type(&[
            "Invalid Authorization",
            "Invalid Authorization User Specified",
            "Invalid Supervisor",
            "Mode Not Allowed",
        ]),
        ErrorCode::GeneralError,
        Text::Finesse,
    ),
    rule(
        Condition::VagueType(&["Call Operation Failure", "Generic Error"]),
        ErrorCode::Cf(CfCode::GenericOperation),
        Text::CodeAndFinesse,
    ),
    rule(Condition::StatusWithoutType(400), ErrorCode::PleaseRetry, Text::Finesse),
    rule(Condition::Otherwise, ErrorCode::GeneralError, Text::Finesse),
];

const CREDENTIALS: &[&str] = &["Authorization Failure", "Authentication Failure"];

const UNREADABLE: &str = "Finesse gave an answer that the connector cannot read, so it is not known whether the action \
                          succeeded. Refresh to see; if it happens again, tell the administrator.";
const PROXY_IS_BUSY: &str = "A proxy in front of Finesse gets too many requests, and did not pass this one on. Try again in a moment.";
const PROXY_REFUSES: &str = "A proxy in front of Finesse did not let this through; that says nothing about your password or token. \
                             Tell the administrator.";
const NOT_ON_PLATFORM: &str = "This is not available on this platform. You can go on working.";
const NO_ROLE: &str = "Invalid Credentials for this action: it is for supervisors only, or the password or token is no longer valid. \
                        If you are a supervisor, log in again.";
const NOT_IN_TEAM: &str = "No agent of your teams is signed in on this extension, or you are not a supervisor. Check the \
                           extension; you can go on working.";
const NO_ADMINISTRATOR: &str = "Finesse does not accept the administrator's credentials in the connector's configuration \
                                (finesse.administrator). Tell the administrator; you can go on working.";

/// The prefixes of code names.
const PREFIXES: [&str; 2] = ["CF_", "E_CTI_"];

/// The errorTypes whose errorData is the number of a `CF_` code. For other types it may be an extension.
const NUMBERED: [&str; 4] = ["Call Operation Failure", "Invalid Device", "Device Busy", "Invalid State"];

const fn rule(on: Condition, code: ErrorCode, text: Text) -> Rule {
    Rule { on, code, text }
}

/// The code for a failure, and which text the agent gets.
pub(super) fn look_up(case: &Case<'_>) -> (ErrorCode, Text) {
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

/// How specific an error is about the cause, the most specific first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Specificity {
    /// It has the name or number of a known code.
    KnownCode,
    /// A row of the table names its errorType or a text in its errorMessage.
    KnownType,
    /// It has the name of an unknown code.
    UnknownCode,
    /// Nothing of it is known.
    Nothing,
}

pub(super) fn specificity(error: &ApiError) -> Specificity {
    match own_code(error) {
        Some(ErrorCode::Other(_)) if !has_known_type(error) => Specificity::UnknownCode,
        Some(ErrorCode::Other(_)) => Specificity::KnownType,
        Some(_) => Specificity::KnownCode,
        None if has_known_type(error) => Specificity::KnownType,
        None => Specificity::Nothing,
    }
}

fn has_known_type(error: &ApiError) -> bool {
    RULES.iter().any(|rule| rule.on.matches_error(error))
}

/// The code that the error contains: a `CF_` or `E_CTI_` name in its message, or a number in its data.
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

impl Condition {
    fn fits(&self, case: &Case<'_>) -> bool {
        let (answer, error) = match case {
            Case::Proxy(status) => {
                return match self {
                    Self::Proxy(statuses) => statuses.contains(status),
                    other => matches!(other, Self::Otherwise),
                };
            }
            Case::Unreachable => return matches!(self, Self::Unreachable | Self::Otherwise),
            Case::TimedOut => return matches!(self, Self::TimedOut | Self::Otherwise),
            Case::Unreadable => return matches!(self, Self::Unreadable | Self::Otherwise),
            Case::Error { answer, error } => (*answer, *error),
        };
        let has_status = |statuses: &[u16]| answer.is_some_and(|(status, _)| statuses.contains(&status));
        let request = answer.map(|(_, request)| request);
        match self {
            Self::Proxy(_) | Self::Unreachable | Self::TimedOut | Self::Unreadable => false,
            Self::Status(statuses) => has_status(statuses),
            Self::StatusAndText(status, word) => {
                has_status(&[*status]) && error.is_some_and(|e| says(e, word))
            }
            Self::StatusWithoutType(status) => {
                has_status(&[*status]) && error.is_none_or(|error| error.error_type.is_empty())
            }
            Self::Administrator => has_status(&[401]) && request.is_some_and(Request::is_for_administrators),
            Self::RoleRefused(types) => {
                request.is_some_and(|request| !request.is_for_every_agent())
                    && error.is_some_and(|error| is_one_of(&error.error_type, types))
            }
            Self::MonitoringRefused(types) => {
                request.is_some_and(is_monitoring)
                    && error.is_some_and(|error| is_one_of(&error.error_type, types))
            }
            Self::DialogStatus(statuses) => {
                has_status(statuses) && request.is_some_and(|request| request.subject() == Subject::Dialog)
            }
            Self::VagueType(types) => error.is_some_and(|error| is_one_of(&error.error_type, types)),
            Self::Type(_) | Self::Message(_) => error.is_some_and(|error| self.matches_error(error)),
            Self::Otherwise => true,
        }
    }

    /// Whether this row names a cause that the error alone, without status and request, matches.
    fn matches_error(&self, error: &ApiError) -> bool {
        match self {
            Self::Type(types) => is_one_of(&error.error_type, types),
            Self::Message(word) => says(error, word),
            _ => false,
        }
    }
}

/// Whether the request monitors an agent's call or barges into one.
fn is_monitoring(request: &Request) -> bool {
    matches!(request, Request::SilentMonitor { .. } | Request::BargeCall { .. })
}

/// Whether the error's message contains this text, in any case.
fn says(error: &ApiError, word: &str) -> bool {
    error.error_message.to_ascii_lowercase().contains(&word.to_ascii_lowercase())
}

fn is_one_of(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// The table as Markdown, for docs/finesse.md.
pub fn error_mapping_table() -> String {
    let mut table = String::from("| failure | code | message |\n|---|---|---|\n");
    table.push_str(&format!(
        "| a `CF_` or `E_CTI_` name in errorMessage | that name | {}; for an unknown name, {} |\n",
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
impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let listed = |statuses: &[u16]| statuses.iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
        match self {
            Self::Unreachable => f.write_str("the connection was refused or broke"),
            Self::TimedOut => f.write_str("no answer in time"),
            Self::Unreadable => f.write_str("a success with an unexpected body"),
            Self::Proxy(statuses) => write!(f, "HTTP {} of a proxy in front of Finesse", listed(statuses)),
            Self::Status(statuses) => write!(f, "HTTP {}", listed(statuses)),
            Self::StatusAndText(status, word) => write!(f, "HTTP {status} with \"{word}\" in errorMessage"),
            Self::StatusWithoutType(status) => write!(f, "HTTP {status} without an errorType"),
            Self::DialogStatus(statuses) => write!(f, "HTTP {} about a dialog", listed(statuses)),
            Self::Administrator => f.write_str("HTTP 401 for a list that only administrators may read"),
            Self::RoleRefused(types) => {
                write!(f, "errorType {}, for a request that needs a role or a team", types.join(", "))
            }
            Self::MonitoringRefused(types) => {
                write!(f, "errorType {}, for silent monitoring or barging in", types.join(", "))
            }
            Self::Type(types) | Self::VagueType(types) => write!(f, "errorType {}", types.join(", ")),
            Self::Message(word) => write!(f, "\"{word}\" in errorMessage"),
            Self::Otherwise => f.write_str("anything else"),
        }
    }
}

/// The row's last column.
impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code => f.write_str("the code's message"),
            Self::CodeAndFinesse => f.write_str("the code's message, with Finesse's sentence"),
            Self::Finesse => f.write_str("Finesse's text, then what to do"),
            Self::Fixed(text) => write!(f, "\"{text}\""),
        }
    }
}
