//! How a recording begins: at a moment in which nothing is under way, with the session as it is.

use std::time::Duration;

use gc_rules::{Agent, KeptSession};
use secrecy::ExposeSecret;

use crate::recorder::{Recorder, State};

impl Recorder {
    /// Begins if nothing is under way. No-op once it has begun. `now`: on any clock that never goes back.
    pub fn begin(&mut self, machine: &Agent, now: Duration) {
        if self.state != State::Waiting || !machine.is_quiet() {
            return;
        }
        if let Some(KeptSession { owner, credentials, state }) = machine.keep() {
            let client = self.mask.client(owner.as_str());
            self.clients.insert(client.clone());
            self.mask.password(credentials.password().expose_secret());
            let value = serde_json::from_str(&state).map(|value| self.mask.value("", value));
            // It was written by the machine a moment ago.
            let Ok(value) = value else { return };
            self.session = format!("given> session {} of {client} {value}\n", self.agent);
        }
        self.begins(now);
    }
}
