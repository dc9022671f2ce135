#![doc = include_str!("../README.md")]
//!
//! Begin with [`Request`] and [`read_answer`] for REST, and with [`Update::parse`] for notifications. [`Failure`] is why a request failed.
//!
//! Of other crates its interface shows `gc-xml`'s error, `secrecy` and `serde`.

mod answer;
mod api_errors;
mod call_type;
mod credentials;
mod dialog;
mod failure;
mod node;
mod open_enum;
mod phone_book;
mod read;
mod reason;
mod request;
mod system_info;
mod team;
mod update;
mod user;

pub use answer::{Answer, AnswerReader, read_answer};
pub use api_errors::{ApiError, ApiErrors};
pub use call_type::CallType;
pub use credentials::{Credentials, Token};
pub use dialog::{
    CallVariable, Dialog, DialogState, MediaProperties, Participant, ParticipantState, ScheduledCallback,
};
pub use failure::Failure;
pub use gc_xml::XmlError;
pub use node::{is_team_node, queue_node, team_users_node, user_node};
pub use phone_book::{Contact, PhoneBook};
pub use read::ParseError;
pub use reason::{ReasonCategory, ReasonCode, WrapUpReason};
pub use request::{Classification, DialogAction, Method, Request, Subject};
pub use system_info::{Deployment, Maintenance, NodeAddress, SystemInfo, SystemStatus};
pub use team::{Queue, Team, TeamMessage};
pub use update::{Payload, Update, UpdateEvent};
pub use user::{MobileAgent, MobileMode, TeamRef, User, UserState};
