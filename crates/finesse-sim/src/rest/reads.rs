//! GET requests: who may read what, and the response.

use hyper::StatusCode;

use super::Call;
use super::answer::Answer;
use super::range::Range;
use super::readers::{administrator, configuration};
use super::reasons;
use super::uri::parameter;
use crate::world::{Caller, Refusal, User, World};
use crate::{Contact, PhoneBook, Platform, render};

/// Responds to a GET request.
pub(super) fn read(world: &World, caller: &Caller, path: &[&str], call: &Call) -> Result<Answer, Refusal> {
    let file = &world.file;
    if let Some(reasons) = reasons::read(world, caller, path, call) {
        return reasons.map(Answer::xml);
    }
    let xml = match path {
        ["User", id] => render::user("User", world.readable_user(caller, id)?, world),
        ["Users"] => {
            administrator(caller)?;
            return in_parts(world.users(), &call.range, |users| {
                let users: String = users.map(|user| render::user("User", user, world)).collect();
                format!("<Users>{users}</Users>")
            });
        }
        ["Teams"] => {
            administrator(caller)?;
            render::teams(&file.teams)
        }
        ["User", id, "PhoneBooks"] => {
            let team = &world.readable_user(caller, id)?.profile.team;
            return phone_books(
                file.phone_books.iter().filter(|book| book.teams.is_empty() || book.teams.contains(team)),
                &call.range,
            );
        }
        ["Team", id, "PhoneBooks"] => {
            configuration(world, caller, call)?;
            if world.team(id).is_none() {
                return Err(Refusal::not_found("TeamId Not Found", id));
            }
            let of_team = file.phone_books.iter().filter(|book| book.teams.iter().any(|team| team == id));
            return phone_books(of_team, &call.range);
        }
        ["PhoneBooks"] => {
            configuration(world, caller, call)?;
            return phone_books(file.phone_books.iter(), &call.range);
        }
        ["PhoneBook", id, "Contacts"] => {
            configuration(world, caller, call)?;
            let found = file.phone_books.iter().find(|book| book.id == *id);
            render::contacts(found.ok_or_else(|| Refusal::not_found("Not Found", id))?)
        }
        ["User", id, "Dialogs"] => render::dialogs(world.readable_user(caller, id)?.id(), world),
        ["User", id, "Queues"] if world.platform == Platform::Ucce => {
            let profile = &world.readable_user(caller, id)?.profile;
            let concerns = |team: &String| *team == profile.team || profile.supervises.contains(team);
            let queues = file.queues.iter().filter(|queue| queue.teams.iter().any(concerns));
            let queues: String = queues.map(|queue| render::queue(queue, world)).collect();
            format!("<Queues>{queues}</Queues>")
        }
        ["Queue", id] if world.platform == Platform::Ucce => {
            render::queue(world.queue(id).ok_or_else(|| Refusal::not_found("Not Found", id))?, world)
        }
        ["Team", id] => {
            let team = world.team(id).ok_or_else(|| Refusal::not_found("TeamId Not Found", id))?;
            if *caller != Caller::Administrator && !world.supervises_team(caller, id) {
                return Err(Refusal::other_team(id));
            }
            let all = parameter(&call.query, "includeLoggedOutAgents").is_some_and(|all| all == "true");
            let members = world.members(id).filter(|user| all || !user.extension.is_empty());
            return in_parts(members, &call.range, |members| render::team(team, members, world));
        }
        ["Dialog", id] => {
            let dialog = world.call(id).ok_or_else(|| Refusal::no_dialog(id))?;
            let user = match caller {
                Caller::User(user) if dialog.party(user).is_some() => user.clone(),
                _ => dialog
                    .parties
                    .iter()
                    .filter_map(|party| party.user.clone())
                    .find(|user| world.readable_user(caller, user).is_ok())
                    .ok_or_else(|| Refusal::no_dialog(id))?,
            };
            render::dialog("Dialog", dialog, &user, world)
        }
        // A path that ends before the object's id.
        ["User" | "Dialog" | "Team" | "Queue" | "PhoneBook" | "ReasonCode" | "WrapUpReason"] => {
            return Ok(Answer::page(StatusCode::METHOD_NOT_ALLOWED));
        }
        _ => return Ok(Answer::page(StatusCode::NOT_FOUND)),
    };
    Ok(Answer::xml(xml))
}

/// A list of users: all of them, or those in the range.
fn in_parts<'a>(
    users: impl Iterator<Item = &'a User>,
    range: &str,
    render: impl FnOnce(&mut dyn Iterator<Item = &'a User>) -> String,
) -> Result<Answer, Refusal> {
    let users: Vec<&User> = users.collect();
    let range = Range::parse(range, users.len())?;
    let mut included = users
        .iter()
        .zip(1..)
        .filter_map(|(user, place)| range.is_none_or(|range| range.contains(place)).then_some(*user));
    let xml = render(&mut included);
    Ok(match range {
        Some(range) => Answer::partial(xml, &range.content_range(users.len())),
        None => Answer::xml(xml),
    })
}

/// Phone books with their contacts: all contacts, or those in the range.
fn phone_books<'a>(books: impl Iterator<Item = &'a PhoneBook>, range: &str) -> Result<Answer, Refusal> {
    let books: Vec<&PhoneBook> = books.collect();
    let length = books.iter().map(|book| book.contacts.len()).sum();
    let range = Range::parse(range, length)?;
    let mut places = 1..=length;
    let mut listed = |book: &PhoneBook| -> Vec<Contact> {
        let with_place = book.contacts.iter().zip(&mut places);
        let included = with_place.filter(|(_, place)| range.is_none_or(|range| range.contains(*place)));
        included.map(|(contact, _)| contact.clone()).collect()
    };
    let books: Vec<(&PhoneBook, Vec<Contact>)> = books.into_iter().map(|book| (book, listed(book))).collect();
    let xml = render::phone_books(books.iter().map(|(book, contacts)| (*book, contacts.as_slice())));
    Ok(match range {
        Some(range) => Answer::partial(xml, &range.content_range(length)),
        None => Answer::xml(xml),
    })
}
