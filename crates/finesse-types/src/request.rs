//! What GC asks Finesse, as a value: method, path and body follow from it.

use crate::dialog::CallVariable;
use crate::open_enum::open_enum;
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
