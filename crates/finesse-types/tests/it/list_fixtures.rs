//! The lists of fixtures/finesse that supervisors and administrators read, and their content.

use finesse_types::{Answer, Contact, Failure, Queue, Request, User, UserState, read_answer};

use crate::fixtures::{answer, file};

/// The files of this module.
pub(crate) const LISTS: &[&str] = &[
    "api-errors-range.xml",
    "contacts.xml",
    "phone-books-of-team.xml",
    "phone-books.xml",
    "queues.xml",
    "team.xml",
    "users.xml",
];

fn phone_books() -> Request {
    Request::PhoneBooks { user: "1104".to_owned() }
}

fn contact_line(contact: &Contact) -> String {
    let Contact { id, first_name, last_name, phone_number, description } = contact;
    format!("{id} {first_name}|{last_name}|{phone_number}|{description}")
}

#[test]
fn a_phone_book_contains_its_contacts_and_has_an_id_even_without_a_path() {
    let Answer::PhoneBooks(books) = answer(&phone_books(), "phone-books.xml") else { panic!() };
    let names: Vec<_> =
        books.iter().map(|book| (book.id.as_str(), book.name.as_str(), book.kind.as_str())).collect();
    assert_eq!(
        names,
        [("4", "Everybody", "GLOBAL"), ("11", "Night shift", "TEAM"), ("12", "Nobody yet", "TEAM")]
    );
    let contacts: Vec<Vec<_>> =
        books.iter().map(|book| book.contacts.as_ref().unwrap().iter().map(contact_line).collect()).collect();
    assert_eq!(
        contacts[0],
        ["19 Nadja|Kovač|5550171|Opens at 07:30 & closes at 16:00", "23 |Greenhouse|6120|"]
    );
    assert_eq!(contacts[1], ["40 Osvaldo|Reyes|+34 555 0119|Deliveries"]);
    assert!(contacts[2].is_empty());
}

#[test]
fn a_part_of_the_phone_books_is_an_answer_and_a_wrong_range_is_not() {
    let parts = file("phone-books.xml");
    let part = read_answer(&phone_books(), 206, Some("application/xml"), parts.as_bytes());
    assert_eq!(part, Ok(answer(&phone_books(), "phone-books.xml")));
    let refused = read_answer(&phone_books(), 416, None, file("api-errors-range.xml").as_bytes());
    let Err(Failure::Refused { status: 416, errors }) = refused else { panic!("{refused:?}") };
    assert!(errors.errors[0].error_message.starts_with("Range must be 1-6000 objects"), "{errors:?}");
}

#[test]
fn contacts_given_by_their_path_are_not_an_empty_list() {
    let request = Request::TeamPhoneBooks { team: "44".to_owned() };
    let Answer::PhoneBooks(books) = answer(&request, "phone-books-of-team.xml") else { panic!() };
    let books: Vec<_> =
        books.iter().map(|book| (book.id.as_str(), book.name.as_str(), &book.contacts)).collect();
    assert_eq!(books, [("11", "Night shift", &None), ("15", "Suppliers", &None)]);
}

#[test]
fn a_contact_may_be_only_a_number() {
    let request = Request::PhoneBookContacts { id: "11".to_owned() };
    let Answer::Contacts(contacts) = answer(&request, "contacts.xml") else { panic!() };
    let lines: Vec<_> = contacts.iter().map(contact_line).collect();
    assert_eq!(lines, ["40 Osvaldo|Reyes|+34 555 0119|Deliveries", "41 ||5550133|"]);
}

#[test]
fn a_queue_keeps_all_its_statistics_unchanged() {
    let request = Request::Queues { user: "1121".to_owned() };
    let Answer::Queues(queues) = answer(&request, "queues.xml") else { panic!() };
    let figures = |queue: &Queue| {
        let figure = |name| queue.statistic(name).unwrap().to_owned();
        [figure("callsInQueue"), figure("agentsLoggedOn"), figure("startTimeOfLongestCallInQueue")]
    };
    let names: Vec<_> =
        queues.iter().map(|queue| (queue.id.as_str(), queue.name.as_str(), queue.statistics.len())).collect();
    assert_eq!(names, [("61", "Tulips", 11), ("62", "Night_Callback", 11)]);
    assert_eq!(figures(&queues[0]), ["2", "9", "2026-04-21T08:09:10Z"]);
    assert_eq!(figures(&queues[1]), ["-1", "-1", ""]);
}

#[test]
fn a_single_queue_is_read_like_one_in_a_list() {
    let request = Request::Queue { id: "62".to_owned() };
    let Answer::Queue(queue) = answer(&request, "queue.xml") else { panic!() };
    assert_eq!((queue.id.as_str(), queue.statistic("agentsReady")), ("62", Some("-1")));
}

fn member_line(user: &User) -> String {
    let pending = user.pending_state.as_ref().map(|state| format!(", then {state}")).unwrap_or_default();
    let reason = user.reason_code.as_ref().map(|reason| format!(" ({} {})", reason.code, reason.label));
    format!("{} at '{}' {}{pending}{}", user.login_id, user.extension, user.state, reason.unwrap_or_default())
}

#[test]
fn a_team_lists_its_members_including_those_who_are_logged_out() {
    let request = Request::Team { id: "44".to_owned(), include_logged_out: true };
    let Answer::Team(team) = answer(&request, "team.xml") else { panic!() };
    assert_eq!((team.id.as_str(), team.name.as_str()), ("44", "Garden"));
    let members: Vec<_> = team.users.iter().map(member_line).collect();
    assert_eq!(
        members,
        [
            "1104 at '2104' TALKING, then NOT_READY",
            "1107 at '2107' NOT_READY (302 Potting)",
            "1119 at '' LOGOUT"
        ]
    );
}

#[test]
fn all_users_are_listed_with_their_teams_and_roles() {
    let Answer::Users(users) = answer(&Request::Users, "users.xml") else { panic!() };
    assert_eq!(
        users.iter().map(member_line).collect::<Vec<_>>(),
        ["1104 at '2104' WORK_READY", "1121 at '' LOGOUT"]
    );
    assert_eq!(users[0].state, UserState::WorkReady);
    assert_eq!((users[0].team_id.as_str(), users[0].team_name.as_str()), ("44", "Garden"));
    assert!(!users[0].is_supervisor() && users[1].is_supervisor());
    assert_eq!(users[1].teams[0].id, "44");
    assert_eq!(users[1].reason_code_id.as_deref(), Some("-1"));
}
