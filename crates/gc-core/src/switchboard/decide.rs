//! What becomes of a request before any agent sees it.

use gc_access::{Principal, Right};
use gc_events::{ErrorCode, ErrorEvent, Event, State};
use gc_protocol::{ArgumentError, Command, CommandName, Request, Role};

use super::bookings::Registration;
use super::refusals::{self, Refusal, Refused};
use super::{Client, Party, Permit, Session, Switchboard};
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

/// A request, and what is known of who asks.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) who: &'a Principal,
    pub(super) request: &'a Request,
    /// The cluster that the request names by its address.
    pub(super) at: Option<&'a ClusterId>,
}

impl Switchboard {
    /// Decides what becomes of a request. `at`: the cluster that it names by its address.
    ///
    /// What is not the principal's own is answered as if it were not there. A principal that nobody was asked for
    /// ([`Principal::is_open`]) is known by its `sessionUrl` alone.
    pub fn decide(&self, who: &Principal, request: &Request, at: Option<&ClusterId>) -> Decision {
        let asked = Asked { who, request, at };
        let right = right_for(request.name);
        if !who.may(right) {
            return refusals::without_right(request, right);
        }
        let known =
            |at: &ClusterId| self.clusters.iter().any(|each| each.id == *at) && who.may_enter(at.as_str());
        if let Some(at) = at.filter(|at| !known(at)) {
            return refusals::which_cluster(request, format!("There is no cluster {at}. Check the address."));
        }
        match request.name {
            CommandName::Hello => self.hello(asked),
            CommandName::Beat => self.beat(asked),
            CommandName::Connect => self.connect(asked),
            _ => self.agent_command(asked),
        }
    }

    /// Whether the principal may read this client's events. A client that is not known is nobody's yet.
    pub fn may_watch(&self, who: &Principal, client: &ClientKey) -> bool {
        let enters = |known: &Client| who.may_enter(known.cluster.as_str());
        who.may_use(client.as_str()) && self.clients.get(client).is_none_or(enters)
    }

    fn hello(&self, asked: Asked<'_>) -> Decision {
        let client = ClientKey::from(asked.request.id.as_str());
        match self.registration(&client, asked) {
            Ok((cluster, permit)) => Decision::Answered { client, event: self.system_of(&cluster), permit },
            Err(refused) => *refused,
        }
    }

    fn beat(&self, asked: Asked<'_>) -> Decision {
        let client = ClientKey::from(asked.request.id.as_str());
        match self.own_client(asked.who, &client) {
            Some(known) => {
                let event = self.system_of(&known.cluster);
                Decision::Answered { client, event, permit: Permit::default() }
            }
            None => refusals::reconnect(),
        }
    }

    /// Connect makes its client known when it carries the callback; else Hello must have come before.
    fn connect(&self, asked: Asked<'_>) -> Decision {
        let destination = match asked.request.command() {
            Ok(Command::Connect { destination, .. }) => destination,
            Ok(_) => return refusals::reconnect(),
            Err(error) => return self.unreadable(asked, &error),
        };
        let client = ClientKey::from(destination);
        if asked.request.callback.is_none() && self.own_client(asked.who, &client).is_none() {
            return refusals::reconnect();
        }
        match self.registration(&client, asked) {
            Ok((cluster, permit)) => {
                let agent = AgentKey::new(cluster, asked.request.id.as_str());
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
        asked: Asked<'_>,
    ) -> Result<(ClusterId, Permit), Box<Decision>> {
        let Asked { who, request, at } = asked;
        let not_yours = || Box::new(refusals::not_yours(request, client));
        if !who.may_use(client.as_str()) {
            return Err(not_yours());
        }
        if self.has_no_room_for(client) {
            return Err(Box::new(refusals::too_many_clients()));
        }
        let named = |each: &&super::Cluster| each.destinations.iter().any(|one| one.matches(client.as_str()));
        let bound = self.clusters.iter().find(named).map(|each| &each.id);
        let known = self.clients.get(client).map(|known| &known.cluster);
        // What the configuration says, then what the client does, by its address or before, then what is left.
        let own = self.clusters.iter().map(|each| &each.id).find(|id| who.may_enter(id.as_str()));
        let Some(cluster) = bound.or(at).or(known).or(own) else {
            return Err(Box::new(refusals::which_cluster(request, "There is no cluster.".to_owned())));
        };
        if [Some(cluster), known].into_iter().flatten().any(|id| !who.may_enter(id.as_str())) {
            return Err(not_yours());
        }
        if at.is_some_and(|at| at != cluster) || known.is_some_and(|known| known != cluster) {
            let bound = known.unwrap_or(cluster);
            let text = format!("The destination {client} belongs to cluster {bound}. Choose another one.");
            return Err(Box::new(refusals::which_cluster(request, text)));
        }
        let booked = Registration {
            key: client.clone(),
            cluster: cluster.clone(),
            session_url: request.session_url.clone(),
            party: Party::of(who, client),
        };
        Ok((cluster.clone(), Permit { client: Some(booked), ..Permit::default() }))
    }

    /// Who it is for stands in the arguments; so only the session shows who asks.
    fn unreadable(&self, asked: Asked<'_>, error: &ArgumentError) -> Decision {
        let event = ErrorEvent::of_agent(error.code.clone(), &asked.request.id).with_message(error.message());
        let event = Event::Error(event);
        match self.asking(asked).cloned() {
            Some(client) => Decision::Denied { client, event },
            None => refusals::refused(Refusal::BadArguments, event, None),
        }
    }

    fn agent_command(&self, asked: Asked<'_>) -> Decision {
        let request = asked.request;
        let asking = self.asking(asked);
        let at =
            asked.at.or(asking.and_then(|client| self.clients.get(client)).map(|client| &client.cluster));
        let asked = Asked { at, ..asked };
        let sessions = || {
            let agents = self.clusters.iter().map(|each| AgentKey::new(each.id.clone(), request.id.as_str()));
            let there = agents.filter_map(|agent| self.sessions.get_key_value(&agent));
            there.filter(move |(agent, session)| asked.is_at(agent) && asked.may_know(agent, session))
        };
        let found = sessions().next();
        if sessions().nth(1).is_some() {
            let clusters: Vec<_> = sessions().map(|(agent, _)| agent.cluster().as_str()).collect();
            return refusals::in_several_clusters(request, &clusters.join(", "));
        }
        let owned = found.filter(|(_, session)| self.may_be(&session.owner, asked));
        let Some((agent, session)) = owned else {
            return match (self.for_member(asked), found) {
                (Some(decision), _) => decision,
                (None, Some(_)) => self.not_owner(asked, None),
                (None, None) => {
                    let event = Event::State(State::re_login(&request.id));
                    refusals::refused(Refusal::UnknownAgent, event, asking.cloned())
                }
            };
        };
        let client = session.owner.clone();
        let mut permit = Permit::default();
        if signs_in(request.name) && request.command().is_ok() {
            if self.is_full(agent) {
                let event = Event::Error(ErrorEvent::of_agent(ErrorCode::LicensesExceeded, &request.id));
                return Decision::Denied { client, event };
            }
            permit.licence = Some(agent.clone());
        }
        Decision::Agent { client, agent: agent.clone(), permit }
    }

    pub(super) fn not_owner(&self, asked: Asked<'_>, text: Option<String>) -> Decision {
        let mut event = ErrorEvent::of_agent(ErrorCode::SessionInvalidated, &asked.request.id);
        if let Some(text) = text {
            event = event.with_message(text);
        }
        refusals::refused(Refusal::NotOwner, Event::Error(event), self.asking(asked).cloned())
    }

    /// The principal's own client whose session the request names.
    pub(super) fn asking(&self, asked: Asked<'_>) -> Option<&ClientKey> {
        let url = asked.request.session_url.as_deref()?;
        let theirs = self.by_session_url.get(url).into_iter().flatten();
        theirs.into_iter().find(|key| self.own_client(asked.who, key).is_some())
    }

    fn own_client(&self, who: &Principal, key: &ClientKey) -> Option<&Client> {
        self.clients.get(key).filter(|known| is_own(who, key, known))
    }

    /// Whether this client may be the one who asks. On an open listener the session URLs say so, when both
    /// sides have one.
    fn may_be(&self, owner: &ClientKey, asked: Asked<'_>) -> bool {
        let (named, owned) = (asked.request.session_url.as_deref(), self.session_url(owner));
        !asked.who.is_open() || named.is_none() || owned.is_none() || named == owned
    }

    /// Whoever reaches the listener may say Hello; what each client costs must have an end.
    fn has_no_room_for(&self, client: &ClientKey) -> bool {
        self.clients.len() >= self.max_clients && !self.clients.contains_key(client)
    }

    fn is_full(&self, agent: &AgentKey) -> bool {
        let is_full = self.licences.is_some_and(|most| self.signed_in.len() >= most);
        is_full && !self.signed_in.contains(agent)
    }
}

impl Asked<'_> {
    /// Whether the agent is in the cluster that is meant.
    pub(super) fn is_at(&self, agent: &AgentKey) -> bool {
        self.at.is_none_or(|at| agent.cluster() == at)
    }

    /// Whether the session belongs to a client of the principal's.
    pub(super) fn may_know(&self, agent: &AgentKey, session: &Session) -> bool {
        self.who.may_use(session.owner.as_str()) && self.who.may_enter(agent.cluster().as_str())
    }
}

fn is_own(who: &Principal, key: &ClientKey, known: &Client) -> bool {
    who.may_use(key.as_str()) && who.may_enter(known.cluster.as_str())
}

/// Logout, MakeReady and MakeNotReady are everybody's; for a team member they need more, see `members`.
fn right_for(name: CommandName) -> Right {
    match name.declaration().role {
        Role::Client | Role::Agent | Role::AgentOrSupervisor => Right::Agent,
        Role::Supervisor => Right::Supervisor,
    }
}

fn signs_in(name: CommandName) -> bool {
    matches!(name, CommandName::Login | CommandName::MobileAgentLogin)
}
