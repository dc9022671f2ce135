//! The rules of an agent without any I/O: commands and notifications go in, what is to be done comes out.
//!
//! `cargo run -p gc-examples --bin rules`

use std::error::Error;
use std::sync::Arc;

use finesse_types::Update;
use gc_events::Dialect;
use gc_protocol::{Command, CommandName};
use gc_rules::{Agent, Input, Output, Settings};

fn main() -> Result<(), Box<dyn Error>> {
    let mut agent = Agent::new("1001", Arc::new(Settings::default()));
    let connect = Command::parse(CommandName::Connect, "desk,secret");
    let outputs = agent.step(Input::Command { id: "c1".into(), client: "desk".into(), command: connect });
    show("Connect#1001 desk,secret", &outputs);
    let allowed = Input::AttemptDecided { command: "c1".into(), allowed: Ok(()) };
    show("the password may be used", &agent.step(allowed));
    show("the stream is open", &agent.step(Input::StreamOpened));

    let update = Update::parse(
        "<Update><data><user><extension>2001</extension><loginId>1001</loginId><state>READY</state></user></data>\
         <event>PUT</event><requestId></requestId><source>/finesse/api/User/1001</source></Update>",
    )?;
    // The stream has just been opened, so Finesse is being read: what is notified waits for that.
    show("a notification", &agent.step(Input::Notified { item_id: None, update: Box::new(update) }));
    Ok(())
}

fn show(what: &str, outputs: &[Output]) {
    println!("{what}:");
    for output in outputs {
        match output {
            Output::Emit { client, event, .. } => {
                println!("  to {client}: {}", event.to_json(Dialect::Gc4412))
            }
            Output::Ask { request, .. } => println!("  ask Finesse {request:?}"),
            other => println!("  {other:?}"),
        }
    }
}
