//! The agent's state: commands that change it, and how the client is told.

use finesse_types::{Answer, Failure, ReasonCategory, Request, User, UserState};
use gc_events::{CfCode, ErrorCode, Event, State};
use gc_protocol::Command;

use crate::agent::Agent;
use crate::agent::commands::Effect;
use crate::agent::in_flight::Purpose;
use crate::{CommandId, Output, SessionChange, Timer, render};

impl Agent {
    /// `reason`: the object id of the reason code, and the code itself.
    fn ask_for_state(&mut self, id: &CommandId, state: UserState, reason: Option<(String, String)>) {
        // Whoever asks for a state does not want the sign-out that still waits for the call's end.
        if state != UserState::Logout {
            self.session.deferred_logout = None;
        }
        let (reason_code_id, code) = reason.unzip();
        let request = Request::ChangeState { user: self.id.clone(), state: state.clone(), reason_code_id };
        self.write(id, request, Effect::State(state, code));
    }

    /// Clients give a reason's *code*, Finesse wants its object id: the list translates.
    pub(in crate::agent) fn with_reason(&mut self, id: &CommandId, state: UserState, code: Option<String>) {
        // Not to work is what the agent wants from now on, whatever becomes of the request; READY when it is.
        if state != UserState::Ready {
            self.session.desired_state = Some(state.clone());
        }
        let Some(code) = code else { return self.ask_for_state(id, state, None) };
        let category = category_of(&state);
        if let Some(reason) = self.reasons.id_of(&category, &code) {
            return self.ask_for_state(id, state, Some((reason, code)));
        }
        let request = Request::ReasonCodes { user: self.id.clone(), category };
        if self.ask(request, Purpose::ReasonId { command: id.clone(), state, code }).is_none() {
            self.end_without_session(id);
        }
    }

    pub(in crate::agent) fn reasons_read(
        &mut self,
        id: &CommandId,
        state: UserState,
        code: String,
        result: Result<Answer, Failure>,
    ) {
        let Some(pending) = self.commands.get(id) else { return }; // Its deadline has passed.
        let forced = matches!(pending.command(), Command::ForceLogout);
        let category = category_of(&state);
        let request = Request::ReasonCodes { user: self.id.clone(), category: category.clone() };
        match result {
            Ok(Answer::ReasonCodes(list)) => self.reasons.remember(&category, list),
            Ok(_) => return self.fail_with(id, ErrorCode::GeneralError),
            Err(failure) => return self.fail_because(id, &failure, &request),
        }
        match self.reasons.id_of(&category, &code) {
            // It may have been looked up ahead.
            Some(_) if forced => self.force_logout(id),
            Some(reason) => self.ask_for_state(id, state, Some((reason, code))),
            None => {
                let text = format!(
                    "Reason code {code} is not in your list for {category}. Choose one from the list."
                );
                self.fail(id, ErrorCode::Cf(CfCode::InvalidAgentReasonCode), text);
            }
        }
    }

    fn render_state(&self, user: &User) -> State {
        render::state(user, &self.id, &self.reasons.all(), &self.settings.zone)
    }

    /// A user as Finesse shows it, without being taken in.
    pub(in crate::agent) fn shown_state(&self, user: &User) -> Event {
        Event::State(self.render_state(user))
    }

    /// Takes in a user as Finesse shows it; the event, and whether it differs from the one told last.
    pub(in crate::agent) fn note_user(&mut self, user: User) -> (Event, bool) {
        let state = self.render_state(&user);
        let signed_in = user.state != UserState::Logout;
        self.weigh(&user);
        if signed_in && !user.extension.is_empty() {
            self.session.extension.clone_from(&user.extension);
        }
        if signed_in != self.session.signed_in {
            self.session.signed_in = signed_in;
            self.out.push(Output::Session(SessionChange::SignedIn(signed_in)));
            self.out.push(match signed_in {
                true => Output::StopTimer(Timer::Forget),
                false => Output::StartTimer(Timer::Forget, self.settings.keep_signed_out.into()),
            });
        }
        self.session.user = Some(user);
        // To a client who was told nothing yet, a signed-out agent is no news.
        let changed = match &self.session.last_emitted {
            Some(told) => *told != state,
            None => signed_in,
        };
        self.session.last_emitted = Some(state.clone());
        (Event::State(state), changed)
    }
}

/// The list that holds the reasons for entering a state.
fn category_of(state: &UserState) -> ReasonCategory {
    match state {
        UserState::Logout => ReasonCategory::Logout,
        _ => ReasonCategory::NotReady,
    }
}
