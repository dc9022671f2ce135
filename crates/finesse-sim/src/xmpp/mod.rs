//! The notification service: XMPP with publish-subscribe, like Finesse's Openfire server as clients see it.
//!
//! - `session`: one stream as a state machine: stanzas in, stanzas out   - `iq`: responses to iq requests
//! - `stanza`: the markup of responses   - `stream`: a session with its outgoing queue and pings
//! - `websocket`, `tcp`, `bosh`: the transports   - `http`: the paths of the first and the last one   - `page`: other responses
//! - `splitter`: splits a TCP stream into stanzas

mod bosh;
pub(crate) mod http;
mod iq;
mod page;
mod session;
mod splitter;
mod stanza;
mod stream;
pub(crate) mod tcp;
mod websocket;

/// The largest accepted stanza, in bytes.
pub(crate) const MAX_STANZA: usize = 64 * 1024;

/// How long a write to a client may take.
pub(crate) const WRITE_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(10);
