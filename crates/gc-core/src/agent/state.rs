//! The agent's state: commands that change it, and how the client is told.

use finesse_types::{Answer, Failure, ReasonCategory, Request, User, UserState};
use gc_events::{CfCode, ErrorCode, Event};
use gc_protocol::Command;

use super::open::Change;
use super::{Agent, AskFor};
use crate::render;
use crate::{CommandId, Output, Timer};

impl Agent {
    pub(super) fn change_state(&mut self, id: &CommandId, command: &Command) {
        match command {
            Command::Logout => self.ask_for_state(id, UserState::Logout, None),
            Command::MakeReady => self.ask_for_state(id, UserState::Ready, None),
            Command::MakeNotReady => self.ask_for_state(id, UserState::NotReady, None),
            Command::MakeNotReadyWithReason { reason_code } => {
                self.with_reason(id, UserState::NotReady, ReasonCategory::NotReady, reason_code);
            }
            Command::LogoutWithReason { reason_code } => {
                self.with_reason(id, UserState::Logout, ReasonCategory::Logout, reason_code);
            }
            _ => {}
        }
    }

    fn ask_for_state(&mut self, id: &CommandId, state: UserState, reason_code_id: Option<String>) {
        let request = Request::ChangeState { user: self.id.clone(), state, reason_code_id };
        self.write(id, request);
    }

    /// Clients give a reason's *code*, Finesse wants its object id: the list translates.
    fn with_reason(&mut self, id: &CommandId, state: UserState, category: ReasonCategory, code: &str) {
        let known =
            self.reasons.get(category.as_str()).and_then(|list| list.iter().find(|each| each.code == code));
        match known.map(|reason| reason.id.clone()) {
            Some(reason) => self.ask_for_state(id, state, Some(reason)),
            None => {
                let request = Request::ReasonCodes { user: self.id.clone(), category: category.clone() };
                if self.ask(request, AskFor::ReasonId(id.clone(), category)).is_none() {
                    self.end_without_session(id);
                }
            }
        }
    }

    pub(super) fn reasons_read(
        &mut self,
        id: &CommandId,
        category: ReasonCategory,
        result: Result<Answer, Failure>,
    ) {
        let request = Request::ReasonCodes { user: self.id.clone(), category: category.clone() };
        let list = match result {
            Ok(Answer::ReasonCodes(list)) => list,
            Ok(_) => return self.fail_with(id, ErrorCode::GeneralError),
            Err(failure) => return self.fail(id, failure.code(&request), failure.message(&request)),
        };
        let (state, code) = match self.open_command(id).map(|open| &open.command) {
            Some(Command::MakeNotReadyWithReason { reason_code }) => {
                (UserState::NotReady, reason_code.clone())
            }
            Some(Command::LogoutWithReason { reason_code }) => (UserState::Logout, reason_code.clone()),
            _ => return,
        };
        let found = list.iter().find(|reason| reason.code == code).map(|reason| reason.id.clone());
        self.remember_reasons(&category, list);
        match found {
            Some(reason) => self.ask_for_state(id, state, Some(reason)),
            None => {
                let text = format!("Reason code {code} is not one of the agent's {category} reason codes.");
                self.fail(id, ErrorCode::Cf(CfCode::InvalidAgentReasonCode), text);
            }
        }
    }

    pub(super) fn change_of(user: &User) -> Change<'_> {
        Change::User {
            state: &user.state,
            pending: user.pending_state.as_ref(),
            reason_code: user.reason_code.as_ref().map(|reason| reason.code.as_str()),
        }
    }

    /// Takes in a user as Finesse shows it; the event, and whether it differs from the one told last.
    pub(super) fn note_user(&mut self, user: User) -> (Event, bool) {
        let known = self.reasons.values().flatten().cloned().collect::<Vec<_>>();
        let state = render::state(&user, &self.id, &known, &self.settings.zone);
        let signed_in = user.state != UserState::Logout;
        self.weigh(&user);
        if signed_in && !user.extension.is_empty() {
            self.extension.clone_from(&user.extension);
        }
        if signed_in != self.signed_in {
            self.signed_in = signed_in;
            self.out.push(Output::SignedIn(signed_in));
            self.out.push(match signed_in {
                true => Output::StopTimer(Timer::Forget),
                false => Output::StartTimer(Timer::Forget, self.settings.keep_signed_out),
            });
        }
        self.user = Some(user);
        // To a client who was told nothing yet, a signed-out agent is no news.
        let changed = match &self.told {
            Some(told) => *told != state,
            None => signed_in,
        };
        self.told = Some(state.clone());
        (Event::State(state), changed)
    }
}
