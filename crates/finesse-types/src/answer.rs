//! What Finesse answers: status and bytes in, a value or a failure out.

use gc_xml::{Element, parse};

use crate::api_errors::ApiErrors;
use crate::dialog::Dialog;
use crate::failure::Failure;
use crate::phone_book::{Contact, PhoneBook};
use crate::read::{OBJECT, expect_root};
use crate::reason::{ReasonCode, WrapUpReason};
use crate::request::Request;
use crate::system_info::SystemInfo;
use crate::team::{Queue, Team};
use crate::user::User;

/// What Finesse answers to a request that it did not refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// To every write: the request will be carried out; what comes of it is told by a notification.
    Accepted,
    /// To [`Request::SystemInfo`].
    SystemInfo(SystemInfo),
    /// To [`Request::User`].
    User(Box<User>),
    /// To [`Request::Users`].
    Users(Vec<User>),
    /// To [`Request::Dialogs`].
    Dialogs(Vec<Dialog>),
    /// To [`Request::Dialog`].
    Dialog(Box<Dialog>),
    /// To [`Request::ReasonCodes`].
    ReasonCodes(Vec<ReasonCode>),
    /// To [`Request::WrapUpReasons`].
    WrapUpReasons(Vec<WrapUpReason>),
    /// To [`Request::Team`].
    Team(Team),
    /// To [`Request::PhoneBooks`] and [`Request::TeamPhoneBooks`].
    PhoneBooks(Vec<PhoneBook>),
    /// To [`Request::PhoneBookContacts`].
    Contacts(Vec<Contact>),
    /// To [`Request::Queues`].
    Queues(Vec<Queue>),
    /// To [`Request::Queue`].
    Queue(Queue),
}

/// Reads the answer to `request`.
///
/// A success is one only if the body is what was asked for: a page of HTML is not a user. A refusal keeps its
/// status, whatever its body is.
pub fn read_answer(
    request: &Request,
    status: u16,
    content_type: Option<&str>,
    body: &[u8],
) -> Result<Answer, Failure> {
    if !(200..300).contains(&status) {
        return Err(Failure::Refused { status, errors: errors_in(body) });
    }
    let unreadable = |reason: String| Failure::Unreadable { status, reason };
    // 200 and 202 alike say that a write will be carried out.
    if !request.is_read() && body.trim_ascii().is_empty() {
        return Ok(Answer::Accepted);
    }
    if content_type.is_some_and(is_html) {
        return Err(unreadable("a page of HTML".to_owned()));
    }
    let text = std::str::from_utf8(body).map_err(|error| unreadable(error.to_string()))?;
    let root = parse(text, &request.limits()).map_err(|error| unreadable(error.to_string()))?;
    if root.name().eq_ignore_ascii_case("ApiErrors") {
        return Err(Failure::Refused { status, errors: ApiErrors::read(&root) });
    }
    read_root(request, &root).map_err(unreadable)
}

fn read_root(request: &Request, root: &Element) -> Result<Answer, String> {
    let root_of = |expected| expect_root(root, expected).map_err(|error| error.to_string());
    Ok(match request {
        Request::SystemInfo => Answer::SystemInfo(SystemInfo::read(root_of("SystemInfo")?)),
        Request::User { .. } => Answer::User(Box::new(User::read(root_of("User")?))),
        Request::Users => Answer::Users(root_of("Users")?.children_named("User").map(User::read).collect()),
        Request::Dialogs { .. } => {
            Answer::Dialogs(root_of("Dialogs")?.children_named("Dialog").map(Dialog::read).collect())
        }
        Request::Dialog { .. } => Answer::Dialog(Box::new(Dialog::read(root_of("Dialog")?))),
        Request::ReasonCodes { .. } => Answer::ReasonCodes(
            root_of("ReasonCodes")?.children_named("ReasonCode").map(ReasonCode::read).collect(),
        ),
        Request::WrapUpReasons { .. } => Answer::WrapUpReasons(
            root_of("WrapUpReasons")?.children_named("WrapUpReason").map(WrapUpReason::read).collect(),
        ),
        Request::Team { .. } => Answer::Team(Team::read(root_of("Team")?)),
        Request::PhoneBooks { .. } | Request::TeamPhoneBooks { .. } => Answer::PhoneBooks(
            root_of("PhoneBooks")?.children_named("PhoneBook").map(PhoneBook::read).collect(),
        ),
        Request::PhoneBookContacts { .. } => {
            Answer::Contacts(root_of("Contacts")?.children_named("Contact").map(Contact::read).collect())
        }
        Request::Queues { .. } => {
            Answer::Queues(root_of("Queues")?.children_named("Queue").map(Queue::read).collect())
        }
        Request::Queue { .. } => Answer::Queue(Queue::read(root_of("Queue")?)),
        // Some writes of some releases answer with the object; its name is all that matters.
        Request::Login { .. } | Request::ChangeState { .. } => {
            root_of("User")?;
            Answer::Accepted
        }
        Request::MakeCall { .. }
        | Request::SilentMonitor { .. }
        | Request::BargeCall { .. }
        | Request::DialogAction { .. }
        | Request::ConsultCall { .. }
        | Request::TransferSst { .. }
        | Request::SendDtmf { .. }
        | Request::Reclassify { .. }
        | Request::UpdateScheduledCallback { .. }
        | Request::UpdateCallData { .. } => {
            root_of("Dialog")?;
            Answer::Accepted
        }
    })
}

fn is_html(content_type: &str) -> bool {
    content_type.trim_start().get(..9).is_some_and(|start| start.eq_ignore_ascii_case("text/html"))
}

/// What a refusal says, if its body can be read; it often is a page of the web server.
fn errors_in(body: &[u8]) -> ApiErrors {
    std::str::from_utf8(body)
        .ok()
        .and_then(|text| parse(text, &OBJECT).ok())
        .filter(|root| root.name().eq_ignore_ascii_case("ApiErrors"))
        .map(|root| ApiErrors::read(&root))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests;
