//! What is kept of a session for a restart: exactly what a resync cannot give back.
//!
//! | kept | because |
//! |---|---|
//! | the owner and the password, or the token with its means of renewal | nobody else has them |
//! | the last user, and the State emitted last | only differences are emitted |
//! | the extension | Finesse shows none after a sign-out |
//! | the desired state, a sign-out that waits for the end of a call | only the client has said so |
//! | each call and its visit: kind, last event, end, the command that began it | only differences are emitted, and the kind is decided when the visit begins |
//! | the teams that are followed, and their members' states | only the client has asked for them; only differences are emitted |
//! | reason codes | they are part of the State event |
//! | commands that were sent, with their effect | the re-read has to decide them |
//!
//! Not kept: the stream and requests in flight, which end with the process; queues of commands that were not sent, which
//! end with PLEASE_RETRY; the recovery, which begins again as after a lost stream.

use std::sync::Arc;
use std::time::Duration;

use gc_events::{ErrorCode, ErrorEvent, Event};
use serde::{Deserialize, Serialize};

use super::Agent;
use super::calls::Calls;
use super::commands::{Effect, KeptCommand, PendingCommand};
use super::in_flight::InFlight;
use super::lists::Reasons;
use super::session::{LINK_LOSS, Session};
use super::team::Team;
use crate::{ClientKey, CommandId, Credentials, Outcome, Output, SessionChange, Settings, Timer};

const RESTARTED: &str =
    "The connector was restarted before the outcome was known. The events that follow show what was done.";

/// What is kept of a session, to be written down by whoever runs the machine.
#[derive(Debug)]
pub struct KeptSession<'a> {
    /// The client that owns the agent.
    pub owner: &'a ClientKey,
    /// The agent's credentials; the password or token is not part of `state`.
    pub credentials: &'a Credentials,
    /// Everything else, in JSON. It holds telephone numbers and call variables, and no password.
    pub state: String,
}

/// Why a session cannot be restored.
#[derive(Debug, thiserror::Error)]
#[error("what was kept of the session cannot be read")]
pub struct RestoreError(#[source] serde_json::Error);

#[derive(Serialize)]
struct Written<'a> {
    #[serde(rename = "life")]
    generation: u64,
    session: &'a Session,
    calls: &'a Calls,
    team: &'a Team,
    reasons: &'a Reasons,
    sent: Vec<KeptCommand>,
}

#[derive(Deserialize)]
struct Read {
    #[serde(rename = "life")]
    generation: u64,
    session: Session,
    calls: Calls,
    team: Team,
    reasons: Reasons,
    sent: Vec<KeptCommand>,
}

impl Agent {
    /// What has to be kept now, so that [`Agent::restore`] can go on from here. `None` without a session.
    pub fn keep(&self) -> Option<KeptSession<'_>> {
        let (Some(owner), Some(credentials)) = (self.out.owner(), self.session.credentials()) else {
            return None;
        };
        let written = Written {
            generation: self.in_flight.generation(),
            session: &self.session,
            calls: &self.calls,
            team: &self.team,
            reasons: &self.reasons,
            sent: self.commands.iter().filter_map(PendingCommand::keep).collect(),
        };
        // Keys are texts and numbers are finite: there is nothing that JSON cannot hold.
        let state = serde_json::to_string(&written).ok()?;
        Some(KeptSession { owner, credentials, state })
    }

    /// The session as it was kept; the password of `credentials` is what [`Credentials::to_kept`] has given. Its first input is [`crate::Input::Service`], its second [`crate::Input::Restored`].
    ///
    /// # Errors
    /// When it was not written by [`Agent::keep`], or by a version that this one cannot read.
    pub fn restore(
        id: impl Into<String>,
        settings: Arc<Settings>,
        owner: ClientKey,
        credentials: Credentials,
        state: &str,
    ) -> Result<Self, RestoreError> {
        let Read { generation, session, calls, team, reasons, sent } =
            serde_json::from_str(state).map_err(RestoreError)?;
        let mut agent = Self::new(id, settings);
        agent.session = session.with(credentials.user(), &credentials.to_kept());
        (agent.calls, agent.team, agent.reasons) = (calls, team, reasons);
        agent.in_flight = InFlight::in_generation(generation.saturating_add(1));
        agent.out.set_owner(Some(owner));
        sent.into_iter().filter_map(|kept| PendingCommand::restore(kept, RESTARTED)).for_each(|pending| {
            agent.commands.add(pending);
        });
        Ok(agent)
    }

    /// The session as it was kept while the machine [was quiet](Agent::is_quiet), to go on as if nothing had happened: with an
    /// open stream. For the replay of a recording that begins during a session.
    ///
    /// # Errors
    /// As those of [`Agent::restore`].
    pub fn resume(
        id: impl Into<String>,
        settings: Arc<Settings>,
        owner: ClientKey,
        credentials: Credentials,
        state: &str,
    ) -> Result<Self, RestoreError> {
        let mut agent = Self::restore(id, settings, owner, credentials, state)?;
        agent.session.resume_stream();
        Ok(agent)
    }

    /// Whether nothing is under way: there is no session yet, or its stream is open; no command, request, re-read or recovery has
    /// to end. What [`Agent::keep`] returns now is all that the machine knows, but for which notifications it has seen already.
    pub fn is_quiet(&self) -> bool {
        let idle = self.commands.is_empty() && self.in_flight.is_empty() && !self.over;
        let has_session = self.keep().is_some() && self.session.is_quiet();
        let quiet = has_session && self.resync.is_quiet() && !self.calls.hold_back();
        idle && (quiet || self.session.has_not_begun())
    }

    /// What the switchboard has to know of a session that was resumed.
    pub fn changes_of_resumed(&self) -> Vec<SessionChange> {
        let supervises = self.team.supervised().map(SessionChange::Supervises);
        [Some(SessionChange::SignedIn(self.session.is_signed_in())), supervises]
            .into_iter()
            .flatten()
            .collect()
    }

    /// The process has begun again. `open`: the commands that have no outcome, and their clients. Those that were not
    /// sent, as far as is known, end now. The others are decided by a re-read. `away`: how long the process was away.
    pub(in crate::agent) fn restored(&mut self, open: Vec<(CommandId, ClientKey)>, away: Duration) {
        if self.session.is_signed_in() {
            self.out.push(Output::Session(SessionChange::SignedIn(true)));
        } else {
            self.out.start_timer(Timer::Forget, self.settings.keep_signed_out);
        }
        if let Some(members) = self.team.supervised() {
            self.out.push(Output::Session(SessionChange::Supervises(members)));
        }
        for (id, client) in open {
            if self.commands.get(&id).is_none() {
                let code = ErrorCode::PleaseRetry;
                let event = ErrorEvent::of_agent(code.clone(), &self.id).with_message(RESTARTED);
                self.reject(id, client, Event::Error(event), Outcome::Failed(code));
            }
        }
        self.reopen_stream();
        self.watch_token();
        if away > LINK_LOSS {
            self.leave_signed_out();
        }
        let sent = self.commands.iter().map(|pending| (pending.id().clone(), pending.effect().cloned()));
        for (id, effect) in sent.collect::<Vec<_>>() {
            self.out.start_timer(Timer::Deadline(id.clone()), self.settings.deadline);
            match effect {
                Some(Effect::Member(..)) => self.read_member(&id),
                _ => self.decide(&id),
            }
        }
    }
}

#[cfg(test)]
mod tests;
