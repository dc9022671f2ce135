//! Commands that have not had their outcome yet.

use finesse_types::{ParticipantState, Request, UserState};
use gc_events::ErrorCode;
use gc_protocol::Command;

use super::visit::Seen;
use crate::{AskId, ClientId, CommandId};

/// How far a command has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Behind call control of the same device; nothing was sent yet.
    Queued,
    /// Something is found out first: the password checked, a list read, the stream opened.
    Preparing,
    /// Sent to Finesse; its effect is awaited.
    Sent,
    /// A re-read of Finesse decides.
    Deciding,
}

/// A command without an outcome.
#[derive(Debug)]
pub(super) struct Open {
    pub id: CommandId,
    pub client: ClientId,
    pub command: Command,
    pub stage: Stage,
    /// The change that was sent for it, and which request that was.
    pub request: Option<Request>,
    pub ask: Option<AskId>,
    /// Echoed by Finesse in what the request brings about.
    pub request_id: Option<String>,
    /// What to say when the re-read does not show the effect.
    pub failure: Option<(ErrorCode, String)>,
    /// The next call control need not wait for this one any longer.
    pub past_lane: bool,
    /// Finesse accepted it and will not show the effect now; a re-read tells the state as it is.
    pub taken_at_its_word: bool,
}

/// What makes a command a success (docs/commands.md, "effect").
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// The agent is signed in.
    SignedIn,
    /// The state, or the pending state, is the one asked for; with the reason code if one was given.
    State(UserState, Option<String>),
    /// A call that the agent makes has begun.
    NewCall,
    /// The agent's participant of a dialog is in this state.
    Own(String, ParticipantState),
    /// The agent has left a dialog.
    Left(String),
}

/// What has just changed.
pub(super) enum Change<'a> {
    User { state: &'a UserState, pending: Option<&'a UserState>, reason_code: Option<&'a str> },
    Dialog { id: &'a str, seen: &'a Seen },
}

impl Effect {
    /// The effect by which a command succeeds; none for commands that only read.
    pub(super) fn of(command: &Command) -> Option<Self> {
        let own = |dialog: &String, state| Some(Self::Own(dialog.clone(), state));
        match command {
            Command::Login { .. } => Some(Self::SignedIn),
            Command::Logout => Some(Self::State(UserState::Logout, None)),
            Command::LogoutWithReason { reason_code } => {
                Some(Self::State(UserState::Logout, Some(reason_code.clone())))
            }
            Command::MakeReady => Some(Self::State(UserState::Ready, None)),
            Command::MakeNotReady => Some(Self::State(UserState::NotReady, None)),
            Command::MakeNotReadyWithReason { reason_code } => {
                Some(Self::State(UserState::NotReady, Some(reason_code.clone())))
            }
            Command::MakeCall { .. } => Some(Self::NewCall),
            Command::AnswerCall { dialog_id } | Command::RetrieveCall { dialog_id } => {
                own(dialog_id, ParticipantState::Active)
            }
            Command::HoldCall { dialog_id } => own(dialog_id, ParticipantState::Held),
            Command::ReleaseCall { dialog_id } => Some(Self::Left(dialog_id.clone())),
            _ => None,
        }
    }

    /// Whether it may have to wait for the end of a call.
    pub(super) fn may_be_pending(&self) -> bool {
        matches!(self, Self::State(state, _) if *state != UserState::Logout)
    }

    /// Whether this change is the effect.
    pub(super) fn is_met_by(&self, change: &Change<'_>) -> bool {
        match (self, change) {
            (Self::SignedIn, Change::User { state, .. }) => **state != UserState::Logout,
            (Self::State(asked, reason), Change::User { state, pending, reason_code }) => {
                let now = *state == asked;
                // A pending state carries no reason yet; a sign-out may show none.
                let reason = reason.as_deref().filter(|_| now && *asked == UserState::NotReady);
                (now || *pending == Some(asked)) && reason.is_none_or(|reason| *reason_code == Some(reason))
            }
            (Self::NewCall, Change::Dialog { seen, .. }) => seen.began && seen.made_here,
            (Self::Own(dialog, state), Change::Dialog { id, seen }) => {
                dialog == id && seen.own.as_ref() == Some(state)
            }
            (Self::Left(dialog), Change::Dialog { id, seen }) => dialog == id && seen.ended,
            _ => false,
        }
    }
}

impl Open {
    /// Call control of the agent's device: one at a time.
    pub(super) fn is_call_control(&self) -> bool {
        matches!(
            self.command,
            Command::MakeCall { .. }
                | Command::AnswerCall { .. }
                | Command::HoldCall { .. }
                | Command::RetrieveCall { .. }
                | Command::ReleaseCall { .. }
        )
    }

    pub(super) fn signs_out(&self) -> bool {
        matches!(self.command, Command::Logout | Command::LogoutWithReason { .. })
    }

    /// Whether the command acts on the object that an asynchronous error names as its source
    /// (`/finesse/api/Dialog/{id}` or `/finesse/api/User/{id}…`).
    pub(super) fn acts_on(&self, source: &str) -> bool {
        let on_dialog = source.rsplit_once("/Dialog/").map(|(_, id)| id);
        match Effect::of(&self.command) {
            Some(Effect::Own(dialog, _) | Effect::Left(dialog)) => on_dialog == Some(dialog.as_str()),
            Some(Effect::NewCall) => on_dialog.is_none(),
            Some(_) => on_dialog.is_none() && !source.ends_with("/Dialogs"),
            None => false,
        }
    }
}
