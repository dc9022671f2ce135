//! What is put right after the stream was lost: Finesse signs an agent out, or makes it not ready, when its
//! notification stream is gone for 60 s (Finesse Developer Guide, "Desktop presence and forced logout").

use std::mem;
use std::time::Duration;

use finesse_types::{Answer, Failure, Request, User, UserState};

use crate::agent::Agent;
use crate::agent::commands::{Effect, Origin, PendingCommand};
use crate::agent::in_flight::Purpose;
use crate::agent::resync::ReadFor;
use crate::time::is_newer;
use crate::{AskId, CommandId, Timer};

/// Finesse's reason code for an agent whose stream was lost.
const CONNECTION_FAILURE: &str = "255";
/// UCCX' reason code for an agent who has just signed in.
const AGENT_LOGON: &str = "32760";
/// So long after the loss of a stream Finesse may still sign its agent out for it: it notices a crash within
/// 120 s, and waits for nothing more then.
const LINK_LOSS: Duration = Duration::from_secs(150);

/// What is being put right.
#[derive(Debug, Default)]
pub(super) enum Recovery {
    #[default]
    Idle,
    /// The agent is being signed in again; the sign-out is told only if that fails.
    SigningIn { ask: Option<AskId>, seen: Box<User> },
    /// It is signed in again, and not ready for that.
    SignedIn,
    /// READY is being asked for again.
    MakingReady { ask: Option<AskId> },
    /// The request had no effect: it is tried again after the next loss.
    InVain,
}

impl Agent {
    /// The link was lost, and with it the session at Finesse; the agent did not ask for that.
    pub(in crate::agent) fn should_sign_in_again(&self, user: &User) -> bool {
        let by_lost_link = match &user.reason_code {
            Some(reason) => reason.code == CONNECTION_FAILURE,
            None => self.session.link_was_lost,
        };
        user.state == UserState::Logout
            && by_lost_link
            && self.session.signed_in
            && !self.commands.wants_to_sign_in()
            && self.session.desired_state != Some(UserState::Logout)
            && !self.commands.iter().any(PendingCommand::signs_out)
            && self.session.deferred_logout.is_none()
            && !matches!(self.session.recovery, Recovery::SigningIn { .. })
            && !self.session.extension.is_empty()
    }

    /// The sign-out that is being undone may be told late, after it was read.
    pub(in crate::agent) fn is_the_sign_out_being_undone(&self, user: &User) -> bool {
        let Recovery::SigningIn { seen, .. } = &self.session.recovery else { return false };
        user.state == UserState::Logout && !is_newer(&user.state_change_time, &seen.state_change_time)
    }

    /// The agent's own wish has come true.
    pub(in crate::agent) fn note_desired_state(&mut self, id: &CommandId) {
        if let Some(Effect::State(state, _)) =
            self.commands.get(id).and_then(|pending| pending.effect().cloned())
        {
            self.session.desired_state = Some(state);
        }
    }

    pub(in crate::agent) fn sign_in_again(&mut self, seen: User) {
        let mobile = self.session.user.as_ref().and_then(|user| user.mobile_agent.clone());
        let (user, extension) = (self.id.clone(), self.session.extension.clone());
        let ask = self.recover(Request::Login { user, extension, mobile });
        self.session.recovery = Recovery::SigningIn { ask, seen: Box::new(seen) };
    }

    /// READY is asked for again only if it was the agent's own last wish and the lost link ended it.
    pub(in crate::agent) fn make_ready_again(&mut self) {
        let signed_in = matches!(self.session.recovery, Recovery::SignedIn);
        if signed_in {
            self.session.recovery = Recovery::Idle;
        }
        let lost = self.session.user.as_ref().is_some_and(is_not_ready_by_lost_link) || signed_in;
        if lost
            && self.session.desired_state == Some(UserState::Ready)
            && matches!(self.session.recovery, Recovery::Idle)
        {
            let (user, state) = (self.id.clone(), UserState::Ready);
            let ask = self.recover(Request::ChangeState { user, state, reason_code_id: None });
            self.session.recovery = Recovery::MakingReady { ask };
        }
    }

    /// If Finesse stays silent, a re-read shows what became of it.
    fn recover(&mut self, request: Request) -> Option<AskId> {
        self.out.start_timer(Timer::Recovery, self.settings.deadline);
        self.ask(request, Purpose::Recovery)
    }

    pub(in crate::agent) fn recovery_answered(&mut self, ask: AskId, result: Result<Answer, Failure>) {
        let waited_for = match &self.session.recovery {
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
    pub(in crate::agent) fn decide_recovery(&mut self) {
        if self.is_recovering() {
            self.read_for(ReadFor::Recovery);
        }
    }

    /// The re-read that decides was made.
    pub(in crate::agent) fn recovery_read(&mut self) {
        if matches!(self.session.recovery, Recovery::MakingReady { .. }) {
            self.session.recovery = Recovery::InVain;
        }
    }

    pub(in crate::agent) fn is_recovering(&self) -> bool {
        matches!(self.session.recovery, Recovery::SigningIn { .. } | Recovery::MakingReady { .. })
    }

    /// Finesse refused to put the agent back: now the sign-out is told.
    pub(in crate::agent) fn recovery_refused(&mut self) {
        if !self.is_recovering() {
            return;
        }
        self.out.stop_timer(Timer::Recovery);
        if let Recovery::SigningIn { seen, .. } = mem::replace(&mut self.session.recovery, Recovery::InVain) {
            let (event, changed) = self.note_user(*seen);
            self.report_user(event, changed, &Origin::Recovery, None);
        }
    }

    /// The stream was lost: what Finesse does to the agent from now on may be for that.
    pub(in crate::agent) fn link_lost(&mut self) {
        self.session.link_was_lost = true;
        self.out.start_timer(Timer::LinkLoss, LINK_LOSS);
        self.out.stop_timer(Timer::Recovery);
        self.session.recovery = Recovery::Idle;
    }

    pub(in crate::agent) fn link_loss_is_past(&mut self) {
        self.session.link_was_lost = !self.session.stream.is_open();
    }

    /// What the agent's state says about recovery and about its wish, before it becomes the known one.
    pub(in crate::agent) fn weigh(&mut self, user: &User) {
        let was_ready =
            self.session.last_emitted.as_ref().is_some_and(|told| told.state != UserState::NotReady.as_str());
        let signing_in = matches!(self.session.recovery, Recovery::SigningIn { .. });
        // Not ready for a reason of its own, such as a call not answered: that is to stay. That the agent wanted to
        // sign out stays true until its next Login.
        let ends_ready = match &user.state {
            UserState::NotReady => was_ready && !signing_in && !is_not_ready_by_lost_link(user),
            state => *state == UserState::Logout,
        };
        if ends_ready && self.session.desired_state != Some(UserState::Logout) {
            self.session.desired_state = None;
        }
        let done = signing_in
            || (matches!(self.session.recovery, Recovery::MakingReady { .. })
                && user.state != UserState::NotReady);
        if done {
            self.out.stop_timer(Timer::Recovery);
            let is_back = signing_in && user.state == UserState::NotReady;
            self.session.recovery = if is_back { Recovery::SignedIn } else { Recovery::Idle };
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
