//! Requests without a response.

use std::collections::BTreeMap;

use finesse_types::{Request, UserState};

use crate::directory::Found;
use crate::request_id::SentFor;
use crate::{AskId, CommandId};

/// The requests in flight, by number.
#[derive(Debug, Default)]
pub(in crate::agent) struct InFlight {
    /// Boxed, because a map makes room for eleven at once, and keeps it.
    requests: BTreeMap<AskId, Box<PendingRequest>>,
    last: u64,
}

/// A request without a response.
#[derive(Debug)]
pub(in crate::agent) struct PendingRequest {
    pub(in crate::agent) purpose: Purpose,
    pub(in crate::agent) authority: Authority,
    repeat: Repeat,
}

/// Whether it may be sent again with another token, after Finesse has refused the one it was sent with.
#[derive(Debug, Default)]
enum Repeat {
    /// It was not sent with the session's token.
    #[default]
    Never,
    /// With the same `requestId`.
    Once(Box<Request>, String),
    /// It was.
    Done,
}

impl PendingRequest {
    /// Whether it was sent again already.
    pub(in crate::agent) fn is_repeated(&self) -> bool {
        matches!(self.repeat, Repeat::Done)
    }

    /// What is sent again, with its `requestId`.
    pub(in crate::agent) fn repeat(self) -> Option<(Self, Request, String)> {
        match self.repeat {
            Repeat::Once(request, request_id) => {
                Some((Self { repeat: Repeat::Done, ..self }, *request, request_id))
            }
            Repeat::Never | Repeat::Done => None,
        }
    }
}

/// The credentials that it was sent with. They decide what it means when Finesse does not authorize it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::agent) enum Authority {
    /// The session's credentials, for something that every agent may do: the password is no longer valid.
    Session,
    /// The same, for something that needs a right: the password is no longer valid, or the agent lacks the right.
    /// Finesse answers both in the same way.
    SessionWithRight,
    /// Other credentials: it does not concern the session.
    Other,
}

/// What a request is for.
#[derive(Clone, Debug)]
pub(in crate::agent) enum Purpose {
    /// Checking the password of a Connect.
    Password(CommandId),
    /// The change that a command makes.
    Write(CommandId),
    /// Looking up the object id of a command's reason code.
    ReasonId {
        command: CommandId,
        state: UserState,
        code: String,
    },
    /// The list that a command asks for.
    List {
        command: CommandId,
        request: Request,
    },
    /// The states of the supervisors that another source has listed for a command.
    States(CommandId, Box<Found>),
    /// The member whose state a command changes.
    Member(CommandId),
    /// A team, to find the agent whose call a command barges into; with the teams to read next.
    MonitoredAgent(CommandId, Vec<String>),
    /// The calls of that agent.
    MonitoredCalls(CommandId),
    /// A query to a source other than Finesse.
    LookUp(CommandId),
    RereadUser,
    RereadDialogs,
    /// A team whose changes the supervisor follows.
    RereadTeam(String),
    /// Checking whether the session's password is still valid.
    PasswordRecheck,
    /// Renewing the session's token.
    TokenRenewal,
    /// Restoring the agent's state after the stream was lost.
    Recovery,
    /// The sign-out that waited for the end of a call.
    DeferredLogout,
}

/// Each restoring of the session begins a generation. Its numbers are above all earlier ones, so that no late answer or echo is
/// taken for one of this generation.
const GENERATION: u64 = 1 << 40;

impl InFlight {
    /// No requests yet, in this generation.
    pub(in crate::agent) fn in_generation(generation: u64) -> Self {
        Self { last: generation.saturating_mul(GENERATION), ..Self::default() }
    }

    /// How many times the session was restored.
    pub(in crate::agent) fn generation(&self) -> u64 {
        self.last / GENERATION
    }

    /// Adds a request that is about to be sent.
    pub(in crate::agent) fn add(&mut self, purpose: Purpose, authority: Authority) -> AskId {
        self.last = self.last.saturating_add(1);
        let ask = AskId(self.last);
        self.add_again(ask, PendingRequest { purpose, authority, repeat: Repeat::Never });
        ask
    }

    /// Adds one that is sent again.
    pub(in crate::agent) fn add_again(&mut self, ask: AskId, request: PendingRequest) {
        self.requests.insert(ask, Box::new(request));
    }

    /// Notes how it is sent again.
    pub(in crate::agent) fn may_repeat(&mut self, ask: AskId, request: &Request, request_id: &str) {
        if let Some(pending) = self.requests.get_mut(&ask) {
            pending.repeat = Repeat::Once(Box::new(request.clone()), request_id.to_owned());
        }
    }

    /// The number of the request that was sent last.
    pub(in crate::agent) fn last(&self) -> Option<AskId> {
        (self.last > 0).then_some(AskId(self.last))
    }

    /// Forgets all requests but the check of this command's password.
    pub(in crate::agent) fn keep_only_check(&mut self, command: &CommandId) {
        self.requests.retain(|_, request| matches!(&request.purpose, Purpose::Password(id) if id == command));
    }

    /// Removes a request that has been answered.
    pub(in crate::agent) fn take(&mut self, ask: AskId) -> Option<PendingRequest> {
        self.requests.remove(&ask).map(|request| *request)
    }

    /// Whether every request has its response.
    pub(in crate::agent) fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }

    /// Whether a request has no response yet.
    pub(in crate::agent) fn is_unanswered(&self, ask: AskId) -> bool {
        self.requests.contains_key(&ask)
    }

    /// Whether the list of a command is being read.
    pub(in crate::agent) fn is_listing(&self, command: &CommandId) -> bool {
        let lists = |request: &PendingRequest| matches!(&request.purpose, Purpose::List { command: id, .. } if id == command);
        self.requests.values().any(|request| lists(request))
    }
}

impl Purpose {
    /// The purpose as part of the `requestId`.
    pub(in crate::agent) fn sent_for(&self) -> SentFor {
        match self {
            Self::Password(id)
            | Self::Write(id)
            | Self::ReasonId { command: id, .. }
            | Self::List { command: id, .. }
            | Self::States(id, _)
            | Self::Member(id)
            | Self::MonitoredAgent(id, _)
            | Self::MonitoredCalls(id)
            | Self::LookUp(id) => SentFor::Command(id.clone()),
            Self::Recovery => SentFor::Recovery,
            Self::DeferredLogout => SentFor::SignOut,
            Self::RereadUser
            | Self::RereadDialogs
            | Self::RereadTeam(_)
            | Self::PasswordRecheck
            | Self::TokenRenewal => SentFor::Reading,
        }
    }
}
