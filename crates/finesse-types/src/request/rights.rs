//! Who may send a request.

use super::{DialogAction, Request, Subject};

impl Request {
    /// Whether every agent may send this about itself and its own calls, so that a 401 can only mean a wrong password.
    /// Other requests need a role or a team, and Finesse refuses them with the same error.
    pub fn needs_no_right(&self, agent: &str) -> bool {
        self.is_for_every_agent() && self.user().is_none_or(|user| user == agent)
    }

    /// Whether every agent may send this kind of request about itself and its own calls.
    pub fn is_for_every_agent(&self) -> bool {
        match self {
            Self::User { .. }
            | Self::Dialogs { .. }
            | Self::ReasonCodes { .. }
            | Self::WrapUpReasons { .. }
            | Self::PhoneBooks { .. }
            | Self::Login { .. }
            | Self::ChangeState { .. }
            | Self::MakeCall { .. } => true,
            Self::DialogAction { action, .. } => *action != DialogAction::ParticipantDrop,
            _ => self.subject() == Subject::Dialog,
        }
    }

    /// Whether only an administrator may send this.
    pub fn is_for_administrators(&self) -> bool {
        matches!(self, Self::Users | Self::TeamPhoneBooks { .. } | Self::PhoneBookContacts { .. })
    }

    /// The user in the path, if there is one.
    fn user(&self) -> Option<&str> {
        match self {
            Self::User { id } => Some(id),
            Self::Dialogs { user }
            | Self::ReasonCodes { user, .. }
            | Self::WrapUpReasons { user }
            | Self::PhoneBooks { user }
            | Self::Queues { user }
            | Self::Login { user, .. }
            | Self::ChangeState { user, .. }
            | Self::MakeCall { user, .. }
            | Self::SilentMonitor { user, .. }
            | Self::BargeCall { user, .. } => Some(user),
            _ => None,
        }
    }
}
