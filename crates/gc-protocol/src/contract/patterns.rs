//! The grammar of commands as regular expressions, in the syntax that ECMAScript, Python and Rust share.

use crate::argument::Kind;
use crate::command::CommandName;

/// Any text that may be sent: none of the characters that `arguments::is_forbidden` names.
pub(super) const TEXT: &str = r"^[^\x00-\x1f\x7f-\x9f\ufffe\uffff]*$";

/// `type`: the name as published, or another spelling of it, `#` and an id.
pub(super) fn of_type(command: CommandName) -> String {
    let declaration = command.declaration();
    let mut spellings = vec![declaration.wire];
    spellings.extend(declaration.aliases);
    let id = r"[^\s\x00-\x1f\x7f-\x9f\ufffe\uffff][^\x00-\x1f\x7f-\x9f\ufffe\uffff]*";
    format!("^({})#{id}$", spellings.join("|"))
}

/// `body` of a command with arguments. Those that may be left out are the last ones.
pub(super) fn of_body(command: CommandName) -> String {
    let mut pattern = String::new();
    let mut open = 0;
    for (argument, is_first) in command.declaration().arguments.iter().zip((0..).map(|n| n == 0)) {
        if argument.optional {
            pattern.push('(');
            open += 1;
        }
        if !is_first {
            pattern.push(',');
        }
        pattern += &of_argument(argument.kind);
    }
    format!("^{pattern}{}$", ")?".repeat(open))
}

/// One argument.
pub(super) fn of_argument(kind: Kind) -> String {
    match kind {
        Kind::Text => r"[^,]*[^,\s][^,]*".to_owned(),
        Kind::Extension => r"\+?[0-9]+".to_owned(),
        Kind::Device => r"[A-Za-z][A-Za-z0-9._-]*".to_owned(),
        Kind::FreeText | Kind::Secret => r".*\S.*".to_owned(),
        Kind::Variables => r"[^=|]*[^=|\s][^=|]*=[^|]*(\|[^=|]*[^=|\s][^=|]*=[^|]*)*".to_owned(),
        Kind::Word(words) => format!("({})", words.join("|")),
        Kind::Count => "[0-9]+".to_owned(),
        Kind::Time => "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}".to_owned(),
    }
}
