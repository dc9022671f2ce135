//! The agent's calls: how dialogs become events, and how commands act on them.
//!
//! - `visit`: one dialog's visit to the agent; `kind`: which events report it; `dialogs`: all of them;
//! - `notified`: notifications and snapshots become observations, and these are reported;
//! - `work`: commands that act on a call; `outbound`: callbacks and the classification of a dialer's call;
//!   `supervise`: silent monitoring and barging in.

mod dialogs;
mod kind;
mod notified;
mod outbound;
mod perspective;
mod supervise;
mod visit;
mod work;

use std::collections::BTreeMap;

use finesse_types::Dialog;
use serde::{Deserialize, Serialize};

pub(in crate::agent) use self::dialogs::Dialogs;
pub(in crate::agent) use self::kind::Kind;
pub(in crate::agent) use self::perspective::Perspective;
pub(in crate::agent) use self::visit::{Observation, Presence, participant_at};
use crate::CommandId;

/// The agent's calls.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(in crate::agent) struct Calls {
    dialogs: Dialogs,
    /// First notifications of the dialer's calls, until the next one comes. Not kept: a re-read shows the call.
    #[serde(skip)]
    held_back: BTreeMap<String, Dialog>,
}

impl Calls {
    pub(in crate::agent) fn dialogs(&self) -> &Dialogs {
        &self.dialogs
    }

    /// Whether a notification waits for the next one.
    pub(in crate::agent) fn hold_back(&self) -> bool {
        !self.held_back.is_empty()
    }

    /// Records which command began the visit of a dialog.
    pub(in crate::agent) fn note_maker(&mut self, dialog: &str, command: &CommandId) {
        self.dialogs.note_maker(dialog, command);
    }

    /// Forgets everything, because all calls are reported again to a new owner.
    pub(in crate::agent) fn clear(&mut self) {
        self.dialogs.clear();
        self.held_back.clear();
    }
}
