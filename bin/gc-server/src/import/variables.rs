//! The variables of a file, and those of an environment file.

/// A variable, and the line or the place on which it was set last.
pub(super) struct Variable {
    pub(super) line: usize,
    pub(super) name: String,
    /// The value; or why there is none here.
    pub(super) value: Result<String, String>,
}

/// What a file has.
#[derive(Default)]
pub(super) struct Variables {
    pub(super) variables: Vec<Variable>,
    /// What else has to be reported, and where it belongs among the variables.
    pub(super) remarks: Vec<(usize, String)>,
}

impl Variables {
    /// The last of two values counts, as with Docker.
    pub(super) fn set(&mut self, line: usize, name: &str, value: Result<String, String>) {
        self.variables.retain(|variable| variable.name != name);
        self.variables.push(Variable { line, name: name.to_owned(), value });
    }
}

/// `NAME=value`; also behind `export`, `declare -x` or `set`, and `- NAME=value` or `NAME: value` as in a piece of a Compose file.
/// A quoted value may have several lines.
pub(super) fn lines(text: &str) -> Variables {
    let mut read = Variables::default();
    let mut lines = (1..).zip(text.lines());
    while let Some((line, text)) = lines.next() {
        let text = text.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let Some((name, value)) = assignment(text) else {
            read.remarks.push((line, format!("line {line}: not read: write NAME=value")));
            continue;
        };
        let (value, further) = value_of(&value, lines.clone().map(|(_, text)| text));
        if let Some(last) = further.checked_sub(1) {
            lines.nth(last);
        }
        read.set(line, &name, Ok(value));
    }
    read
}

/// Name, and what is behind it on its line.
fn assignment(text: &str) -> Option<(String, String)> {
    let item = text.strip_prefix("- ").map(str::trim_start);
    // All of an item of a list may be in quotes.
    let whole = item.and_then(|item| match quoted(item, std::iter::empty())? {
        (whole, rest, 0) if is_nothing(&rest) => Some(whole),
        _ => None,
    });
    let is_whole = whole.is_some();
    let text = whole.unwrap_or_else(|| item.unwrap_or(text).to_owned());
    let text = ["export ", "declare -x ", "set "]
        .iter()
        .find_map(|word| text.strip_prefix(word))
        .unwrap_or(&text)
        .trim_start();
    let separator = text.find(['=', ':'])?;
    let (name, value) = text.split_at_checked(separator)?;
    let name = name.trim().trim_matches(['"', '\'']);
    let value = value.get(1..).unwrap_or_default().trim();
    // Inside of quotes there is no comment to take away.
    let value = if is_whole { format!("'{value}'") } else { value.to_owned() };
    is_name(name).then(|| (name.to_owned(), value))
}

pub(super) fn is_name(name: &str) -> bool {
    let may_stand = |character: char| character.is_ascii_alphanumeric() || "_.-".contains(character);
    !name.is_empty() && name.chars().all(may_stand)
}

/// The value without quotes and comment, and how many of the following lines belong to it.
fn value_of<'a>(text: &str, following: impl Iterator<Item = &'a str>) -> (String, usize) {
    match quoted(text, following) {
        Some((value, rest, further)) if is_nothing(&rest) => (value, further),
        _ => {
            let end = [" #", "\t#"].iter().filter_map(|comment| text.find(comment)).min();
            (text.get(..end.unwrap_or(text.len())).unwrap_or(text).trim_end().to_owned(), 0)
        }
    }
}

/// What is between the quotes at the beginning of a text, what is behind them, and how many further lines that took. In double
/// quotes a backslash keeps what a shell would read.
fn quoted<'a>(text: &str, mut following: impl Iterator<Item = &'a str>) -> Option<(String, String, usize)> {
    let quote = text.chars().next().filter(|first| matches!(first, '"' | '\''))?;
    let (mut value, mut further) = (String::new(), 0);
    let mut line = text.get(1..).unwrap_or_default();
    loop {
        let mut rest = line.chars();
        while let Some(character) = rest.next() {
            match character {
                _ if character == quote => return Some((value, rest.collect(), further)),
                '\\' if quote == '"' => match rest.clone().next() {
                    Some(kept @ ('"' | '\\' | '$' | '`')) => {
                        value.push(kept);
                        rest.next();
                    }
                    _ => value.push('\\'),
                },
                other => value.push(other),
            }
        }
        line = following.next()?;
        further += 1;
        value.push('\n');
    }
}

/// Behind a value only a comment may stand.
fn is_nothing(rest: &str) -> bool {
    let rest = rest.trim_start();
    rest.is_empty() || rest.starts_with('#')
}
