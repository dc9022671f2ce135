//! Commands and events as TypeScript declarations.

use super::commands::{event_types, id};
use super::name_of;
use crate::argument::{Argument, Kind};
use crate::command::CommandName;
use gc_events::Dialect;
use gc_events::contract::comment;

/// A module of types without any code: an interface for each command and each event of this dialect.
pub fn type_script(dialect: Dialect) -> String {
    let mut text = format!("{}{COMMON}", INTRODUCTION.replace("DIALECT", &dialect.to_string()));
    for name in CommandName::ALL {
        text += &command(*name, dialect);
    }
    let names: Vec<_> = CommandName::ALL.iter().map(|name| name_of(*name)).collect();
    text += &format!("\n/** Any command. */\nexport type Command =\n  | {};\n", names.join("\n  | "));
    text + &gc_events::contract::type_script(dialect)
}

const INTRODUCTION: &str = "\
// The interface of the Generic Connector, in the dialect DIALECT. Printed from crates/gc-protocol and crates/gc-events.
";

const COMMON: &str = "
/** What is POSTed to /gc/command. */
export interface CommandRequest {
  data: Command & CommandMembers;
}

/** What every command may have. */
export interface CommandMembers {
  /** Identifies the client; returned with every event. */
  sessionUrl?: string;
  /** With Hello and Connect: where the client's events go, the host. */
  callbackFqdn?: string;
  /** With Hello and Connect: where the client's events go, the path. */
  callbackEndpoint?: string;
  /** The client's own id for this command; returned with the events that answer it. */
  correlationId?: string;
}

/** The answer 202. The command's outcome comes as events: those of the command, or one Error. */
export interface Accepted {
  status: \"accepted\";
  /** Returned with the events that answer the command, if it has no `correlationId`. */
  commandId: string;
}
";

fn command(name: CommandName, dialect: Dialect) -> String {
    let declaration = name.declaration();
    let events = event_types(declaration, dialect);
    let events = if events.is_empty() { "none".to_owned() } else { events.join(", ") };
    let about = format!("{}\n\nComplete when: {} Events: {events}.", declaration.summary, declaration.effect);
    let spellings: Vec<_> = [declaration.wire].iter().chain(declaration.aliases).copied().collect();
    let types: Vec<_> = spellings.iter().map(|spelling| format!("`{spelling}#${{string}}`")).collect();
    let after = comment(&format!("After `#`: {}.", id(declaration.role)), "  ");
    let body = match declaration.arguments {
        [] => "  body?: \"null\" | \"\" | null;\n".to_owned(),
        arguments => {
            let names: Vec<_> = arguments.iter().map(argument).collect();
            format!("{}  body: {};\n", comment(&names.join(","), "  "), bodies(arguments).join(" | "))
        }
    };
    let types = types.join(" | ");
    format!(
        "\n{}export interface {} {{\n{after}  type: {types};\n{body}}}\n",
        comment(&about, ""),
        name_of(name)
    )
}

fn argument(argument: &Argument) -> String {
    if argument.optional { format!("[{}]", argument.name) } else { argument.name.to_owned() }
}

/// The body without and with each of the arguments that may be left out.
fn bodies(arguments: &[Argument]) -> Vec<String> {
    let required = arguments.iter().filter(|argument| !argument.optional).count();
    let body = |length| {
        let parts: Vec<_> = arguments.iter().take(length).map(|argument| part(argument.kind)).collect();
        format!("`{}`", parts.join(","))
    };
    (required..=arguments.len()).map(body).collect()
}

fn part(kind: Kind) -> String {
    match kind {
        Kind::Word([word]) => (*word).to_owned(),
        Kind::Word(words) => {
            let words: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
            format!("${{{}}}", words.join(" | "))
        }
        Kind::Count => "${number}".to_owned(),
        _ => "${string}".to_owned(),
    }
}
