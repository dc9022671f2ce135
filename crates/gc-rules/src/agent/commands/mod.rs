//! Commands: each is accepted, waits for its turn, and has one outcome.
//!
//! - `take`: accepts or rejects a command; `route`: which module carries it out;
//! - `attempt`: its permission to use a password;
//! - `pending`: a command without an outcome; `effect`: what makes it a success; `outcome`: how it ends;
//! - `attribution`: which command an observation belongs to.

mod attempt;
mod attribution;
mod effect;
mod kept;
mod outcome;
mod pending;
mod route;
mod take;

use std::collections::VecDeque;

use gc_protocol::Command;

pub(in crate::agent) use self::attempt::Attempt;
pub(in crate::agent) use self::attribution::{Attributed, Origin, union};
pub(in crate::agent) use self::effect::{Change, Effect};
pub(in crate::agent) use self::kept::KeptCommand;
pub(in crate::agent) use self::outcome::Ending;
pub(in crate::agent) use self::pending::PendingCommand;
use self::pending::{is_set_up, signs_in};
pub(in crate::agent) use self::route::{
    CallControl, CallData, CallQuery, List, Login, OnCall, Route, StateChange, route,
};
use crate::{ClientKey, CommandId};

/// The commands that have no outcome yet.
#[derive(Debug, Default)]
pub(in crate::agent) struct Commands {
    /// Oldest first.
    pending: Vec<PendingCommand>,
    /// Commands that wait until a pending Connect or Login has ended.
    behind_set_up: VecDeque<(CommandId, ClientKey, Command)>,
}

/// A command that was removed before its outcome.
pub(in crate::agent) struct Dismissed {
    id: CommandId,
    client: ClientKey,
    command: Command,
    progress: Option<String>,
    attempt: Attempt,
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

    /// Removes the pending commands except one, and the waiting commands of one client. `None`: without an exception, of
    /// all clients.
    pub(in crate::agent) fn take_out(
        &mut self,
        except: Option<&CommandId>,
        queued_by: Option<&ClientKey>,
    ) -> Vec<Dismissed> {
        let mut removed = self.take_out_pending(except);
        let (waiting, stay) = std::mem::take(&mut self.behind_set_up)
            .into_iter()
            .partition::<Vec<_>, _>(|(_, client, _)| queued_by.is_none_or(|of| of == client));
        self.behind_set_up = stay.into();
        let waiting = waiting.into_iter();
        removed.extend(waiting.map(|(id, client, command)| Dismissed {
            id,
            client,
            command,
            progress: None,
            attempt: Attempt::None,
        }));
        removed
    }
    /// Removes the pending commands except one.
    pub(in crate::agent) fn take_out_pending(&mut self, except: Option<&CommandId>) -> Vec<Dismissed> {
        let pending = self.pending.extract_if(.., |pending| Some(pending.id()) != except);
        pending
            .map(|pending| Dismissed {
                id: pending.id().clone(),
                client: pending.client().clone(),
                command: pending.command().clone(),
                progress: pending.progress().map(str::to_owned),
                attempt: pending.attempt(),
            })
            .collect()
    }

    pub(in crate::agent) fn add(&mut self, pending: PendingCommand) {
        // Most of the time an agent has none, and rarely more than one.
        self.pending.reserve_exact(1);
        self.pending.push(pending);
    }

    fn remove(&mut self, id: &CommandId) -> Option<PendingCommand> {
        let index = self.pending.iter().position(|pending| pending.id() == id)?;
        let removed = self.pending.remove(index);
        if self.pending.is_empty() {
            self.pending = Vec::new();
        }
        Some(removed)
    }

    /// Commands of a client wait for its pending Connect or Login, so that a client can send its first commands
    /// together. Only one Connect or Login is carried out at a time, whichever client sent it.
    fn waits_behind_set_up(&self, client: &ClientKey, command: &Command) -> bool {
        let theirs = |pending: &PendingCommand| pending.client() == client || is_set_up(command);
        self.pending.iter().any(|pending| pending.is_set_up() && theirs(pending))
    }

    /// Whether a Connect or a Login is pending.
    fn is_setting_up(&self) -> bool {
        self.pending.iter().any(PendingCommand::is_set_up)
    }

    /// The next command that waited for a Connect or Login, once none is pending.
    fn next_behind_set_up(&mut self) -> Option<(CommandId, ClientKey, Command)> {
        if self.is_setting_up() { None } else { self.behind_set_up.pop_front() }
    }

    /// Whether a Login is pending or waiting.
    pub(in crate::agent) fn wants_to_sign_in(&self) -> bool {
        let pending = self.pending.iter().map(PendingCommand::command);
        pending.chain(self.behind_set_up.iter().map(|(_, _, command)| command)).any(signs_in)
    }

    /// Whether another call control command is pending. A device takes one at a time (Finesse Developer Guide, "call
    /// control requests of one device").
    fn call_control_is_pending(&self) -> bool {
        self.call_control().next().is_some()
    }

    /// The call control command whose turn has come.
    fn next_call_control(&mut self) -> Option<&mut PendingCommand> {
        let mut call_control = self.pending.iter_mut().filter(|pending| blocks_call_control(pending));
        call_control.next().filter(|pending| pending.is_queued())
    }

    fn call_control(&self) -> impl Iterator<Item = &PendingCommand> {
        self.pending.iter().filter(|pending| blocks_call_control(pending))
    }
}

fn blocks_call_control(pending: &PendingCommand) -> bool {
    pending.is_call_control() && !pending.lets_next_begin()
}
