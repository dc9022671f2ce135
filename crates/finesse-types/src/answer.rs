//! Finesse's answers: a status and bytes become a value or a failure.

mod reader;

use gc_xml::{Element, parse};
use serde::{Deserialize, Serialize};

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

pub use reader::AnswerReader;

/// Finesse's answer to a request that succeeded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// To every write: Finesse will carry it out, and a notification reports the result.
    Accepted,
    /// To [`Request::SystemInfo`].
    SystemInfo(Box<SystemInfo>),
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
/// A success must have the expected body: an HTML page is not a user. A refusal keeps its status, whatever its body.
pub fn read_answer(
    request: &Request,
    status: u16,
    content_type: Option<&str>,
    body: &[u8],
) -> Result<Answer, Failure> {
    let mut reader = AnswerReader::new(request, status, content_type);
    reader.push(body)?;
    reader.finish()
}

/// Reads the body of a success that is not a list.
fn read_whole(request: &Request, status: u16, body: &[u8]) -> Result<Answer, Failure> {
    let unreadable = |reason: String| Failure::Unreadable { status, reason };
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
        Request::SystemInfo => Answer::SystemInfo(Box::new(SystemInfo::read(root_of("SystemInfo")?))),
        Request::User { .. } => Answer::User(Box::new(User::read(root_of("User")?))),
        Request::Dialog { .. } => Answer::Dialog(Box::new(Dialog::read(root_of("Dialog")?))),
        Request::Team { .. } => Answer::Team(Team::read(root_of("Team")?)),
        Request::Queue { .. } => Answer::Queue(Queue::read(root_of("Queue")?)),
        // Some releases answer some writes with the object, of which only the name matters.
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
        // Lists are read object by object.
        Request::Users
        | Request::Dialogs { .. }
        | Request::ReasonCodes { .. }
        | Request::WrapUpReasons { .. }
        | Request::PhoneBooks { .. }
        | Request::TeamPhoneBooks { .. }
        | Request::PhoneBookContacts { .. }
        | Request::Queues { .. } => return Err(format!("expected a list, found <{}>", root.name())),
    })
}

impl Answer {
    /// The root's name and the answer without objects for a request for a list; `None` for other requests.
    fn empty_list(request: &Request) -> Option<(&'static str, Self)> {
        Some(match request {
            Request::Users => ("Users", Self::Users(Vec::new())),
            Request::Dialogs { .. } => ("Dialogs", Self::Dialogs(Vec::new())),
            Request::ReasonCodes { .. } => ("ReasonCodes", Self::ReasonCodes(Vec::new())),
            Request::WrapUpReasons { .. } => ("WrapUpReasons", Self::WrapUpReasons(Vec::new())),
            Request::PhoneBooks { .. } | Request::TeamPhoneBooks { .. } => {
                ("PhoneBooks", Self::PhoneBooks(Vec::new()))
            }
            Request::PhoneBookContacts { .. } => ("Contacts", Self::Contacts(Vec::new())),
            Request::Queues { .. } => ("Queues", Self::Queues(Vec::new())),
            _ => return None,
        })
    }

    /// Adds the next part of the same list, if the list is one that is sent in parts.
    pub fn append(&mut self, further: Self) -> bool {
        match (self, further) {
            (Self::Users(users), Self::Users(more)) => users.extend(more),
            (Self::Team(team), Self::Team(more)) => team.users.extend(more.users),
            _ => return false,
        }
        true
    }

    /// Adds an object to a list. An object with another name is ignored.
    fn add(&mut self, object: &Element) {
        let is = |name: &str| object.name().eq_ignore_ascii_case(name);
        match self {
            Self::Users(list) if is("User") => list.push(User::read(object)),
            Self::Dialogs(list) if is("Dialog") => list.push(Dialog::read(object)),
            Self::ReasonCodes(list) if is("ReasonCode") => list.push(ReasonCode::read(object)),
            Self::WrapUpReasons(list) if is("WrapUpReason") => list.push(WrapUpReason::read(object)),
            Self::PhoneBooks(list) if is("PhoneBook") => list.push(PhoneBook::read(object)),
            Self::Contacts(list) if is("Contact") => list.push(Contact::read(object)),
            Self::Queues(list) if is("Queue") => list.push(Queue::read(object)),
            Self::Users(_)
            | Self::Dialogs(_)
            | Self::ReasonCodes(_)
            | Self::WrapUpReasons(_)
            | Self::PhoneBooks(_)
            | Self::Contacts(_)
            | Self::Queues(_) => {}
            // No lists.
            Self::Accepted
            | Self::SystemInfo(_)
            | Self::User(_)
            | Self::Dialog(_)
            | Self::Team(_)
            | Self::Queue(_) => {}
        }
    }
}

fn is_html(content_type: &str) -> bool {
    content_type.trim_start().get(..9).is_some_and(|start| start.eq_ignore_ascii_case("text/html"))
}

/// The errors in a refusal. There are none if the body cannot be read: often it is a page of the web server.
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
