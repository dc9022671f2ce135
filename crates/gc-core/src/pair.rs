//! The pair of both machines, run as one: for tests, and for whoever needs no concurrency. An engine that runs
//! each agent in a task of its own drives [`Switchboard`] and [`Agent`] apart, and does between them what this does.

use std::collections::BTreeMap;
use std::sync::Arc;

use gc_access::{Principal, Right};
use gc_events::Event;
use gc_protocol::Request;

use crate::{
    Agent, AgentKey, ClientKey, ClusterBinding, ClusterId, CommandId, Decision, Input, Output, Refused,
    SessionChange, Settings, Switchboard,
};

/// What became of a request.
#[derive(Debug)]
pub enum Submission {
    /// Not taken.
    Refused(Refused),
    /// Taken, and its outcome is this event.
    Answered {
        /// Who asks.
        client: ClientKey,
        /// The outcome.
        event: Box<Event>,
    },
    /// Taken by an agent's session.
    Taken {
        /// What is to be done, in order, and for whom.
        outputs: Vec<(AgentKey, Output)>,
    },
}

/// What follows when a cluster goes out of service, or comes back.
#[derive(Debug)]
pub struct ServiceChange {
    /// The events for its clients.
    pub events: Vec<(ClientKey, Event)>,
    /// What its agents do.
    pub outputs: Vec<(AgentKey, Output)>,
}

/// The switchboard, and the sessions of all agents.
#[derive(Debug)]
pub struct Core {
    switchboard: Switchboard,
    settings: BTreeMap<ClusterId, Arc<Settings>>,
    in_service: BTreeMap<ClusterId, bool>,
    agents: BTreeMap<AgentKey, Agent>,
    /// Whoever runs this has no door.
    anyone: Principal,
}

impl Core {
    /// The clusters, of which the first one is the default, each with its settings.
    pub fn new(
        clusters: Vec<(ClusterBinding, Settings)>,
        licences: Option<usize>,
        max_clients: usize,
    ) -> Self {
        let (bindings, settings): (Vec<_>, Vec<_>) = clusters.into_iter().unzip();
        let ids = bindings.iter().map(|binding| binding.cluster.clone());
        Self {
            settings: ids.zip(settings.into_iter().map(Arc::new)).collect(),
            in_service: BTreeMap::new(),
            switchboard: Switchboard::new(bindings, licences, max_clients),
            agents: BTreeMap::new(),
            anyone: Principal::open([Right::Supervisor]),
        }
    }

    /// Takes a request in, from whoever may do everything. `id`: the command's, if it is taken.
    pub fn submit(&mut self, request: &Request, at: Option<&ClusterId>, id: CommandId) -> Submission {
        let command = request.command();
        let (agent, input) = match self.switchboard.decide(&self.anyone, request, at) {
            Decision::Refused(refused) => return Submission::Refused(refused),
            Decision::Denied { client, event } => {
                return Submission::Answered { client, event: Box::new(event) };
            }
            Decision::Answered { client, event, permit } => {
                self.switchboard.commit(permit);
                return Submission::Answered { client, event: Box::new(event) };
            }
            Decision::Agent { client, agent, permit } => {
                self.switchboard.commit(permit);
                (agent, Input::Command { id, client, command })
            }
            Decision::Member { client, supervisor, member } => match command {
                Ok(command) => (supervisor, Input::ForMember { id, client, member, command }),
                Err(_) => (supervisor, Input::Command { id, client, command }),
            },
        };
        self.begin(&agent);
        Submission::Taken { outputs: self.step(&agent, input) }
    }

    /// A machine for the agent, if there is none yet.
    fn begin(&mut self, agent: &AgentKey) {
        if !self.agents.contains_key(agent) {
            let settings = self.settings.get(agent.cluster()).cloned().unwrap_or_default();
            let available = self.in_service.get(agent.cluster()).copied().unwrap_or_default();
            let mut machine = Agent::new(agent.agent(), settings);
            // It has nothing to say about it.
            machine.step(Input::Service { available });
            self.agents.insert(agent.clone(), machine);
        }
    }

    /// One input of an agent; without a session nothing comes of it.
    pub fn step(&mut self, agent: &AgentKey, input: Input) -> Vec<(AgentKey, Output)> {
        let outputs = self.agents.get_mut(agent).map(|machine| machine.step(input)).unwrap_or_default();
        let mut all = Vec::new();
        for output in outputs {
            match output {
                Output::Forward { agent: colleague, update } => {
                    let to = agent.colleague(colleague);
                    all.extend(match self.agents.contains_key(&to) {
                        true => self.step(&to, Input::Notified { item_id: None, update }),
                        false => self.step(agent, Input::Unclaimed { update }),
                    });
                    continue;
                }
                Output::Session(ref change) => {
                    self.switchboard.note(agent, change.clone());
                    if *change == SessionChange::Forgotten {
                        self.agents.remove(agent);
                    }
                }
                _ => {}
            }
            all.push((agent.clone(), output));
        }
        all
    }

    /// A cluster is in service, or out of it.
    pub fn service_changed(&mut self, cluster: &ClusterId, available: bool) -> ServiceChange {
        self.in_service.insert(cluster.clone(), available);
        let events = self.switchboard.service_changed(cluster, available);
        let theirs: Vec<_> = self.agents.keys().filter(|agent| agent.cluster() == cluster).cloned().collect();
        let outputs =
            theirs.iter().flat_map(|agent| self.step(agent, Input::Service { available })).collect();
        ServiceChange { events, outputs }
    }
}
