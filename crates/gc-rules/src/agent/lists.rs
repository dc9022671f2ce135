//! Lists: what is read for a client and passed on.

use std::collections::BTreeMap;

use finesse_types::{
    Answer, Failure, PhoneBook, Queue, ReasonCategory, ReasonCode, Request, User, UserState,
};
use gc_events::{
    AgentUser, Agents, Contact, ErrorCode, Event, Notice, PhoneBookContacts, PhoneBookEntry, PhoneBooks,
    QueueStats, ReasonCodes, TeamAgents, TeamUser, UcceQueue,
};
use serde::{Deserialize, Serialize};

use super::Agent;
use super::commands::List;
use super::in_flight::{Authority, Purpose};
use crate::directory::{Found, LookupError, Query};
use crate::settings::Platform;
use crate::{AskId, CommandId, Output, render};

/// The event's `category` of wrap-up reasons. The other categories have Finesse's names.
const WRAP_UP: &str = "WrapUp";

/// Where a list is read.
enum ListSource {
    /// At Finesse, with the agent's credentials.
    Agent(Request),
    /// At Finesse, with the administrator's credentials.
    Administrator(Request),
    /// At a source other than Finesse (docs/directory.md).
    Directory(Query),
}

/// The reason codes of the lists read so far, by category. Finesse identifies a reason by its object id, clients by its
/// code.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(in crate::agent) struct Reasons(BTreeMap<String, Vec<ReasonCode>>);

impl Reasons {
    pub(in crate::agent) fn remember(&mut self, category: &ReasonCategory, list: Vec<ReasonCode>) {
        self.0.insert(category.to_string(), list);
    }

    pub(in crate::agent) fn all(&self) -> Vec<ReasonCode> {
        self.0.values().flatten().cloned().collect()
    }

    /// The object id of a reason code.
    pub(in crate::agent) fn id_of(&self, category: &ReasonCategory, code: &str) -> Option<String> {
        let list = self.0.get(category.as_str())?;
        list.iter().find(|reason| reason.code == code).map(|reason| reason.id.clone())
    }
}

impl Agent {
    pub(in crate::agent) fn list(&mut self, id: &CommandId, list: List) {
        match self.source_of(list) {
            ListSource::Agent(request) => {
                let purpose = Purpose::List { command: id.clone(), request: request.clone() };
                if self.ask(request, purpose).is_none() {
                    self.end_without_session(id);
                }
            }
            ListSource::Administrator(request) => match self.settings.administrator.clone() {
                Some(administrator) => {
                    let purpose = Purpose::List { command: id.clone(), request: request.clone() };
                    self.send(administrator, Authority::Other, request, purpose);
                }
                None => {
                    let text = "Only an administrator may read this list, and the connector has no \
                                administrator's credentials: finesse.administrator is missing in its configuration. \
                                Tell the administrator; you can go on working.";
                    self.fail(id, ErrorCode::GeneralError, text);
                }
            },
            ListSource::Directory(query) => {
                let ask = self.in_flight.add(Purpose::LookUp(id.clone()), Authority::Other);
                self.out.push(Output::LookUp { ask, query });
            }
        }
    }

    /// Where a list is read: one row for each.
    fn source_of(&self, list: List) -> ListSource {
        use ListSource::{Administrator, Agent, Directory};
        let user = self.id.clone();
        match list {
            List::ReasonCodes(category) => Agent(Request::ReasonCodes { user, category }),
            List::WrapUpReasons => Agent(Request::WrapUpReasons { user }),
            List::PhoneBooks => Agent(Request::PhoneBooks { user }),
            List::TeamPhoneBooks { team } => Administrator(Request::TeamPhoneBooks { team }),
            List::PhoneBookContacts { phone_book: id } => Administrator(Request::PhoneBookContacts { id }),
            List::AllAgents => Administrator(Request::Users),
            List::TeamUsers { team: id } => Agent(Request::Team { id, include_logged_out: true }),
            List::TeamUserState { agent: id } => Agent(Request::User { id }),
            // Finesse has no queues on UCCX.
            List::Queues if self.settings.platform == Platform::Uccx => Directory(Query::QueueStatistics),
            List::Queues => Agent(Request::Queues { user }),
            List::SkillGroups(range) => Directory(Query::SkillGroups(range)),
            List::Supervisors => Directory(Query::Supervisors),
            List::AgentExtension { number } => Directory(Query::AgentExtension { number }),
            List::Recording(action) => Directory(Query::Recording {
                action,
                agent_id: user,
                extension: self.session.extension().to_owned(),
                dialog_id: self.recorded_call(),
            }),
        }
    }

    pub(in crate::agent) fn list_read(
        &mut self,
        id: &CommandId,
        request: &Request,
        result: Result<Answer, Failure>,
    ) {
        if self.commands.get(id).is_none() {
            return; // Its deadline has passed.
        }
        match result {
            Ok(answer) => match self.list_event(request, answer) {
                Some(event) => {
                    self.answer(id, event);
                    self.finish(id);
                }
                None => self.fail_with(id, ErrorCode::GeneralError),
            },
            Err(failure) => self.fail_because(id, &failure, request),
        }
    }

    fn list_event(&mut self, request: &Request, answer: Answer) -> Option<Event> {
        let agent_id = self.id.clone();
        Some(match answer {
            Answer::ReasonCodes(list) => {
                let Request::ReasonCodes { category, .. } = request else { return None };
                let reason_codes = list.iter().map(|each| reason_code(&each.code, &each.label)).collect();
                self.reasons.remember(category, list);
                Event::ReasonCodes(ReasonCodes { category: category.to_string(), reason_codes, agent_id })
            }
            // A wrap-up reason has no code, so its object id identifies it.
            Answer::WrapUpReasons(list) => {
                let reason_codes = list.iter().map(|each| reason_code(&each.id, &each.label)).collect();
                Event::ReasonCodes(ReasonCodes { category: WRAP_UP.to_owned(), reason_codes, agent_id })
            }
            Answer::PhoneBooks(books) if books.is_empty() => {
                let (title, data) = ("PhoneBook".to_owned(), "No phone book was found.".to_owned());
                Event::NoDataFound(Notice { title, data, agent_id })
            }
            Answer::PhoneBooks(books) => {
                let books = PhoneBooks { phone_book: books.into_iter().map(phone_book).collect(), agent_id };
                match request {
                    Request::TeamPhoneBooks { .. } => Event::TeamPhoneBook(books),
                    _ => Event::PhoneBook(books),
                }
            }
            Answer::Contacts(contacts) => {
                let contact = contacts.into_iter().map(|each| Contact {
                    description: each.description,
                    first_name: each.first_name,
                    last_name: each.last_name,
                    phone_number: each.phone_number,
                    id: each.id,
                });
                Event::PhoneBookContacts(PhoneBookContacts { contact: contact.collect(), agent_id })
            }
            Answer::Queues(queues) => {
                Event::QueueStats(QueueStats::Ucce { queues: queues.iter().map(queue).collect(), agent_id })
            }
            Answer::Users(users) => {
                let signed_in = users.into_iter().filter(|user| user.state != UserState::Logout);
                let users = signed_in.map(|user| AgentUser {
                    first_name: user.first_name,
                    last_name: user.last_name,
                    extension: user.extension,
                });
                Event::Agents(Agents { users: users.collect(), agent_id })
            }
            Answer::Team(team) => {
                self.team_listed(&team.users);
                let users = team.users.iter().map(|user| self.team_user(user)).collect();
                Event::TeamAgents(TeamAgents { users, agent_id })
            }
            Answer::User(user) => self.member_state(&user),
            _ => return None,
        })
    }

    fn team_user(&self, user: &User) -> TeamUser {
        let state = render::state(user, &user.login_id, &[], &self.settings.zone);
        TeamUser {
            first_name: user.first_name.clone(),
            last_name: user.last_name.clone(),
            extension: user.extension.clone(),
            login_id: user.login_id.clone(),
            state: state.state,
            pending_state: state.pending_state,
            media_type: user.media_type.clone(),
            state_change_time: state.state_change_time,
            label: state.label,
        }
    }

    /// The call that is recorded: the one in which the agent talks, otherwise another open call. Monitored calls and
    /// previews are not recorded here.
    fn recorded_call(&self) -> Option<String> {
        let view = self.base_perspective();
        let own = self
            .calls
            .dialogs()
            .open()
            .filter(|call| !call.is_preview() && !call.dialog.media.call_type.is_supervisor_monitor());
        let call = own.min_by_key(|call| call.state(&view) != "ACTIVE");
        call.map(|call| call.dialog.id.clone())
    }

    pub(in crate::agent) fn looked_up(&mut self, ask: AskId, result: Result<Found, LookupError>) {
        let Some(Purpose::LookUp(id)) = self.in_flight.take(ask).map(|flight| flight.purpose) else { return };
        match (result, self.settings.administrator.clone()) {
            // The source has no states. Finesse sends them to an administrator.
            (Ok(found @ Found::Supervisors(_)), Some(administrator)) => {
                let purpose = Purpose::States(id, Box::new(found));
                self.send(administrator, Authority::Other, Request::Users, purpose);
            }
            (Ok(found), _) => self.report_found(&id, found),
            (Err(error), _) => self.fail(&id, error.code(), error.message()),
        }
    }

    /// Adds the states from Finesse. Without its answer they are UNKNOWN, since a supervisor may well be signed in.
    pub(in crate::agent) fn states_read(
        &mut self,
        id: &CommandId,
        found: Found,
        result: Result<Answer, Failure>,
    ) {
        let found = match result {
            Ok(Answer::Users(users)) => found.with_states(&users),
            _ => found.without_states(),
        };
        self.report_found(id, found);
    }

    fn report_found(&mut self, id: &CommandId, found: Found) {
        let event = found.into_event(&self.id);
        self.answer(id, event);
        self.finish(id);
    }
}

fn reason_code(code: &str, label: &str) -> gc_events::ReasonCode {
    gc_events::ReasonCode { code: code.to_owned(), label: label.to_owned() }
}

fn phone_book(book: PhoneBook) -> PhoneBookEntry {
    PhoneBookEntry { name: book.name, kind: book.kind, id: book.id }
}

fn queue(queue: &Queue) -> UcceQueue {
    let number = |name: &str| queue.statistic(name).unwrap_or_default().to_owned();
    UcceQueue {
        queue_name: queue.name.clone(),
        agents_not_ready: number("agentsNotReady"),
        agents_ready: number("agentsReady"),
        agents_talking_inbound: number("agentsTalkingInbound"),
        agents_talking_internal: number("agentsTalkingInternal"),
        agents_talking_outbound: number("agentsTalkingOutbound"),
        agents_wrap_up_not_ready: number("agentsWrapUpNotReady"),
        agents_wrap_up_ready: number("agentsWrapUpReady"),
        calls_in_queue: number("callsInQueue"),
        start_time_of_longest_call_in_queue: number("startTimeOfLongestCallInQueue"),
    }
}

#[cfg(test)]
mod tests;
