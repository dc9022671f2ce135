//! Requests that have no answer yet.

use std::collections::BTreeMap;

use finesse_types::UserState;

use crate::directory::Found;
use crate::request_id::SentFor;
use crate::{AskId, CommandId};

/// The requests in flight, by number.
#[derive(Debug, Default)]
pub(in crate::agent) struct InFlight {
    requests: BTreeMap<AskId, Flight>,
    last: u64,
}

/// One of them.
#[derive(Debug)]
pub(in crate::agent) struct Flight {
    pub(in crate::agent) purpose: Purpose,
    pub(in crate::agent) authority: Authority,
}

/// With whose right it was sent, which says what it means when Finesse does not authorize it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::agent) enum Authority {
    /// The session's credentials, for what every agent may: the password is not good any more.
    Session,
    /// The same, for what needs a right: the password, or the right. Finesse says both in the same words.
    SessionWithRight,
    /// Other credentials: it says nothing about the session.
    Other,
}

/// What an answer is for.
#[derive(Clone, Debug)]
pub(in crate::agent) enum Purpose {
    /// Connect checks the password.
    Password(CommandId),
    /// A command's change at Finesse.
    Write(CommandId),
    /// A reason code's id is looked up for a command.
    ReasonId {
        command: CommandId,
        state: UserState,
        code: String,
    },
    /// A list that a command asked for.
    List(CommandId),
    /// The states of the supervisors that were found for a command.
    States(CommandId, Box<Found>),
    /// The member whose state a command changes.
    Member(CommandId),
    /// The agent on whose call a command barges in, in a team; the teams to look at next.
    MonitoredAgent(CommandId, Vec<String>),
    /// That agent's calls.
    MonitoredCalls(CommandId),
    /// A source that is not Finesse.
    LookUp(CommandId),
    RereadUser,
    RereadDialogs,
    /// A team whose members' states are reported to the supervisor.
    RereadTeam(String),
    /// Whether the session's password is still good.
    StillGood,
    /// Finesse is put back as it was before the link was lost.
    Recovery,
    /// The sign-out that waited for a call's end.
    DeferredLogout,
}

impl InFlight {
    /// A request is about to be sent.
    pub(in crate::agent) fn add(&mut self, purpose: Purpose, authority: Authority) -> AskId {
        self.last = self.last.saturating_add(1);
        let ask = AskId(self.last);
        self.requests.insert(ask, Flight { purpose, authority });
        ask
    }

    /// Its answer has come.
    pub(in crate::agent) fn land(&mut self, ask: AskId) -> Option<Flight> {
        self.requests.remove(&ask)
    }

    /// No answer has come yet.
    pub(in crate::agent) fn is_out(&self, ask: AskId) -> bool {
        self.requests.contains_key(&ask)
    }

    /// A command's list is being read.
    pub(in crate::agent) fn is_listing(&self, command: &CommandId) -> bool {
        let lists = |flight: &Flight| matches!(&flight.purpose, Purpose::List(id) if id == command);
        self.requests.values().any(lists)
    }
}

impl Purpose {
    /// As the `requestId` has it.
    pub(in crate::agent) fn sent_for(&self) -> SentFor {
        match self {
            Self::Password(id)
            | Self::Write(id)
            | Self::ReasonId { command: id, .. }
            | Self::List(id)
            | Self::States(id, _)
            | Self::Member(id)
            | Self::MonitoredAgent(id, _)
            | Self::MonitoredCalls(id)
            | Self::LookUp(id) => SentFor::Command(id.clone()),
            Self::Recovery => SentFor::Recovery,
            Self::DeferredLogout => SentFor::SignOut,
            Self::RereadUser | Self::RereadDialogs | Self::RereadTeam(_) | Self::StillGood => {
                SentFor::Reading
            }
        }
    }
}
