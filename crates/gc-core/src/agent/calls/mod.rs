//! The agent's calls: how Finesse's dialogs become events, and what is done to them.
//!
//! - `visit`: one dialog's visit to the agent; `kind`: which events it speaks in; `dialogs`: all of them;
//! - `notified`: what a notification or a snapshot says of a dialog is observed and reported;
//! - `work`: what is done to a call that is there; `outbound`: what an agent says about a dialer's customer;
//!   `supervise`: listening and breaking in.

mod dialogs;
mod kind;
mod notified;
mod outbound;
mod supervise;
mod visit;
mod work;

use std::collections::BTreeMap;

use finesse_types::Dialog;

pub(in crate::agent) use self::dialogs::Dialogs;
pub(in crate::agent) use self::kind::Kind;
pub(in crate::agent) use self::visit::{How, Observation, Perspective, participant_at};
use crate::CommandId;

/// The agent's calls.
#[derive(Debug, Default)]
pub(in crate::agent) struct Calls {
    dialogs: Dialogs,
    /// First packets of the dialer that wait for a second one.
    held_back: BTreeMap<String, Dialog>,
}

impl Calls {
    pub(in crate::agent) fn dialogs(&self) -> &Dialogs {
        &self.dialogs
    }

    /// A command began the visit of a dialog.
    pub(in crate::agent) fn note_maker(&mut self, dialog: &str, command: &CommandId) {
        self.dialogs.note_maker(dialog, command);
    }

    /// Forgets everything: a new owner gets it afresh.
    pub(in crate::agent) fn clear(&mut self) {
        self.dialogs.clear();
        self.held_back.clear();
    }
}
