//! What GC asks Finesse, as a value: method, path and body follow from it.

mod action;
mod body;
mod path;

use gc_xml::Limits;

use crate::dialog::CallVariable;
use crate::read::{LIST, OBJECT, PHONE_BOOK, PHONE_BOOKS, TEAM, USERS};
use crate::reason::ReasonCategory;
use crate::user::{MobileAgent, UserState};

pub use action::{Classification, DialogAction};

/// What GC asks Finesse ("Finesse Developer Guide", the API of the object that the path names).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// How the node is; needs no credentials.
    SystemInfo,
    /// One user.
    User {
        /// Login id.
        id: String,
    },
    /// All users; for administrators.
    Users,
    /// The calls of a user.
    Dialogs {
        /// Login id.
        user: String,
    },
    /// One call.
    Dialog {
        /// Dialog id.
        id: String,
    },
    /// The reason codes that a user may give.
    ReasonCodes {
        /// Login id.
        user: String,
        /// Which list.
        category: ReasonCategory,
    },
    /// The wrap-up reasons that a user may give.
    WrapUpReasons {
        /// Login id.
        user: String,
    },
    /// A team and its members; for its supervisors and administrators.
    Team {
        /// Team id.
        id: String,
        /// Whether members who are signed out are listed.
        include_logged_out: bool,
    },
    /// The phone books that a user may see, with their contacts: the global ones first, up to 6,000 contacts.
    PhoneBooks {
        /// Login id.
        user: String,
    },
    /// The phone books of a team; for administrators.
    TeamPhoneBooks {
        /// Team id.
        team: String,
    },
    /// The contacts of a phone book; for administrators.
    PhoneBookContacts {
        /// Phone book id.
        id: String,
    },
    /// The queues of a user with their figures (UCCE).
    Queues {
        /// Login id.
        user: String,
    },
    /// One queue with its figures (UCCE).
    Queue {
        /// Queue id.
        id: String,
    },
    /// Sign in.
    Login {
        /// Login id.
        user: String,
        /// The extension to work at.
        extension: String,
        /// The phone of an agent who works elsewhere (UCCE).
        mobile: Option<MobileAgent>,
    },
    /// Change a user's state; LOGOUT is signing out.
    ChangeState {
        /// Login id.
        user: String,
        /// The state asked for.
        state: UserState,
        /// The id (not the code) of the reason code.
        reason_code_id: Option<String>,
    },
    /// Make a call.
    MakeCall {
        /// Login id.
        user: String,
        /// The agent's extension.
        from: String,
        /// The number to call.
        to: String,
    },
    /// Listen to an agent's call; for supervisors.
    SilentMonitor {
        /// Login id of the supervisor.
        user: String,
        /// The supervisor's extension.
        from: String,
        /// The agent's extension.
        to: String,
    },
    /// Join an agent's call that is being monitored; for supervisors.
    BargeCall {
        /// Login id of the supervisor.
        user: String,
        /// The supervisor's extension.
        from: String,
        /// The agent's extension.
        to: String,
        /// Dialog id of the agent's call, not of the monitoring.
        associated_dialog: String,
    },
    /// Do something with a call that needs no more words.
    DialogAction {
        /// Dialog id.
        dialog: String,
        /// What.
        action: DialogAction,
        /// The extension that does it; with [`DialogAction::ParticipantDrop`] the one who is to leave.
        target: String,
    },
    /// Hold a call and call somebody else about it.
    ConsultCall {
        /// Dialog id.
        dialog: String,
        /// The extension that does it.
        target: String,
        /// The number to call.
        to: String,
    },
    /// Hand a call over without asking (single-step transfer).
    TransferSst {
        /// Dialog id.
        dialog: String,
        /// The extension that does it.
        target: String,
        /// Who is to have it.
        to: String,
    },
    /// Send tones during a call.
    SendDtmf {
        /// Dialog id.
        dialog: String,
        /// The extension that does it.
        target: String,
        /// The tones: digits, `*`, `#`, and on UCCE `A` to `D`.
        digits: String,
    },
    /// Say what answered a call of the dialer.
    Reclassify {
        /// Dialog id.
        dialog: String,
        /// The extension that does it.
        target: String,
        /// What it was.
        classification: Classification,
    },
    /// Plan the callback of a dialer's customer, or change it; what is not named stays.
    UpdateScheduledCallback {
        /// Dialog id.
        dialog: String,
        /// The extension that does it.
        target: String,
        /// When, as `YYYY-MM-DDTHH:MM`.
        time: Option<String>,
        /// The number to call.
        number: Option<String>,
    },
    /// Set a call's wrap-up reason and variables; what is not named stays.
    UpdateCallData {
        /// Dialog id.
        dialog: String,
        /// The wrap-up reason's text.
        wrap_up_reason: Option<String>,
        /// Variables by Finesse's names.
        variables: Vec<CallVariable>,
    },
}

impl Request {
    /// The HTTP method.
    pub fn method(&self) -> Method {
        match self {
            Self::SystemInfo
            | Self::User { .. }
            | Self::Users
            | Self::Dialogs { .. }
            | Self::Dialog { .. }
            | Self::ReasonCodes { .. }
            | Self::WrapUpReasons { .. }
            | Self::Team { .. }
            | Self::PhoneBooks { .. }
            | Self::TeamPhoneBooks { .. }
            | Self::PhoneBookContacts { .. }
            | Self::Queues { .. }
            | Self::Queue { .. } => Method::Get,
            Self::MakeCall { .. } | Self::SilentMonitor { .. } | Self::BargeCall { .. } => Method::Post,
            Self::Login { .. }
            | Self::ChangeState { .. }
            | Self::DialogAction { .. }
            | Self::ConsultCall { .. }
            | Self::TransferSst { .. }
            | Self::SendDtmf { .. }
            | Self::Reclassify { .. }
            | Self::UpdateScheduledCallback { .. }
            | Self::UpdateCallData { .. } => Method::Put,
        }
    }

    /// Whether it only reads, so that it may be asked again.
    pub fn is_read(&self) -> bool {
        self.method() == Method::Get
    }

    /// Whether every agent may ask this about itself and its own calls, so that a 401 can only mean the password.
    /// For the rest Finesse asks for a role or a team, and refuses in the same words.
    pub fn needs_no_right(&self, agent: &str) -> bool {
        self.is_for_every_agent() && self.user().is_none_or(|user| user == agent)
    }

    /// Whether it is of a kind that every agent may ask about itself and its own calls.
    pub(crate) fn is_for_every_agent(&self) -> bool {
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

    /// Whether only an administrator may ask this.
    pub(crate) fn is_for_administrators(&self) -> bool {
        matches!(self, Self::Users | Self::TeamPhoneBooks { .. } | Self::PhoneBookContacts { .. })
    }

    /// The user in whose name or about whom it is, where its path says so.
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

    /// What it is about, which tells what a 404 or 405 means.
    pub fn subject(&self) -> Subject {
        match self {
            Self::SystemInfo => Subject::System,
            Self::User { .. }
            | Self::Users
            | Self::Dialogs { .. }
            | Self::ReasonCodes { .. }
            | Self::WrapUpReasons { .. }
            | Self::PhoneBooks { .. }
            | Self::Queues { .. }
            | Self::Login { .. }
            | Self::ChangeState { .. }
            | Self::MakeCall { .. }
            | Self::SilentMonitor { .. }
            | Self::BargeCall { .. } => Subject::User,
            Self::Dialog { .. }
            | Self::DialogAction { .. }
            | Self::ConsultCall { .. }
            | Self::TransferSst { .. }
            | Self::SendDtmf { .. }
            | Self::Reclassify { .. }
            | Self::UpdateScheduledCallback { .. }
            | Self::UpdateCallData { .. } => Subject::Dialog,
            Self::Team { .. } | Self::TeamPhoneBooks { .. } => Subject::Team,
            Self::PhoneBookContacts { .. } => Subject::PhoneBook,
            Self::Queue { .. } => Subject::Queue,
        }
    }

    /// Which part of a long list is asked for, as the `Range` header says it, when the list has parts.
    pub fn range(&self) -> Option<&'static str> {
        match self {
            // As many contacts as a phone book may have.
            Self::PhoneBooks { .. } => Some("objects=1-6000"),
            _ => None,
        }
    }

    /// How long its answer may be, in bytes: an object 1 MiB, a team and most lists 4 MiB, phone books 16 MiB, the
    /// list of all users 128 MiB.
    pub fn answer_limit(&self) -> usize {
        match self {
            Self::Users => USERS,
            Self::Dialogs { .. }
            | Self::ReasonCodes { .. }
            | Self::WrapUpReasons { .. }
            | Self::Queues { .. } => LIST,
            Self::PhoneBookContacts { .. } => PHONE_BOOKS,
            _ => self.limits().bytes,
        }
    }

    /// What one object of the answer may have.
    pub(crate) fn limits(&self) -> Limits {
        match self {
            Self::Team { .. } => TEAM,
            Self::PhoneBooks { .. } | Self::TeamPhoneBooks { .. } => PHONE_BOOK,
            _ => OBJECT,
        }
    }
}

/// The HTTP methods that Finesse's API uses here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Changes what is there.
    Put,
    /// Makes something new.
    Post,
}

impl Method {
    /// The method's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Put => "PUT",
            Self::Post => "POST",
        }
    }
}

/// What a request is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The node.
    System,
    /// A user, or all of them.
    User,
    /// One call.
    Dialog,
    /// A team.
    Team,
    /// A phone book.
    PhoneBook,
    /// A queue.
    Queue,
}

#[cfg(test)]
mod tests;
