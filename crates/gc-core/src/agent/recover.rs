//! What is put right after the stream was lost: Finesse signs an agent out, or makes it not ready, when its
//! notification stream is gone for 60 s (Finesse Developer Guide, "Desktop presence and forced logout").

use std::mem;

use finesse_types::{Answer, Failure, Request, User, UserState};

use super::{Agent, AskFor};
use crate::{Output, Timer};

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
}

impl Agent {
    /// The link was lost, and with it the session at Finesse; the agent did not ask for that.
    pub(super) fn should_sign_in_again(&self, user: &User) -> bool {
        user.state == UserState::Logout
            && self.signed_in
            && self.wish != Some(UserState::Logout)
            && matches!(self.recovery, Recovery::None)
            && !self.extension.is_empty()
    }

    pub(super) fn sign_in_again(&mut self, user: User) {
        self.recovery = Recovery::SigningIn(Box::new(user));
        let (user, extension) = (self.id.clone(), self.extension.clone());
        self.ask(Request::Login { user, extension, mobile: None }, AskFor::Recovery);
        // If Finesse stays silent, the next re-read tells what became of it.
        self.out.push(Output::StartTimer(Timer::Reread, self.settings.deadline));
    }

    pub(super) fn recovery_answered(&mut self, result: Result<Answer, Failure>) {
        if result.is_err() {
            self.recovery_refused();
        }
    }

    /// Signing in again failed: now the sign-out is told.
    pub(super) fn recovery_refused(&mut self) -> bool {
        match mem::replace(&mut self.recovery, Recovery::None) {
            Recovery::None => false,
            Recovery::SigningIn(user) => {
                self.wish = None;
                let (event, changed) = self.note_user(*user);
                self.tell_user(event, changed, None, None);
                true
            }
        }
    }

    /// READY is asked for again only if it was the agent's own last wish and the lost link ended it.
    pub(super) fn make_ready_again(&mut self) {
        let by_lost_link = self.user.as_ref().is_some_and(|user| {
            let reason = user.reason_code.as_ref();
            user.state == UserState::NotReady
                && reason.is_some_and(|reason| reason.code == CONNECTION_FAILURE || reason.label == AGENT_LOGON)
        });
        if by_lost_link && self.wish == Some(UserState::Ready) {
            let request = Request::ChangeState {
                user: self.id.clone(),
                state: UserState::Ready,
                reason_code_id: None,
            };
            self.ask(request, AskFor::Recovery);
        }
    }

    /// The agent is signed in again.
    pub(super) fn recovered(&mut self) {
        if mem::replace(&mut self.recovery, Recovery::None).is_signing_in() {
            self.out.push(Output::StopTimer(Timer::Reread));
            self.make_ready_again();
        }
    }
}

impl Recovery {
    fn is_signing_in(&self) -> bool {
        matches!(self, Self::SigningIn(_))
    }
}
