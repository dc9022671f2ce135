//! Commands come in, wait for their turn, and end once.
//!
//! - `take`: how one begins and how it ends; `route` says which room carries it out;
//! - `pending`: one without an outcome; `effect`: what makes it a success;
//! - `attribution`: which command an observation belongs to.

mod attribution;
mod effect;
mod outcome;
mod pending;
mod route;
mod take;

use std::collections::VecDeque;

use gc_protocol::Command;

pub(in crate::agent) use self::attribution::{Attributed, Origin, union};
pub(in crate::agent) use self::effect::{Change, Effect};
pub(in crate::agent) use self::outcome::Ending;
pub(in crate::agent) use self::pending::PendingCommand;
use self::pending::{is_set_up, signs_in};
use crate::{ClientKey, CommandId};

/// The commands that have no outcome yet.
#[derive(Debug, Default)]
pub(in crate::agent) struct Commands {
    /// Oldest first.
    pending: Vec<PendingCommand>,
    /// Those that came while a Connect or a Login was pending.
    behind_set_up: VecDeque<(CommandId, ClientKey, Command)>,
}

/// A command that was taken out before its outcome.
pub(in crate::agent) struct Dismissed {
    id: CommandId,
    client: ClientKey,
    command: Command,
    progress: Option<String>,
}

impl Commands {
    pub(in crate::agent) fn get(&self, id: &CommandId) -> Option<&PendingCommand> {
        self.pending.iter().find(|pending| pending.id() == id)
    }

    pub(in crate::agent) fn get_mut(&mut self, id: &CommandId) -> Option<&mut PendingCommand> {
        self.pending.iter_mut().find(|pending| pending.id() == id)
    }

    /// Oldest first.
    pub(in crate::agent) fn iter(&self) -> impl Iterator<Item = &PendingCommand> {
        self.pending.iter()
    }

    pub(in crate::agent) fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    /// Takes out all that are pending but one, and those of this client that wait; or all of them.
    pub(in crate::agent) fn take_out(
        &mut self,
        but: Option<&CommandId>,
        waiting_of: Option<&ClientKey>,
    ) -> Vec<Dismissed> {
        let pending = self.pending.extract_if(.., |pending| Some(pending.id()) != but);
        let mut gone: Vec<_> = pending
            .map(|pending| Dismissed {
                id: pending.id().clone(),
                client: pending.client().clone(),
                command: pending.command().clone(),
                progress: pending.progress().map(str::to_owned),
            })
            .collect();
        let (waiting, stay) = std::mem::take(&mut self.behind_set_up)
            .into_iter()
            .partition::<Vec<_>, _>(|(_, client, _)| waiting_of.is_none_or(|of| of == client));
        self.behind_set_up = stay.into();
        let waiting = waiting.into_iter();
        gone.extend(waiting.map(|(id, client, command)| Dismissed { id, client, command, progress: None }));
        gone
    }

    fn add(&mut self, pending: PendingCommand) {
        self.pending.push(pending);
    }

    fn remove(&mut self, id: &CommandId) -> Option<PendingCommand> {
        let index = self.pending.iter().position(|pending| pending.id() == id)?;
        Some(self.pending.remove(index))
    }

    /// What a client sends behind its own Connect or Login waits, so that it may send its first commands in
    /// one go. One Connect or Login at a time, whosever it is.
    fn waits_behind_set_up(&self, client: &ClientKey, command: &Command) -> bool {
        let theirs = |pending: &PendingCommand| pending.client() == client || is_set_up(command);
        self.pending.iter().any(|pending| pending.is_set_up() && theirs(pending))
    }

    /// A Connect or a Login is pending.
    fn is_setting_up(&self) -> bool {
        self.pending.iter().any(PendingCommand::is_set_up)
    }

    /// The next one that waited behind a Connect or Login.
    fn next_behind_set_up(&mut self) -> Option<(CommandId, ClientKey, Command)> {
        if self.is_setting_up() { None } else { self.behind_set_up.pop_front() }
    }

    /// A Login is pending, or waits.
    pub(in crate::agent) fn wants_to_sign_in(&self) -> bool {
        let pending = self.pending.iter().map(PendingCommand::command);
        pending.chain(self.behind_set_up.iter().map(|(_, _, command)| command)).any(signs_in)
    }

    /// Call control of a device waits for the one before it (Finesse Developer Guide, "call control
    /// requests of one device").
    fn lane_is_busy(&self) -> bool {
        self.lane().next().is_some()
    }

    /// The call control whose turn has come.
    fn next_in_lane(&mut self) -> Option<&mut PendingCommand> {
        let mut lane = self.pending.iter_mut().filter(|pending| is_in_lane(pending));
        lane.next().filter(|pending| pending.is_queued())
    }

    fn lane(&self) -> impl Iterator<Item = &PendingCommand> {
        self.pending.iter().filter(|pending| is_in_lane(pending))
    }
}

fn is_in_lane(pending: &PendingCommand) -> bool {
    pending.is_call_control() && !pending.is_past_lane()
}
