//! The notification service: XMPP with publish-subscribe, like Finesse's Openfire server as clients see it.
//!
//! - `session`: one stream as a state machine: stanzas in, stanzas out   - `iq`: responses to iq requests
//! - `stanza`: the markup   - `hub`: the connected streams, and publishing to them
//! - `stream`: a session with its outgoing queue and pings   - `websocket`, `tcp`: the two transports
//! - `bosh`: XMPP in HTTP requests
//! - `splitter`: splits a TCP stream into stanzas

pub(crate) mod bosh;
mod hub;
mod iq;
mod session;
mod splitter;
mod stanza;
mod stream;
pub(crate) mod tcp;
pub(crate) mod websocket;

pub(crate) use hub::{Hub, Outgoing};

/// The largest accepted stanza, in bytes.
pub(crate) const MAX_STANZA: usize = 64 * 1024;

/// How long a write to a client may take.
pub(crate) const WRITE_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(10);
