//! How a recording begins: at a moment in which nothing is under way, with the session as it is.

use std::time::Duration;

use gc_core::{Agent, KeptSession, Settings};
use secrecy::ExposeSecret;

use crate::recorder::{Recorder, State};

/// What is said first: comments, and the settings that differ from the defaults.
pub(crate) fn head(settings: &Settings) -> String {
    let default = Settings::default();
    let mut head = "# A recording of one agent, in which everything personal is invented.\n\
                    # Copied into fixtures/scenarios it is replayed by: cargo test -p gc-core scenario\n\
                    given> recording\n"
        .to_owned();
    head += &format!("given> platform {}\n", settings.platform);
    let mut set = |key: &str, value: &str| head += &format!("given> setting {key} = \"{value}\"\n");
    if settings.administrator.is_none() {
        set("finesse.administrator", "none");
    }
    for (key, reason) in [
        ("session.force_not_ready_reason", &settings.force_not_ready_reason),
        ("session.force_logout_reason", &settings.force_logout_reason),
    ] {
        if let Some(reason) = reason {
            set(key, reason);
        }
    }
    // An empty one suppresses an event; what another one says is not compared.
    if settings.outbound_text.is_empty() != default.outbound_text.is_empty() {
        set("session.outbound_text", "");
    }
    if let Some(zone) = settings.zone.iana_name().filter(|zone| *zone != "UTC") {
        set("session.time_zone", zone);
    }
    head
}

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
