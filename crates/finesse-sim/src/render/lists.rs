//! Lists and their entries: reasons, teams, queues, phone books. The elements are in Finesse's order, which is not
//! alphabetical here.

use super::{optional_time, team_member};
use crate::world::{AgentState, Call, PartyState, User, World};
use crate::xml::Xml;
use crate::{Contact, PhoneBook, Queue, ReasonCode, Team, WrapUpReason};

pub(crate) fn reason_code(code: &ReasonCode) -> String {
    let mut xml = Xml::new();
    xml.node("ReasonCode", |xml| {
        xml.leaf("uri", &format!("/finesse/api/ReasonCode/{}", code.id))
            .leaf("id", &code.id)
            .leaf("category", &code.category)
            .leaf("code", &code.code)
            .leaf("label", &code.label)
            .leaf("forAll", "true")
            .leaf("systemCode", &code.system.to_string());
    });
    xml.finish()
}

pub(crate) fn reason_codes<'a>(category: &str, codes: impl Iterator<Item = &'a ReasonCode>) -> String {
    let mut xml = Xml::new();
    xml.node_with("ReasonCodes", ("category", category), |xml| {
        for code in codes {
            xml.raw(&reason_code(code));
        }
    });
    xml.finish()
}

pub(crate) fn wrap_up_reason(reason: &WrapUpReason) -> String {
    let mut xml = Xml::new();
    xml.node("WrapUpReason", |xml| {
        xml.leaf("uri", &format!("/finesse/api/WrapUpReason/{}", reason.id))
            .leaf("label", &reason.label)
            .leaf("forAll", "true");
    });
    xml.finish()
}

pub(crate) fn wrap_up_reasons(reasons: &[WrapUpReason]) -> String {
    let mut xml = Xml::new();
    xml.node("WrapUpReasons", |xml| {
        for reason in reasons {
            xml.raw(&wrap_up_reason(reason));
        }
    });
    xml.finish()
}

/// A team with its members.
pub(crate) fn team<'a>(team: &Team, members: impl Iterator<Item = &'a User>, world: &World) -> String {
    let mut xml = Xml::new();
    xml.node("Team", |xml| {
        xml.leaf("uri", &format!("/finesse/api/Team/{}", team.id))
            .leaf("id", &team.id)
            .leaf("name", &team.name);
        xml.node("users", |xml| {
            for member in members {
                xml.raw(&team_member(member, world));
            }
        });
    });
    xml.finish()
}

/// A queue with its current statistics.
pub(crate) fn queue(queue: &Queue, world: &World) -> String {
    let staff: Vec<&User> = queue.teams.iter().flat_map(|team| world.members(team)).collect();
    let in_state = |state: AgentState| staff.iter().filter(|user| user.state == state).count().to_string();
    let talking = |wanted: Option<bool>| {
        let talks = |user: &&&User| talks(user, world).is_some_and(|incoming| incoming == wanted);
        staff.iter().filter(talks).count().to_string()
    };
    let waiting: Vec<&Call> = world.waiting_in(&queue.id).collect();
    let oldest = waiting.iter().min_by_key(|call| call.number);
    let longest = oldest.and_then(|call| call.parties.first()).map(|party| party.start);
    let mut xml = Xml::new();
    xml.node("Queue", |xml| {
        xml.leaf("name", &queue.name);
        xml.node("statistics", |xml| {
            xml.leaf("agentsNotReady", &in_state(AgentState::NotReady))
                .leaf("agentsReady", &in_state(AgentState::Ready))
                .leaf("agentsTalkingInbound", &talking(Some(true)))
                .leaf("agentsTalkingInternal", &talking(None))
                .leaf("agentsTalkingOutbound", &talking(Some(false)))
                .leaf("agentsWrapUpNotReady", &in_state(AgentState::Work))
                .leaf("agentsWrapUpReady", &in_state(AgentState::WorkReady))
                .leaf("callsInQueue", &waiting.len().to_string())
                .leaf("startTimeOfLongestCallInQueue", &optional_time(longest));
        });
        xml.leaf("uri", &format!("/finesse/api/Queue/{}", queue.id));
    });
    xml.finish()
}

/// For a user on a call: whether that call is incoming (`true`), outgoing (`false`) or internal (inner `None`).
fn talks(user: &User, world: &World) -> Option<Option<bool>> {
    if user.state != AgentState::Talking {
        return None;
    }
    let active = |call: &&Call| call.party(user.id()).is_some_and(|party| party.state == PartyState::Active);
    let call = world.calls_of(user.id()).find(active)?;
    call.party(user.id()).map(|party| party.call_type.incoming())
}

/// All teams, without their members.
pub(crate) fn teams(teams: &[Team]) -> String {
    let mut xml = Xml::new();
    xml.node("Teams", |xml| {
        for team in teams {
            xml.node("Team", |xml| {
                xml.leaf("uri", &format!("/finesse/api/Team/{}", team.id))
                    .leaf("id", &team.id)
                    .leaf("name", &team.name);
            });
        }
    });
    xml.finish()
}

/// Phone books with the contacts given for each.
pub(crate) fn phone_books<'a>(books: impl Iterator<Item = (&'a PhoneBook, &'a [Contact])>) -> String {
    let mut xml = Xml::new();
    xml.node("PhoneBooks", |xml| {
        for (book, listed) in books {
            xml.node("PhoneBook", |xml| {
                xml.leaf("name", &book.name)
                    .leaf("type", book.kind())
                    .leaf("uri", &format!("/finesse/api/PhoneBook/{}", book.id));
                xml.node("contacts", |xml| {
                    for contact in listed {
                        xml.raw(&self::contact(&book.id, contact));
                    }
                });
            });
        }
    });
    xml.finish()
}

/// The contacts of one phone book.
pub(crate) fn contacts(book: &PhoneBook) -> String {
    let mut xml = Xml::new();
    xml.node("Contacts", |xml| {
        for contact in &book.contacts {
            xml.raw(&self::contact(&book.id, contact));
        }
    });
    xml.finish()
}

fn contact(book: &str, contact: &Contact) -> String {
    let mut xml = Xml::new();
    xml.node("Contact", |xml| {
        xml.leaf("description", &contact.description)
            .leaf("firstName", &contact.first_name)
            .leaf("lastName", &contact.last_name)
            .leaf("phoneNumber", &contact.number)
            .leaf("uri", &format!("/finesse/api/PhoneBook/{book}/Contact/{}", contact.id));
    });
    xml.finish()
}
