//! Shows a call until it ends.

use crate::connector::Connector;
use crate::event_line::Received;
use crate::failed::{Failed, Kind};
use crate::outcome::{self, Events};
use crate::output::Output;
use gc_protocol::CommandName;

/// Prints the events of this call until the agent's part of it is over.
///
/// # Errors
/// When the call fails after it began, or the stream ends.
pub(crate) async fn until_dropped(
    connector: &Connector,
    events: &mut Events,
    call: &str,
    json: bool,
    output: &mut Output,
) -> Result<(), Failed> {
    while let Some(event) = events.next(connector).await? {
        if event.dialog_id() != Some(call) {
            continue;
        }
        event.print(json, output)?;
        match event.text("type") {
            Some("Error") => return Err(outcome::failure(CommandName::MakeCall, &event)),
            Some("InboundCall" | "ConsultCall") if is_dropped(&event) => return Ok(()),
            _ => {}
        }
    }
    Err(Failed::new(Kind::Unavailable, "the stream of events ended before the call"))
}

fn is_dropped(event: &Received) -> bool {
    event.text("state") == Some("DROPPED")
}
