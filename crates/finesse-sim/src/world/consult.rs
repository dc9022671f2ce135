//! Consultation about a held call, followed by a transfer or a conference.

use super::call_type::CallType;
use super::dialing::{is_dialable, matches_any};
use super::{Call, DialogState, Party, PartyState, Refusal, Waiting, World};
use crate::Platform;

impl World {
    /// The actions a party may take: those of its state, TRANSFER and CONFERENCE on a held call during the same agent's
    /// consultation about it, and PARTICIPANT_DROP in a conference.
    pub(crate) fn actions(&self, call: &Call, party: &Party) -> Vec<&'static str> {
        if party.passive {
            return Vec::new();
        }
        let mut actions = match &call.outbound {
            Some(outbound) => self.campaign_actions(outbound, party),
            None => party.state.actions().to_vec(),
        };
        if party.state == PartyState::Held
            && let Some(leg) = party.user.as_deref().and_then(|user| self.consult_leg(&call.id, user))
        {
            actions.push("TRANSFER");
            if leg.state == DialogState::Active {
                actions.push("CONFERENCE");
            }
        }
        if self.platform == Platform::Uccx && party.state == PartyState::Active && !actions.is_empty() {
            actions.push("START_RECORDING");
        }
        if self.platform == Platform::Ucce
            && party.state == PartyState::Active
            && is_conference(call)
            && party.user.as_deref().is_some_and(|user| self.may_drop_participants(call, user))
        {
            actions.push("PARTICIPANT_DROP");
        }
        actions
    }

    /// The agent's consult leg about this call, if the other party has answered or is ringing. If this call is the
    /// consult leg, held because the agent returned to the original call, the original call.
    fn consult_leg(&self, id: &str, user: &str) -> Option<&Call> {
        let asked_from = self.calls.get(id).and_then(|call| call.associated.as_deref());
        let asks = |call: &&Call| {
            (call.associated.as_deref() == Some(id) || asked_from == Some(call.id.as_str()))
                && call.state != DialogState::Failed
                && call
                    .party(user)
                    .is_some_and(|party| matches!(party.state, PartyState::Initiated | PartyState::Active))
        };
        self.calls.of(user).find(asks)
    }

    /// CONSULT_CALL: holds the call and makes another one with the same data.
    pub(super) fn consult(&mut self, id: &str, agent: &str, to: &str) -> Result<(), Refusal> {
        let now = self.now;
        let extension = self.users.get(agent).map(|user| user.extension.clone()).unwrap_or_default();
        if to == extension || !is_dialable(to) {
            return Err(Refusal::invalid_destination(to));
        }
        if self.live_states(agent).count() > 1 {
            return Err(Refusal::invalid_state("The agent has another call already"));
        }
        let data = self.calls.get(id).map(Call::data);
        self.set_party(id, agent, |party| party.enter(PartyState::Held, now));
        self.notify_call(id);
        self.dial(agent, &extension, to, data.unwrap_or_default(), Some(id));
        // The held call can be transferred now.
        self.notify_call(id);
        Ok(())
    }

    /// TRANSFER: the consulted party takes the held call; if it has not answered, it keeps ringing.
    pub(super) fn complete_transfer(&mut self, id: &str, agent: &str) {
        let Some(leg) = self.consult_leg(id, agent).cloned() else { return };
        let was_waiting = self.dequeue(&leg.id);
        if self.platform == Platform::Uccx {
            self.set_party(id, agent, |party| party.call_type = CallType::Transfer);
            self.notify_call(id);
        }
        self.drop_agent(id, agent);
        self.leave_leg(&leg, agent);
        self.after_leaving(id, agent);
        self.mark_outbound(id, "TRANSFERRED");
        self.merge(id, &leg, agent, CallType::Transfer);
        self.keep_ringing(id, &leg, was_waiting);
        self.remove_dropped(id);
    }

    /// CONFERENCE: all parties join the held call.
    pub(super) fn complete_conference(&mut self, id: &str, agent: &str) {
        let now = self.now;
        let Some(leg) = self.consult_leg(id, agent).cloned() else { return };
        self.leave_leg(&leg, agent);
        self.set_party(id, agent, |party| party.enter(PartyState::Active, now));
        self.calls.change(id, |call| {
            call.parties.iter_mut().for_each(|party| party.join(CallType::Conference));
            call.controller.get_or_insert_with(|| agent.to_owned());
        });
        self.mark_outbound(id, "CONFERENCED");
        self.merge(id, &leg, agent, CallType::Conference);
    }

    /// Removes the consult leg: for all other parties first, for the agent who started it last.
    fn leave_leg(&mut self, leg: &Call, agent: &str) {
        let now = self.now;
        self.calls.change(&leg.id, |call| {
            call.state = DialogState::Dropped;
            for party in &mut call.parties {
                party.enter(PartyState::Dropped, now);
                party.cause = "OTHER";
                party.call_type = CallType::Transfer;
            }
        });
        let others = leg.watchers();
        for user in others.iter().filter(|user| *user != agent) {
            self.leave(&leg.id, user);
        }
        self.leave(&leg.id, agent);
        self.calls.remove(&leg.id);
    }

    /// The consulted parties join the call, each in its current state.
    fn merge(&mut self, id: &str, leg: &Call, agent: &str, call_type: CallType) {
        let now = self.now;
        let mut joining: Vec<Party> = leg.parties.clone();
        joining.retain(|party| !party.is(agent) && party.state.is_live());
        for party in &mut joining {
            party.join(call_type);
            party.start = now;
            party.changed = now;
            party.shown = false;
        }
        let users: Vec<String> = joining.iter().filter_map(|party| party.user.clone()).collect();
        self.change_call(id, |call| {
            call.secondary = Some(leg.id.clone());
            call.queue = call.queue.take().or_else(|| leg.queue.clone());
            call.parties.extend(joining);
        });
        for user in users {
            self.set_party(id, &user, |party| party.shown = true);
            self.notify_dialogs(id, &user, "POST");
            let joined = self.calls.get(id).and_then(|call| call.party(&user));
            if joined.is_some_and(|party| party.state == PartyState::Active) {
                // On UCCX a queue's call affects the state only from now on.
                self.start_talking(&user, id);
            }
        }
    }

    /// Only the agent who created a conference may add parties, as long as that agent is in it.
    pub(super) fn check_controller(&self, id: &str, agent: &str) -> Result<(), Refusal> {
        let call = self.calls.get(id).filter(|call| is_conference(call));
        match call.and_then(|call| call.controller.as_deref()) {
            Some(other) if other != agent && self.is_connected(id, other) => {
                Err(Refusal::not_controller(self.platform))
            }
            _ => Ok(()),
        }
    }

    /// The transferred call waits for whatever the consult leg was waiting for.
    fn keep_ringing(&mut self, id: &str, leg: &Call, was_waiting: bool) {
        if let Some(queue) = leg.queue.clone().filter(|_| was_waiting) {
            self.enqueue(id, queue);
        } else if leg.offers > 0 {
            let offer = self.calls.change(id, Call::count_offer).unwrap_or_default();
            self.wait(self.file.timers.rona, Waiting::Unanswered { call: id.to_owned(), offer });
        } else if leg.parties.iter().any(|party| {
            party.state == PartyState::Alerting
                && !party.device
                && !matches_any(&self.file.numbers.silent, &party.address)
        }) {
            self.wait(self.file.timers.customer_answers, Waiting::CustomerAnswers { call: id.to_owned() });
        }
    }

    /// DROP: ends a call of two parties; in a conference it drops only the agent.
    pub(super) fn drop_out_of(&mut self, id: &str, agent: &str) {
        if !self.is_conference(id) {
            return self.end_call(id);
        }
        let now = self.now;
        self.set_party(id, agent, |party| party.enter(PartyState::Dropped, now));
        self.notify_call(id);
        self.leave(id, agent);
        self.after_leaving(id, agent);
    }

    /// The customer leaves a conference, which continues; `false` if the call is no conference.
    pub(super) fn customer_leaves_conference(&mut self, id: &str) -> bool {
        let now = self.now;
        if !self.is_conference(id) {
            return false;
        }
        self.change_call(id, |call| {
            let customer = |party: &&mut Party| party.user.is_none() && party.state.is_live();
            if let Some(party) = call.parties.iter_mut().find(customer) {
                party.enter(PartyState::Dropped, now);
            }
        });
        true
    }

    pub(super) fn is_conference(&self, id: &str) -> bool {
        self.calls.get(id).is_some_and(is_conference)
    }
}

fn is_conference(call: &Call) -> bool {
    call.state == DialogState::Active && call.parties.iter().filter(|party| party.state.is_live()).count() > 2
}
