//! What client and server agree on at the beginning.

use std::time::Duration;

use super::request::{Request, XBOSH, wrap};
use crate::xml::escape;

/// What client and server have agreed on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    pub(super) wait: Duration,
    pub(super) hold: usize,
    /// A session without any request for so long is over.
    pub(super) inactivity: Duration,
    /// The shortest time between two polls.
    pub(super) polling: Duration,
}

impl Terms {
    pub(super) fn of(request: &Request) -> Self {
        Self {
            wait: request.wait.min(Duration::from_secs(60)),
            hold: request.hold.min(1),
            inactivity: Duration::from_secs(30),
            polling: Duration::from_secs(5),
        }
    }

    /// How many requests there may be at once.
    pub(super) fn requests(&self) -> u64 {
        if self.hold == 0 { 1 } else { 2 }
    }

    pub(super) fn only_polls(&self) -> bool {
        self.hold == 0 || self.wait.is_zero()
    }

    /// The answer that begins a session.
    pub(super) fn created(&self, sid: &str, domain: &str, stanzas: &str) -> String {
        let (wait, hold, requests) = (self.wait.as_secs(), self.hold, self.requests());
        let (inactivity, polling) = (self.inactivity.as_secs(), self.polling.as_secs());
        let attributes = format!(
            " xmlns:xmpp='{XBOSH}' sid='{}' authid='{}' from='{}' wait='{wait}' hold='{hold}' requests='{requests}' \
             inactivity='{inactivity}' polling='{polling}' ver='1.6' xmpp:restartlogic='true' xmpp:version='1.0'",
            escape(sid),
            escape(sid),
            escape(domain)
        );
        wrap(&attributes, stanzas)
    }
}
