//! The end of calls: the order of notifications, wrap-up, and the state that follows.

use super::{AgentState, DialogState, PartyState, World};
use crate::Platform;

impl World {
    /// Ends the call for everybody.
    pub(super) fn end_call(&mut self, id: &str) {
        let now = self.now;
        self.dequeue(id);
        self.stop_ringing(id);
        let wrapping = self.agents_to_wrap_up(id);
        if !wrapping.is_empty() {
            self.change_call(id, |call| {
                for party in &mut call.parties {
                    if party.user.as_ref().is_some_and(|user| wrapping.contains(user)) {
                        party.enter(PartyState::WrapUp, now);
                    }
                }
            });
        }
        self.change_call(id, |call| {
            for party in call.parties.iter_mut().filter(|party| party.state.is_live()) {
                party.enter(PartyState::Dropped, now);
            }
            if wrapping.is_empty() {
                call.state = DialogState::Dropped;
            }
        });
        for user in self.calls.get(id).map(super::Call::watchers).unwrap_or_default() {
            if wrapping.contains(&user) {
                let state = self.users.get(&user).map(|entry| entry.wrap_up_state(self.platform));
                self.enter_wrap_up(&user, state.unwrap_or(AgentState::Work));
            } else {
                self.leave(id, &user);
                self.after_call(&user);
            }
        }
        self.remove_if_ended(id);
    }

    /// Removes the call from the agents at whom it still rings; as with Finesse, the notification shows the call's
    /// previous state.
    fn stop_ringing(&mut self, id: &str) {
        let now = self.now;
        let mut agents = Vec::new();
        let rings = |party: &&mut super::Party| party.state == PartyState::Alerting && party.shown;
        self.calls.change(id, |call| {
            for party in call.parties.iter_mut().filter(rings) {
                party.enter(PartyState::Dropped, now);
                agents.extend(party.user.clone());
            }
        });
        for agent in agents {
            self.leave(id, &agent);
            self.after_call(&agent);
        }
    }

    /// The agents in the call for whom wrap-up is required or requested, and who have no other call to return to.
    fn agents_to_wrap_up(&self, id: &str) -> Vec<String> {
        let Some(call) = self.calls.get(id) else { return Vec::new() };
        let talking = call.parties.iter().filter(|party| {
            matches!(party.state, PartyState::Active | PartyState::Held) && call.state == DialogState::Active
        });
        let wraps_up = |party: &super::Party| {
            let user = self.users.get(party.user.as_deref()?)?;
            let talking = matches!(user.state, AgentState::Talking | AgentState::Hold);
            let only_call = self.live_states(user.id()).count() == 1;
            let wanted = party.incoming.is_some_and(|incoming| user.wraps_up(incoming));
            (talking && only_call && wanted).then(|| user.id().to_owned())
        };
        talking.filter_map(wraps_up).collect()
    }

    /// Enters WORK or WORK_READY; the dialog is kept until wrap-up ends.
    pub(super) fn enter_wrap_up(&mut self, user: &str, state: AgentState) {
        if let Some(user) = self.users.get_mut(user)
            && let Some((_, reason)) = user.pending.take()
        {
            user.reason = reason;
        }
        self.enter(user, state);
    }

    /// Removes the call for this user.
    pub(super) fn leave(&mut self, id: &str, user: &str) {
        self.notify_dialogs(id, user, "DELETE");
        self.calls.change(id, |call| {
            call.parties.iter_mut().filter(|party| party.is(user)).for_each(|party| party.shown = false);
        });
    }

    /// The state of an agent after a call: as other calls require, otherwise the pending state, otherwise the state
    /// before the call.
    pub(super) fn after_call(&mut self, id: &str) {
        let others: Vec<PartyState> = self.live_states(id).collect();
        let Some(user) = self.users.get_mut(id) else { return };
        if !user.state.is_busy() {
            return;
        }
        if others.iter().any(|state| !matches!(state, PartyState::Held | PartyState::Alerting)) {
            return;
        }
        if others.contains(&PartyState::Held) {
            if user.state != AgentState::Hold && self.platform == Platform::Ucce {
                self.enter(id, AgentState::Hold);
            }
            return;
        }
        let reserved = user.state.is_reserved();
        let next = match user.pending.take() {
            Some((state, reason)) => {
                user.reason = reason;
                state
            }
            None if reserved => AgentState::Ready,
            None => user.resume,
        };
        self.enter(id, next);
    }

    /// Removes the dialogs kept for wrap-up.
    pub(super) fn close_wrapped_calls(&mut self, user: &str) {
        let now = self.now;
        let wrapped = |call: &&super::Call| {
            call.party(user).is_some_and(|party| party.state == PartyState::WrapUp && party.shown)
        };
        let calls: Vec<String> = self.calls.of(user).filter(wrapped).map(|call| call.id.clone()).collect();
        for id in calls {
            self.set_party(&id, user, |party| party.enter(PartyState::Dropped, now));
            self.calls.change(&id, |call| {
                if call.parties.iter().all(|party| party.state == PartyState::Dropped) {
                    call.state = DialogState::Dropped;
                }
            });
            self.leave(&id, user);
            self.remove_if_ended(&id);
        }
    }

    /// Removes a call that nobody sees and nobody takes part in.
    fn remove_if_ended(&mut self, id: &str) {
        let over =
            |call: &super::Call| !call.parties.iter().any(|party| party.shown || party.state.is_live());
        if self.calls.get(id).is_some_and(over) {
            self.calls.remove(id);
        }
    }
}
