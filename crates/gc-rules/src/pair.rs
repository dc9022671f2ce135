//! Both machines together, for tests and for programs without concurrency. An engine that runs each agent in its own task
//! drives [`Switchboard`] and [`Agent`] separately; what passes between them is decided in `between` for both.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use gc_access::{Principal, Right};
use gc_events::Event;
use gc_protocol::Request;

use crate::{
    Agent, AgentKey, ClientKey, ClusterBinding, ClusterId, CommandId, Decision, ForAgent, Input, Output,
    Party, Refused, ServiceReport, SessionChange, Settings, Switchboard,
};

/// The result of a request.
#[derive(Debug)]
pub enum Submission {
    /// It was refused.
    Refused(Refused),
    /// It was accepted, and this event is its outcome.
    Answered {
        /// The client that sent it.
        client: ClientKey,
        /// The outcome.
        event: Box<Event>,
    },
    /// It was accepted by an agent's session.
    Taken {
        /// The outputs in order, each with its agent.
        outputs: Vec<(AgentKey, Output)>,
    },
}

/// The result of a cluster going out of service or coming back.
#[derive(Debug)]
pub struct ServiceChange {
    /// The events for the clients of the cluster.
    pub events: Vec<(ClientKey, Event)>,
    /// The outputs of its agents, in order.
    pub outputs: Vec<(AgentKey, Output)>,
}

/// Whoever watches the agents of a [`Core`] step by step.
pub trait Observer: fmt::Debug {
    /// The agent is about to take this input.
    fn before(&mut self, agent: &AgentKey, input: &Input);
    /// It has taken it, and these are its outputs.
    fn after(&mut self, agent: &AgentKey, outputs: &[Output], machine: &Agent);
}

/// The switchboard and the sessions of all agents.
#[derive(Debug)]
pub struct Core {
    switchboard: Switchboard,
    settings: BTreeMap<ClusterId, Arc<Settings>>,
    agents: BTreeMap<AgentKey, Agent>,
    observer: Option<Box<dyn Observer>>,
    /// In this process callers are not identified.
    anyone: Principal,
}

impl Core {
    /// `clusters`: each with its settings; the first one is the default.
    pub fn new(
        clusters: Vec<(ClusterBinding, Settings)>,
        licences: Option<usize>,
        max_clients: usize,
    ) -> Self {
        let (bindings, settings): (Vec<_>, Vec<_>) = clusters.into_iter().unzip();
        let ids = bindings.iter().map(|binding| binding.cluster.clone());
        Self {
            settings: ids.zip(settings.into_iter().map(Arc::new)).collect(),
            switchboard: Switchboard::new(bindings, licences, max_clients),
            agents: BTreeMap::new(),
            observer: None,
            anyone: Principal::open([Right::Supervisor]),
        }
    }

    /// Handles a request of a client that may do everything. `id`: the id of the command, if it is accepted.
    pub fn submit(&mut self, request: &Request, at: Option<&ClusterId>, id: CommandId) -> Submission {
        let command = request.command();
        let (agent, input) = match self.switchboard.decide(&self.anyone, request, &command, at) {
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
                (agent, Input::of_command(id, client, None, command))
            }
            Decision::Member { client, supervisor, member } => {
                (supervisor, Input::of_command(id, client, Some(member), command))
            }
        };
        self.begin(&agent);
        Submission::Taken { outputs: self.step(&agent, input) }
    }

    /// A client's session that goes on as it was ([`Agent::resume`]). The client's `sessionUrl` is `session_url`.
    pub fn resume(&mut self, key: &AgentKey, agent: Agent, owner: &ClientKey, session_url: &str) {
        let party = Party::Client(owner.clone());
        self.switchboard.restore_client(owner, key.cluster(), Some(session_url), party);
        self.switchboard.restore_session(key, owner);
        for change in agent.changes_of_resumed() {
            // A session that has just been resumed has no attempts that could wait.
            self.switchboard.note(key, change);
        }
        let agent = self.switchboard.begin(key, agent);
        self.agents.insert(key.clone(), agent);
    }

    /// Has every input and output of its agents recorded by this.
    pub fn observe(&mut self, observer: Box<dyn Observer>) {
        self.observer = Some(observer);
    }

    /// The time, on any clock that never goes back. Refused passwords are forgotten by it.
    pub fn advance(&mut self, now: Duration) {
        self.switchboard.advance(now);
    }

    /// Creates a machine for the agent if there is none.
    fn begin(&mut self, agent: &AgentKey) {
        if !self.agents.contains_key(agent) {
            let settings = self.settings.get(agent.cluster()).cloned().unwrap_or_default();
            let machine = self.switchboard.begin(agent, Agent::new(agent.agent(), settings));
            self.agents.insert(agent.clone(), machine);
        }
    }

    /// The machine of an agent, if it has one.
    pub fn agent(&self, agent: &AgentKey) -> Option<&Agent> {
        self.agents.get(agent)
    }

    /// Gives one input to an agent. No-op without a session.
    pub fn step(&mut self, agent: &AgentKey, input: Input) -> Vec<(AgentKey, Output)> {
        let Some(machine) = self.agents.get_mut(agent) else { return Vec::new() };
        if let Some(observer) = &mut self.observer {
            observer.before(agent, &input);
        }
        let outputs = machine.step(input);
        if let Some(observer) = &mut self.observer {
            observer.after(agent, &outputs, machine);
        }
        let (mut all, mut decided) = (Vec::new(), Vec::<ForAgent>::new());
        for output in outputs {
            match output {
                Output::Forward { agent: colleague, update } => {
                    let ForAgent { agent, input } = self.switchboard.forward(agent, colleague, update);
                    all.extend(self.step(&agent, input));
                    continue;
                }
                Output::RequestAttempt { command, client, asks_finesse } => {
                    let decision = self.switchboard.request_attempt(agent, &client, command, asks_finesse);
                    decided.extend(decision.map(ForAgent::from));
                    continue;
                }
                Output::Session(ref change) => {
                    decided
                        .extend(self.switchboard.note(agent, change.clone()).into_iter().map(ForAgent::from));
                    if *change == SessionChange::Forgotten {
                        self.agents.remove(agent);
                    }
                }
                // These are carried out outside.
                Output::Ask { .. }
                | Output::LookUp { .. }
                | Output::RenewToken { .. }
                | Output::Subscribe { .. }
                | Output::Unsubscribe { .. }
                | Output::OpenStream(_)
                | Output::MoveStream(_)
                | Output::CloseStream
                | Output::Emit { .. }
                | Output::StartTimer(..)
                | Output::StopTimer(_)
                | Output::Finished { .. } => {}
            }
            all.push((agent.clone(), output));
        }
        for ForAgent { agent, input } in decided {
            all.extend(self.step(&agent, input));
        }
        all
    }

    /// A cluster is in service, or out of it.
    pub fn service_changed(&mut self, cluster: &ClusterId, available: bool) -> ServiceChange {
        let ServiceReport { events, inputs } = self.switchboard.report_service(cluster, available);
        let outputs =
            inputs.into_iter().flat_map(|ForAgent { agent, input }| self.step(&agent, input)).collect();
        ServiceChange { events, outputs }
    }
}
