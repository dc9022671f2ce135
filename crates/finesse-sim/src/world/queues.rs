//! Queues: calls that wait, agents who are offered them, and what happens when nobody answers.

use super::call::CallType;
use super::reasons::Cause;
use super::{AgentState, DialogState, Effect, PartyState, User, Waiting, World};
use crate::{Platform, render};

impl World {
    /// The call stands in a queue from now on.
    pub(super) fn enqueue(&mut self, id: &str, queue: String) {
        if let Some(call) = self.calls.get_mut(id) {
            call.queue = Some(queue);
            call.waiting = true;
        }
        self.waiting.push(id.to_owned());
        self.queues_changed = true;
    }

    /// The call does not wait any longer.
    pub(super) fn dequeue(&mut self, id: &str) {
        let before = self.waiting.len();
        self.waiting.retain(|waiting| waiting != id);
        self.queues_changed |= self.waiting.len() < before;
    }

    /// Offers waiting calls, the oldest first, to whoever is READY for the longest time.
    pub(super) fn serve_queues(&mut self) {
        for id in self.waiting.clone() {
            let Some(agent) = self.calls.get(&id).and_then(|call| self.free_agent(call.queue.as_deref()?))
            else {
                continue;
            };
            self.dequeue(&id);
            self.offer(&id, &agent);
        }
    }

    /// After any change the statistics of the queues are looked at, once in a while. That a call waits concerns
    /// no agent: it may be all that happens.
    pub(super) fn expect_statistics(&mut self) {
        let told = self.effects.iter().any(|effect| matches!(effect, Effect::Publish(_)));
        let changed = std::mem::take(&mut self.queues_changed) || told;
        if changed && !self.statistics_due && self.platform == Platform::Ucce {
            self.statistics_due = true;
            self.wait(self.file.timers.queue_statistics, Waiting::QueueStatistics);
        }
    }

    /// Tells those that differ from what was told last.
    pub(super) fn tell_statistics(&mut self) {
        self.statistics_due = false;
        let queues = self.file.queues.iter().map(|queue| (queue.id.clone(), render::queue(queue, self)));
        for (id, statistics) in queues.collect::<Vec<_>>() {
            if self.statistics.get(&id) != Some(&statistics) {
                self.tell_queue(&id, &statistics);
                self.statistics.insert(id, statistics);
            }
        }
    }

    fn free_agent(&self, queue: &str) -> Option<String> {
        let queue = self.file.queues.iter().find(|known| known.id == queue)?;
        let free = |user: &&User| {
            user.state == AgentState::Ready
                && queue.teams.contains(&user.profile.team)
                && self.live_states(user.id()).next().is_none()
        };
        self.users.values().filter(free).min_by_key(|user| user.since).map(|user| user.id().to_owned())
    }

    fn offer(&mut self, id: &str, agent: &str) {
        let extension = self.users.get(agent).map(|user| user.extension.clone()).unwrap_or_default();
        let Some(call) = self.calls.get_mut(id) else { return };
        call.waiting = false;
        call.offers += 1;
        call.dnis.clone_from(&extension);
        let offer = call.offers;
        let call_type = match self.platform {
            Platform::Ucce => CallType::PrerouteAcdIn,
            Platform::Uccx => CallType::AcdIn,
        };
        self.enter(agent, AgentState::Reserved);
        self.ring(id, &extension, Some(agent), call_type);
        let after = self.file.timers.rona;
        self.wait(after, Waiting::Unanswered { call: id.to_owned(), offer });
    }

    /// Redirection on no answer: the agent becomes NOT_READY (or what a supervisor asked for), the call goes to the
    /// next one.
    pub(super) fn withdraw_offer(&mut self, id: &str, offer: u64) {
        let now = self.now;
        let Some(call) = self.calls.get_mut(id).filter(|call| call.offers == offer) else { return };
        let ringing = |party: &&mut super::Party| party.state == PartyState::Alerting && party.shown;
        let Some(party) = call.parties.iter_mut().find(ringing) else { return };
        party.enter(PartyState::Dropped, now);
        let Some(agent) = party.user.clone() else { return };
        self.tell_dialogs(id, &agent, "DELETE");
        if let Some(call) = self.calls.get_mut(id) {
            call.parties.retain(|party| !party.is(&agent));
            if call.state != DialogState::Active {
                call.state = DialogState::Initiated;
            }
            call.waiting = true;
            self.waiting.insert(0, id.to_owned());
        }
        let pending = self.users.get_mut(&agent).and_then(|user| user.pending.take());
        let unanswered =
            || (AgentState::NotReady, self.system_reason(Cause::Unanswered, AgentState::NotReady));
        let (state, reason) = pending.unwrap_or_else(unanswered);
        self.enter_for(&agent, state, reason);
    }
}
