//! Signing in and out, and other changes of agent state.

use std::time::Duration;

use super::reasons::Cause;
use super::user::Step;
use super::{AgentState, Caller, Mobile, Refusal, RequestedState, Waiting, World};
use crate::Platform;

/// A LOGIN request.
#[derive(Clone, Debug)]
pub(crate) struct SignOn {
    pub(crate) extension: String,
    pub(crate) mobile: Option<Mobile>,
    /// `activeDeviceId`
    pub(crate) device: Option<String>,
}

impl World {
    /// LOGIN, always forced. A user who is already signed in keeps state and extension, which are published again.
    pub(crate) fn sign_on(&mut self, id: &str, request: SignOn) -> Result<(), Refusal> {
        let user = self.users.get(id).ok_or_else(Refusal::no_user)?;
        if user.state != AgentState::Logout {
            self.notify_user(id);
            return Ok(());
        }
        let extension = request.extension;
        if !self.is_extension(&extension) {
            return Err(Refusal::bad_request("The extension is invalid"));
        }
        if self.platform == Platform::Uccx && request.mobile.is_some() {
            return Err(Refusal::invalid_input("Mobile agents are not supported", "mobileAgent"));
        }
        if !self.devices.contains(&extension) {
            return Err(Refusal::invalid_device());
        }
        if self.lines.get(&extension).is_some_and(|other| other != id) {
            return Err(Refusal::device_busy());
        }
        let device = self.active_device(&extension, request.device)?;
        self.lines.insert(extension.clone(), id.to_owned());
        if let Some(user) = self.users.get_mut(id) {
            user.extension = extension;
            user.mobile = request.mobile;
            user.device = device;
        }
        self.notify_devices(id);
        let reason = self.system_reason(Cause::SignedOn, AgentState::NotReady);
        self.enter_for(id, AgentState::NotReady, reason);
        Ok(())
    }

    /// The requested device of an extension with several, or its first one. Where there are none, the request is ignored, as
    /// releases before 12.6 do.
    fn active_device(&self, extension: &str, wanted: Option<String>) -> Result<Option<String>, Refusal> {
        let Some(devices) = self.file.devices_of.get(extension) else { return Ok(None) };
        match wanted {
            Some(wanted) if !devices.contains(&wanted) => Err(Refusal::invalid_device()),
            Some(wanted) => Ok(Some(wanted)),
            None => Ok(devices.first().cloned()),
        }
    }

    /// Any other state, requested by the user or by a supervisor of the team.
    pub(crate) fn change_state(
        &mut self,
        caller: &Caller,
        id: &str,
        requested: RequestedState,
        reason: Option<String>,
    ) -> Result<(), Refusal> {
        let user = self.users.get(id).ok_or_else(Refusal::no_user)?;
        let own = matches!(caller, Caller::User(caller) if caller == id);
        let (step, reason) = if own {
            self.check_reason(user.state, requested, reason.as_deref())?;
            (user.grant(requested, self.platform)?, reason)
        } else {
            if !self.supervises(caller, user) {
                return Err(match caller {
                    Caller::User(id) if self.is_supervisor(id) => Refusal::not_supervised(),
                    _ => Refusal::other_user(),
                });
            }
            (
                user.grant_to_supervisor(requested, reason.is_some())?,
                self.system_reason(Cause::Supervisor, requested.state()),
            )
        };
        match step {
            Step::Become(AgentState::Ready)
                if self.platform == Platform::Uccx && self.live_states(id).next().is_some() =>
            {
                return Err(Refusal::busy_with_a_call());
            }
            Step::Become(AgentState::Logout) if self.calls_of(id).next().is_some() && own => {
                return Err(Refusal::invalid_state("LOGOUT is not possible during a call"));
            }
            Step::Become(state) => self.enter_for(id, state, reason),
            Step::AfterCall(state) => {
                if let Some(user) = self.users.get_mut(id) {
                    user.pending = Some((state, reason));
                }
                // UCCX does not publish pending states.
                if self.platform == Platform::Ucce {
                    self.notify_user(id);
                }
            }
            Step::Repeat if reason.is_some() => self.enter_for(id, requested.state(), reason),
            Step::Repeat if self.file.rules.repeat_state_event => self.notify_user(id),
            Step::Repeat => {}
        }
        Ok(())
    }

    /// Whether it is an extension: digits; on UCCX at most 15 characters, of which the first may be the `+` of E.164.
    fn is_extension(&self, text: &str) -> bool {
        let digits = match self.platform {
            Platform::Ucce => text,
            Platform::Uccx if text.len() > 15 => return false,
            Platform::Uccx => text.strip_prefix('+').unwrap_or(text),
        };
        !digits.is_empty() && digits.chars().all(|digit| digit.is_ascii_digit())
    }

    pub(super) fn is_supervisor(&self, id: &str) -> bool {
        self.users.get(id).is_some_and(|user| !user.profile.supervises.is_empty())
    }

    /// Enters a state with a reason, after ending wrap-up.
    pub(super) fn enter_for(&mut self, id: &str, state: AgentState, reason: Option<String>) {
        if let Some(user) = self.users.get_mut(id) {
            user.reason = reason;
        }
        self.enter(id, state);
    }

    /// Enters a state; the reason of an earlier NOT_READY is kept for the agent's return to it.
    pub(super) fn enter(&mut self, id: &str, state: AgentState) {
        if !matches!(state, AgentState::Work | AgentState::WorkReady) {
            self.close_wrapped_calls(id);
        }
        let now = self.now;
        let Some(user) = self.users.get_mut(id) else { return };
        user.state = state;
        user.since = Some(now);
        self.free_agents.mark_changed(id);
        if !state.is_busy() {
            user.pending = None;
        }
        match state {
            AgentState::Logout => {
                let extension = std::mem::take(&mut user.extension);
                user.mobile = None;
                user.device = None;
                self.lines.remove(&extension);
            }
            AgentState::Work | AgentState::WorkReady => {
                user.wrap_ups += 1;
                let serial = user.wrap_ups;
                let after = Duration::from_secs(user.profile.wrap_up_timer);
                self.wait(after, Waiting::WrapUpEnds { user: id.to_owned(), serial });
            }
            _ => {}
        }
        self.notify_user(id);
    }

    /// The time for wrap-up is over.
    pub(super) fn wrap_up_over(&mut self, id: &str, serial: u64) {
        let next = match self.users.get(id) {
            Some(user) if user.wrap_ups == serial => match user.state {
                AgentState::Work => AgentState::NotReady,
                AgentState::WorkReady => AgentState::Ready,
                _ => return,
            },
            _ => return,
        };
        self.enter(id, next);
    }

    /// The user's XMPP presence started or ended. An agent who stays without presence is taken out of READY later.
    pub(crate) fn set_present(&mut self, id: &str, present: bool) {
        let after = self.file.timers.presence_loss;
        let Some(user) = self.users.get_mut(id).filter(|user| user.present != present) else { return };
        user.present = present;
        user.losses += 1;
        let serial = user.losses;
        if !present && user.state != AgentState::Logout {
            self.wait(after, Waiting::PresenceGone { user: id.to_owned(), serial });
        }
    }

    /// The standby of UCCX takes over and knows no agents: they are signed out without a reason, those on a call when it
    /// ends (Finesse Developer Guide, "User": `pendingState` LOGOUT after a failover).
    pub(super) fn forget_agents(&mut self) {
        for id in self.lines.values().cloned().collect::<Vec<_>>() {
            let Some(user) = self.users.get_mut(&id) else { continue };
            if user.state.is_busy() {
                user.pending = Some((AgentState::Logout, None));
            } else {
                self.enter_for(&id, AgentState::Logout, None);
            }
        }
    }

    /// The presence did not return: UCCE sets NOT_READY, UCCX signs the agent out, both with code 255.
    pub(super) fn presence_gone(&mut self, id: &str, serial: u64) {
        let Some(user) = self.users.get(id) else { return };
        if user.present || user.losses != serial || user.state == AgentState::Logout {
            return;
        }
        let state = match self.platform {
            Platform::Ucce => AgentState::NotReady,
            Platform::Uccx => AgentState::Logout,
        };
        let busy = user.state.is_busy();
        let reason = self.system_reason(Cause::PresenceLost, state);
        if !busy {
            self.enter_for(id, state, reason);
        } else if let Some(user) = self.users.get_mut(id) {
            user.pending = Some((state, reason));
            self.notify_user(id);
        }
    }
}
