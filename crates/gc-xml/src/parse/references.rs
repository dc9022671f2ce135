//! Text that has references in it, such as `&lt;`.

use quick_xml::errors::IllFormedError;
use quick_xml::events::{BytesRef, BytesText};

use super::{XmlError, malformed};

/// The text with its references resolved and its line breaks as XML has them (XML 1.0, 2.11), in one pass.
pub(super) fn resolve(text: &str) -> Result<String, XmlError> {
    let text = BytesText::from_escaped(text).xml10_content();
    let mut resolved = String::with_capacity(text.len());
    let mut rest: &str = &text;
    while let Some((before, reference)) = at_ampersand(rest) {
        resolved.push_str(before);
        // Every tag of an escaped document has these two.
        let character = match reference.as_bytes() {
            [b'&', b'l', b't', b';', ..] => Some('<'),
            [b'&', b'g', b't', b';', ..] => Some('>'),
            _ => None,
        };
        rest = match character {
            Some(character) => {
                resolved.push(character);
                reference.get("&lt;".len()..).unwrap_or_default()
            }
            None => push(&mut resolved, reference)?,
        };
    }
    resolved.push_str(rest);
    Ok(resolved)
}

/// What is before the first reference, and what begins with it. References are near to each other, so that counting off the
/// bytes is quicker than a search that has to be prepared.
fn at_ampersand(text: &str) -> Option<(&str, &str)> {
    text.split_at_checked(text.bytes().position(|byte| byte == b'&')?)
}

/// Adds what the reference stands for; returns what follows it.
fn push<'a>(resolved: &mut String, reference: &'a str) -> Result<&'a str, XmlError> {
    let named = reference.split_once(';').map(|(name, rest)| (name.strip_prefix('&').unwrap_or(name), rest));
    let (name, rest) = named.filter(|(name, _)| !name.contains('&')).ok_or_else(unclosed)?;
    if let Some(character) = BytesRef::new(name).resolve_char_ref().map_err(malformed)? {
        resolved.push(character);
    } else if let Some(text) = quick_xml::escape::resolve_predefined_entity(name) {
        resolved.push_str(text);
    } else {
        return Err(XmlError::UnknownEntity(name.to_owned()));
    }
    Ok(rest)
}

fn unclosed() -> XmlError {
    malformed(IllFormedError::UnclosedReference.into())
}
