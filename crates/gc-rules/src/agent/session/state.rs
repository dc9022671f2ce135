//! Commands that change the agent's state, and the state's record.

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
        // A request for another state cancels the sign-out that waits for the end of a call.
        if state != UserState::Logout {
            self.session.deferred_logout = None;
        }
        let (reason_code_id, code) = reason.unzip();
        let request = Request::ChangeState { user: self.id.clone(), state: state.clone(), reason_code_id };
        self.write(id, request, Effect::State(state, code));
    }

    /// Clients send the code of a reason, Finesse needs its object id. The list of reason codes has both.
    pub(in crate::agent) fn with_reason(&mut self, id: &CommandId, state: UserState, code: Option<String>) {
        // The agent does not want to work from now on, even if the request fails. READY counts once it is reached.
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
            // It may have been looked up for the second step.
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

    /// The State event of a user that is not recorded.
    pub(in crate::agent) fn state_event(&self, user: &User) -> Event {
        Event::State(self.render_state(user))
    }

    /// Records the user. Returns its State event, and whether that differs from the one emitted last.
    pub(in crate::agent) fn note_user(&mut self, user: User) -> (Event, bool) {
        let state = self.render_state(&user);
        let signed_in = user.state != UserState::Logout;
        self.update_recovery(&user);
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
        // For a client that has got no State yet, a signed-out agent is no change.
        let changed = match &self.session.last_emitted {
            Some(last) => *last != state,
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
