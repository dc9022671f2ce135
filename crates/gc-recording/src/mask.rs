//! Invented values in the place of personal data: the same value always gets the same one, and two values never do, so that
//! whatever the rules compare stays equal or different.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};

/// What was invented for what.
#[derive(Debug, Default)]
pub(crate) struct Mask {
    words: BTreeMap<String, String>,
    clients: BTreeMap<String, String>,
    /// How many of each form were invented.
    counts: BTreeMap<&'static str, usize>,
    /// In the order in which they came; wiped when the recording is dropped.
    passwords: Vec<SecretString>,
}

/// What a word is, which decides the form of its mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A login id: 1001, 1002 …
    Agent,
    /// A dialog: 16777001 …
    Dialog,
    /// Anything else: a number looks like a number, and text like text.
    Any,
}

/// The clients of a recording, in the order in which they come.
const CLIENTS: [&str; 4] = ["acme", "beta", "crm", "delta"];

impl Mask {
    /// Each word of a text replaced. White space stays.
    pub(crate) fn text(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find(|c: char| !c.is_whitespace()) {
            let (space, behind) = rest.split_at_checked(start).unwrap_or_default();
            let end = behind.find(char::is_whitespace).unwrap_or(behind.len());
            let (word, after) = behind.split_at_checked(end).unwrap_or_default();
            out.push_str(space);
            out.push_str(&self.word(word, Form::Any));
            rest = after;
        }
        out.push_str(rest);
        out
    }

    /// A word replaced.
    pub(crate) fn word(&mut self, word: &str, form: Form) -> String {
        if word.is_empty() {
            return String::new();
        }
        if let Some(known) = self.words.get(word) {
            return known.clone();
        }
        // The same number with and without its plus sign stays the same number.
        if let Some(number) = word.strip_prefix('+').filter(|number| is_number(number)) {
            return format!("+{}", self.word(number, form));
        }
        let invented = match form {
            Form::Agent => self.next("agent", 1001),
            Form::Dialog => self.next("dialog", 16_777_001),
            Form::Any if is_number(word) && word.len() <= 6 => self.next("extension", 2001),
            Form::Any if is_number(word) => self.next("number", 5_550_101),
            Form::Any => format!("text{}", self.next("text", 1)),
        };
        self.words.insert(word.to_owned(), invented.clone());
        invented
    }

    /// What was invented for a word, if it is known.
    pub(crate) fn known(&self, word: &str) -> Option<String> {
        self.words.get(word).cloned()
    }

    /// A client's destination replaced.
    pub(crate) fn client(&mut self, client: &str) -> String {
        let number = self.clients.len();
        let invented =
            || CLIENTS.get(number).map_or_else(|| format!("client{number}"), |name| (*name).to_owned());
        self.clients.entry(client.to_owned()).or_insert_with(invented).clone()
    }

    /// A password replaced: `demo` for the first one, `demo-2` for another one, and so on.
    pub(crate) fn password(&mut self, password: &str) -> String {
        let known = self.passwords.iter().position(|known| known.expose_secret() == password);
        let number = known.unwrap_or_else(|| {
            self.passwords.push(SecretString::from(password));
            self.passwords.len() - 1
        });
        if number == 0 { "demo".to_owned() } else { format!("demo-{}", number + 1) }
    }

    fn next(&mut self, form: &'static str, first: usize) -> String {
        let count = self.counts.entry(form).or_default();
        let number = first.saturating_add(*count);
        *count += 1;
        number.to_string()
    }
}

/// Digits, and what else telephones have keys for.
fn is_number(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'*' | b'#'))
}

/// Whether a value is a word of Finesse's or ours, a time or a short code: without white space, and not long.
pub(crate) fn is_vocabulary(value: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"_.:-+".contains(&byte);
    (value.len() <= 64 && value.bytes().all(known)) || is_time(value)
}

/// `2026-03-02 08:00:05`
fn is_time(value: &str) -> bool {
    let shape = "0000-00-00 00:00:00";
    value.len() == shape.len()
        && value.bytes().zip(shape.bytes()).all(|(byte, shape)| match shape {
            b'0' => byte.is_ascii_digit(),
            shape => byte == shape,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_value_has_the_same_mask_and_another_one_another() {
        let mut mask = Mask::default();
        assert_eq!(mask.word("40071", Form::Agent), "1001");
        assert_eq!(mask.text("Vera  Lind"), "text1  text2");
        assert_eq!(mask.text("Lind 40071 3316 0049891234"), "text2 1001 2001 5550101");
        assert_eq!(mask.word("+0049891234", Form::Any), "+5550101");
        assert_eq!(mask.text(" \t"), " \t");
        assert_eq!([mask.client("x"), mask.client("y"), mask.client("x")], ["acme", "beta", "acme"]);
        assert_eq!([mask.password("a"), mask.password("b"), mask.password("a")], ["demo", "demo-2", "demo"]);
    }
}
