//! Text in, tree out, within limits.

use std::borrow::Cow;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;
use thiserror::Error;

use crate::Element;

/// The limits of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Length of the text in bytes.
    pub bytes: usize,
    /// How deep elements may be nested, including the root.
    pub depth: usize,
}

/// 1 MiB and 64 levels: a hundred times what a real dialog needs.
impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 1 << 20, depth: 64 }
    }
}

/// Why a text was refused as XML.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum XmlError {
    /// Longer than [`Limits::bytes`].
    #[error("XML of {bytes} bytes is over the limit of {limit}")]
    TooLarge {
        /// Length of the text in bytes.
        bytes: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// Nested deeper than [`Limits::depth`].
    #[error("XML is nested deeper than {limit} elements")]
    TooDeep {
        /// The limit in elements.
        limit: usize,
    },
    /// Markup that only [`crate::Cutter`] refuses: a comment, a processing instruction or a declaration.
    #[error("XML has a {0}, which is not allowed here")]
    Restricted(&'static str),
    /// Character data between the children that [`crate::Cutter`] cuts.
    #[error("XML has text between the elements")]
    StrayText,
    /// A document type. Its entities could expand a small text into a huge one.
    #[error("XML has a document type, which is not allowed")]
    Doctype,
    /// An entity that XML itself does not define.
    #[error("XML has an unknown entity &{0};")]
    UnknownEntity(String),
    /// The text ends before its root does.
    #[error("XML ends too early")]
    Truncated,
    /// There is no element, or there is something besides the one root.
    #[error("XML is not exactly one element")]
    NotOneRoot,
    /// Anything else that is not well-formed.
    #[error("XML is not well-formed: {0}")]
    Malformed(String),
}

/// Reads one whole document: an optional declaration and exactly one root element.
pub fn parse(text: &str, limits: &Limits) -> Result<Element, XmlError> {
    parse_in(text, None, limits)
}

/// Like [`parse`], for an element cut out of a stream whose root declared `namespace` as the default:
/// elements that declare none of their own are in it.
pub fn parse_in(text: &str, namespace: Option<&str>, limits: &Limits) -> Result<Element, XmlError> {
    if text.len() > limits.bytes {
        return Err(XmlError::TooLarge { bytes: text.len(), limit: limits.bytes });
    }
    let mut reader = NsReader::from_str(text.trim_start_matches('\u{feff}'));
    reader.config_mut().expand_empty_elements = true;
    let mut open: Vec<Element> = Vec::new();
    let mut root: Option<Element> = None;
    loop {
        let (resolved, event) = reader.read_resolved_event().map_err(malformed)?;
        match event {
            Event::Start(start) => {
                if root.is_some() {
                    return Err(XmlError::NotOneRoot);
                }
                if open.len() >= limits.depth {
                    return Err(XmlError::TooDeep { limit: limits.depth });
                }
                let bound = match resolved {
                    ResolveResult::Bound(bound) => Some(namespace_name(bound.as_ref())?),
                    // An unprefixed element without a declaration takes the stream's namespace.
                    ResolveResult::Unbound => namespace.map(str::to_owned),
                    ResolveResult::Unknown(_) => None,
                };
                open.push(element(&start, bound)?);
            }
            Event::End(_) => match (open.pop(), open.last_mut()) {
                (Some(done), Some(parent)) => parent.push_child(done),
                (Some(done), None) => root = Some(done),
                (None, _) => return Err(XmlError::NotOneRoot),
            },
            Event::Text(text) => push_text(&mut open, &text.xml10_content())?,
            Event::CData(data) => push_text(&mut open, &data.xml10_content())?,
            Event::GeneralRef(reference) => push_text(&mut open, &entity(&reference)?)?,
            Event::DocType(_) => return Err(XmlError::Doctype),
            Event::Empty(_) | Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            Event::Eof => break,
        }
    }
    if !open.is_empty() {
        return Err(XmlError::Truncated);
    }
    root.ok_or(XmlError::NotOneRoot)
}

fn element(start: &BytesStart<'_>, namespace: Option<String>) -> Result<Element, XmlError> {
    let name = start.local_name().as_ref().to_owned();
    if !is_name(&name) || name.contains(':') {
        return Err(not_a_name(&name));
    }
    let mut element = match namespace {
        Some(namespace) => Element::in_namespace(name, namespace),
        None => Element::new(name),
    };
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| XmlError::Malformed(error.to_string()))?;
        let key: &str = attribute.key.as_ref();
        if !is_name(key) {
            return Err(not_a_name(key));
        }
        if key != "xmlns" && !key.starts_with("xmlns:") {
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(malformed)?;
            element.push_attribute(key.to_owned(), value.into_owned());
        }
    }
    Ok(element)
}

/// Whether XML allows this name, which quick-xml does not check: a name with a quote in it could be read, but not be
/// written and read again. Characters outside of ASCII are not judged.
fn is_name(name: &str) -> bool {
    let is_start = |byte: &u8| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b':') || !byte.is_ascii();
    let is_inside = |byte: &u8| is_start(byte) || byte.is_ascii_digit() || matches!(byte, b'-' | b'.');
    name.as_bytes().first().is_some_and(is_start) && name.bytes().all(|byte| is_inside(&byte))
}

fn not_a_name(name: &str) -> XmlError {
    XmlError::Malformed(format!("{name:?} is not a name"))
}

/// A declaration's value is an attribute's value, but quick-xml hands it out as it was written.
fn namespace_name(declared: &str) -> Result<String, XmlError> {
    match quick_xml::escape::unescape(declared) {
        Ok(name) => Ok(name.into_owned()),
        Err(error) => Err(XmlError::Malformed(error.to_string())),
    }
}

/// Around the root, only white space is allowed.
fn push_text(open: &mut [Element], text: &str) -> Result<(), XmlError> {
    match open.last_mut() {
        Some(parent) => parent.push_text(text),
        None if text.trim().is_empty() => {}
        None => return Err(XmlError::NotOneRoot),
    }
    Ok(())
}

/// Borrowed where possible: every tag of an escaped notification has two.
fn entity(reference: &BytesRef<'_>) -> Result<Cow<'static, str>, XmlError> {
    if let Some(character) = reference.resolve_char_ref().map_err(malformed)? {
        return Ok(Cow::Owned(character.to_string()));
    }
    let name: &str = reference.as_ref();
    quick_xml::escape::resolve_predefined_entity(name)
        .map(Cow::Borrowed)
        .ok_or_else(|| XmlError::UnknownEntity(name.to_owned()))
}

fn malformed(error: quick_xml::Error) -> XmlError {
    match error {
        quick_xml::Error::Syntax(_) => XmlError::Truncated,
        other => XmlError::Malformed(other.to_string()),
    }
}

#[cfg(test)]
mod tests;
