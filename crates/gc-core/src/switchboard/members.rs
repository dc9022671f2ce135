//! A supervisor's command for a team member (docs/sessions.md, "Supervisors").

use gc_protocol::{CommandName, Request};

use super::{Decision, Switchboard};
use crate::{AgentKey, ClientKey, ClusterId};

/// A supervisor who may be meant.
struct Candidate<'a> {
    client: &'a ClientKey,
    supervisor: &'a AgentKey,
    /// One of the supervisor's teams lists the member.
    listed: bool,
}

impl Switchboard {
    /// Supervisors put a member's id where their own would stand. The session says who asks. Without one the
    /// team that lists the member does, if that leaves no doubt.
    pub(super) fn for_member(&self, request: &Request, at: Option<&ClusterId>) -> Option<Decision> {
        if !matches!(request.name, CommandName::Logout | CommandName::MakeReady | CommandName::MakeNotReady) {
            return None;
        }
        let candidates = || {
            let here = self.sessions.iter().filter(|(agent, _)| at.is_none_or(|at| agent.cluster() == at));
            here.filter_map(|(supervisor, session)| {
                let listed = session.supervises.as_ref()?.contains(&request.id);
                Some(Candidate { client: &session.owner, supervisor, listed })
            })
        };
        let listed = || candidates().filter(|candidate| candidate.listed);
        let chosen = match request.session_url.as_deref() {
            Some(url) => {
                // Several clients may have given the same one.
                let theirs = || candidates().filter(|each| self.session_url(each.client) == Some(url));
                // Whether an unlisted one is in the team is for Finesse to say, if only one can be meant.
                let only = || theirs().next().filter(|_| theirs().nth(1).is_none());
                theirs().find(|candidate| candidate.listed).or_else(only)
            }
            None => listed().next().filter(|first| listed().all(|other| other.client == first.client)),
        };
        match chosen {
            Some(Candidate { client, supervisor, .. }) => Some(Decision::Member {
                client: client.clone(),
                supervisor: supervisor.clone(),
                member: request.id.clone(),
            }),
            None if listed().next().is_some() => Some(self.not_owner(request, Some(what_to_do(request)))),
            None => None,
        }
    }
}

/// The agent may be the client's own, whose session is over, or a member whom another client's supervisor lists.
fn what_to_do(request: &Request) -> String {
    let id = &request.id;
    match request.session_url {
        Some(_) => format!(
            "Agent {id} is not connected by this client, and no supervisor of this client has the agent in a team. \
             Connect and log in, or let a supervisor list the team (getteamusers)."
        ),
        None => format!(
            "Supervisors of several clients have agent {id} in a team. Send the sessionUrl of the client that asks."
        ),
    }
}
