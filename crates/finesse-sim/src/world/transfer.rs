//! Handing a call over: TRANSFER_SST by the agent, and the same by the control API.

use super::call::CallType;
use super::dialing::{Destination, is_dialable};
use super::{AgentState, CallData, DialogState, NoCall, PartyState, Refusal, World};
use crate::Platform;

impl World {
    /// TRANSFER_SST: the agent's side is held, a leg of its own is made to the number, and when that is
    /// reached the agent is out and the call rings there.
    pub(super) fn transfer_at_once(&mut self, id: &str, giver: &str, to: &str) -> Result<(), Refusal> {
        let now = self.now;
        let extension = self.users.get(giver).map(|user| user.extension.clone()).unwrap_or_default();
        if to == extension || !is_dialable(to) {
            return Err(Refusal::invalid_destination(to));
        }
        let destination = self.destination(to, &extension);
        if matches!(destination, Destination::Busy | Destination::Nowhere) {
            return Err(Refusal::unreachable_destination());
        }
        self.set_party(id, giver, |party| party.enter(PartyState::Held, now));
        self.tell_call(id);
        self.make_leg(giver, &extension, to);
        self.give_away(id, giver);
        self.mark_outbound(id, "TRANSFERRED");
        if let Destination::Agent(taker) = &destination {
            self.reserve(taker, id);
        }
        let call_type = match self.platform {
            Platform::Ucce => CallType::Transfer,
            Platform::Uccx => CallType::Offered,
        };
        self.call_out(id, to, destination, call_type);
        self.forget_dropped(id);
        Ok(())
    }

    /// The agent who talks hands the call over to another one (or gets it back): the same dialog, call
    /// type TRANSFER, the old agent still listed as DROPPED in the first notification.
    pub(crate) fn hand_over(&mut self, id: &str, to: &str) -> Result<(), NoCall> {
        let call = self.calls.get(id).ok_or_else(|| NoCall::Unknown(id.to_owned()))?;
        let talks = |party: &&super::Party| {
            party.shown && matches!(party.state, PartyState::Active | PartyState::Held)
        };
        let giver = call.parties.iter().rev().find(talks).and_then(|party| party.user.clone());
        let giver = giver.ok_or_else(|| NoCall::NotConnected(id.to_owned()))?;
        let (taker, extension) = self.signed_in(to)?;
        if taker != giver && self.live_states(&taker).count() >= 2 {
            return Err(NoCall::Busy(to.to_owned()));
        }
        self.give_away(id, &giver);
        if taker == giver {
            self.calls.change(id, |call| call.parties.retain(|party| !party.is(&giver)));
        }
        self.reserve(&taker, id);
        self.ring(id, &extension, Some(&taker), CallType::Transfer);
        self.forget_dropped(id);
        Ok(())
    }

    /// The dialog of the transfer itself, which only its maker sees, and only for a moment.
    fn make_leg(&mut self, giver: &str, extension: &str, to: &str) {
        let now = self.now;
        let call_type = if self.devices.contains(to) { CallType::AgentInside } else { CallType::Out };
        let party = self.new_party(extension, Some(giver), PartyState::Initiating, call_type);
        let leg = self.new_call(extension, vec![party], CallData::default());
        self.tell_dialogs(&leg, giver, "POST");
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
        self.tell_dialogs(&leg, giver, "DELETE");
        self.calls.remove(&leg);
    }

    /// The giver is out of the call; it goes on without.
    fn give_away(&mut self, id: &str, giver: &str) {
        self.take_out(id, giver);
        self.after_giving_away(id, giver);
        // The call rings elsewhere after it has left here, even if that is the same telephone: by the times
        // of its changes a client tells a call that came back from an old message.
        self.now = self.now.checked_add(jiff::SignedDuration::from_millis(1)).unwrap_or(self.now);
    }

    /// The giver's part in the call ends, which the giver is told.
    pub(super) fn take_out(&mut self, id: &str, giver: &str) {
        let now = self.now;
        self.set_party(id, giver, |party| {
            party.enter(PartyState::Dropped, now);
            party.cause = "OTHER";
        });
        self.leave(id, giver);
    }

    /// The giver's state afterwards; wrap-up is without a dialog, which lives on elsewhere.
    pub(super) fn after_giving_away(&mut self, id: &str, giver: &str) {
        let own = self.calls.get(id).and_then(|call| call.party(giver)).and_then(|party| party.incoming);
        let wrap_up = self.users.get(giver).filter(|user| {
            own.is_some_and(|incoming| user.wraps_up(incoming))
                && self.live_states(giver).next().is_none()
                && user.state.is_busy()
        });
        match wrap_up.map(|user| user.wrap_up_state(self.platform)) {
            Some(state) => self.enter_wrap_up(giver, state),
            None => self.after_call(giver),
        }
    }

    /// Whoever is READY is kept free for the call.
    fn reserve(&mut self, taker: &str, id: &str) {
        let ready = self.users.get(taker).is_some_and(|user| user.state == AgentState::Ready);
        if ready && self.concerns_states(id) {
            self.enter(taker, AgentState::Reserved);
        }
    }

    /// Who left is listed no longer. A call that left the contact centre altogether is forgotten.
    pub(super) fn forget_dropped(&mut self, id: &str) {
        self.change_call(id, |call| call.parties.retain(|party| party.state.is_live()));
        let outside = |call: &super::Call| call.parties.iter().all(|party| party.user.is_none());
        if !self.waiting.contains(id) && self.calls.get(id).is_some_and(outside) {
            self.calls.remove(id);
        }
    }
}
