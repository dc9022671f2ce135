//! An example request for every command, with invented values. The documentation, the fixtures in `fixtures/commands`
//! and the tests use them; other teams' tests may use them too.

use crate::callback::CallbackParts;
use crate::command::{Command, CommandName};
use crate::declaration::Role;
use crate::request::Request;

/// One request and the command in it.
#[derive(Clone, Debug)]
pub struct Example {
    /// The command's name in lower case, followed by the variant if there are several. The request is in
    /// `fixtures/commands/<name>.json`.
    pub name: String,
    /// The command.
    pub command: Command,
    /// The request.
    pub request: Request,
}

/// At least one request for every command.
pub fn examples() -> Vec<Example> {
    let bodies = |name: &CommandName| {
        let declaration = name.declaration();
        let name = *name;
        let plain = [("", declaration.example)].into_iter();
        plain.chain(declaration.variants.iter().copied()).map(move |(variant, body)| (name, variant, body))
    };
    let all = CommandName::ALL.iter().flat_map(bodies);
    all.filter_map(|(name, variant, body)| example(name, variant, body)).collect()
}

fn example(name: CommandName, variant: &str, body: &str) -> Option<Example> {
    let command = Command::parse(name, body).ok()?;
    let declaration = name.declaration();
    let id = match declaration.role {
        Role::Client => "crm-desk",
        Role::Agent | Role::AgentOrSupervisor => "1004",
        Role::Supervisor => "1091",
    };
    let mut request = Request::new(&command, id).ok()?;
    if matches!(command, Command::Hello | Command::Connect { .. }) {
        request.session_url = Some("desk/7".to_owned());
        request.callback =
            Some(CallbackParts { fqdn: "crm.example.com".to_owned(), endpoint: "/gc/events".to_owned() });
    }
    let separator = if variant.is_empty() { "" } else { "-" };
    let name = format!("{}{separator}{variant}", declaration.wire.to_ascii_lowercase());
    Some(Example { name, command, request })
}
