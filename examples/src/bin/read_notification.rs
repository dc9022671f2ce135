//! Reads a notification of Finesse from standard input and says what it means:
//! `cargo run -p gc-examples --bin read_notification < fixtures/finesse/dialogs-post-alerting.xml`

use std::error::Error;
use std::io::{Read, stdin};

use finesse_types::{Payload, Update};

fn main() -> Result<(), Box<dyn Error>> {
    let mut xml = String::new();
    stdin().read_to_string(&mut xml)?;
    let update = Update::parse(&xml)?;
    println!("{} at {}", update.event, update.source);
    match update.payload {
        Payload::User(user) => println!("{} {} is {}", user.first_name, user.last_name, user.state),
        Payload::Dialog(dialog) => println!("call {} is {}", dialog.id, dialog.state),
        Payload::Dialogs(dialogs) => {
            for dialog in dialogs {
                println!("call {} from {} is {}", dialog.id, dialog.from_address, dialog.state);
            }
        }
        Payload::ApiErrors(errors) => {
            for error in &errors.errors {
                println!("{}: {}", error.error_type, error.error_message);
            }
        }
        other => println!("{other:?}"),
    }
    Ok(())
}
