//! What the Generic Connector *is*: two pure state machines.
//!
//! - [`Agent`]: one agent's session. Commands, Finesse's answers, notifications and timers go in;
//!   requests for Finesse, events for the client and timers come out.
//! - [`Registry`]: who is there. It knows the clients and which of them owns which agent, and so decides
//!   what happens to a command before any agent sees it.
//!
//! Neither has a clock, a socket or a task: `step(input) -> outputs`. So a bug report is a transcript, a
//! transcript is a file in `fixtures/scenarios`, and the file is the test. The rules are those of
//! docs/sessions.md and docs/calls.md.

mod agent;
mod directory;
mod ids;
mod port;
mod registry;
mod render;
mod request_id;
mod settings;
mod time;

pub use agent::Agent;
pub use directory::{Found, LookupError, Query, RecordingAction, Source};
pub use ids::{AskId, ClientId, CommandId};
pub use port::{Credentials, Input, Outcome, Output, StreamEnd, StreamFault, Timer};
pub use registry::{Admission, Refusal, Registry};
pub use settings::{Platform, Settings};
