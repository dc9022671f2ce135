//! Queues: waiting calls, offers to agents, and offers that are not answered.

use super::call_type::CallType;
use super::reasons::Cause;
use super::{AgentState, DialogState, Effect, PartyState, Waiting, World};
use crate::{Platform, render};

impl World {
    /// Adds a call to a queue.
    pub(super) fn enqueue(&mut self, id: &str, queue: String) {
        self.waiting.push_back(&queue, id);
        self.calls.change(id, |call| call.queue = Some(queue.clone()));
        self.candidate_queues.insert(queue);
        self.queues_changed = true;
    }

    /// Removes a call from its queue; `false` if it was in none.
    pub(super) fn dequeue(&mut self, id: &str) -> bool {
        let waited = self.waiting.remove(id);
        self.queues_changed |= waited;
        waited
    }

    /// The calls waiting in a queue.
    pub(crate) fn waiting_in(&self, queue: &str) -> impl Iterator<Item = &super::Call> {
        self.waiting.of(queue).filter_map(|id| self.calls.get(id))
    }

    pub(crate) fn waits(&self, call: &str) -> bool {
        self.waiting.contains(call)
    }

    /// Offers waiting calls, the oldest first, to the agents who have been READY for the longest time. Only queues with
    /// a new call or a newly free agent are checked: no other queue has both.
    pub(super) fn serve_queues(&mut self) {
        self.find_free_agents();
        while let Some((call, agent)) = self.next_offer() {
            self.dequeue(&call);
            self.offer(&call, &agent);
            self.find_free_agents();
        }
        self.candidate_queues.clear();
    }

    /// The oldest call for which an agent is free, and that agent.
    fn next_offer(&self) -> Option<(String, String)> {
        let offers = self.candidate_queues.iter().filter_map(|id| {
            let (place, call) = self.waiting.first_of(id)?;
            Some((place, call, self.free_agents.first_of(&self.queue(id)?.teams)?))
        });
        let (_, call, agent) = offers.min_by_key(|(place, ..)| *place)?;
        Some((call.to_owned(), agent.to_owned()))
    }

    /// Checks the users who changed: an agent is free when READY and without a call.
    fn find_free_agents(&mut self) {
        let mut changed = self.free_agents.take_changed();
        changed.append(&mut self.calls.take_changed_users());
        for id in changed {
            let Some(user) = self.users.get(&id) else { continue };
            if user.state == AgentState::Ready && self.live_states(&id).next().is_none() {
                let team = &user.profile.team;
                self.free_agents.insert(&id, team, user.since);
                let queues = self.queues_of_team(team).to_vec();
                self.candidate_queues.extend(queues);
            } else {
                self.free_agents.remove(&id);
            }
        }
    }

    /// After any change, schedules the publication of the queues' statistics. A call that is added to or removed from a
    /// queue counts as well, even if no notification results from it.
    pub(super) fn schedule_statistics(&mut self) {
        let published = self.effects.iter().any(|effect| matches!(effect, Effect::Publish(_)));
        let changed = std::mem::take(&mut self.queues_changed) || published;
        if changed && !self.statistics_due && self.platform == Platform::Ucce {
            self.statistics_due = true;
            self.wait(self.file.timers.queue_statistics, Waiting::QueueStatistics);
        }
    }

    /// Publishes the statistics that changed since the last publication.
    pub(super) fn publish_statistics(&mut self) {
        self.statistics_due = false;
        let queues = self.file.queues.iter().map(|queue| (queue.id.clone(), render::queue(queue, self)));
        for (id, statistics) in queues.collect::<Vec<_>>() {
            if self.statistics.get(&id) != Some(&statistics) {
                self.notify_queue(&id, &statistics);
                self.statistics.insert(id, statistics);
            }
        }
    }

    fn offer(&mut self, id: &str, agent: &str) {
        let extension = self.users.get(agent).map(|user| user.extension.clone()).unwrap_or_default();
        let offered = self.calls.change(id, |call| {
            call.dnis.clone_from(&extension);
            call.count_offer()
        });
        let Some(offer) = offered else { return };
        let call_type = match self.platform {
            Platform::Ucce => CallType::PrerouteAcdIn,
            Platform::Uccx => CallType::AcdIn,
        };
        self.enter(agent, AgentState::Reserved);
        self.ring(id, &extension, Some(agent), call_type);
        let after = self.file.timers.rona;
        self.wait(after, Waiting::Unanswered { call: id.to_owned(), offer });
    }

    /// Redirection on no answer (RONA): the agent becomes NOT_READY (or enters the state that a supervisor requested),
    /// and the call goes to the next agent.
    pub(super) fn withdraw_offer(&mut self, id: &str, offer: u64) {
        let now = self.now;
        let ringing = |party: &&mut super::Party| party.state == PartyState::Alerting && party.shown;
        let agent = self.calls.change(id, |call| {
            let party = call.parties.iter_mut().filter(|_| call.offers == offer).find(ringing)?;
            party.enter(PartyState::Dropped, now);
            party.user.clone()
        });
        let Some(agent) = agent.flatten() else { return };
        self.notify_dialogs(id, &agent, "DELETE");
        let queue = self.calls.change(id, |call| {
            call.parties.retain(|party| !party.is(&agent));
            if call.state != DialogState::Active {
                call.state = DialogState::Initiated;
            }
            call.queue.clone()
        });
        if let Some(queue) = queue.flatten() {
            self.waiting.push_front(&queue, id);
            self.candidate_queues.insert(queue);
        }
        let pending = self.users.get_mut(&agent).and_then(|user| user.pending.take());
        let unanswered =
            || (AgentState::NotReady, self.system_reason(Cause::Unanswered, AgentState::NotReady));
        let (state, reason) = pending.unwrap_or_else(unanswered);
        self.enter_for(&agent, state, reason);
    }
}
