//! Decides what happens to a request before any agent sees it.

use gc_access::{Principal, Right};
use gc_events::{ErrorCode, ErrorEvent, Event, State};
use gc_protocol::{ArgumentError, Command, CommandName, Request, Role};

use super::bookings::Registration;
use super::context::RequestContext;
use super::refusals;
use super::{Client, Decision, Party, Permit, Refusal, Switchboard};
use crate::{AgentKey, ClientKey, ClusterId};

impl Switchboard {
    /// Decides what happens to a request. `command`: its arguments, as [`Request::command`] reads them; the caller does it,
    /// before it locks anything. `at`: the cluster that the request names by its address.
    ///
    /// Whatever is not the principal's own is answered as if it did not exist. An open listener does not identify its
    /// callers ([`Principal::is_open`]); there the `sessionUrl` alone identifies a client.
    pub fn decide(
        &self,
        principal: &Principal,
        request: &Request,
        command: &Result<Command, ArgumentError>,
        at: Option<&ClusterId>,
    ) -> Decision {
        let context = RequestContext { principal, request, command, at };
        let right = right_for(request.name);
        if !principal.may(right) {
            return refusals::without_right(request, right);
        }
        let known = |at: &ClusterId| {
            self.clusters.iter().any(|each| each.id == *at) && principal.may_enter(at.as_str())
        };
        if let Some(at) = at.filter(|at| !known(at)) {
            return refusals::which_cluster(request, format!("There is no cluster {at}. Check the address."));
        }
        match request.name {
            CommandName::Hello => self.hello(context),
            CommandName::Beat => self.beat(context),
            CommandName::Connect => self.connect(context),
            _ => self.agent_command(context),
        }
    }

    /// Whether the principal may read this client's events. A client that is not known is nobody's yet.
    pub fn may_watch(&self, principal: &Principal, client: &ClientKey) -> bool {
        let enters = |known: &Client| principal.may_enter(known.cluster.as_str());
        principal.may_use(client.as_str()) && self.clients.get(client).is_none_or(enters)
    }

    /// Whether the principal is an administrator of this client. One that is bound to a cluster is not one of clients whose
    /// cluster is not known.
    pub fn may_administer(&self, principal: &Principal, client: &ClientKey) -> bool {
        let enters = match self.clients.get(client) {
            Some(known) => principal.may_enter(known.cluster.as_str()),
            None => principal.cluster().is_none(),
        };
        enters && principal.may_administer(client.as_str())
    }

    fn hello(&self, context: RequestContext<'_>) -> Decision {
        let client = ClientKey::from(context.request.id.as_str());
        match self.registration(&client, context) {
            Ok((cluster, permit)) => Decision::Answered { client, event: self.system_of(&cluster), permit },
            Err(refused) => *refused,
        }
    }

    fn beat(&self, context: RequestContext<'_>) -> Decision {
        let client = ClientKey::from(context.request.id.as_str());
        match self.own_client(context.principal, &client) {
            Some(known) => {
                let event = self.system_of(&known.cluster);
                Decision::Answered { client, event, permit: Permit::default() }
            }
            None => refusals::reconnect(),
        }
    }

    /// A Connect that carries the callback makes its client known; otherwise Hello must have come before.
    fn connect(&self, context: RequestContext<'_>) -> Decision {
        let destination = match context.command {
            Ok(Command::Connect { destination, .. }) => destination.clone(),
            Ok(_) => return refusals::reconnect(),
            Err(error) => return self.unreadable(context, error),
        };
        let client = ClientKey::from(destination);
        if context.request.callback.is_none() && self.own_client(context.principal, &client).is_none() {
            return refusals::reconnect();
        }
        match self.registration(&client, context) {
            Ok((cluster, permit)) => {
                let agent = AgentKey::new(cluster, context.request.id.as_str());
                let permit = Permit { session: Some((agent.clone(), client.clone())), ..permit };
                Decision::Agent { client, agent, permit }
            }
            Err(refused) => *refused,
        }
    }

    /// The cluster of a client that makes itself known, and the permit that records it.
    fn registration(
        &self,
        client: &ClientKey,
        context: RequestContext<'_>,
    ) -> Result<(ClusterId, Permit), Box<Decision>> {
        let RequestContext { principal, request, at, .. } = context;
        let not_yours = || Box::new(refusals::not_yours(request, client));
        if !principal.may_use(client.as_str()) {
            return Err(not_yours());
        }
        if self.has_no_room_for(client) {
            return Err(Box::new(refusals::too_many_clients()));
        }
        let bound = self.bound(client);
        let known = self.clients.get(client).map(|known| &known.cluster);
        // What the configuration says, then what the client does, by its address or before, then what is left.
        let own = self.clusters.iter().map(|each| &each.id).find(|id| principal.may_enter(id.as_str()));
        let Some(cluster) = bound.or(at).or(known).or(own) else {
            return Err(Box::new(refusals::which_cluster(request, "There is no cluster.".to_owned())));
        };
        if [Some(cluster), known].into_iter().flatten().any(|id| !principal.may_enter(id.as_str())) {
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
            party: Party::of(principal, client),
        };
        Ok((cluster.clone(), Permit { client: Some(booked), ..Permit::default() }))
    }

    /// The cluster that the configuration names for the client.
    pub(super) fn bound(&self, client: &ClientKey) -> Option<&ClusterId> {
        let named = |each: &&super::Cluster| each.destinations.iter().any(|one| one.matches(client.as_str()));
        self.clusters.iter().find(named).map(|each| &each.id)
    }

    /// The destination is among the arguments, so only the `sessionUrl` can identify the caller.
    fn unreadable(&self, context: RequestContext<'_>, error: &ArgumentError) -> Decision {
        let event =
            ErrorEvent::of_agent(error.code.clone(), &context.request.id).with_message(error.message());
        let event = Event::Error(event);
        match self.asking(context).cloned() {
            Some(client) => Decision::Denied { client, event },
            None => refusals::refused(Refusal::BadArguments, event, None),
        }
    }

    fn agent_command(&self, context: RequestContext<'_>) -> Decision {
        let request = context.request;
        let asking = self.asking(context);
        let at =
            context.at.or(asking.and_then(|client| self.clients.get(client)).map(|client| &client.cluster));
        let context = RequestContext { at, ..context };
        let agents = self.clusters.iter().map(|each| AgentKey::new(each.id.clone(), request.id.as_str()));
        let there = agents.filter_map(|agent| self.sessions.get_key_value(&agent));
        let mut there =
            there.filter(|(agent, session)| context.is_at(agent) && context.may_know(agent, session));
        let found = there.next();
        if let (Some(first), Some(second)) = (found, there.next()) {
            let clusters: Vec<_> =
                [first, second].into_iter().chain(there).map(|(agent, _)| agent.cluster().as_str()).collect();
            return refusals::in_several_clusters(request, &clusters.join(", "));
        }
        let owned = found.filter(|(_, session)| self.may_be(&session.owner, context));
        let Some((agent, session)) = owned else {
            return match (self.for_member(context), found) {
                (Some(decision), _) => decision,
                (None, Some(_)) => self.not_owner(context, None),
                (None, None) => {
                    let event = Event::State(State::re_login(&request.id));
                    refusals::refused(Refusal::UnknownAgent, event, asking.cloned())
                }
            };
        };
        let client = session.owner.clone();
        let mut permit = Permit::default();
        if signs_in(request.name) && context.command.is_ok() {
            if self.is_full(agent) {
                let event = Event::Error(ErrorEvent::of_agent(ErrorCode::LicensesExceeded, &request.id));
                return Decision::Denied { client, event };
            }
            permit.licence = Some(agent.clone());
        }
        Decision::Agent { client, agent: agent.clone(), permit }
    }

    pub(super) fn not_owner(&self, context: RequestContext<'_>, text: Option<String>) -> Decision {
        let mut event = ErrorEvent::of_agent(ErrorCode::SessionInvalidated, &context.request.id);
        if let Some(text) = text {
            event = event.with_message(text);
        }
        refusals::refused(Refusal::NotOwner, Event::Error(event), self.asking(context).cloned())
    }

    /// The principal's own client whose session the request names.
    pub(super) fn asking(&self, context: RequestContext<'_>) -> Option<&ClientKey> {
        let url = context.request.session_url.as_deref()?;
        let theirs = self.by_session_url.get(url).into_iter().flatten();
        theirs.into_iter().find(|key| self.own_client(context.principal, key).is_some())
    }

    fn own_client(&self, principal: &Principal, key: &ClientKey) -> Option<&Client> {
        self.clients.get(key).filter(|known| is_own(principal, key, known))
    }

    /// Whether this client may be the caller. On an open listener the session URLs decide it, if both sides have one.
    fn may_be(&self, owner: &ClientKey, context: RequestContext<'_>) -> bool {
        let (named, owned) = (context.request.session_url.as_deref(), self.session_url(owner));
        !context.principal.is_open() || named.is_none() || owned.is_none() || named == owned
    }

    /// Whether there are too many clients. Anyone who reaches the listener may send Hello, and each client costs memory.
    fn has_no_room_for(&self, client: &ClientKey) -> bool {
        self.clients.len() >= self.max_clients && !self.clients.contains_key(client)
    }

    fn is_full(&self, agent: &AgentKey) -> bool {
        let is_full = self.licences.is_some_and(|most| self.signed_in.len() >= most);
        is_full && !self.signed_in.contains(agent)
    }
}

fn is_own(principal: &Principal, key: &ClientKey, known: &Client) -> bool {
    principal.may_use(key.as_str()) && principal.may_enter(known.cluster.as_str())
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
