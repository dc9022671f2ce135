//! Supervisors' actions on the calls of their teams: monitor, barge in, drop participants.

use std::collections::BTreeSet;

use super::call_type::CallType;
use super::{AgentState, CallData, DialogState, PartyState, Refusal, World};
use crate::{ParticipantDrop, Platform};

/// A SILENT_MONITOR or BARGE_CALL request.
#[derive(Clone, Debug)]
pub(crate) struct Supervision {
    /// The supervisor's extension.
    pub(crate) from: String,
    /// The agent's extension.
    pub(crate) to: String,
}

impl World {
    /// SILENT_MONITOR: the supervisor listens to the agent's call, in a separate dialog that the agent's telephone
    /// answers automatically.
    pub(super) fn silent_monitor(&mut self, id: &str, request: &Supervision) -> Result<(), Refusal> {
        let agent = self.supervised_agent(id, request)?;
        if self.users.get(id).is_none_or(|user| user.state != AgentState::NotReady) {
            return Err(Refusal::invalid_state("SILENT_MONITOR is possible from NOT_READY only"));
        }
        if self.live_states(id).next().is_some() {
            return Err(Refusal::invalid_state("The supervisor has a call already"));
        }
        let Some(monitored) = self.active_call_of(&agent) else {
            return Err(Refusal::not_monitored(self.platform));
        };
        let listener =
            self.new_party(&request.from, Some(id), PartyState::Initiating, CallType::SupervisorMonitor);
        let call = self.new_call(&request.from, vec![listener], CallData::default());
        self.calls.change(&call, |call| call.monitors = Some(monitored));
        self.notify_dialogs(&call, id, "POST");
        self.dialled(&call, &request.to);
        let passive = |party: &mut super::Party| party.passive = true;
        self.ring_as(&call, &request.to, Some(&agent), CallType::SupervisorMonitor, passive);
        self.start_talking(id, &call);
        self.connect(&call);
        Ok(())
    }

    /// BARGE_CALL on a monitored call: the monitoring ends, the agent's telephone calls the supervisor, and the calls
    /// are merged into a conference.
    pub(super) fn barge(&mut self, id: &str, request: &Supervision, dialog: &str) -> Result<(), Refusal> {
        let now = self.now;
        let agent = self.supervised_agent(id, request)?;
        let both = |call: &&super::Call| call.party(id).is_some() && call.party(&agent).is_some();
        let monitor = self.calls.listening_to(dialog).find(both);
        let Some(monitor) = monitor.map(|call| call.id.clone()) else {
            return Err(Refusal::invalid_state("The supervisor does not monitor this call"));
        };
        if self.live_states(&agent).count() > 1 {
            return Err(Refusal::invalid_state("The agent has another call already"));
        }
        self.end_call(&monitor);
        let data = self.calls.get(dialog).map(super::Call::data);
        self.set_party(dialog, &agent, |party| party.enter(PartyState::Held, now));
        self.notify_call(dialog);
        let types = (CallType::BargeInConsult, CallType::BargeInConsult);
        let leg =
            self.dial_as(&agent, &request.to, &request.from, data.unwrap_or_default(), Some(dialog), types);
        self.start_talking(id, &leg);
        self.connect(&leg);
        self.complete_conference(dialog, &agent);
        Ok(())
    }

    /// PARTICIPANT_DROP: drops a participant from a conference.
    pub(super) fn drop_participant(&mut self, id: &str, by: &str, target: &str) -> Result<(), Refusal> {
        let now = self.now;
        if self.platform == Platform::Uccx {
            return Err(Refusal::invalid_input("There is no such action", "PARTICIPANT_DROP"));
        }
        let call = self.calls.get(id).ok_or_else(|| Refusal::no_dialog(id))?;
        let is_target = |party: &super::Party| party.address == target && party.state.is_live();
        if !self.is_conference(id) || !call.parties.iter().any(is_target) {
            return Err(Refusal::invalid_action("PARTICIPANT_DROP", target));
        }
        if !self.may_drop_participants(call, by) {
            return Err(Refusal::participant_drop_disabled());
        }
        let mut dropped = None;
        self.change_call(id, |call| {
            if let Some(party) = call.parties.iter_mut().find(|party| is_target(party)) {
                party.enter(PartyState::Dropped, now);
                dropped = party.user.clone();
            }
        });
        if let Some(agent) = dropped {
            self.leave(id, &agent);
            self.after_leaving(id, &agent);
        }
        Ok(())
    }

    /// Whether the site's setting allows the user to drop others from a conference.
    pub(super) fn may_drop_participants(&self, call: &super::Call, id: &str) -> bool {
        let supervisor = self.is_supervisor(id);
        match self.file.rules.participant_drop {
            ParticipantDrop::SupervisorOnly => supervisor,
            ParticipantDrop::ConferenceControllerAndSupervisor => {
                supervisor || call.controller.as_deref() == Some(id)
            }
            ParticipantDrop::All => true,
        }
    }

    /// Ends monitor calls whose agent has left the monitored call.
    pub(super) fn end_idle_monitors(&mut self) {
        let changed = self.calls.take_changed();
        let idle = |call: &&super::Call| {
            let Some(monitored) = &call.monitors else { return false };
            let mut agents = call.parties.iter().filter(|party| party.passive && party.state.is_live());
            agents.any(|party| !self.is_connected(monitored, party.user.as_deref().unwrap_or_default()))
        };
        let listening = changed.iter().flat_map(|call| self.calls.listening_to(call));
        let idle: BTreeSet<String> = listening.filter(idle).map(|call| call.id.clone()).collect();
        for call in idle {
            self.end_call(&call);
        }
    }

    pub(super) fn is_connected(&self, call: &str, agent: &str) -> bool {
        let party = self.calls.get(call).and_then(|call| call.party(agent));
        party.is_some_and(|party| matches!(party.state, PartyState::Active | PartyState::Held))
    }

    /// The agent at the requested extension, if the supervisor may monitor the agent.
    fn supervised_agent(&self, id: &str, request: &Supervision) -> Result<String, Refusal> {
        let supervisor = self.users.get(id).ok_or_else(Refusal::no_user)?;
        if supervisor.extension.is_empty() {
            return Err(Refusal::invalid_state("The user is not signed in"));
        }
        if request.from != supervisor.extension {
            return Err(Refusal::invalid_input(
                "fromAddress is not the extension of the user",
                &request.from,
            ));
        }
        let agent = self.lines.get(&request.to).filter(|agent| *agent != id);
        let agent = agent.ok_or_else(|| Refusal::invalid_destination(&request.to))?;
        match self.users.get(agent) {
            Some(user) if supervisor.profile.supervises.contains(&user.profile.team) => Ok(agent.clone()),
            _ => Err(Refusal::not_supervised()),
        }
    }

    /// The active call of an agent who is TALKING.
    fn active_call_of(&self, agent: &str) -> Option<String> {
        let talking = self.users.get(agent).is_some_and(|user| user.state == AgentState::Talking);
        let talks = |call: &&super::Call| {
            call.state == DialogState::Active
                && call.party(agent).is_some_and(|party| party.state == PartyState::Active && !party.passive)
        };
        self.calls.of(agent).filter(|_| talking).find(talks).map(|call| call.id.clone())
    }
}
