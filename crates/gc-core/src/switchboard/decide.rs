//! What becomes of a request before any agent sees it.

use gc_events::{ErrorCode, ErrorEvent, Event, ServiceStatus, State, System};
use gc_protocol::{ArgumentError, Command, CommandName, Request};

use super::{Permit, Session, Switchboard};
use crate::{AgentKey, ClientKey, ClusterId};

/// What becomes of a request.
#[derive(Debug)]
pub enum Decision {
    /// Not taken.
    Refused(Refused),
    /// Hello or Beat: answered at once.
    Answered {
        /// Who asks.
        client: ClientKey,
        /// The answer.
        event: Event,
        /// What it books.
        permit: Permit,
    },
    /// For an agent's session; Connect makes one where there is none.
    Agent {
        /// Who asks.
        client: ClientKey,
        /// For whom.
        agent: AgentKey,
        /// What it books.
        permit: Permit,
    },
    /// For a team member, who is not this client's own: the client's supervisor carries it out.
    Member {
        /// Who asks.
        client: ClientKey,
        /// Who carries it out.
        supervisor: AgentKey,
        /// For whom.
        member: String,
    },
    /// For an agent, but it may not be carried out: the error is the command's outcome.
    Denied {
        /// Who asks.
        client: ClientKey,
        /// The outcome.
        event: Event,
    },
}

/// A request that is not taken.
#[derive(Debug)]
pub struct Refused {
    /// Why.
    pub reason: Refusal,
    /// The answer to whoever asked.
    pub event: Box<Event>,
    /// The client that gets the event on its callback too, if it is known.
    pub client: Option<ClientKey>,
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
    /// The cluster is not known, or which one is meant is not.
    WhichCluster,
    /// There are as many clients as there may be.
    TooManyClients,
    /// The arguments cannot be read, and it is not known which client sent them.
    BadArguments,
}

impl Switchboard {
    /// Decides what becomes of a request. `at`: the cluster that it names by its address.
    pub fn decide(&self, request: &Request, at: Option<&ClusterId>) -> Decision {
        if let Some(at) = at.filter(|at| self.clusters.iter().all(|each| each.id != **at)) {
            return which_cluster(request, format!("There is no cluster {at}. Check the address."));
        }
        match request.name {
            CommandName::Hello => self.hello(request, at),
            CommandName::Beat => self.beat(request),
            CommandName::Connect => self.connect(request, at),
            _ => self.agent_command(request, at),
        }
    }

    fn hello(&self, request: &Request, at: Option<&ClusterId>) -> Decision {
        let client = ClientKey::from(request.id.as_str());
        match self.registration(&client, request, at) {
            Ok((cluster, permit)) => Decision::Answered { client, event: self.system_of(&cluster), permit },
            Err(refused) => *refused,
        }
    }

    fn beat(&self, request: &Request) -> Decision {
        let client = ClientKey::from(request.id.as_str());
        match self.clients.get(&client) {
            Some(known) => {
                let event = self.system_of(&known.cluster);
                Decision::Answered { client, event, permit: Permit::default() }
            }
            None => reconnect(),
        }
    }

    /// Connect makes its client known when it carries the callback; else Hello must have come before.
    fn connect(&self, request: &Request, at: Option<&ClusterId>) -> Decision {
        let destination = match request.command() {
            Ok(Command::Connect { destination, .. }) => destination,
            Ok(_) => return reconnect(),
            Err(error) => return self.unreadable(request, &error),
        };
        let client = ClientKey::from(destination);
        if request.callback.is_none() && !self.clients.contains_key(&client) {
            return reconnect();
        }
        match self.registration(&client, request, at) {
            Ok((cluster, permit)) => {
                let agent = AgentKey::new(cluster, request.id.as_str());
                let permit = Permit { session: Some((agent.clone(), client.clone())), ..permit };
                Decision::Agent { client, agent, permit }
            }
            Err(refused) => *refused,
        }
    }

    /// The cluster of a client that makes itself known, and what that books.
    fn registration(
        &self,
        client: &ClientKey,
        request: &Request,
        at: Option<&ClusterId>,
    ) -> Result<(ClusterId, Permit), Box<Decision>> {
        if self.has_no_room_for(client) {
            return Err(Box::new(too_many_clients()));
        }
        let named = |each: &&super::Cluster| each.destinations.iter().any(|one| one.matches(client.as_str()));
        let bound = self.clusters.iter().find(named).map(|each| &each.id);
        let known = self.clients.get(client).map(|known| &known.cluster);
        // What the configuration says, then what the client does, by its address or before.
        let cluster = bound.or(at).or(known).or(self.clusters.first().map(|each| &each.id));
        let Some(cluster) = cluster else {
            return Err(Box::new(which_cluster(request, "There is no cluster.".to_owned())));
        };
        if at.is_some_and(|at| at != cluster) || known.is_some_and(|known| known != cluster) {
            let bound = known.unwrap_or(cluster);
            let text = format!("The destination {client} belongs to cluster {bound}. Choose another one.");
            return Err(Box::new(which_cluster(request, text)));
        }
        let booked = (client.clone(), cluster.clone(), request.session_url.clone());
        Ok((cluster.clone(), Permit { client: Some(booked), ..Permit::default() }))
    }

    /// Who it is for stands in the arguments; so only the session can tell who asks.
    fn unreadable(&self, request: &Request, error: &ArgumentError) -> Decision {
        let event = ErrorEvent::of_agent(error.code.clone(), &request.id).with_message(error.message());
        let event = Event::Error(event);
        match self.client_at(request.session_url.as_deref()).cloned() {
            Some(client) => Decision::Denied { client, event },
            None => refused(Refusal::BadArguments, event, None),
        }
    }

    fn agent_command(&self, request: &Request, at: Option<&ClusterId>) -> Decision {
        let url = request.session_url.as_deref();
        let asking = self.client_at(url);
        let at = at.or(asking.and_then(|client| self.clients.get(client)).map(|client| &client.cluster));
        let sessions = || {
            let here =
                |agent: &AgentKey| agent.agent() == request.id && at.is_none_or(|at| agent.cluster() == at);
            self.sessions.iter().filter(move |(agent, _)| here(agent))
        };
        let found = sessions().next();
        if sessions().nth(1).is_some() {
            let clusters: Vec<_> = sessions().map(|(agent, _)| agent.cluster().as_str()).collect();
            let text = format!(
                "Agent {} is connected in more than one cluster: {}. Send the sessionUrl of the client, or post to \
                 /gc/<cluster>/command.",
                request.id,
                clusters.join(", ")
            );
            return which_cluster(request, text);
        }
        let owned = found.filter(|(_, session)| self.may_be(&session.owner, url));
        let Some((agent, session)) = owned else {
            return match (self.for_member(request, at), found) {
                (Some(decision), _) => decision,
                (None, Some(_)) => self.not_owner(request, None),
                (None, None) => {
                    let event = Event::State(State::re_login(&request.id));
                    refused(Refusal::UnknownAgent, event, asking.cloned())
                }
            };
        };
        let client = session.owner.clone();
        let mut permit = Permit::default();
        if signs_in(request.name) && request.command().is_ok() {
            if self.is_full(session) {
                let event = Event::Error(ErrorEvent::of_agent(ErrorCode::LicensesExceeded, &request.id));
                return Decision::Denied { client, event };
            }
            permit.licence = Some(agent.clone());
        }
        Decision::Agent { client, agent: agent.clone(), permit }
    }

    pub(super) fn not_owner(&self, request: &Request, text: Option<String>) -> Decision {
        let client = self.client_at(request.session_url.as_deref()).cloned();
        let mut event = ErrorEvent::of_agent(ErrorCode::SessionInvalidated, &request.id);
        if let Some(text) = text {
            event = event.with_message(text);
        }
        refused(Refusal::NotOwner, Event::Error(event), client)
    }

    /// Whether this client may be the one who asks: the session URLs say so, when both sides have one.
    fn may_be(&self, owner: &ClientKey, session_url: Option<&str>) -> bool {
        let owned = self.session_url(owner);
        session_url.is_none() || owned.is_none() || session_url == owned
    }

    /// Whoever reaches the listener may say Hello; what each client costs must have an end.
    fn has_no_room_for(&self, client: &ClientKey) -> bool {
        self.clients.len() >= self.max_clients && !self.clients.contains_key(client)
    }

    fn is_full(&self, session: &Session) -> bool {
        let signed_in = || self.sessions.values().filter(|session| session.signed_in).count();
        !session.signed_in && self.licences.is_some_and(|most| signed_in() >= most)
    }
}

fn signs_in(name: CommandName) -> bool {
    matches!(name, CommandName::Login | CommandName::MobileAgentLogin)
}

fn too_many_clients() -> Decision {
    let text = "There are as many clients as the connector takes (http.max_clients).";
    let event = ErrorEvent::of_service(ErrorCode::PleaseRetry).with_message(text);
    refused(Refusal::TooManyClients, Event::Error(event), None)
}

fn which_cluster(request: &Request, text: String) -> Decision {
    let event = match request.name {
        CommandName::Hello | CommandName::Beat => ErrorEvent::of_service(ErrorCode::PleaseRetry),
        _ => ErrorEvent::of_agent(ErrorCode::PleaseRetry, &request.id),
    };
    refused(Refusal::WhichCluster, Event::Error(event.with_message(text)), None)
}

fn reconnect() -> Decision {
    let event = Event::System(System { status: ServiceStatus::Reconnect });
    refused(Refusal::UnknownClient, event, None)
}

fn refused(reason: Refusal, event: Event, client: Option<ClientKey>) -> Decision {
    Decision::Refused(Refused { reason, event: Box::new(event), client })
}
