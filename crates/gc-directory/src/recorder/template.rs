//! Templates: text with placeholders, whose values are escaped so that they stay values.

/// A placeholder, written as `{agentId}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    Action,
    AgentId,
    DialogId,
    Extension,
    Username,
    Password,
}

impl Slot {
    fn token(self) -> &'static str {
        match self {
            Self::Action => "{action}",
            Self::AgentId => "{agentId}",
            Self::DialogId => "{dialogId}",
            Self::Extension => "{extension}",
            Self::Username => "{username}",
            Self::Password => "{password}",
        }
    }
}

enum Piece {
    Text(String),
    Slot(Slot),
}

/// A parsed template. It is parsed before values are filled in, so a value that looks like a placeholder stays text.
pub(super) struct Template(Vec<Piece>);

impl Template {
    pub(super) fn parse(text: &str, slots: &[Slot]) -> Self {
        let mut pieces = Vec::new();
        let mut rest = text;
        let first = |rest: &str| {
            let found = slots.iter().filter_map(|slot| rest.find(slot.token()).map(|at| (at, *slot)));
            found.min_by_key(|(at, _)| *at).map(|(_, slot)| slot)
        };
        while let Some(slot) = first(rest) {
            let Some((before, after)) = rest.split_once(slot.token()) else { break };
            pieces.push(Piece::Text(before.to_owned()));
            pieces.push(Piece::Slot(slot));
            rest = after;
        }
        pieces.push(Piece::Text(rest.to_owned()));
        Self(pieces)
    }

    pub(super) fn has(&self, wanted: Slot) -> bool {
        self.0.iter().any(|piece| matches!(piece, Piece::Slot(slot) if *slot == wanted))
    }

    /// Whether the text between the placeholders contains this character.
    pub(super) fn has_literal(&self, character: char) -> bool {
        self.0.iter().any(|piece| matches!(piece, Piece::Text(text) if text.contains(character)))
    }

    /// The text, with all placeholders replaced by their encoded values.
    pub(super) fn fill<'a>(&self, value: impl Fn(Slot) -> &'a str, encode: fn(&str) -> String) -> String {
        let pieces = self.0.iter().map(|piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Slot(slot) => encode(value(*slot)),
        });
        pieces.collect()
    }
}

/// Percent-encodes all but unreserved characters (RFC 3986).
pub(super) fn percent_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Escapes a text for the inside of a JSON string.
pub(super) fn json_escaped(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    let inner = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLOTS: [Slot; 2] = [Slot::AgentId, Slot::DialogId];

    fn filled(template: &str, agent: &str, encode: fn(&str) -> String) -> String {
        let value = |slot| if slot == Slot::AgentId { agent } else { "16" };
        Template::parse(template, &SLOTS).fill(value, encode)
    }

    #[test]
    fn placeholders_are_filled_in_any_order() {
        assert_eq!(filled("/{dialogId}/{agentId}/{dialogId}", "8001", percent_encoded), "/16/8001/16");
        assert_eq!(filled("", "8001", percent_encoded), "");
    }

    #[test]
    fn a_value_that_looks_like_a_placeholder_stays_a_value() {
        assert_eq!(filled("{agentId}", "{dialogId}", str::to_owned), "{dialogId}");
    }

    #[test]
    fn other_braces_are_text() {
        assert_eq!(filled(r#"{"a":{"b":"{agentId}"}}"#, "8001", json_escaped), r#"{"a":{"b":"8001"}}"#);
        assert_eq!(
            filled("{password}", "8001", json_escaped),
            "{password}",
            "this template has no such placeholder"
        );
    }

    #[test]
    fn values_stay_inside_urls_and_strings() {
        assert_eq!(percent_encoded("../a?b=c&d#é\r\n"), "..%2Fa%3Fb%3Dc%26d%23%C3%A9%0D%0A");
        assert_eq!(json_escaped("\",\"admin\":true,\"x\":\"\\\n"), r#"\",\"admin\":true,\"x\":\"\\\n"#);
    }
}
