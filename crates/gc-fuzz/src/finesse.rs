//! What Finesse sends.

use finesse_types::{AnswerReader, ReasonCategory, Request, Update, read_answer};

use crate::{first_line, text};

/// The text of a notification.
pub fn notification(data: &[u8]) {
    if let Some(text) = text(data) {
        let _ = Update::parse(text);
    }
}

/// What was asked for, the status and the content type on the first line, the body after it. It is the same answer in
/// whatever parts it comes.
pub fn answer(data: &[u8]) {
    let (head, body) = first_line(data);
    let Some(head) = text(head) else { return };
    let mut words = head.splitn(3, ' ');
    let Some(request) = words.next().and_then(request) else { return };
    let Some(Ok(status)) = words.next().map(str::parse) else { return };
    let content_type = words.next();
    let whole = read_answer(&request, status, content_type, body);
    let mut reader = AnswerReader::new(&request, status, content_type);
    let in_parts = body.chunks(7).try_for_each(|part| reader.push(part)).and_then(|()| reader.finish());
    assert_eq!(in_parts, whole);
}

/// A request for each kind of answer.
fn request(name: &str) -> Option<Request> {
    let user = || "1001".to_owned();
    Some(match name {
        "SystemInfo" => Request::SystemInfo,
        "User" => Request::User { id: user() },
        "Users" => Request::Users,
        "Dialogs" => Request::Dialogs { user: user() },
        "Dialog" => Request::Dialog { id: "1".to_owned() },
        "ReasonCodes" => Request::ReasonCodes { user: user(), category: ReasonCategory::NotReady },
        "WrapUpReasons" => Request::WrapUpReasons { user: user() },
        "Team" => Request::Team { id: "1".to_owned(), include_logged_out: true },
        "PhoneBooks" => Request::PhoneBooks { user: user() },
        "Contacts" => Request::PhoneBookContacts { id: "1".to_owned() },
        "Queues" => Request::Queues { user: user() },
        "Queue" => Request::Queue { id: "1".to_owned() },
        "MakeCall" => Request::MakeCall { user: user(), from: "2001".to_owned(), to: "2002".to_owned() },
        _ => return None,
    })
}
