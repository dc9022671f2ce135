//! `gc commands`: what can be sent, from the table of gc-protocol.

use gc_protocol::{CommandName, Declaration, Kind as ArgumentKind, Role};

use crate::failed::{Failed, Kind};
use crate::output::{Output, shown};
use crate::table;

/// The command of this name.
pub(crate) fn named(text: &str) -> Result<CommandName, Failed> {
    text.parse().map_err(|_| {
        let hint = match CommandName::nearest(text) {
            Some(nearest) => format!("did you mean {nearest}?"),
            None => "`gc commands` lists all".to_owned(),
        };
        Failed::new(Kind::Usage, format!("{} is no command: {hint}", shown(text)))
    })
}

/// `MakeCall AGENT NUMBER`: what follows `gc send`.
pub(crate) fn usage(command: CommandName) -> String {
    let Declaration { arguments, role, .. } = command.declaration();
    let id = match role {
        Role::Client => "CLIENT",
        Role::Agent | Role::AgentOrSupervisor => "AGENT",
        Role::Supervisor => "SUPERVISOR",
    };
    let arguments = arguments.iter().filter(|argument| !matches!(argument.kind, ArgumentKind::Word([_])));
    let arguments = arguments.map(|argument| match argument.optional {
        true => format!("[{}]", placeholder(argument.name)),
        false => placeholder(argument.name),
    });
    [command.to_string(), id.to_owned()].into_iter().chain(arguments).collect::<Vec<_>>().join(" ")
}

/// `DIALOG_ID` for `dialogId`.
fn placeholder(name: &str) -> String {
    let mut shown = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() {
            shown.push('_');
        }
        shown.extend(letter.to_uppercase());
    }
    shown
}

/// Lists all commands, or explains one.
pub(crate) fn explain(command: Option<&str>, output: &mut Output) -> Result<(), Failed> {
    let Some(command) = command else {
        let rows: Vec<_> = CommandName::ALL
            .iter()
            .map(|name| [usage(*name), name.declaration().summary.to_owned()])
            .collect();
        return table::print(["COMMAND", "WHAT IT DOES"], &rows, output);
    };
    let name = named(command)?;
    let Declaration { summary, effect, arguments, events, platforms, needs, .. } = name.declaration();
    output.line(format_args!("gc send {}\n\n{summary}", usage(name)))?;
    let rows: Vec<_> =
        arguments.iter().map(|argument| [placeholder(argument.name), contents(argument.kind)]).collect();
    if !rows.is_empty() {
        output.line("")?;
    }
    table::print(["ARGUMENT", "CONTAINS"], &rows, output)?;
    output.line(format_args!("\nIt is complete when: {effect}"))?;
    let events = if events.is_empty() { "none".to_owned() } else { events.join(", ") };
    output.line(format_args!("Events: {events}\nWorks on: {platforms}"))?;
    match needs {
        Some(need) => output.line(format_args!("Needs in gc.toml: {need}")),
        None => Ok(()),
    }
}

fn contents(kind: ArgumentKind) -> String {
    match kind {
        ArgumentKind::Text => "text without a comma".to_owned(),
        ArgumentKind::Device => "the id of a device".to_owned(),
        ArgumentKind::Extension => "digits, with or without a leading +".to_owned(),
        ArgumentKind::FreeText => "text".to_owned(),
        ArgumentKind::Secret => "a password, or a token of single sign-on; - asks for it".to_owned(),
        ArgumentKind::Variables => "name=value, several separated by |".to_owned(),
        ArgumentKind::Word([word]) => format!("{word}; need not be given"),
        ArgumentKind::Word(words) => words.join(" or "),
        ArgumentKind::Count => "a whole number".to_owned(),
        ArgumentKind::Time => "a time such as 2030-01-31T14:30".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usages_are_those_of_the_declarations() {
        for (name, expected) in [
            (CommandName::MakeCall, "MakeCall AGENT NUMBER"),
            (CommandName::Hello, "Hello CLIENT"),
            (CommandName::Connect, "Connect AGENT DESTINATION PASSWORD [SSO]"),
            (CommandName::BargeIn, "bargein SUPERVISOR AGENT_EXTENSION DIALOG_ID"),
            (CommandName::AcceptOutboundPreview, "AcceptOutboundPreview AGENT DIALOG_ID"),
        ] {
            assert_eq!(usage(name), expected);
        }
    }

    #[test]
    fn a_misspelt_command_is_answered_with_the_nearest() {
        assert_eq!(named("makecal").unwrap_err().reason, "makecal is no command: did you mean MakeCall?");
        assert_eq!(named("makecall").unwrap(), CommandName::MakeCall);
        assert_eq!(named("\u{1b}[2J").unwrap_err().kind, Kind::Usage);
    }
}
