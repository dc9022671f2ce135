//! What passes between the switchboard and the agents, decided here for whoever runs them: [`Core`](crate::Core) in one
//! thread, or an engine with a task for each agent.

use finesse_types::Update;
use gc_events::Event;

use crate::{Agent, AgentKey, AttemptDecision, ClientKey, ClusterId, Input, Switchboard};

/// An input for the machine of an agent.
#[derive(Debug)]
pub struct ForAgent {
    /// The agent.
    pub agent: AgentKey,
    /// The input.
    pub input: Input,
}

impl From<AttemptDecision> for ForAgent {
    fn from(AttemptDecision { agent, command, allowed }: AttemptDecision) -> Self {
        Self { agent, input: Input::AttemptDecided { command, allowed } }
    }
}

/// What has to be said when a cluster goes out of service or comes back.
#[derive(Debug)]
pub struct ServiceReport {
    /// The events for the clients of the cluster, once per change.
    pub events: Vec<(ClientKey, Event)>,
    /// The inputs for its agents. One that changes nothing does no harm.
    pub inputs: Vec<ForAgent>,
}

impl Switchboard {
    /// The machine of an agent, new or restored, as it begins: it knows whether its cluster is in service. To be called under the
    /// same lock, or in the same turn, as that with which the machine becomes one that [`Self::report_service`] reaches.
    #[must_use]
    pub fn begin(&self, agent: &AgentKey, mut machine: Agent) -> Agent {
        // It has nothing to say about it yet.
        machine.step(Input::Service { available: self.serves(agent.cluster()) });
        machine
    }

    /// A cluster is in service, or out of it.
    pub fn report_service(&mut self, cluster: &ClusterId, in_service: bool) -> ServiceReport {
        let events = self.service_changed(cluster, in_service);
        let for_agent = |agent: &AgentKey| ForAgent {
            agent: agent.clone(),
            input: Input::Service { available: in_service },
        };
        ServiceReport { events, inputs: self.agents_at(cluster).map(for_agent).collect() }
    }

    /// Where an [`Output::Forward`](crate::Output::Forward) of the agent `from` goes: to the agent whose request Finesse refuses, or
    /// back if that one has no session here.
    pub fn forward(&self, from: &AgentKey, to: String, update: Box<Update>) -> ForAgent {
        let to = from.colleague(to);
        match self.has_session(&to) {
            true => ForAgent { agent: to, input: Input::Notified { item_id: None, update } },
            false => ForAgent { agent: from.clone(), input: Input::Unclaimed { update } },
        }
    }
}

#[cfg(test)]
mod tests;
