//! Reason codes and wrap-up reasons.

use finesse_types::{Answer, Failure, ReasonCategory, ReasonCode, Request};
use gc_events::{ErrorCode, Event, ReasonCodes};
use gc_protocol::Command;

use super::{Agent, AskFor};
use crate::CommandId;

/// The word for wrap-up reasons in the event's `category`; the others are Finesse's own.
const WRAP_UP: &str = "WrapUp";

impl Agent {
    pub(super) fn list(&mut self, id: &CommandId, command: &Command) {
        let Some(request) = self.list_request(command) else { return };
        if self.ask(request, AskFor::List(id.clone())).is_none() {
            self.end_without_session(id);
        }
    }

    fn list_request(&self, command: &Command) -> Option<Request> {
        let user = self.id.clone();
        match command {
            Command::WrapupReasonCode => Some(Request::WrapUpReasons { user }),
            Command::ReasonCodeLogout => {
                Some(Request::ReasonCodes { user, category: ReasonCategory::Logout })
            }
            Command::ReasonCodeNotReady => {
                Some(Request::ReasonCodes { user, category: ReasonCategory::NotReady })
            }
            _ => None,
        }
    }

    pub(super) fn list_read(&mut self, id: &CommandId, result: Result<Answer, Failure>) {
        let Some(command) = self.open_command(id).map(|open| open.command.clone()) else { return };
        let Some(request) = self.list_request(&command) else { return };
        let entry = |code: &str, label: &str| gc_events::ReasonCode {
            code: code.to_owned(),
            label: label.to_owned(),
        };
        let (category, reason_codes) = match (result, &request) {
            (Ok(Answer::ReasonCodes(list)), Request::ReasonCodes { category, .. }) => {
                let codes = list.iter().map(|reason| entry(&reason.code, &reason.label)).collect();
                self.remember_reasons(category, list);
                (category.to_string(), codes)
            }
            // A wrap-up reason has no code of its own; its object id tells it apart.
            (Ok(Answer::WrapUpReasons(list)), _) => {
                (WRAP_UP.to_owned(), list.iter().map(|reason| entry(&reason.id, &reason.label)).collect())
            }
            (Ok(_), _) => return self.fail_with(id, ErrorCode::GeneralError),
            (Err(failure), request) => return self.fail(id, failure.code(request), failure.message(request)),
        };
        self.answer(
            id,
            Event::ReasonCodes(ReasonCodes { category, reason_codes, agent_id: self.id.clone() }),
        );
        self.finish(id);
    }

    pub(super) fn remember_reasons(&mut self, category: &ReasonCategory, list: Vec<ReasonCode>) {
        self.reasons.insert(category.to_string(), list);
    }
}
