//! gc-events alone: reads events, one JSON per line, and says in a sentence what each means.
//!
//! `curl -sN localhost:8112/gc/events/crm-desk | sed -n 's/^data: *//p' | cargo run -p gc-examples --bin read_events`

use gc_events::{Dialect, Event};
use std::io::{BufRead, stdin};

fn main() -> std::io::Result<()> {
    for line in stdin().lock().lines() {
        match Event::from_json(&line?, Dialect::Gc4412) {
            Ok(event) => println!("{}", sentence(&event)),
            Err(error) => eprintln!("not an event: {error}"),
        }
    }
    Ok(())
}

fn sentence(event: &Event) -> String {
    match event {
        Event::System(system) => format!("the service is {}", system.status),
        Event::Error(error) => format!("{}: {}", error.code, error.message),
        Event::State(state) => format!("agent {} is {}", state.agent_id, state.state),
        Event::NewInboundCall(call) => format!("{} calls agent {}", call.from_address, call.agent_id),
        Event::InboundCall(call) => {
            format!("call {} of agent {} is {}", call.dialog_id, call.agent_id, call.state)
        }
        other => {
            format!("{} for agent {}", other.type_name(Dialect::Gc4412), other.agent_id().unwrap_or("?"))
        }
    }
}
