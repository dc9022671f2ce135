//! The notification service: XMPP with publish-subscribe, as far as Finesse's Openfire server shows it.
//!
//! - `session`: one stream as a state machine: stanzas in, stanzas out   - `iq`: the requests it answers
//! - `stanza`: the markup   - `hub`: who is connected, and publishing to them
//! - `stream`: a session with its mail and pings   - `websocket`, `tcp`: the two transports
//! - `splitter`: finds the stanzas in a TCP stream

mod hub;
mod iq;
mod session;
mod splitter;
mod stanza;
mod stream;
pub(crate) mod tcp;
pub(crate) mod websocket;

pub(crate) use hub::{Hub, Outgoing};

/// The largest stanza taken from a client, in bytes.
pub(crate) const LARGEST_STANZA: usize = 64 * 1024;

/// How long a client may take to accept what is sent to it.
pub(crate) const WRITE: std::time::Duration = std::time::Duration::from_secs(10);
