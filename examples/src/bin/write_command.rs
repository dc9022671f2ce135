//! gc-protocol alone: writes the request that lets an agent call a number.
//!
//! `cargo run -p gc-examples --bin write_command 1004 5550142 | curl -H 'Content-Type: application/json' -d @- localhost:8112/gc/command`

use gc_protocol::secrecy::ExposeSecret;
use gc_protocol::{Command, Inexpressible, Request};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [agent, number] = arguments.as_slice() else {
        eprintln!("usage: write_command <agent> <number>");
        return ExitCode::from(64);
    };
    match make_call(agent, number) {
        Ok(json) => {
            println!("{json}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(65)
        }
    }
}

fn make_call(agent: &str, number: &str) -> Result<String, Inexpressible> {
    let command = Command::MakeCall { number: number.to_owned() };
    let request = Request::new(&command, agent)?;
    Ok(request.to_json().expose_secret().to_owned())
}
