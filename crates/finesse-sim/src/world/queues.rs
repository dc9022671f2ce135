//! Queues: calls that wait, agents who are offered them, and what happens when nobody answers.

use super::call::CallType;
use super::reasons::Cause;
use super::{AgentState, DialogState, Effect, PartyState, Waiting, World};
use crate::{Platform, render};

impl World {
    /// The call stands in a queue from now on.
    pub(super) fn enqueue(&mut self, id: &str, queue: String) {
        self.waiting.push_back(&queue, id);
        self.calls.change(id, |call| call.queue = Some(queue.clone()));
        self.hopeful.insert(queue);
        self.queues_changed = true;
    }

    /// The call does not wait any longer; `false` if it did not.
    pub(super) fn dequeue(&mut self, id: &str) -> bool {
        let waited = self.waiting.remove(id);
        self.queues_changed |= waited;
        waited
    }

    /// The calls that wait in a queue.
    pub(crate) fn waiting_in(&self, queue: &str) -> impl Iterator<Item = &super::Call> {
        self.waiting.of(queue).filter_map(|id| self.calls.get(id))
    }

    pub(crate) fn waits(&self, call: &str) -> bool {
        self.waiting.contains(call)
    }

    /// Offers waiting calls, the oldest first, to whoever is READY for the longest time. Only those queues are looked
    /// at in which a call or an agent is new: in no other one there are both.
    pub(super) fn serve_queues(&mut self) {
        self.find_free_agents();
        while let Some((call, agent)) = self.next_offer() {
            self.dequeue(&call);
            self.offer(&call, &agent);
            self.find_free_agents();
        }
        self.hopeful.clear();
    }

    /// The oldest of the calls for which somebody is free, and who that is.
    fn next_offer(&self) -> Option<(String, String)> {
        let offers = self.hopeful.iter().filter_map(|id| {
            let (place, call) = self.waiting.first_of(id)?;
            Some((place, call, self.free_agents.first_of(&self.queue(id)?.teams)?))
        });
        let (_, call, agent) = offers.min_by_key(|(place, ..)| *place)?;
        Some((call.to_owned(), agent.to_owned()))
    }

    /// Whoever was touched is looked at: free is who is READY and has no call.
    fn find_free_agents(&mut self) {
        let mut doubtful = self.free_agents.take_doubtful();
        doubtful.append(&mut self.calls.take_stirred_users());
        for id in doubtful {
            let Some(user) = self.users.get(&id) else { continue };
            if user.state == AgentState::Ready && self.live_states(&id).next().is_none() {
                let team = &user.profile.team;
                self.free_agents.list(&id, team, user.since);
                let queues = self.queues_of_team(team).to_vec();
                self.hopeful.extend(queues);
            } else {
                self.free_agents.strike(&id);
            }
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

    /// Redirection on no answer: the agent becomes NOT_READY (or what a supervisor asked for), the call goes to the
    /// next one.
    pub(super) fn withdraw_offer(&mut self, id: &str, offer: u64) {
        let now = self.now;
        let ringing = |party: &&mut super::Party| party.state == PartyState::Alerting && party.shown;
        let agent = self.calls.change(id, |call| {
            let party = call.parties.iter_mut().filter(|_| call.offers == offer).find(ringing)?;
            party.enter(PartyState::Dropped, now);
            party.user.clone()
        });
        let Some(agent) = agent.flatten() else { return };
        self.tell_dialogs(id, &agent, "DELETE");
        let queue = self.calls.change(id, |call| {
            call.parties.retain(|party| !party.is(&agent));
            if call.state != DialogState::Active {
                call.state = DialogState::Initiated;
            }
            call.queue.clone()
        });
        if let Some(queue) = queue.flatten() {
            self.waiting.push_front(&queue, id);
            self.hopeful.insert(queue);
        }
        let pending = self.users.get_mut(&agent).and_then(|user| user.pending.take());
        let unanswered =
            || (AgentState::NotReady, self.system_reason(Cause::Unanswered, AgentState::NotReady));
        let (state, reason) = pending.unwrap_or_else(unanswered);
        self.enter_for(&agent, state, reason);
    }
}
