//! What is put right after the stream was lost: Finesse signs an agent out, or makes it not ready, when its
//! notification stream is gone for 60 s (Finesse Developer Guide, "Desktop presence and forced logout").

use std::mem;
use std::time::Duration;

use finesse_types::{Answer, Failure, Request, User, UserState};

use super::attribution::Origin;
use super::open::{Effect, Open};
use super::reread::Purpose;
use super::{Agent, AskFor};
use crate::time::is_newer;
use crate::{AskId, CommandId, Output, Timer};

/// Finesse's reason code for an agent whose stream was lost.
const CONNECTION_FAILURE: &str = "255";
/// UCCX' reason code for an agent who has just signed in.
const AGENT_LOGON: &str = "32760";
/// So long after the loss of a stream Finesse may still sign its agent out for it: it notices a crash within
/// 120 s, and waits for nothing more then.
pub(super) const LINK_LOSS: Duration = Duration::from_secs(150);

/// What is being put right.
#[derive(Debug)]
pub(super) enum Recovery {
    Idle,
    /// The agent is being signed in again; the sign-out is told only if that fails.
    SigningIn {
        ask: Option<AskId>,
        seen: Box<User>,
    },
    /// It is signed in again, and not ready for that.
    SignedIn,
    /// READY is being asked for again.
    MakingReady {
        ask: Option<AskId>,
    },
    /// The request had no effect: it is tried again after the next loss.
    InVain,
}

impl Agent {
    /// The link was lost, and with it the session at Finesse; the agent did not ask for that.
    pub(super) fn should_sign_in_again(&self, user: &User) -> bool {
        let by_lost_link = match &user.reason_code {
            Some(reason) => reason.code == CONNECTION_FAILURE,
            None => self.link_was_lost,
        };
        user.state == UserState::Logout
            && by_lost_link
            && self.signed_in
            && self.wish != Some(UserState::Logout)
            && !self.open.iter().any(Open::signs_out)
            && self.late_sign_out.is_none()
            && !matches!(self.recovery, Recovery::SigningIn { .. })
            && !self.extension.is_empty()
    }

    /// The sign-out that is being undone may be told late, after it was read.
    pub(super) fn is_the_sign_out_being_undone(&self, user: &User) -> bool {
        let Recovery::SigningIn { seen, .. } = &self.recovery else { return false };
        user.state == UserState::Logout && !is_newer(&user.state_change_time, &seen.state_change_time)
    }

    /// The agent's own wish has come true.
    pub(super) fn note_wish(&mut self, id: &CommandId) {
        if let Some(Effect::State(state, _)) = self.open_command(id).and_then(|open| open.effect.clone()) {
            self.wish = Some(state);
        }
    }

    pub(super) fn sign_in_again(&mut self, seen: User) {
        let mobile = self.user.as_ref().and_then(|user| user.mobile_agent.clone());
        let (user, extension) = (self.id.clone(), self.extension.clone());
        let ask = self.recover(Request::Login { user, extension, mobile });
        self.recovery = Recovery::SigningIn { ask, seen: Box::new(seen) };
    }

    /// READY is asked for again only if it was the agent's own last wish and the lost link ended it.
    pub(super) fn make_ready_again(&mut self) {
        let signed_in = matches!(self.recovery, Recovery::SignedIn);
        if signed_in {
            self.recovery = Recovery::Idle;
        }
        let lost = self.user.as_ref().is_some_and(is_not_ready_by_lost_link) || signed_in;
        if lost && self.wish == Some(UserState::Ready) && matches!(self.recovery, Recovery::Idle) {
            let (user, state) = (self.id.clone(), UserState::Ready);
            let ask = self.recover(Request::ChangeState { user, state, reason_code_id: None });
            self.recovery = Recovery::MakingReady { ask };
        }
    }

    /// If Finesse stays silent, a re-read shows what became of it.
    fn recover(&mut self, request: Request) -> Option<AskId> {
        self.out.push(Output::StartTimer(Timer::Recovery, self.settings.deadline));
        self.ask(request, AskFor::Recovery)
    }

    pub(super) fn recovery_answered(&mut self, ask: AskId, result: Result<Answer, Failure>) {
        let waited_for = match &self.recovery {
            Recovery::SigningIn { ask, .. } | Recovery::MakingReady { ask } => *ask,
            _ => None,
        };
        match result {
            Err(failure) if waited_for == Some(ask) => match failure.may_have_arrived() {
                // Never sent again: what Finesse shows decides.
                true => self.decide_recovery(),
                false => self.recovery_refused(),
            },
            _ => {}
        }
    }

    /// A re-read decides: it shows the effect, or the request was in vain.
    pub(super) fn decide_recovery(&mut self) {
        if self.is_recovering() {
            self.read_for(Purpose::Recovery);
        }
    }

    /// The re-read that decides was made.
    pub(super) fn recovery_read(&mut self) {
        if matches!(self.recovery, Recovery::MakingReady { .. }) {
            self.recovery = Recovery::InVain;
        }
    }

    pub(super) fn is_recovering(&self) -> bool {
        matches!(self.recovery, Recovery::SigningIn { .. } | Recovery::MakingReady { .. })
    }

    /// Finesse refused to put the agent back: now the sign-out is told.
    pub(super) fn recovery_refused(&mut self) {
        if !self.is_recovering() {
            return;
        }
        self.out.push(Output::StopTimer(Timer::Recovery));
        if let Recovery::SigningIn { seen, .. } = mem::replace(&mut self.recovery, Recovery::InVain) {
            let (event, changed) = self.note_user(*seen);
            self.tell_user(event, changed, &Origin::Recovery, None);
        }
    }

    /// The stream was lost: what Finesse does to the agent from now on may be for that.
    pub(super) fn link_lost(&mut self) {
        self.link_was_lost = true;
        self.out.push(Output::StartTimer(Timer::LinkLoss, LINK_LOSS));
        self.out.push(Output::StopTimer(Timer::Recovery));
        self.recovery = Recovery::Idle;
    }

    /// What the agent's state says about recovery and about its wish, before it becomes the known one.
    pub(super) fn weigh(&mut self, user: &User) {
        let was_ready = self.told.as_ref().is_some_and(|told| told.state != UserState::NotReady.as_str());
        let signing_in = matches!(self.recovery, Recovery::SigningIn { .. });
        match &user.state {
            // Not ready for a reason of its own, such as a call not answered: that is to stay.
            UserState::NotReady if was_ready && !signing_in && !is_not_ready_by_lost_link(user) => {
                self.wish = None;
            }
            UserState::Logout => self.wish = None,
            _ => {}
        }
        let done = signing_in
            || (matches!(self.recovery, Recovery::MakingReady { .. }) && user.state != UserState::NotReady);
        if done {
            self.out.push(Output::StopTimer(Timer::Recovery));
            let is_back = signing_in && user.state == UserState::NotReady;
            self.recovery = if is_back { Recovery::SignedIn } else { Recovery::Idle };
        }
    }
}

fn is_not_ready_by_lost_link(user: &User) -> bool {
    let reason = user.reason_code.as_ref();
    user.state == UserState::NotReady
        && reason.is_some_and(|reason| [CONNECTION_FAILURE, AGENT_LOGON].contains(&reason.code.as_str()))
}

#[cfg(test)]
mod tests;
