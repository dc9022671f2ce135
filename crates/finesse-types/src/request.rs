//! What GC asks Finesse, as a value: method, path and body follow from it.

mod body;
mod path;

use gc_xml::Limits;

use crate::dialog::CallVariable;
use crate::open_enum::open_enum;
use crate::read::{LIST, OBJECT};
use crate::reason::ReasonCategory;
use crate::user::{MobileAgent, UserState};

/// What GC asks Finesse ("Finesse Developer Guide, User, Dialog, SystemInfo APIs").
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
    /// Do something with a call.
    DialogAction {
        /// Dialog id.
        dialog: String,
        /// What.
        action: DialogAction,
        /// The extension that does it.
        target: String,
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
            | Self::Team { .. } => Method::Get,
            Self::MakeCall { .. } => Method::Post,
            Self::Login { .. }
            | Self::ChangeState { .. }
            | Self::DialogAction { .. }
            | Self::UpdateCallData { .. } => Method::Put,
        }
    }

    /// Whether it only reads, so that it may be asked again.
    pub fn is_read(&self) -> bool {
        self.method() == Method::Get
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
            | Self::Login { .. }
            | Self::ChangeState { .. }
            | Self::MakeCall { .. } => Subject::User,
            Self::Dialog { .. } | Self::DialogAction { .. } | Self::UpdateCallData { .. } => Subject::Dialog,
            Self::Team { .. } => Subject::Team,
        }
    }

    /// How long its answer may be, in bytes: an object 1 MiB, a list 4 MiB.
    pub fn answer_limit(&self) -> usize {
        self.limits().bytes
    }

    pub(crate) fn limits(&self) -> Limits {
        match self {
            Self::Users
            | Self::Dialogs { .. }
            | Self::ReasonCodes { .. }
            | Self::WrapUpReasons { .. }
            | Self::Team { .. } => LIST,
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
}

open_enum! {
    /// What an agent does with a call.
    pub enum DialogAction {
        /// Take it.
        Answer = "ANSWER",
        /// Put it on hold.
        Hold = "HOLD",
        /// Come back to it.
        Retrieve = "RETRIEVE",
        /// Leave it.
        Drop = "DROP",
    }
}

#[cfg(test)]
mod tests;
