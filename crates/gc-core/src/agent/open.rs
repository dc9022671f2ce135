//! Commands that have not had their outcome yet.

use finesse_types::{
    CallVariable, Classification, Dialog, DialogState, Participant, ParticipantState, Request, User,
    UserState,
};
use gc_events::ErrorCode;
use gc_protocol::Command;

use super::kind::Kind;
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
    /// The same, and Finesse is read because it may show the effect already and need not report it.
    Looking,
    /// A re-read of Finesse decides.
    Deciding,
    /// It has had its effect, and its outcome is about to be sent.
    Met,
}

impl Stage {
    pub(super) fn awaits_effect(self) -> bool {
        matches!(self, Self::Sent | Self::Looking | Self::Deciding)
    }
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
    /// It made the subscription of the team that it lists.
    pub subscribes: bool,
    /// What to say when the re-read does not show the effect.
    pub failure: Option<(ErrorCode, String)>,
    /// What makes it a success, once it is sent.
    pub effect: Option<Effect>,
    /// The next call control need not wait for this one any longer.
    pub past_lane: bool,
    /// Finesse accepted it and will not show the effect now; a re-read tells the state as it is.
    pub taken_at_its_word: bool,
    /// What was done of it already, which its Error has to say.
    pub so_far: Option<String>,
    /// Somebody else's request brought about what it asks for, before its own was answered.
    pub shown_by_others: bool,
}

/// What makes a command a success (docs/commands.md, "effect").
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// The agent is signed in.
    SignedIn,
    /// The state, or the pending state, is the one asked for; with the reason code if one was given.
    State(UserState, Option<String>),
    /// The call from an extension to a number has begun.
    Call { from: String, number: String },
    /// A leg of the agent's own has begun.
    Leg,
    /// The supervisor's silent monitoring has begun.
    Monitor,
    /// The agent's participant of a dialog is in this state.
    Own(String, ParticipantState),
    /// The agent has left a dialog.
    Left(String),
    /// More than two talk in a dialog, the agent among them.
    Conference(String),
    /// An offered customer is taken: the reservation is accepted, or over.
    Accepted(String),
    /// A participant has left a dialog.
    Dropped(String, String),
    /// The supervisor's leg into this call of an agent has begun.
    Barge(String),
    /// A team member's state, or pending state, is the one asked for.
    Member(String, UserState),
    /// A dialog has this wrap-up reason and these variables.
    Data { dialog: String, wrap_up_reason: Option<String>, variables: Vec<CallVariable> },
    /// A dialog shows a callback at this time, and with this number once that was asked for.
    Callback { dialog: String, time: String, number: Option<String> },
    /// A dialog shows no callback.
    NoCallback(String),
    /// A dialog shows what answered.
    Classified(String, Classification),
}

/// What has just changed.
pub(super) enum Change<'a> {
    User {
        state: &'a UserState,
        pending: Option<&'a UserState>,
        reason_code: Option<&'a str>,
    },
    Dialog {
        dialog: &'a Dialog,
        seen: &'a Seen,
    },
    /// A member of the supervisor's team.
    Member {
        user: &'a User,
    },
}

impl Effect {
    /// Whether it may have to wait for the end of a call.
    pub(super) fn may_be_pending(&self) -> bool {
        match self {
            Self::State(state, _) => *state != UserState::Logout,
            Self::Member(..) => true,
            _ => false,
        }
    }

    /// The dialog that it is about.
    pub(super) fn dialog(&self) -> Option<&str> {
        match self {
            Self::SignedIn
            | Self::State(..)
            | Self::Member(..)
            | Self::Call { .. }
            | Self::Leg
            | Self::Monitor
            | Self::Barge(_) => None,
            Self::Own(dialog, _)
            | Self::Left(dialog)
            | Self::Conference(dialog)
            | Self::Accepted(dialog)
            | Self::Dropped(dialog, _)
            | Self::NoCallback(dialog)
            | Self::Classified(dialog, _)
            | Self::Data { dialog, .. }
            | Self::Callback { dialog, .. } => Some(dialog),
        }
    }

    /// Something that a dialog shows from then on, whatever becomes of the call.
    pub(super) fn stays(&self) -> bool {
        matches!(self, Self::Data { .. } | Self::Callback { .. } | Self::Classified(..))
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
            (Self::Member(member, asked), Change::Member { user }) => {
                *member == user.login_id
                    && (user.state == *asked || user.pending_state.as_ref() == Some(asked))
            }
            (effect, Change::Dialog { dialog, seen }) if effect.begins_a_call() => {
                !seen.returned && seen.began.is_some_and(|kind| effect.is_begun_by(kind, dialog, seen))
            }
            (effect, Change::Dialog { dialog, seen }) if effect.dialog() == Some(dialog.id.as_str()) => {
                effect.is_met_in(dialog, seen)
            }
            _ => false,
        }
    }

    /// A call that was not there before.
    fn begins_a_call(&self) -> bool {
        matches!(self, Self::Call { .. } | Self::Leg | Self::Monitor | Self::Barge(_))
    }

    /// Whether the call that begins is the one asked for.
    fn is_begun_by(&self, kind: Kind, dialog: &Dialog, seen: &Seen) -> bool {
        use ParticipantState::{Initiated, Initiating};
        let call_type = &dialog.media.call_type;
        let calls = matches!(seen.own, Some(Initiating | Initiated));
        match self {
            Self::Call { from, number } => {
                let made = dialog.from_address == *from && goes_to(dialog, number);
                kind != Kind::Consult && !call_type.is_supervisor_monitor() && (calls || made)
            }
            Self::Leg => kind == Kind::Consult && !call_type.is_barge_in(),
            Self::Monitor => call_type.is_supervisor_monitor() && kind != Kind::Monitored,
            Self::Barge(call) => {
                let of_call = dialog.id == *call || dialog.associated_dialog_id() == Some(call);
                call_type.is_barge_in() || (of_call && !call_type.is_supervisor_monitor())
            }
            _ => false,
        }
    }

    fn is_met_in(&self, dialog: &Dialog, seen: &Seen) -> bool {
        use ParticipantState::{Accepted, Active, Dropped};
        match self {
            Self::Own(_, state) => seen.own.as_ref() == Some(state),
            Self::Left(_) => seen.ended,
            Self::Conference(_) => {
                let present = dialog.participants.iter().filter(|each| each.state != Dropped).count();
                seen.own == Some(Active) && (present > 2 || dialog.media.call_type.is_conference())
            }
            Self::Accepted(_) => {
                seen.ended || seen.own == Some(Accepted) || dialog.state == DialogState::Accepted
            }
            Self::Dropped(_, address) => {
                let there = |each: &&Participant| each.media_address == *address && each.state != Dropped;
                !dialog.participants.iter().any(|each| there(&each))
            }
            Self::Data { wrap_up_reason, variables, .. } => {
                let reason =
                    wrap_up_reason.as_ref().is_none_or(|asked| dialog.media.wrap_up_reason == *asked);
                let has = |asked: &CallVariable| {
                    dialog.media.variable(&asked.name).is_some_and(|value| value == stored(&asked.value))
                };
                reason && variables.iter().all(has)
            }
            Self::Callback { time, number, .. } => dialog.scheduled_callback.as_ref().is_some_and(|shown| {
                shown.time == *time && number.as_ref().is_none_or(|number| shown.number == *number)
            }),
            Self::NoCallback(_) => dialog.scheduled_callback.is_none() && !seen.ended,
            Self::Classified(_, class) => {
                let response = dialog.media.variable("BAResponse").unwrap_or_default();
                let shown = [response, dialog.media.outbound_classification.as_str()];
                shown.iter().any(|word| word.eq_ignore_ascii_case(class.as_str()))
            }
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
                | Command::TransferSst { .. }
                | Command::ConsultCall { .. }
                | Command::TransferCall { .. }
                | Command::ConferenceCall { .. }
                | Command::SilentMonitor { .. }
                | Command::EndSilentMonitor { .. }
                | Command::BargeIn { .. }
                | Command::DropParticipant { .. }
                | Command::AcceptOutboundPreview { .. }
                | Command::RejectOutboundPreview { .. }
                | Command::CloseOutboundPreview { .. }
        )
    }

    /// The call from which the agent is making a leg of its own: to ask somebody, or to hand the call over.
    pub(super) fn makes_leg_from(&self) -> Option<&str> {
        match &self.command {
            Command::ConsultCall { dialog_id, .. } | Command::TransferSst { dialog_id, .. }
                if self.stage.awaits_effect() =>
            {
                Some(dialog_id)
            }
            _ => None,
        }
    }

    /// It asks for a call that was not there before.
    pub(super) fn begins_a_call(&self) -> bool {
        self.effect.as_ref().is_some_and(Effect::begins_a_call)
    }

    /// The number that it calls.
    pub(super) fn number(&self) -> Option<&str> {
        match &self.command {
            Command::MakeCall { number }
            | Command::ConsultCall { number, .. }
            | Command::TransferSst { number, .. } => Some(number),
            Command::SilentMonitor { agent_extension } | Command::BargeIn { agent_extension, .. } => {
                Some(agent_extension)
            }
            _ => None,
        }
    }

    /// Its success is told by no event.
    pub(super) fn is_silent(&self) -> bool {
        matches!(self.command, Command::Wrapup { .. })
    }

    /// Finesse echoes the request in what it brought about, and that is success enough.
    pub(super) fn is_met_by_echo(&self) -> bool {
        matches!(&self.effect, Some(effect) if effect.stays() || matches!(effect, Effect::NoCallback(_)))
    }

    pub(super) fn signs_out(&self) -> bool {
        matches!(self.effect, Some(Effect::State(UserState::Logout, _)))
    }

    /// Whether the command acts on the object that an asynchronous error names as its source
    /// (`/finesse/api/Dialog/{id}` or `/finesse/api/User/{id}…`).
    pub(super) fn acts_on(&self, source: &str) -> bool {
        let on_dialog = source.rsplit_once("/Dialog/").map(|(_, id)| id);
        match &self.effect {
            Some(effect) if effect.begins_a_call() => match self.makes_leg_from() {
                Some(dialog) => on_dialog == Some(dialog),
                None => on_dialog.is_none(),
            },
            Some(effect) if effect.dialog().is_some() => on_dialog == effect.dialog(),
            Some(Effect::Member(member, _)) => source.rsplit('/').next() == Some(member),
            Some(_) => on_dialog.is_none() && !source.ends_with("/Dialogs"),
            None => false,
        }
    }
}

/// Whether a call goes to a number: what was dialled and what Finesse shows may differ by a prefix.
pub(super) fn goes_to(dialog: &Dialog, number: &str) -> bool {
    let to = dialog.to_address.as_str();
    !to.is_empty() && !number.is_empty() && (to.ends_with(number) || number.ends_with(to))
}

/// A value as Finesse shows it afterwards: one of white space only is empty.
fn stored(value: &str) -> &str {
    if value.trim().is_empty() { "" } else { value }
}

#[cfg(test)]
mod tests {
    use finesse_types::{MediaProperties, Participant};

    use super::*;

    fn conference(call_type: &str, own: ParticipantState, parties: &[&str]) -> bool {
        let party = |state: &&str| Participant { state: (*state).into(), ..Participant::default() };
        let dialog = Dialog {
            id: "1".into(),
            media: MediaProperties { call_type: call_type.into(), ..MediaProperties::default() },
            participants: parties.iter().map(party).collect(),
            ..Dialog::default()
        };
        let seen = Seen { own: Some(own), ..Seen::default() };
        Effect::Conference("1".into()).is_met_by(&Change::Dialog { dialog: &dialog, seen: &seen })
    }

    #[test]
    fn a_conference_is_there_when_the_agent_talks_in_it_with_more_than_one() {
        use ParticipantState::{Active, Held};
        assert!(conference("OTHER_IN", Active, &["ACTIVE", "ACTIVE", "ACTIVE"]));
        // The third has left before the first word about it.
        assert!(conference("CONFERENCE", Active, &["ACTIVE", "ACTIVE", "DROPPED"]));
        assert!(!conference("OTHER_IN", Active, &["ACTIVE", "ACTIVE", "DROPPED"]));
        // A conference on hold, while the agent asks a fourth.
        assert!(!conference("CONFERENCE", Held, &["ACTIVE", "HELD", "ACTIVE"]));
    }
}
