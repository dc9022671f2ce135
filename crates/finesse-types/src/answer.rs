//! What Finesse answers, as a value.

use crate::dialog::Dialog;
use crate::reason::{ReasonCode, WrapUpReason};
use crate::system_info::SystemInfo;
use crate::team::Team;
use crate::user::User;

/// What Finesse answers to a request that it did not refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The request will be carried out; what comes of it is told by a notification.
    Accepted,
    /// To [`Request::SystemInfo`](crate::Request::SystemInfo).
    SystemInfo(SystemInfo),
    /// To [`Request::User`](crate::Request::User).
    User(Box<User>),
    /// To [`Request::Users`](crate::Request::Users).
    Users(Vec<User>),
    /// To [`Request::Dialogs`](crate::Request::Dialogs).
    Dialogs(Vec<Dialog>),
    /// To [`Request::Dialog`](crate::Request::Dialog).
    Dialog(Box<Dialog>),
    /// To [`Request::ReasonCodes`](crate::Request::ReasonCodes).
    ReasonCodes(Vec<ReasonCode>),
    /// To [`Request::WrapUpReasons`](crate::Request::WrapUpReasons).
    WrapUpReasons(Vec<WrapUpReason>),
    /// To [`Request::Team`](crate::Request::Team).
    Team(Team),
}
