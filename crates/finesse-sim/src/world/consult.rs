//! Consultation: asking somebody about a held call, then transferring it, or talking all together.

use super::call::CallType;
use super::dialing::{is_dialable, matches_any};
use super::{Call, DialogState, Party, PartyState, Refusal, Waiting, World};
use crate::Platform;

impl World {
    /// What a participant may do: by its own state, TRANSFER and CONFERENCE on a held call while the same
    /// agent asks somebody about it, and PARTICIPANT_DROP in a conference.
    pub(crate) fn actions(&self, call: &Call, party: &Party) -> Vec<&'static str> {
        if party.passive {
            return Vec::new();
        }
        let mut actions = match &call.outbound {
            Some(outbound) => self.campaign_actions(outbound, party),
            None => party.state.actions().to_vec(),
        };
        if party.state == PartyState::Held
            && let Some(leg) = party.user.as_deref().and_then(|user| self.leg_about(&call.id, user))
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

    /// The call by which the agent asks about that one, if somebody is there or still rings; or, when the
    /// agent went back to the first call and holds the asking one, the first call.
    fn leg_about(&self, id: &str, user: &str) -> Option<&Call> {
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

    /// CONSULT_CALL: the call is held, another one made; it carries the same data.
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
        self.tell_call(id);
        self.dial(agent, &extension, to, data.unwrap_or_default(), Some(id));
        // The held call can be transferred now.
        self.tell_call(id);
        Ok(())
    }

    /// TRANSFER: whoever was asked takes the held call; if nobody answered yet it rings on there.
    pub(super) fn complete_transfer(&mut self, id: &str, agent: &str) {
        let Some(leg) = self.leg_about(id, agent).cloned() else { return };
        let waits = self.dequeue(&leg.id);
        if self.platform == Platform::Uccx {
            self.set_party(id, agent, |party| party.call_type = CallType::Transfer);
            self.tell_call(id);
        }
        self.take_out(id, agent);
        self.leave_leg(&leg, agent);
        self.after_giving_away(id, agent);
        self.mark_outbound(id, "TRANSFERRED");
        self.merge(id, &leg, agent, CallType::Transfer);
        self.keep_ringing(id, &leg, waits);
        self.forget_dropped(id);
    }

    /// CONFERENCE: everybody talks in the held call.
    pub(super) fn complete_conference(&mut self, id: &str, agent: &str) {
        let now = self.now;
        let Some(leg) = self.leg_about(id, agent).cloned() else { return };
        self.leave_leg(&leg, agent);
        self.set_party(id, agent, |party| party.enter(PartyState::Active, now));
        self.calls.change(id, |call| {
            call.parties.iter_mut().for_each(|party| party.join(CallType::Conference));
            call.controller.get_or_insert_with(|| agent.to_owned());
        });
        self.mark_outbound(id, "CONFERENCED");
        self.merge(id, &leg, agent, CallType::Conference);
    }

    /// The consultation disappears: for everybody else first, for the agent who asked last.
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

    /// Those who were asked join the call, each in the state they were in.
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
            self.tell_dialogs(id, &user, "POST");
            let joined = self.calls.get(id).and_then(|call| call.party(&user));
            if joined.is_some_and(|party| party.state == PartyState::Active) {
                // On UCCX it counts from now on, if it is a queue's.
                self.start_talking(&user, id);
            }
        }
    }

    /// Only who made a conference may add to it, as long as that one is there.
    pub(super) fn check_controller(&self, id: &str, agent: &str) -> Result<(), Refusal> {
        let call = self.calls.get(id).filter(|call| is_conference(call));
        match call.and_then(|call| call.controller.as_deref()) {
            Some(other) if other != agent && self.talks(id, other) => {
                Err(Refusal::not_controller(self.platform))
            }
            _ => Ok(()),
        }
    }

    /// What the consultation still waited for, the transferred call waits for now.
    fn keep_ringing(&mut self, id: &str, leg: &Call, waits: bool) {
        if let Some(queue) = leg.queue.clone().filter(|_| waits) {
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

    /// DROP: ends a call of two; of a conference only one's own part.
    pub(super) fn drop_out_of(&mut self, id: &str, agent: &str) {
        if !self.is_conference(id) {
            return self.end_call(id);
        }
        let now = self.now;
        self.set_party(id, agent, |party| party.enter(PartyState::Dropped, now));
        self.tell_call(id);
        self.leave(id, agent);
        self.after_giving_away(id, agent);
    }

    /// The customer leaves a conference, which goes on; `false` if this is none.
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
