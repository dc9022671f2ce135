//! Text in, tree out, within limits.

mod references;
mod tree;

use std::io::BufRead;

use quick_xml::events::Event;
use quick_xml::reader::Reader;
use thiserror::Error;

use crate::Element;
use tree::Tree;

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

/// Reads one whole document: an optional declaration and exactly one root element. Names, attributes and texts are borrowed from the text,
/// except those with references to resolve or line breaks to change. Namespaces that the text declares are not borrowed.
pub fn parse<'a>(text: &'a str, limits: &Limits) -> Result<Element<'a>, XmlError> {
    parse_in(text, None, limits)
}

/// Like [`parse`], for an element cut out of a stream whose root declared `namespace` as the default:
/// elements that declare none of their own are in it.
pub fn parse_in<'a>(
    text: &'a str,
    namespace: Option<&'a str>,
    limits: &Limits,
) -> Result<Element<'a>, XmlError> {
    if text.len() > limits.bytes {
        return Err(XmlError::TooLarge { bytes: text.len(), limit: limits.bytes });
    }
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = Reader::from_str(text);
    let mut tree = Tree::new(namespace, limits.depth);
    loop {
        let begin = position(&reader);
        let event = reader.read_event().map_err(malformed)?;
        // The event lends its content only as long as it lives; the text itself does so for longer.
        let raw = text.get(begin..position(&reader)).unwrap_or_default();
        match event {
            Event::Start(start) => tree.open(&start, raw)?,
            Event::Empty(start) => {
                tree.open(&start, raw)?;
                tree.close()?;
            }
            Event::End(_) => tree.close()?,
            Event::Text(text) => tree.text(text.xml10_content())?,
            Event::CData(data) => tree.text(data.xml10_content())?,
            // With all that follows up to the next tag: an escaped notification is one such text of thousands of bytes.
            Event::GeneralRef(_) => {
                let text = text.get(begin..).and_then(|text| text.split('<').next()).unwrap_or_default();
                reader.stream().consume(text.len().saturating_sub(raw.len()));
                tree.text(references::resolve(text)?.into())?;
            }
            Event::DocType(_) => return Err(XmlError::Doctype),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            Event::Eof => return tree.into_root(),
        }
    }
}

fn position(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

fn malformed(error: quick_xml::Error) -> XmlError {
    match error {
        quick_xml::Error::Syntax(_) => XmlError::Truncated,
        other => XmlError::Malformed(other.to_string()),
    }
}

#[cfg(test)]
mod tests;
