//! A supervisor's command for a team member (docs/sessions.md, "Supervisors").

use gc_access::Right;
use gc_protocol::CommandName;

use super::context::RequestContext;
use super::{Decision, Switchboard};
use crate::{AgentKey, ClientKey};

/// A supervisor that the caller may mean.
struct Candidate<'a> {
    client: &'a ClientKey,
    supervisor: &'a AgentKey,
    /// One of the supervisor's teams lists the member.
    listed: bool,
}

impl Switchboard {
    /// Supervisors put a member's id where their own would stand. The caller is known from its credentials or from the
    /// session. Where neither says it, or several clients remain, the team that lists the member does, if that leaves
    /// no doubt.
    pub(super) fn for_member(&self, context: RequestContext<'_>) -> Option<Decision> {
        let RequestContext { principal, request, .. } = context;
        let of_supervisors =
            matches!(request.name, CommandName::Logout | CommandName::MakeReady | CommandName::MakeNotReady);
        if !of_supervisors || !principal.may(Right::Supervisor) {
            return None;
        }
        let candidates = || {
            let own = self.sessions.iter().filter(move |(agent, session)| context.may_know(agent, session));
            own.filter(move |(agent, _)| context.is_at(agent)).filter_map(|(supervisor, session)| {
                let listed = session.supervises.as_ref()?.contains(&request.id);
                Some(Candidate { client: &session.owner, supervisor, listed })
            })
        };
        let listed = || candidates().filter(|candidate| candidate.listed);
        // A principal's own clients need not say which session asks, so one that is not known says nothing.
        let session =
            request.session_url.as_deref().filter(|_| principal.is_open() || self.asking(context).is_some());
        let chosen = match session {
            Some(url) => {
                // Several clients may have given the same one.
                let theirs = || candidates().filter(|each| self.session_url(each.client) == Some(url));
                theirs().find(|candidate| candidate.listed).or_else(|| only(theirs()))
            }
            None => {
                let in_no_doubt =
                    listed().next().filter(|first| listed().all(|other| other.client == first.client));
                in_no_doubt.or_else(|| only(candidates()).filter(|_| !principal.is_open()))
            }
        };
        match chosen {
            Some(Candidate { client, supervisor, .. }) => Some(Decision::Member {
                client: client.clone(),
                supervisor: supervisor.clone(),
                member: request.id.clone(),
            }),
            None if listed().next().is_some() => {
                Some(self.not_owner(context, Some(what_to_do(&request.id, session.is_some()))))
            }
            None => None,
        }
    }
}

/// Whether an unlisted member is in the team is for Finesse to say, if only one supervisor can be meant.
fn only<'a>(mut candidates: impl Iterator<Item = Candidate<'a>>) -> Option<Candidate<'a>> {
    candidates.next().filter(|_| candidates.next().is_none())
}

/// The agent may be the client's own, whose session is over, or a member whom another client's supervisor lists.
fn what_to_do(id: &str, session_is_known: bool) -> String {
    match session_is_known {
        true => format!(
            "Agent {id} is not connected by this client, and no supervisor of this client has the agent in a team. \
             Connect and log in, or let a supervisor list the team (getteamusers)."
        ),
        false => format!(
            "Supervisors of several clients have agent {id} in a team. Send the sessionUrl of the client that asks."
        ),
    }
}
