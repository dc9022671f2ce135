//! Single-step transfers: TRANSFER_SST by the agent, and handing over through the control API.

use super::call_type::CallType;
use super::dialing::{Destination, is_dialable};
use super::{AgentState, CallData, CallError, DialogState, PartyState, Refusal, World};
use crate::Platform;

impl World {
    /// TRANSFER_SST: holds the agent's side, makes a transfer leg to the number, drops the agent, and rings at the
    /// number.
    pub(super) fn transfer_at_once(&mut self, id: &str, agent: &str, to: &str) -> Result<(), Refusal> {
        let now = self.now;
        let extension = self.users.get(agent).map(|user| user.extension.clone()).unwrap_or_default();
        if to == extension || !is_dialable(to) {
            return Err(Refusal::invalid_destination(to));
        }
        let destination = self.destination(to, &extension);
        if matches!(destination, Destination::Busy | Destination::Nowhere) {
            return Err(Refusal::unreachable_destination());
        }
        self.set_party(id, agent, |party| party.enter(PartyState::Held, now));
        self.notify_call(id);
        self.make_leg(agent, &extension, to);
        self.drop_transferring_agent(id, agent);
        self.mark_outbound(id, "TRANSFERRED");
        if let Destination::Agent(target) = &destination {
            self.reserve(target, id);
        }
        let call_type = match self.platform {
            Platform::Ucce => CallType::Transfer,
            Platform::Uccx => CallType::Offered,
        };
        self.call_out(id, to, destination, call_type);
        self.remove_dropped(id);
        Ok(())
    }

    /// Moves the call from its agent to another one (or the same again): the same dialog, call type TRANSFER, with the
    /// previous agent still listed as DROPPED in the first notification.
    pub(crate) fn hand_over(&mut self, id: &str, to: &str) -> Result<(), CallError> {
        let call = self.calls.get(id).ok_or_else(|| CallError::Unknown(id.to_owned()))?;
        let talks = |party: &&super::Party| {
            party.shown && matches!(party.state, PartyState::Active | PartyState::Held)
        };
        let agent = call.parties.iter().rev().find(talks).and_then(|party| party.user.clone());
        let agent = agent.ok_or_else(|| CallError::NotConnected(id.to_owned()))?;
        let (target, extension) = self.signed_in(to)?;
        if target != agent && self.live_states(&target).count() >= 2 {
            return Err(CallError::Busy(to.to_owned()));
        }
        self.drop_transferring_agent(id, &agent);
        if target == agent {
            self.calls.change(id, |call| call.parties.retain(|party| !party.is(&agent)));
        }
        self.reserve(&target, id);
        self.ring(id, &extension, Some(&target), CallType::Transfer);
        self.remove_dropped(id);
        Ok(())
    }

    /// The dialog of the transfer itself, which only the transferring agent sees, briefly.
    fn make_leg(&mut self, agent: &str, extension: &str, to: &str) {
        let now = self.now;
        let call_type = if self.devices.contains(to) { CallType::AgentInside } else { CallType::Out };
        let party = self.new_party(extension, Some(agent), PartyState::Initiating, call_type);
        let leg = self.new_call(extension, vec![party], CallData::default());
        self.notify_dialogs(&leg, agent, "POST");
        self.change_call(&leg, |call| {
            call.to = to.to_owned();
            call.dnis = to.to_owned();
            call.state = DialogState::Initiated;
            call.parties.iter_mut().for_each(|party| party.enter(PartyState::Initiated, now));
        });
        self.calls.change(&leg, |call| {
            call.state = DialogState::Dropped;
            for party in &mut call.parties {
                party.enter(PartyState::Dropped, now);
                party.cause = "OTHER";
                party.call_type = CallType::Transfer;
            }
        });
        self.notify_dialogs(&leg, agent, "DELETE");
        self.calls.remove(&leg);
    }

    /// Drops the transferring agent from the call, which continues.
    fn drop_transferring_agent(&mut self, id: &str, agent: &str) {
        self.drop_agent(id, agent);
        self.after_leaving(id, agent);
        // The call rings at its target later than it left here, even if both are the same telephone: by these times
        // clients distinguish a call that came back from an old notification.
        self.now = self.now.checked_add(jiff::SignedDuration::from_millis(1)).unwrap_or(self.now);
    }

    /// Drops the agent from the call and notifies the agent.
    pub(super) fn drop_agent(&mut self, id: &str, agent: &str) {
        let now = self.now;
        self.set_party(id, agent, |party| {
            party.enter(PartyState::Dropped, now);
            party.cause = "OTHER";
        });
        self.leave(id, agent);
    }

    /// The state of an agent who has left a call that continues; wrap-up is without a dialog.
    pub(super) fn after_leaving(&mut self, id: &str, agent: &str) {
        let own = self.calls.get(id).and_then(|call| call.party(agent)).and_then(|party| party.incoming);
        let wrap_up = self.users.get(agent).filter(|user| {
            own.is_some_and(|incoming| user.wraps_up(incoming))
                && self.live_states(agent).next().is_none()
                && user.state.is_busy()
        });
        match wrap_up.map(|user| user.wrap_up_state(self.platform)) {
            Some(state) => self.enter_wrap_up(agent, state),
            None => self.after_call(agent),
        }
    }

    /// Reserves a READY agent for the call.
    fn reserve(&mut self, target: &str, id: &str) {
        let ready = self.users.get(target).is_some_and(|user| user.state == AgentState::Ready);
        if ready && self.affects_states(id) {
            self.enter(target, AgentState::Reserved);
        }
    }

    /// Removes dropped parties from a call, and the call itself if it has left the contact centre.
    pub(super) fn remove_dropped(&mut self, id: &str) {
        self.change_call(id, |call| call.parties.retain(|party| party.state.is_live()));
        let outside = |call: &super::Call| call.parties.iter().all(|party| party.user.is_none());
        if !self.waiting.contains(id) && self.calls.get(id).is_some_and(outside) {
            self.calls.remove(id);
        }
    }
}
