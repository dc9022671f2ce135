//! Headers of tables, `[http]` and `[[client]]`, that stand a second time. The parser says only that a key does.

use super::keys::is_below;
use super::words;

/// The name of the table whose header this line is, and whether it is one of several.
fn header(line: &str) -> Option<(&str, bool)> {
    let inside = line.trim_start().strip_prefix('[')?;
    let (inside, is_one_of_several) = match inside.strip_prefix('[') {
        Some(inside) => (inside, true),
        None => (inside, false),
    };
    Some((inside.split(']').next()?.trim(), is_one_of_several))
}

/// Of the header in this line, its table and what is wrong, if that is there already.
pub(super) fn second(text: &str, line: usize) -> Option<(&str, String)> {
    let before = line.checked_sub(1)?;
    let (name, is_one_of_several) = header(text.lines().nth(before)?)?;
    let first = (1..).zip(text.lines().take(before)).find(|(_, line)| match header(line) {
        Some((other, _)) => other == name,
        // `http.open = true`
        None => line.split('=').next().is_some_and(|key| is_below(key.trim(), name)),
    });
    let (first, text) = first?;
    let is_single = header(text).is_some_and(|(_, is_one_of_several)| !is_one_of_several);
    Some((name, words::second_table(name, is_one_of_several, first, is_single)))
}

/// Whether the one line is in the table whose header is in the other one.
pub(super) fn is_in(text: &str, line: usize, header_line: usize) -> bool {
    let between = line.saturating_sub(header_line);
    text.lines().skip(header_line).take(between).all(|line| header(line).is_none())
}
