//! gc-events alone: reads a live stream, and says in a sentence what each event means.
//!
//! `curl -sN 'localhost:8112/gc/events/crm-desk?envelope=true' | cargo run -p gc-examples --bin read_events`

use gc_events::{Dialect, Envelope, Event, StreamReader};
use std::io::{Read, stdin};

fn main() -> std::io::Result<()> {
    let mut reader = StreamReader::new(Dialect::Gc4412);
    let (mut input, mut chunk) = (stdin().lock(), [0; 4096]);
    loop {
        let length = input.read(&mut chunk)?;
        let Some(bytes) = chunk.get(..length).filter(|bytes| !bytes.is_empty()) else { return Ok(()) };
        for envelope in reader.push(bytes) {
            match envelope {
                // A client keeps the cursor: with `since` or `Last-Event-ID` its next stream resumes there.
                Ok(envelope) => println!("{} {}", envelope.cursor(), sentence(&envelope)),
                Err(error) => eprintln!("not an event: {error}"),
            }
        }
    }
}

fn sentence(envelope: &Envelope) -> String {
    match &envelope.event {
        Event::System(system) => format!("the service is {}", system.status),
        Event::Error(error) => format!("{}: {}", error.code, error.message),
        Event::State(state) => format!("agent {} is {}", state.agent_id, state.state),
        Event::NewInboundCall(call) => format!("{} calls agent {}", call.from_address, call.agent_id),
        Event::InboundCall(call) => {
            format!("call {} of agent {} is {}", call.dialog_id, call.agent_id, call.state)
        }
        Event::Gap(gap) if gap.other_epoch => "events may be missing: ask for the present state".to_owned(),
        Event::Gap(gap) => format!("{} to {} are missing: ask for the present state", gap.from, gap.to),
        other => {
            let agent = envelope.agent_id.as_deref().or(other.agent_id()).unwrap_or("?");
            format!("{} for agent {agent}", other.type_name(Dialect::Gc4412))
        }
    }
}
