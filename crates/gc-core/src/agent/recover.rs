//! What is put right after the stream was lost: Finesse signs an agent out, or makes it not ready, when its
//! notification stream is gone for 60 s (Finesse Developer Guide, "Desktop presence and forced logout").

use std::mem;

use finesse_types::{Answer, Failure, Request, User, UserState};

use super::open::{Effect, Open};
use super::{Agent, AskFor};
use crate::time::is_newer;
use crate::{CommandId, Output, Timer};

/// Finesse's reason code for an agent whose stream was lost.
const CONNECTION_FAILURE: &str = "255";
/// UCCX' reason for an agent who has just signed in.
const AGENT_LOGON: &str = "Agent Logon";

/// What is being put right.
#[derive(Debug)]
pub(super) enum Recovery {
    None,
    /// The agent is being signed in again; the sign-out is told only if that fails.
    SigningIn(Box<User>),
    /// READY is being asked for again.
    MakingReady,
}

impl Agent {
    /// The link was lost, and with it the session at Finesse; the agent did not ask for that.
    pub(super) fn should_sign_in_again(&self, user: &User) -> bool {
        let reason = user.reason_code.as_ref();
        let by_lost_link = reason.is_none_or(|reason| reason.code == CONNECTION_FAILURE);
        user.state == UserState::Logout
            && by_lost_link
            && self.signed_in
            && !self.open.iter().any(Open::signs_out)
            && self.late_sign_out.is_none()
            && matches!(self.recovery, Recovery::None)
            && !self.extension.is_empty()
    }

    /// The sign-out that is being undone may be told late, after it was read.
    pub(super) fn is_the_sign_out_being_undone(&self, user: &User) -> bool {
        let Recovery::SigningIn(seen) = &self.recovery else { return false };
        user.state == UserState::Logout && !is_newer(&user.state_change_time, &seen.state_change_time)
    }

    /// The agent's own wish has come true.
    pub(super) fn note_wish(&mut self, id: &CommandId) {
        if let Some(Effect::State(state, _)) = self.open_command(id).and_then(|open| open.effect.clone()) {
            self.wish = Some(state);
        }
    }

    pub(super) fn sign_in_again(&mut self, user: User) {
        self.recovery = Recovery::SigningIn(Box::new(user));
        let mobile = self.user.as_ref().and_then(|user| user.mobile_agent.clone());
        let (user, extension) = (self.id.clone(), self.extension.clone());
        self.ask(Request::Login { user, extension, mobile }, AskFor::Recovery);
        // If Finesse stays silent, the next re-read tells what became of it.
        self.out.push(Output::StartTimer(Timer::Reread, self.settings.deadline));
    }

    pub(super) fn recovery_answered(&mut self, result: Result<Answer, Failure>) {
        if result.is_err() {
            self.recovery_refused();
        }
    }

    /// Finesse refused to be put right: now the sign-out is told. False if nothing was being put right.
    pub(super) fn recovery_refused(&mut self) -> bool {
        let recovery = mem::replace(&mut self.recovery, Recovery::None);
        if let Recovery::SigningIn(user) = recovery {
            self.out.push(Output::StopTimer(Timer::Reread));
            let (event, changed) = self.note_user(*user);
            self.tell_user(event, changed, None, None);
            return true;
        }
        matches!(recovery, Recovery::MakingReady)
    }

    /// READY is asked for again only if it was the agent's own last wish and the lost link ended it.
    pub(super) fn make_ready_again(&mut self) {
        let lost = self.user.as_ref().is_some_and(is_not_ready_by_lost_link);
        if lost && self.wish == Some(UserState::Ready) && matches!(self.recovery, Recovery::None) {
            self.recovery = Recovery::MakingReady;
            let request =
                Request::ChangeState { user: self.id.clone(), state: UserState::Ready, reason_code_id: None };
            self.ask(request, AskFor::Recovery);
        }
    }

    /// What the agent's state says about recovery and about its wish, before it becomes the known one.
    pub(super) fn weigh(&mut self, user: &User) {
        let was_ready = self.told.as_ref().is_some_and(|told| told.state != UserState::NotReady.as_str());
        match &user.state {
            // Not ready for a reason of its own, such as a call not answered: that is to stay.
            UserState::NotReady if was_ready && !is_not_ready_by_lost_link(user) => self.wish = None,
            UserState::Logout => self.wish = None,
            _ => {}
        }
        match self.recovery {
            Recovery::SigningIn(_) if user.state != UserState::Logout => {
                self.out.push(Output::StopTimer(Timer::Reread));
                self.recovery = Recovery::None;
            }
            Recovery::SigningIn(_) => self.recovery = Recovery::None,
            Recovery::MakingReady if user.state != UserState::NotReady => self.recovery = Recovery::None,
            Recovery::MakingReady | Recovery::None => {}
        }
    }
}

fn is_not_ready_by_lost_link(user: &User) -> bool {
    let reason = user.reason_code.as_ref();
    user.state == UserState::NotReady
        && reason.is_some_and(|reason| reason.code == CONNECTION_FAILURE || reason.label == AGENT_LOGON)
}
