//! Requests to Finesse as values, from which method, path and body follow.

mod action;
mod body;
mod limits;
mod path;
mod rights;

use serde::{Deserialize, Serialize};

use crate::dialog::CallVariable;
use crate::reason::ReasonCategory;
use crate::user::{MobileAgent, UserState};

pub use action::{Classification, DialogAction};

/// A request to Finesse ("Finesse Developer Guide", the API of the object in the path).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request {
    /// The node's state; needs no credentials.
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
    /// The reason codes that a user can select.
    ReasonCodes {
        /// Login id.
        user: String,
        /// Which list.
        category: ReasonCategory,
    },
    /// The wrap-up reasons that a user can select.
    WrapUpReasons {
        /// Login id.
        user: String,
    },
    /// A team and its members; for its supervisors and administrators.
    Team {
        /// Team id.
        id: String,
        /// Whether members who are logged out are listed.
        include_logged_out: bool,
    },
    /// The phone books of a user with their contacts: the global ones first, up to 6,000 contacts.
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
    /// The queues of a user with their statistics (UCCE).
    Queues {
        /// Login id.
        user: String,
    },
    /// One queue with its statistics (UCCE).
    Queue {
        /// Queue id.
        id: String,
    },
    /// Log in.
    Login {
        /// Login id.
        user: String,
        /// The agent's extension.
        extension: String,
        /// Which of the extension's devices becomes the active one (UCCE 12.6 and later).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        device: Option<String>,
        /// The telephone of a mobile agent (UCCE).
        mobile: Option<MobileAgent>,
    },
    /// Change a user's state; LOGOUT logs out.
    ChangeState {
        /// Login id.
        user: String,
        /// The requested state.
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
    /// An action on a call that has no parameters.
    DialogAction {
        /// Dialog id.
        dialog: String,
        /// The action.
        action: DialogAction,
        /// The extension that does it; for [`DialogAction::ParticipantDrop`], the party to drop.
        target: String,
    },
    /// Put a call on hold and call another party.
    ConsultCall {
        /// Dialog id.
        dialog: String,
        /// The extension that does it.
        target: String,
        /// The number to call.
        to: String,
    },
    /// Transfer a call without a consultation (single-step transfer).
    TransferSst {
        /// Dialog id.
        dialog: String,
        /// The extension that does it.
        target: String,
        /// The number to transfer to.
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
    /// Classify a dialer call.
    Reclassify {
        /// Dialog id.
        dialog: String,
        /// The extension that does it.
        target: String,
        /// What answered it.
        classification: Classification,
    },
    /// Schedule or change the callback of a dialer's customer. What is not given stays.
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
    /// Set a call's wrap-up reason and variables. What is not given stays.
    UpdateCallData {
        /// Dialog id.
        dialog: String,
        /// The wrap-up reason's text.
        wrap_up_reason: Option<String>,
        /// The variables, by Finesse's names.
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

    /// What it does, in one word; for statistics. What is done to a call without parameters is one operation.
    pub fn operation(&self) -> &'static str {
        match self {
            Self::SystemInfo => "system_info",
            Self::User { .. } => "user",
            Self::Users => "users",
            Self::Dialogs { .. } => "dialogs",
            Self::Dialog { .. } => "dialog",
            Self::ReasonCodes { .. } => "reason_codes",
            Self::WrapUpReasons { .. } => "wrap_up_reasons",
            Self::Team { .. } => "team",
            Self::PhoneBooks { .. } => "phone_books",
            Self::TeamPhoneBooks { .. } => "team_phone_books",
            Self::PhoneBookContacts { .. } => "phone_book_contacts",
            Self::Queues { .. } => "queues",
            Self::Queue { .. } => "queue",
            Self::Login { .. } => "login",
            Self::ChangeState { .. } => "change_state",
            Self::MakeCall { .. } => "make_call",
            Self::SilentMonitor { .. } => "silent_monitor",
            Self::BargeCall { .. } => "barge_call",
            Self::ConsultCall { .. } => "consult_call",
            Self::TransferSst { .. } => "transfer_sst",
            Self::SendDtmf { .. } => "send_dtmf",
            Self::Reclassify { .. } => "reclassify",
            Self::UpdateScheduledCallback { .. } => "update_scheduled_callback",
            Self::UpdateCallData { .. } => "update_call_data",
            Self::DialogAction { .. } => "dialog_action",
        }
    }

    /// Whether it only reads, so that it can be repeated.
    pub fn is_read(&self) -> bool {
        self.method() == Method::Get
    }

    /// The type of object it is about, on which the meaning of a 404 or 405 depends.
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
}

/// The HTTP methods of the requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Changes an object.
    Put,
    /// Creates an object.
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

/// The type of object that a request is about.
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
