//! `docs/commands.md`.

use crate::printed_file::check;
use gc_protocol::catalogue::examples;
use gc_protocol::{Argument, CommandName, Declaration, ErrorCode, Kind, Need, Role};
use secrecy::ExposeSecret;
use std::fmt::Write;

#[test]
fn the_commands_page_is_what_the_code_prints() {
    check("docs/commands.md", &page());
}

fn page() -> String {
    let mut page = String::from(INTRODUCTION);
    page.push_str("\n## All commands\n\n| command | body | does |\n|---|---|---|\n");
    for name in CommandName::ALL {
        let declaration = name.declaration();
        let link = name.to_string().to_lowercase();
        writeln!(page, "| [{name}](#{link}) | {} | {} |", body(declaration), declaration.summary).unwrap();
    }
    for name in CommandName::ALL {
        section(&mut page, *name);
    }
    page
}

fn section(page: &mut String, name: CommandName) {
    let declaration = name.declaration();
    writeln!(page, "\n## {name}\n\n{}\n", declaration.summary).unwrap();
    for example in examples().iter().filter(|example| example.request.name == name) {
        writeln!(page, "```json\n{}\n```\n", example.request.to_json().expose_secret()).unwrap();
    }
    if !declaration.aliases.is_empty() {
        writeln!(page, "- also spelled: {}", declaration.aliases.join(", ")).unwrap();
    }
    writeln!(page, "- after `#`: {}", id(declaration.role)).unwrap();
    writeln!(page, "- sent by: {}; category `{}`", declaration.role, declaration.category).unwrap();
    writeln!(page, "- works on: {}", declaration.platforms).unwrap();
    if let Some(need) = declaration.needs {
        let on = if need == Need::CcxStatistics { ", on UCCX" } else { "" };
        writeln!(page, "- needs: `{need}` in the connector's configuration{on}").unwrap();
    }
    writeln!(page, "- complete when: {}", declaration.effect).unwrap();
    let events: Vec<_> = declaration.events.iter().map(|event| format!("`{event}`")).collect();
    let events = if events.is_empty() { "none".to_owned() } else { events.join(", ") };
    writeln!(page, "- events: {events}").unwrap();
    let errors: Vec<_> = declaration.errors.iter().map(|code| format!("`{code}`")).collect();
    if !errors.is_empty() {
        writeln!(page, "- specific errors: {}", errors.join(", ")).unwrap();
    }
    if !declaration.arguments.is_empty() {
        page.push_str("\n| argument | contains | when missing |\n|---|---|---|\n");
        for argument in declaration.arguments {
            let missing =
                if argument.optional { "optional".to_owned() } else { format!("`{}`", argument.missing) };
            writeln!(page, "| {} | {} | {missing} |", argument.name, holds(argument)).unwrap();
        }
    }
}

fn body(declaration: &Declaration) -> String {
    let mut body = String::new();
    for argument in declaration.arguments {
        let comma = if body.is_empty() { "" } else { "," };
        let bracket = if argument.optional { "[" } else { "" };
        body += &format!("{bracket}{comma}{}", argument.name);
    }
    let optional = declaration.arguments.iter().filter(|argument| argument.optional).count();
    body += &"]".repeat(optional);
    if body.is_empty() { body } else { format!("`{body}`") }
}

fn id(role: Role) -> &'static str {
    match role {
        Role::Client => "the client's destination",
        Role::Agent => "the agent's login id",
        Role::AgentOrSupervisor => "the agent's login id; a supervisor sends a team member's login id",
        Role::Supervisor => "the supervisor's login id",
    }
}

fn holds(argument: &Argument) -> String {
    let what = match argument.kind {
        Kind::Text => "text without a comma".to_owned(),
        Kind::Extension => {
            format!("digits, with or without a leading `+`; else `{}`", ErrorCode::WrongExtension)
        }
        Kind::Device => "a letter, then letters, digits, `-`, `_` and `.`".to_owned(),
        Kind::FreeText => "text, commas allowed".to_owned(),
        Kind::Secret => "a password, or a token of single sign-on; commas allowed; never logged".to_owned(),
        Kind::Variables => {
            let code = ErrorCode::InvalidCallData;
            format!("pairs `name=value`, separated by a vertical bar; else `{code}`")
        }
        Kind::Word(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" or "),
        Kind::Count => "a whole number".to_owned(),
        Kind::Time => "`YYYY-MM-DDThh:mm`".to_owned(),
    };
    match argument.kind {
        // Their format already limits their length.
        Kind::Word(_) | Kind::Count | Kind::Time => what,
        kind => format!("{what}; at most {} bytes", kind.limit()),
    }
}

const INTRODUCTION: &str = "\
# Commands

Printed from `crates/gc-protocol`; a test fails when this page differs from the code.

A command is a `POST /gc/command`. [wire-format.md](wire-format.md) describes the request, the HTTP response and how
arguments are separated, [events.md](events.md) the events, and [errors.md](errors.md) the error codes. The requests below
are also files in `fixtures/commands/`.

A command that needs a session is answered by `State` `RE_LOGIN` if the connector does not know the agent. A command that
does not work on the platform fails at once with `GENERAL_ERROR`. Every command may also fail with:

- `DOWN`, `NOT_REACHABLE` or `GENERAL_ERROR`;
- `PLEASE_RETRY`, if its effect is not observed in time;
- a code that Finesse reports;
- the code of a missing argument (see its table), or `PLEASE_RETRY` if there are too many arguments or one is too long or
  cannot be read.

A command that needs something in the connector's configuration (see [configuration.md](configuration.md) and
[directory.md](directory.md)) fails with `GENERAL_ERROR` without it; the text names what is missing.
";
