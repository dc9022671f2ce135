//! What came of a command.

use std::collections::VecDeque;
use std::time::Duration;

use gc_protocol::{CommandName, Frames};
use reqwest::Response;
use tokio::time::timeout;

use crate::connector::Connector;
use crate::event_line::Received;
use crate::failed::{Failed, Kind};
use crate::output::Output;

/// Events that belong to one outcome are written together. Silence of this length is their end; nothing but what is shown
/// depends on it.
const TOGETHER: Duration = Duration::from_millis(250);

/// A live stream that is read event by event.
pub(crate) struct Events {
    response: Response,
    frames: Frames,
    arrived: VecDeque<Received>,
}

impl Events {
    pub(crate) fn of(response: Response) -> Self {
        Self { response, frames: Frames::default(), arrived: VecDeque::new() }
    }

    /// The next one; none at the end of the stream.
    pub(crate) async fn next(&mut self, connector: &Connector) -> Result<Option<Received>, Failed> {
        loop {
            if let Some(received) = self.arrived.pop_front() {
                return Ok(Some(received));
            }
            let chunk = self.response.chunk().await.map_err(|error| connector.unreachable(&error))?;
            let Some(chunk) = chunk else { return Ok(None) };
            self.arrived.extend(self.frames.push(&chunk).map(Received::of));
        }
    }
}

/// What an event means for the command that it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    /// Something on the way.
    Step,
    Success,
    Failure,
}

/// The first event decides, except where a command has several steps: then the event of the last one, or an `Error`.
fn meaning(command: CommandName, type_name: &str, state: &str) -> Meaning {
    let reports_itself = command.declaration().events.contains(&"callback");
    match (type_name, state) {
        ("Error", _) | ("State", "RE_LOGIN") => Meaning::Failure,
        ("State", "LOGOUT") => Meaning::Success,
        _ if command == CommandName::ForceLogout => Meaning::Step,
        ("callback", _) => Meaning::Success,
        _ if reports_itself => Meaning::Step,
        _ => Meaning::Success,
    }
}

/// Whether an event reports the success of this command.
pub(crate) fn is_reported(command: CommandName) -> bool {
    !command.declaration().events.is_empty()
}

/// Prints the events that answer a command until it has its outcome; the call that it is about, if any.
///
/// # Errors
/// When the outcome is a failure, or does not come in time.
pub(crate) async fn wait(
    connector: &Connector,
    events: &mut Events,
    (command, command_id): (CommandName, &str),
    (patience, json): (Duration, bool),
    output: &mut Output,
) -> Result<Option<String>, Failed> {
    let mut call = None;
    let outcome = async {
        loop {
            let next = events.next(connector).await?;
            let ended = || {
                Failed::new(
                    Kind::Unavailable,
                    format!("{command}: the stream of events ended before its outcome"),
                )
            };
            let event = next.ok_or_else(ended)?;
            if !event.answers(command_id) {
                continue;
            }
            event.print(json, output)?;
            call = call.take().or_else(|| event.dialog_id().map(str::to_owned));
            match meaning(command, event.text("type").unwrap_or_default(), state(&event)) {
                Meaning::Step => {}
                Meaning::Success => return Ok(()),
                Meaning::Failure => return Err(failure(command, &event)),
            }
        }
    };
    timeout(patience, outcome).await.unwrap_or_else(|_| {
        Err(Failed::new(
            Kind::Later,
            format!("{command}: no outcome within {} s; it may still come (gc tail)", patience.as_secs()),
        ))
    })?;
    let mut others = Vec::new();
    while let Ok(Ok(Some(event))) = timeout(TOGETHER, events.next(connector)).await {
        if event.answers(command_id) {
            event.print(json, output)?;
            call = call.take().or_else(|| event.dialog_id().map(str::to_owned));
        } else {
            others.push(event);
        }
    }
    // For whoever reads on.
    events.arrived.extend(others);
    Ok(call)
}

fn state(event: &Received) -> &str {
    // The dialect `tables` writes it with a capital letter.
    event.text("state").or_else(|| event.text("State")).unwrap_or_default()
}

/// The failure that an `Error` or a `RE_LOGIN` reports.
pub(crate) fn failure(command: CommandName, event: &Received) -> Failed {
    let text = match (event.text("errorType"), event.text("errorMessage")) {
        (Some(code), text) => format!("{command}: {code}: {}", text.unwrap_or_default()),
        _ => format!("{command}: the agent's session is over: send Connect and Login again"),
    };
    Failed::new(Kind::Refused, crate::output::shown(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_event_is_the_outcome_unless_the_command_has_several_steps() {
        use CommandName::*;
        for (command, type_name, state, expected) in [
            (MakeCall, "State", "TALKING", Meaning::Success),
            (MakeCall, "Error", "", Meaning::Failure),
            (MakeReady, "State", "RE_LOGIN", Meaning::Failure),
            (ForceLogout, "State", "NOT_READY", Meaning::Step),
            (ForceLogout, "State", "LOGOUT", Meaning::Success),
            (ForceLogout, "Error", "", Meaning::Failure),
            (ScheduleCallback, "Control", "", Meaning::Step),
            (ScheduleCallback, "callback", "", Meaning::Success),
            (ReclassifyCall, "CALLBACK", "", Meaning::Success),
            (GetPhonebooks, "no_data_found", "", Meaning::Success),
        ] {
            assert_eq!(meaning(command, type_name, state), expected, "{command} {type_name} {state}");
        }
    }

    #[test]
    fn success_is_reported_by_events_of_every_command_but_one() {
        let silent: Vec<_> = CommandName::ALL.iter().filter(|command| !is_reported(**command)).collect();
        assert_eq!(silent, [&CommandName::Wrapup]);
    }
}
