//! Restores the agent's state after the stream was lost. Finesse signs an agent out, or makes it not ready, when its
//! notification stream has been closed for 60 s (Finesse Developer Guide, "Desktop presence and forced logout").

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
/// The reason code of UCCX for an agent that has just signed in.
const AGENT_LOGON: &str = "32760";
/// Finesse's reason code for an agent whom a client has moved to another node during a maintenance ("Maintenance Mode"; no
/// running system was seen).
const MIGRATED: &str = "50045";
/// How long after the loss of a stream Finesse may still sign the agent out because of it. It notices a crash within
/// 120 s and then acts at once.
pub(in crate::agent) const LINK_LOSS: Duration = Duration::from_secs(150);

/// What is being restored.
#[derive(Debug, Default)]
pub(super) enum Recovery {
    #[default]
    Idle,
    /// The agent is being signed in again. Its sign-out is reported only if that fails.
    SigningIn { ask: Option<AskId>, signed_out: Box<User> },
    /// It is signed in again, and not ready because of that.
    SignedIn,
    /// READY has been requested again.
    MakingReady { ask: Option<AskId> },
    /// The request had no effect. It is sent again only after the next loss.
    Failed,
}

impl Agent {
    /// Whether Finesse has signed the agent out because of a lost stream, and no command asked for it.
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

    /// Whether this is the sign-out that is being undone. Its notification may come after it was read.
    pub(in crate::agent) fn is_the_sign_out_being_undone(&self, user: &User) -> bool {
        let Recovery::SigningIn { signed_out, .. } = &self.session.recovery else { return false };
        user.state == UserState::Logout && !is_newer(&user.state_change_time, &signed_out.state_change_time)
    }

    /// Records the state that a command of the agent itself has reached.
    pub(in crate::agent) fn note_desired_state(&mut self, id: &CommandId) {
        if let Some(Effect::State(state, _)) =
            self.commands.get(id).and_then(|pending| pending.effect().cloned())
        {
            self.session.desired_state = Some(state);
        }
    }

    pub(in crate::agent) fn sign_in_again(&mut self, signed_out: User) {
        let last = self.session.user.as_ref();
        let mobile = last.and_then(|user| user.mobile_agent.clone());
        // The one that was active before.
        let device = last.map(|user| user.active_device_id.clone()).filter(|device| !device.is_empty());
        let (user, extension) = (self.id.clone(), self.session.extension.clone());
        let ask = self.recover(Request::Login { user, extension, device, mobile });
        self.session.recovery = Recovery::SigningIn { ask, signed_out: Box::new(signed_out) };
    }

    /// Requests READY again, but only if it is the desired state and the lost stream ended it.
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

    /// Sends a request that restores the state. If its effect does not show in time, a re-read decides.
    fn recover(&mut self, request: Request) -> Option<AskId> {
        self.out.start_timer(Timer::Recovery, self.settings.deadline);
        self.ask(request, Purpose::Recovery)
    }

    pub(in crate::agent) fn recovery_answered(&mut self, ask: AskId, result: Result<Answer, Failure>) {
        let waited_for = match &self.session.recovery {
            Recovery::SigningIn { ask, .. } | Recovery::MakingReady { ask } => *ask,
            _ => None,
        };
        let Err(failure) = result else { return };
        if waited_for == Some(ask) {
            match failure.may_have_arrived() {
                // A change is never sent again. A re-read decides whether it arrived.
                true => self.decide_recovery(),
                false => self.recovery_refused(),
            }
        }
    }

    /// Makes a re-read, which decides whether the request had its effect.
    pub(in crate::agent) fn decide_recovery(&mut self) {
        if self.is_recovering() {
            self.read_for(ReadFor::Recovery);
        }
    }

    /// The re-read has been applied and did not show the effect.
    pub(in crate::agent) fn recovery_read(&mut self) {
        if matches!(self.session.recovery, Recovery::MakingReady { .. }) {
            self.session.recovery = Recovery::Failed;
        }
    }

    pub(in crate::agent) fn is_recovering(&self) -> bool {
        matches!(self.session.recovery, Recovery::SigningIn { .. } | Recovery::MakingReady { .. })
    }

    /// Finesse refused to restore the state, so the sign-out is reported.
    pub(in crate::agent) fn recovery_refused(&mut self) {
        if !self.is_recovering() {
            return;
        }
        self.out.stop_timer(Timer::Recovery);
        if let Recovery::SigningIn { signed_out, .. } =
            mem::replace(&mut self.session.recovery, Recovery::Failed)
        {
            let (event, changed) = self.note_user(*signed_out);
            self.report_user(event, changed, &Origin::Recovery, None);
        }
    }

    /// The stream was lost. From now on Finesse may sign the agent out because of that.
    pub(in crate::agent) fn link_lost(&mut self) {
        self.session.link_was_lost = true;
        self.out.start_timer(Timer::LinkLoss, LINK_LOSS);
        self.out.stop_timer(Timer::Recovery);
        self.session.recovery = Recovery::Idle;
    }

    /// The connector was away for so long that the agent may have gone home: a sign-out stays, and so does NOT_READY.
    pub(in crate::agent) fn leave_signed_out(&mut self) {
        self.session.link_was_lost = false;
        self.session.desired_state = Some(UserState::Logout);
    }

    pub(in crate::agent) fn link_loss_has_passed(&mut self) {
        self.session.link_was_lost = !self.session.stream.is_open();
    }

    /// Updates the recovery and the desired state by a new state of the user, before that is recorded.
    pub(in crate::agent) fn update_recovery(&mut self, user: &User) {
        let was_ready =
            self.session.last_emitted.as_ref().is_some_and(|last| last.state != UserState::NotReady.as_str());
        let signing_in = matches!(self.session.recovery, Recovery::SigningIn { .. });
        // NOT_READY for a reason of its own, such as an unanswered call, must stay. LOGOUT stays the desired
        // state until the next Login.
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
        && reason
            .is_some_and(|reason| [CONNECTION_FAILURE, AGENT_LOGON, MIGRATED].contains(&reason.code.as_str()))
}

#[cfg(test)]
mod tests;
