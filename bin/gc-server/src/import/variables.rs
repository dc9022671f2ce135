//! The lines of an environment file.

/// A variable, and the line on which it was set last.
pub(super) struct Variable {
    pub(super) line: usize,
    pub(super) name: String,
    pub(super) value: String,
}

/// What a file has.
pub(super) struct Variables {
    pub(super) variables: Vec<Variable>,
    /// The numbers of the lines that set no variable.
    pub(super) unread: Vec<usize>,
}

/// `NAME=value`; also `export NAME=value`, and `- NAME=value` or `NAME: value` as in a Compose file. The last of two
/// lines counts, as with Docker.
pub(super) fn read(text: &str) -> Variables {
    let mut read = Variables { variables: Vec::new(), unread: Vec::new() };
    for (line, text) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
        let text = text.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        match assignment(text) {
            Some((name, value)) => {
                read.variables.retain(|variable| variable.name != name);
                read.variables.push(Variable { line, name: name.to_owned(), value: unquoted(value) });
            }
            None => read.unread.push(line),
        }
    }
    read
}

fn assignment(text: &str) -> Option<(&str, &str)> {
    let text = text.strip_prefix("- ").unwrap_or(text);
    let text = text.strip_prefix("export ").unwrap_or(text).trim_start();
    let separator = text.find(['=', ':'])?;
    let (name, value) = text.split_at_checked(separator)?;
    let name = name.trim();
    let is_name = !name.is_empty()
        && name
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || matches!(character, '_' | '.' | '-'));
    is_name.then(|| (name, value.get(1..).unwrap_or_default().trim()))
}

/// Quotes around all of it are not part of a value.
fn unquoted(value: &str) -> String {
    ['"', '\'']
        .iter()
        .find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote))
        .unwrap_or(value)
        .to_owned()
}
