//! What a failure at Finesse is called: the code and the message of the `Error` event (docs/finesse.md, "Errors").

mod message;
mod table;

use finesse_types::{ApiError, ApiErrors, Failure, Request};
use gc_events::ErrorCode;

use self::table::{Case, look_up, specificity};

pub use self::table::error_mapping_table;

/// The message of an error because of a token that has ended.
pub(crate) const TOKEN_ENDED: &str = "Your single sign-on token has ended. Get a new one and connect again with it; your calls go on meanwhile.";

/// The message of a request that Finesse has not seen: nobody has to check what became of it.
const NOT_SENT: &str =
    "The request could not be sent to Finesse in time, so nothing was changed. Repeat it in a moment.";

/// What is said of a token that Finesse does not accept, in place of what there is to do about a password.
const TOKEN_REFUSED: &str =
    "Finesse does not accept this single sign-on token. Get a new one and connect again with it.";

/// The same message for an agent who has a token and no password, if it asks for a password.
pub(crate) fn for_token(code: &ErrorCode, text: String) -> String {
    let is_about_password = matches!(code, ErrorCode::SubscriptionFailed | ErrorCode::Unauthorized);
    match is_about_password && text.contains(code.advice()) {
        true => TOKEN_REFUSED.to_owned(),
        false => text,
    }
}

/// The code of a request that failed, and the message for the agent: what is wrong, and what to do.
pub fn error_of(failure: &Failure, request: &Request) -> (ErrorCode, String) {
    let (case, no_reason) = match failure {
        Failure::Refused { status, errors } => (
            Case::Error { answer: Some((*status, request)), error: most_specific(errors) },
            format!("Finesse did not do this and gave no reason (HTTP {status})."),
        ),
        Failure::Proxy { status } => (Case::Proxy(*status), format!("{}.", capitalized(failure))),
        Failure::Unreadable { .. } => (Case::Unreadable, format!("{failure}.")),
        Failure::Unreachable { .. } => (Case::Unreachable, format!("{failure}.")),
        Failure::TokenEnded => return (ErrorCode::Unauthorized, TOKEN_ENDED.to_owned()),
        Failure::TimedOut { sent: false } => return (ErrorCode::NotReachable, NOT_SENT.to_owned()),
        Failure::TimedOut { sent: true } => (Case::TimedOut, format!("{failure}.")),
    };
    explained(&case, &no_reason)
}

/// The same for an error that was reported by a notification, after its request was accepted.
pub fn error_of_notification(error: &ApiError) -> (ErrorCode, String) {
    explained(&Case::Error { answer: None, error: Some(error) }, "Finesse refused this and gave no reason.")
}

/// The error that is most specific about the cause: the first with the name or number of a known code, otherwise the
/// first with a known errorType, otherwise the first with the name of an unknown code, otherwise the first.
/// `Generic Error` and `Call Operation Failure` are not specific types.
pub fn most_specific(errors: &ApiErrors) -> Option<&ApiError> {
    errors.errors.iter().min_by_key(|error| specificity(error))
}

/// The failure as a sentence begins.
fn capitalized(failure: &Failure) -> String {
    let text = failure.to_string();
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

fn explained(case: &Case<'_>, no_reason: &str) -> (ErrorCode, String) {
    let (code, text) = look_up(case);
    let error = match case {
        Case::Error { error, .. } => *error,
        Case::Proxy(_) | Case::Unreachable | Case::TimedOut | Case::Unreadable => None,
    };
    let message = message::for_agent(&code, text, error, no_reason);
    (code, message)
}

#[cfg(test)]
mod tests;
