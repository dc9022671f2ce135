//! Cisco Finesse's objects, notifications, requests and errors as values: bytes in, values out.
//!
//! Elements are read by name, in any order, case and prefix, and may be missing or empty. Unknown words are kept. The
//! sources are the vendor's "Finesse Developer Guide", and what running systems send (docs/finesse.md).
//!
//! ```
//! use finesse_types::{Payload, Request, Update, UpdateEvent, UserState};
//!
//! let ready = Request::ChangeState { user: "1042".into(), state: UserState::Ready, reason_code_id: None };
//! assert_eq!(ready.method().as_str(), "PUT");
//! assert_eq!(ready.path(), "/finesse/api/User/1042");
//! assert_eq!(ready.body().as_deref(), Some("<User><state>READY</state></User>"));
//!
//! let update = Update::parse(
//!     "<Update><event>PUT</event><data><user><loginId>1042</loginId><state>READY</state></user></data></Update>",
//! )?;
//! assert_eq!(update.event, UpdateEvent::Put);
//! assert!(matches!(update.payload, Payload::User(user) if user.state == UserState::Ready));
//! # Ok::<(), finesse_types::ParseError>(())
//! ```
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
pub use credentials::Credentials;
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
