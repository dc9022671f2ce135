//! A request with its caller.

use gc_access::Principal;
use gc_protocol::{ArgumentError, Command, Request};

use super::Session;
use crate::{AgentKey, ClusterId};

/// A request, its caller, and the cluster it goes to.
#[derive(Clone, Copy)]
pub(super) struct RequestContext<'a> {
    pub(super) principal: &'a Principal,
    pub(super) request: &'a Request,
    /// The request's arguments.
    pub(super) command: &'a Result<Command, ArgumentError>,
    /// The cluster in the request's address, else that of the client whose session it names.
    pub(super) at: Option<&'a ClusterId>,
}

impl RequestContext<'_> {
    /// Whether the agent is in the cluster that is meant.
    pub(super) fn is_at(&self, agent: &AgentKey) -> bool {
        self.at.is_none_or(|at| agent.cluster() == at)
    }

    /// Whether the session belongs to a client of the principal's.
    pub(super) fn may_know(&self, agent: &AgentKey, session: &Session) -> bool {
        self.principal.may_use(session.owner.as_str()) && self.principal.may_enter(agent.cluster().as_str())
    }
}
