//! Who is there: clients, the agents that they own, and whether Finesse is in service
//! (docs/sessions.md).

use std::collections::{BTreeMap, BTreeSet};

use gc_events::{ErrorCode, ErrorEvent, Event, ServiceStatus, State, System};
use gc_protocol::{ArgumentError, Command, CommandName, Request};

use crate::ClientId;

/// What becomes of a request before any agent sees it.
#[derive(Debug)]
pub enum Admission {
    /// Not taken. The event says why; it also goes to `tell`, when that client is known.
    Refused {
        /// Why.
        reason: Refusal,
        /// For the one who asks.
        event: Box<Event>,
        /// The client who should hear it on its callback too.
        tell: Option<ClientId>,
    },
    /// Hello or Beat: answered at once.
    Client {
        /// Who asks; registered or refreshed.
        client: ClientId,
        /// The answer.
        event: Event,
    },
    /// For an agent's session; Connect makes one where there is none.
    Agent {
        /// Who asks.
        client: ClientId,
    },
    /// For a team member, who is not this client's own: the client's supervisor carries it out.
    Member {
        /// Who asks.
        client: ClientId,
        /// The supervisor.
        supervisor: String,
    },
    /// For an agent, but it may not be carried out: the error is the command's outcome.
    Denied {
        /// Who asks.
        client: ClientId,
        /// The outcome.
        event: Event,
    },
}

/// Why a request is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The client is not known: say Hello.
    UnknownClient,
    /// The agent is not known: Connect and Login.
    UnknownAgent,
    /// The agent belongs to another client.
    NotOwner,
    /// There are as many clients as there may be.
    TooManyClients,
    /// The arguments cannot be read, and there is no client to tell.
    BadArguments,
}

#[derive(Debug, Default)]
struct Client {
    session_url: Option<String>,
}

/// A supervisor who may be meant by a command for a team member.
struct Candidate {
    client: ClientId,
    supervisor: String,
    /// One of the supervisor's teams lists the member.
    listed: bool,
}

/// Clients, and which of them owns which agent.
#[derive(Debug)]
pub struct Registry {
    service: ServiceStatus,
    licences: Option<usize>,
    max_clients: usize,
    clients: BTreeMap<ClientId, Client>,
    /// Who has each agent, or is about to by its first Connect.
    agents: BTreeMap<String, ClientId>,
    /// Who is signed in, or about to be: what the licence counts.
    signed_in: BTreeSet<String>,
    /// The supervisors among the agents, and those of their teams' members who are known.
    supervisors: BTreeMap<String, BTreeSet<String>>,
}

impl Registry {
    /// A registry that admits at most so many signed-in agents, and so many clients.
    pub fn new(licences: Option<usize>, max_clients: usize) -> Self {
        Self {
            service: ServiceStatus::OutOfService,
            licences,
            max_clients,
            clients: BTreeMap::new(),
            agents: BTreeMap::new(),
            signed_in: BTreeSet::new(),
            supervisors: BTreeMap::new(),
        }
    }

    /// Decides what becomes of a request, and remembers the client and the agent that it makes known.
    pub fn admit(&mut self, request: &Request) -> Admission {
        match request.name {
            CommandName::Hello => self.hello(request),
            CommandName::Beat => self.beat(request),
            CommandName::Connect => self.connect(request),
            _ => self.agent_command(request),
        }
    }

    fn hello(&mut self, request: &Request) -> Admission {
        let client = ClientId::from(request.id.as_str());
        if self.has_no_room_for(&client) {
            return too_many_clients();
        }
        self.register(&client, request);
        Admission::Client { client, event: self.system() }
    }

    fn beat(&mut self, request: &Request) -> Admission {
        let client = ClientId::from(request.id.as_str());
        match self.clients.contains_key(&client) {
            true => Admission::Client { client, event: self.system() },
            false => reconnect(),
        }
    }

    /// Connect makes its client known when it carries the callback; else Hello must have come before.
    fn connect(&mut self, request: &Request) -> Admission {
        let destination = match request.command() {
            Ok(Command::Connect { destination, .. }) => destination,
            Ok(_) => return reconnect(),
            Err(error) => return self.unreadable(request, &error),
        };
        let client = ClientId::from(destination);
        if request.callback.is_none() && !self.clients.contains_key(&client) {
            return reconnect();
        }
        if self.has_no_room_for(&client) {
            return too_many_clients();
        }
        self.register(&client, request);
        self.agents.entry(request.id.clone()).or_insert_with(|| client.clone());
        Admission::Agent { client }
    }

    /// Who it is for stands in the arguments; so only the session can tell who asks.
    fn unreadable(&self, request: &Request, error: &ArgumentError) -> Admission {
        let event = ErrorEvent::of_agent(error.code.clone(), &request.id).with_message(error.message());
        let event = Event::Error(event);
        match self.client_at(request.session_url.as_deref()) {
            Some(client) => Admission::Denied { client, event },
            None => Admission::Refused { reason: Refusal::BadArguments, event: Box::new(event), tell: None },
        }
    }

    fn agent_command(&mut self, request: &Request) -> Admission {
        let Some(owner) = self.agents.get(&request.id) else {
            if let Some(admission) = self.for_member(request) {
                return admission;
            }
            let tell = self.client_at(request.session_url.as_deref());
            let event = Box::new(Event::State(State::re_login(&request.id)));
            return Admission::Refused { reason: Refusal::UnknownAgent, event, tell };
        };
        if !self.may_be(owner, request.session_url.as_deref()) {
            if let Some(admission) = self.for_member(request) {
                return admission;
            }
            return self.not_owner(request);
        }
        let client = owner.clone();
        if signs_in(request.name) && request.command().is_ok() {
            if self.is_full(&request.id) {
                let event = Event::Error(ErrorEvent::of_agent(ErrorCode::LicensesExceeded, &request.id));
                return Admission::Denied { client, event };
            }
            // Taken now: two who sign in at once must not both have the last one.
            self.signed_in.insert(request.id.clone());
        }
        Admission::Agent { client }
    }

    /// Supervisors put a member's id where their own would stand. The session says who asks. Without one the
    /// team that lists the member does, if that leaves no doubt (docs/sessions.md, "Supervisors").
    fn for_member(&self, request: &Request) -> Option<Admission> {
        if !matches!(request.name, CommandName::Logout | CommandName::MakeReady | CommandName::MakeNotReady) {
            return None;
        }
        let candidate = |(supervisor, members): (&String, &BTreeSet<String>)| {
            let client = self.agents.get(supervisor)?.clone();
            let listed = members.contains(&request.id);
            Some(Candidate { client, supervisor: supervisor.clone(), listed })
        };
        let all: Vec<_> = self.supervisors.iter().filter_map(candidate).collect();
        let listed = || all.iter().filter(|candidate| candidate.listed);
        let chosen = match request.session_url.as_deref() {
            Some(url) => {
                let asking = self.client_at(Some(url));
                let theirs: Vec<_> =
                    all.iter().filter(|candidate| asking.as_ref() == Some(&candidate.client)).collect();
                // Whether an unlisted one is in the team is for Finesse to say, if only one can be meant.
                let only = theirs.first().filter(|_| theirs.len() == 1);
                theirs.iter().find(|candidate| candidate.listed).or(only).copied()
            }
            None => {
                let first = listed().next()?;
                Some(first).filter(|first| listed().all(|other| other.client == first.client))
            }
        };
        match chosen {
            Some(Candidate { client, supervisor, .. }) => {
                Some(Admission::Member { client: client.clone(), supervisor: supervisor.clone() })
            }
            None if listed().next().is_some() => Some(self.not_owner(request)),
            None => None,
        }
    }

    fn not_owner(&self, request: &Request) -> Admission {
        let tell = self.client_at(request.session_url.as_deref());
        let event = ErrorEvent::of_agent(ErrorCode::SessionInvalidated, &request.id);
        Admission::Refused { reason: Refusal::NotOwner, event: Box::new(Event::Error(event)), tell }
    }

    fn register(&mut self, client: &ClientId, request: &Request) {
        let known = self.clients.entry(client.clone()).or_default();
        if request.session_url.is_some() {
            known.session_url.clone_from(&request.session_url);
        }
    }

    /// Whether this client may be the one who asks: the session URLs tell, when both sides have one.
    fn may_be(&self, owner: &ClientId, session_url: Option<&str>) -> bool {
        let owned = self.session_url(owner);
        session_url.is_none() || owned.is_none() || session_url == owned
    }

    fn client_at(&self, session_url: Option<&str>) -> Option<ClientId> {
        let url = session_url?;
        let found = self.clients.iter().find(|(_, client)| client.session_url.as_deref() == Some(url));
        found.map(|(client, _)| client.clone())
    }

    /// Whoever reaches the door may say Hello; what each client costs must have an end.
    fn has_no_room_for(&self, client: &ClientId) -> bool {
        self.clients.len() >= self.max_clients && !self.clients.contains_key(client)
    }

    fn is_full(&self, agent: &str) -> bool {
        !self.signed_in.contains(agent) && self.licences.is_some_and(|most| self.signed_in.len() >= most)
    }

    fn system(&self) -> Event {
        Event::System(System { status: self.service })
    }

    /// What the client gave as its session, handed back with every delivery.
    pub fn session_url(&self, client: &ClientId) -> Option<&str> {
        self.clients.get(client)?.session_url.as_deref()
    }

    /// The agent has a new owner.
    pub fn owned(&mut self, agent: &str, client: ClientId) {
        self.agents.insert(agent.to_owned(), client);
    }

    /// The agent is signed in at Finesse, or is not: signed out, or the Login failed.
    pub fn signed_in(&mut self, agent: &str, signed_in: bool) {
        match signed_in {
            true => self.signed_in.insert(agent.to_owned()),
            false => self.signed_in.remove(agent),
        };
    }

    /// The agent is a supervisor, of these members among others.
    pub fn supervises(&mut self, agent: &str, members: Vec<String>) {
        self.supervisors.entry(agent.to_owned()).or_default().extend(members);
    }

    /// The agent's session is over.
    pub fn forgotten(&mut self, agent: &str) {
        self.agents.remove(agent);
        self.signed_in.remove(agent);
        self.supervisors.remove(agent);
    }

    /// Finesse is in service or out of it: what every client is told, once per change.
    pub fn service_changed(&mut self, in_service: bool) -> Vec<(ClientId, Event)> {
        let status = if in_service { ServiceStatus::InService } else { ServiceStatus::OutOfService };
        if self.service == status {
            return Vec::new();
        }
        self.service = status;
        self.clients.keys().map(|client| (client.clone(), self.system())).collect()
    }
}

fn signs_in(name: CommandName) -> bool {
    matches!(name, CommandName::Login | CommandName::MobileAgentLogin)
}

fn too_many_clients() -> Admission {
    let text = "There are as many clients as the connector takes (http.max_clients). Try again later, or tell the administrator.";
    let event = ErrorEvent::of_service(ErrorCode::PleaseRetry).with_message(text);
    let event = Box::new(Event::Error(event));
    Admission::Refused { reason: Refusal::TooManyClients, event, tell: None }
}

fn reconnect() -> Admission {
    let event = Box::new(Event::System(System { status: ServiceStatus::Reconnect }));
    Admission::Refused { reason: Refusal::UnknownClient, event, tell: None }
}

#[cfg(test)]
mod tests;
