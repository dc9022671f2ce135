//! How a recording is headed.

use gc_rules::Settings;

/// What is said first: comments, and the settings that differ from the defaults.
pub(crate) fn head(settings: &Settings) -> String {
    let default = Settings::default();
    let mut head = "# A recording of one agent, in which everything personal is invented.\n\
                    # Copied into fixtures/scenarios it is replayed by: cargo test -p gc-rules scenario\n\
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
