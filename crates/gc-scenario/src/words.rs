//! The words of a line, separated by white space. Quotes enclose white space; `name=value` is a named value.

/// Words of a line, in order.
#[derive(Debug, Default)]
pub(crate) struct Words {
    words: std::collections::VecDeque<Word>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    Bare(String),
    Named(String, String),
}

impl Words {
    pub(crate) fn of(text: &str) -> Result<Self, String> {
        let mut words = std::collections::VecDeque::new();
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let (word, after) = first_word(rest)?;
            words.push_back(word);
            rest = after.trim_start();
        }
        Ok(Self { words })
    }

    /// The next bare word.
    pub(crate) fn bare(&mut self, what: &str) -> Result<String, String> {
        self.next_bare().ok_or_else(|| format!("{what} is missing"))
    }

    pub(crate) fn next_bare(&mut self) -> Option<String> {
        match self.words.front()? {
            Word::Bare(_) => match self.words.pop_front() {
                Some(Word::Bare(word)) => Some(word),
                _ => None,
            },
            Word::Named(..) => None,
        }
    }

    /// The next word, if it is a named one.
    pub(crate) fn next_named(&mut self) -> Option<(String, String)> {
        match self.words.pop_front()? {
            Word::Named(name, value) => Some((name, value)),
            word @ Word::Bare(_) => {
                self.words.push_front(word);
                None
            }
        }
    }

    /// Takes this word if it is the next one.
    pub(crate) fn take(&mut self, word: &str) -> bool {
        let here = self.words.front() == Some(&Word::Bare(word.to_owned()));
        if here {
            self.words.pop_front();
        }
        here
    }

    /// The value with this name, at any position.
    pub(crate) fn named(&mut self, name: &str) -> Option<String> {
        let at = self.words.iter().position(|word| matches!(word, Word::Named(known, _) if known == name))?;
        match self.words.remove(at) {
            Some(Word::Named(_, value)) => Some(value),
            _ => None,
        }
    }

    pub(crate) fn next(&mut self) -> Option<Word> {
        self.words.pop_front()
    }

    /// Fails if there are more words.
    pub(crate) fn end(mut self) -> Result<(), String> {
        match self.next() {
            None => Ok(()),
            Some(Word::Bare(word)) => Err(format!("`{word}` is not expected here")),
            Some(Word::Named(name, _)) => Err(format!("`{name}=` is not expected here")),
        }
    }
}

/// The first word, and the rest.
fn first_word(text: &str) -> Result<(Word, &str), String> {
    let name_end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '_'));
    if let Some((name, value)) = name_end.and_then(|end| text.split_at_checked(end))
        && !name.is_empty()
        && let Some(value) = value.strip_prefix('=')
    {
        let (value, rest) = first_text(value)?;
        return Ok((Word::Named(name.to_owned(), value), rest));
    }
    let (word, rest) = first_text(text)?;
    Ok((Word::Bare(word), rest))
}

/// The text up to the next white space outside of quotes, without the quotes, and the rest.
fn first_text(text: &str) -> Result<(String, &str), String> {
    let mut out = String::new();
    let mut quoted = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            c if c.is_whitespace() && !quoted => {
                let rest = text.split_at_checked(at).map_or("", |(_, rest)| rest);
                return Ok((out, rest));
            }
            c => out.push(c),
        }
    }
    if quoted { Err("a quote is not closed".to_owned()) } else { Ok((out, "")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_enclose_white_space_and_names_precede_an_equals_sign() {
        let mut words = Words::of(r#"Error "Invalid Device"  message="a b"c data= <x=y>"#).unwrap();
        assert_eq!(words.named("data").as_deref(), Some(""));
        assert_eq!(words.named("message").as_deref(), Some("a bc"));
        assert_eq!(words.bare("").as_deref(), Ok("Error"));
        assert!(words.take("Invalid Device"));
        assert_eq!(words.end(), Err("`<x=y>` is not expected here".to_owned()));
    }

    #[test]
    fn a_quote_that_is_not_closed_is_an_error() {
        assert!(Words::of(r#"a="b"#).is_err());
    }
}
