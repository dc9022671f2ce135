//! Effects of commands, and the changes that show them.

use finesse_types::{
    CallVariable, Classification, Dialog, DialogState, Participant, ParticipantState, User, UserState,
};
use serde::{Deserialize, Serialize};

use crate::agent::calls::{Kind, Observation};

/// What makes a command a success (docs/commands.md, "effect").
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::agent) enum Effect {
    /// The agent is signed in.
    SignedIn,
    /// The agent is in this state, or it is pending; with the reason code if one was given.
    State(UserState, Option<String>),
    /// The call from an extension to a number has begun.
    Call { from: String, number: String },
    /// The agent's own leg has begun.
    Leg,
    /// The supervisor's silent monitoring has begun.
    Monitor,
    /// The agent's own participant in a dialog is in this state.
    Own(String, ParticipantState),
    /// The agent has left a dialog.
    Left(String),
    /// The agent talks in a dialog with more than one other participant.
    Conference(String),
    /// A preview reservation is accepted, or over.
    Accepted(String),
    /// A participant has left a dialog.
    Dropped(String, String),
    /// The supervisor's leg into this call of an agent has begun.
    Barge(String),
    /// A team member is in this state, or it is pending.
    Member(String, UserState),
    /// A dialog has this wrap-up reason and these variables.
    Data { dialog: String, wrap_up_reason: Option<String>, variables: Vec<CallVariable> },
    /// A dialog shows a callback at this time, and with this number if it has been sent.
    Callback { dialog: String, time: String, number: Option<String> },
    /// A dialog shows no callback.
    NoCallback(String),
    /// A dialog shows this classification.
    Classified(String, Classification),
}

/// A change that may be the effect of a command.
pub(in crate::agent) enum Change<'a> {
    User {
        state: &'a UserState,
        pending: Option<&'a UserState>,
        reason_code: Option<&'a str>,
    },
    Dialog {
        dialog: &'a Dialog,
        observation: &'a Observation,
    },
    /// A member of the supervisor's team.
    Member {
        user: &'a User,
    },
}

impl<'a> Change<'a> {
    /// The agent's user, as Finesse shows it.
    pub(in crate::agent) fn of(user: &'a User) -> Self {
        Self::User {
            state: &user.state,
            pending: user.pending_state.as_ref(),
            reason_code: user.reason_code.as_ref().map(|reason| reason.code.as_str()),
        }
    }
}

impl Effect {
    /// Whether it may be pending until the end of a call.
    pub(in crate::agent) fn may_be_pending(&self) -> bool {
        match self {
            Self::State(state, _) => *state != UserState::Logout,
            Self::Member(..) => true,
            _ => false,
        }
    }

    /// The dialog that shows it, unless it is a new call.
    pub(in crate::agent) fn dialog(&self) -> Option<&str> {
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

    /// Whether the dialog shows it from then on, in any state of the call.
    pub(in crate::agent) fn stays(&self) -> bool {
        matches!(self, Self::Data { .. } | Self::Callback { .. } | Self::Classified(..))
    }

    /// Whether this change is the effect.
    pub(in crate::agent) fn is_met_by(&self, change: &Change<'_>) -> bool {
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
            (effect, Change::Dialog { dialog, observation }) if effect.begins_a_call() => {
                !observation.returned
                    && observation.kind.is_some_and(|kind| effect.is_begun_by(kind, dialog, observation))
            }
            (effect, Change::Dialog { dialog, observation })
                if effect.dialog() == Some(dialog.id.as_str()) =>
            {
                effect.is_met_in(dialog, observation)
            }
            _ => false,
        }
    }

    /// Whether it is a new call.
    pub(super) fn begins_a_call(&self) -> bool {
        matches!(self, Self::Call { .. } | Self::Leg | Self::Monitor | Self::Barge(_))
    }

    /// Whether this is the call that the command begins.
    fn is_begun_by(&self, kind: Kind, dialog: &Dialog, observation: &Observation) -> bool {
        use ParticipantState::{Initiated, Initiating};
        let call_type = &dialog.media.call_type;
        let calls = matches!(observation.own, Some(Initiating | Initiated));
        match self {
            Self::Call { from, number } => {
                let made = dialog.from_address == *from && goes_to(dialog, number);
                kind != Kind::Consult && !call_type.is_supervisor_monitor() && (calls || made)
            }
            Self::Leg => kind == Kind::Consult && !call_type.is_barge_in(),
            Self::Monitor => call_type.is_supervisor_monitor() && kind != Kind::Monitored,
            Self::Barge(call) => {
                let of_call = dialog.id == *call || dialog.associated_dialog_id() == Some(call);
                let joins = of_call && kind != Kind::Ringing && !call_type.is_supervisor_monitor();
                call_type.is_barge_in() || joins
            }
            _ => false,
        }
    }

    fn is_met_in(&self, dialog: &Dialog, observation: &Observation) -> bool {
        use ParticipantState::{Accepted, Active, Dropped};
        match self {
            Self::Own(_, state) => observation.own.as_ref() == Some(state),
            Self::Left(_) => observation.ended,
            Self::Conference(_) => {
                let present = dialog.participants.iter().filter(|each| each.state != Dropped).count();
                observation.own == Some(Active) && (present > 2 || dialog.media.call_type.is_conference())
            }
            Self::Accepted(_) => {
                observation.ended
                    || observation.own == Some(Accepted)
                    || dialog.state == DialogState::Accepted
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
            Self::NoCallback(_) => dialog.scheduled_callback.is_none() && !observation.ended,
            Self::Classified(_, class) => {
                let response = dialog.media.variable("BAResponse").unwrap_or_default();
                let shown = [response, dialog.media.outbound_classification.as_str()];
                shown.iter().any(|word| word.eq_ignore_ascii_case(class.as_str()))
            }
            _ => false,
        }
    }
}

/// Whether a call goes to a number. The number that was dialled and the one that Finesse shows may differ in a prefix.
pub(in crate::agent) fn goes_to(dialog: &Dialog, number: &str) -> bool {
    let to = dialog.to_address.as_str();
    !to.is_empty() && !number.is_empty() && (to.ends_with(number) || number.ends_with(to))
}

/// A value as Finesse stores it: one that is only white space becomes empty.
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
        let observation = Observation { own: Some(own), ..Observation::default() };
        Effect::Conference("1".into())
            .is_met_by(&Change::Dialog { dialog: &dialog, observation: &observation })
    }

    #[test]
    fn a_conference_has_begun_when_the_agent_talks_with_more_than_one() {
        use ParticipantState::{Active, Held};
        assert!(conference("OTHER_IN", Active, &["ACTIVE", "ACTIVE", "ACTIVE"]));
        // The third has left before the first notification.
        assert!(conference("CONFERENCE", Active, &["ACTIVE", "ACTIVE", "DROPPED"]));
        assert!(!conference("OTHER_IN", Active, &["ACTIVE", "ACTIVE", "DROPPED"]));
        // A conference on hold, while the agent consults a fourth.
        assert!(!conference("CONFERENCE", Held, &["ACTIVE", "HELD", "ACTIVE"]));
    }
}
