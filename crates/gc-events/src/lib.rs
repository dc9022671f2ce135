#![doc = include_str!("../README.md")]
//!
//! A client reads callbacks with [`Envelope::from_callback`] and live streams with [`StreamReader`]: an [`Envelope`] is an event
//! with its number, its epoch, and the command that it answers. A [`Gap`] says what a stream cannot replay. An event of a type
//! that this version does not know is an [`Event::Unknown`], which keeps its JSON. Nothing here does I/O.
//!
//! Of other crates its interface shows the error of `serde_json` ([`EventParseError`]).

mod agent;
mod call;
pub mod catalogue;
pub mod contract;
mod dialect;
mod dialog;
mod envelope;
mod error;
mod event;
mod gap;
mod lists;
mod notices;
mod one_key;
mod queue_stats;
mod raw;
mod stream;
mod system;
mod wire;

pub use agent::{AgentInfo, State, Team};
pub use call::{Call, CallVariable, Participant};
pub use dialect::Dialect;
pub use dialog::{DialogParticipants, DialogState, DialogStateControls};
pub use envelope::{Envelope, EnvelopeError};
pub use error::{CfCode, CtiCode, ErrorCode, ErrorEvent, Origin};
pub use event::{Event, EventParseError};
pub use gap::Gap;
pub use lists::{
    AgentExtension, AgentUser, Agents, Contact, PhoneBookContacts, PhoneBookEntry, PhoneBooks, ReasonCode,
    ReasonCodes, SkillGroup, Supervisor, Supervisors, TeamAgents, TeamUser,
};
pub use notices::{Notice, ParticipantDropped, PrintMessage};
pub use queue_stats::{QueueStats, UcceQueue, UccxCounts, UccxQueue};
pub use raw::RawEvent;
pub use stream::{Frame, Frames, StreamReader};
pub use system::{ConnectStatus, ServiceStatus, System};
