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
    writeln!(page, "- works on: {}", declaration.platform).unwrap();
    if let Some(need) = declaration.needs {
        let on = if need == Need::CcxStatistics { ", on UCCX" } else { "" };
        writeln!(page, "- needs: `{need}` in the connector's configuration{on}").unwrap();
    }
    writeln!(page, "- done when: {}", declaration.effect).unwrap();
    let events: Vec<_> = declaration.events.iter().map(|event| format!("`{event}`")).collect();
    let events = if events.is_empty() { "none".to_owned() } else { events.join(", ") };
    writeln!(page, "- events: {events}").unwrap();
    let errors: Vec<_> = declaration.errors.iter().map(|code| format!("`{code}`")).collect();
    if !errors.is_empty() {
        writeln!(page, "- errors of its own: {}", errors.join(", ")).unwrap();
    }
    if !declaration.arguments.is_empty() {
        page.push_str("\n| argument | holds | when missing |\n|---|---|---|\n");
        for argument in declaration.arguments {
            let missing = if argument.optional {
                "may be left out".to_owned()
            } else {
                format!("`{}`", argument.missing)
            };
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
        Role::AgentOrSupervisor => "the agent's login id; a supervisor puts a team member's there",
        Role::Supervisor => "the supervisor's login id",
    }
}

fn holds(argument: &Argument) -> String {
    let what = match argument.kind {
        Kind::Text => "text without a comma".to_owned(),
        Kind::Extension => format!("digits, `+` in front allowed; else `{}`", ErrorCode::WrongExtension),
        Kind::FreeText => "text, commas allowed".to_owned(),
        Kind::Secret => "a password, commas allowed; never logged".to_owned(),
        Kind::Variables => {
            let code = ErrorCode::InvalidCallData;
            format!("`name=value`, several separated by a vertical bar; else `{code}`")
        }
        Kind::Word(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" or "),
        Kind::Count => "a whole number".to_owned(),
        Kind::Time => "`YYYY-MM-DDThh:mm`".to_owned(),
    };
    match argument.kind {
        // Their forms leave nothing to limit.
        Kind::Word(_) | Kind::Count | Kind::Time => what,
        kind => format!("{what}; at most {} bytes", kind.limit()),
    }
}

const INTRODUCTION: &str = "\
# Commands

Printed from `crates/gc-protocol`; a test fails when this page drifts from the code.

A command is a `POST /gc/command`. How the request is built, what HTTP answers and how arguments are split stands in
[wire-format.md](wire-format.md); what the events hold in [events.md](events.md); what the codes mean in
[errors.md](errors.md). The requests below stand in `fixtures/commands/`, too.

Every command that needs a session is answered by `State` `RE_LOGIN` when the connector does not know the agent, and by
`GENERAL_ERROR` at once when it works on the other platform only. Every command may end in `DOWN`, `NOT_REACHABLE`,
`GENERAL_ERROR`, or `PLEASE_RETRY` when its effect is not seen in time, in a code that Finesse reports, and in the codes of its
arguments; an argument that is too many, too long or not readable is `PLEASE_RETRY`. A command that needs something in the
connector's configuration, which [configuration.md](configuration.md) and [directory.md](directory.md) tell of, ends in `GENERAL_ERROR`
without it, and the text names what is missing.
";
