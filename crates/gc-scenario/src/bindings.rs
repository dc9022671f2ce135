//! Values of placeholders: `{call}` is a dialog id that is only known when the scenario runs.

use std::collections::BTreeMap;

use thiserror::Error;

/// The values of placeholders.
#[derive(Clone, Debug, Default)]
pub struct Bindings {
    values: BTreeMap<String, String>,
}

/// A placeholder is used before it has a value.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{{{0}}} has no value yet")]
pub struct Unbound(pub String);

impl Bindings {
    /// Sets the value of a placeholder. The name is without braces.
    pub fn bind(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.values.insert(name.into(), value.into());
    }

    /// The text with all placeholders replaced.
    pub fn fill(&self, text: &str) -> Result<String, Unbound> {
        let mut out = String::with_capacity(text.len());
        for piece in pieces(text) {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Name(name) => {
                    let value = self.values.get(name).ok_or_else(|| Unbound(name.to_owned()))?;
                    out.push_str(value);
                }
            }
        }
        Ok(out)
    }

    /// Whether the text matches an actual value. If the text is one placeholder without a value, it takes this value.
    pub fn matches(&mut self, text: &str, actual: &str) -> bool {
        if let [Piece::Name(name)] = pieces(text).as_slice()
            && !self.values.contains_key(*name)
        {
            self.bind(*name, actual);
            return true;
        }
        self.fill(text).is_ok_and(|text| text == actual)
    }
}

/// The placeholders of a text.
pub(crate) fn names(text: &str) -> impl Iterator<Item = &str> {
    pieces(text).into_iter().filter_map(|piece| match piece {
        Piece::Name(name) => Some(name),
        Piece::Text(_) => None,
    })
}

enum Piece<'a> {
    Text(&'a str),
    Name(&'a str),
}

fn pieces(mut text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    while let Some((before, name, after)) = first_name(text) {
        if !before.is_empty() {
            pieces.push(Piece::Text(before));
        }
        pieces.push(Piece::Name(name));
        text = after;
    }
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    pieces
}

/// The first placeholder, with the text before and after it. A placeholder is a word in braces; other braces (JSON) are
/// text.
fn first_name(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    loop {
        let (_, rest) = text.split_at_checked(from)?;
        let open = from + rest.find('{')?;
        let (before, rest) = text.split_at_checked(open)?;
        let inside = rest.strip_prefix('{')?;
        if let Some((name, after)) = inside.split_once('}')
            && !name.is_empty()
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        {
            return Some((before, name, after));
        }
        from = open + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_takes_the_first_value_and_keeps_it() {
        let mut bindings = Bindings::default();
        assert_eq!(bindings.fill("/Dialog/{call}"), Err(Unbound("call".into())));
        assert!(bindings.matches("{call}", "77"));
        assert!(!bindings.matches("{call}", "78"));
        assert!(bindings.matches("/Dialog/{call}/{call}", "/Dialog/77/77"));
    }

    #[test]
    fn braces_of_json_are_text() {
        let mut bindings = Bindings::default();
        bindings.bind("call", "77");
        let filled = bindings.fill(r#"{"when":{"path":"/Dialog/{call}"}}"#);
        assert_eq!(filled.as_deref(), Ok(r#"{"when":{"path":"/Dialog/77"}}"#));
    }
}
