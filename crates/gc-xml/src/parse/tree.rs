//! The tree as it grows, tag by tag.

use std::borrow::Cow;

use quick_xml::XmlVersion;
use quick_xml::events::BytesStart;
use quick_xml::events::attributes::Attributes;
use quick_xml::name::{NamespaceResolver, QName, ResolveResult};

use super::{XmlError, malformed};
use crate::Element;

/// The elements that have begun, and the root when it has ended.
pub(super) struct Tree<'a> {
    /// What the stream has declared for elements without a declaration of their own.
    namespace: Option<&'a str>,
    /// How many elements may be open.
    depth: usize,
    open: Vec<Open<'a>>,
    root: Option<Element<'a>>,
    namespaces: NamespaceResolver,
    /// How many open elements have attributes, and may have declared something.
    scopes: usize,
}

struct Open<'a> {
    element: Element<'a>,
    is_scope: bool,
}

impl<'a> Tree<'a> {
    pub(super) fn new(namespace: Option<&'a str>, depth: usize) -> Self {
        let namespaces = NamespaceResolver::default();
        Self { namespace, depth, open: Vec::new(), root: None, namespaces, scopes: 0 }
    }

    /// Begins an element. `tag` is its start tag, from `<` to `>`.
    pub(super) fn open(&mut self, start: &BytesStart<'_>, tag: &'a str) -> Result<(), XmlError> {
        if self.root.is_some() {
            return Err(XmlError::NotOneRoot);
        }
        if self.open.len() >= self.depth {
            return Err(XmlError::TooDeep { limit: self.depth });
        }
        let content = tag.get(1..).and_then(|tag| tag.get(..start.len())).unwrap_or_default();
        let (name, attributes) = content.split_at_checked(start.name().as_ref().len()).unwrap_or_default();
        let is_scope = !attributes.is_empty();
        if is_scope {
            self.namespaces.push(start).map_err(|error| malformed(error.into()))?;
            self.scopes += 1;
        }
        let mut element = self.element(name)?;
        if is_scope {
            read_attributes(&mut element, Attributes::new(content, name.len()))?;
        }
        self.open.push(Open { element, is_scope });
        Ok(())
    }

    /// Ends the element that began last.
    pub(super) fn close(&mut self) -> Result<(), XmlError> {
        let Open { element, is_scope } = self.open.pop().ok_or(XmlError::NotOneRoot)?;
        if is_scope {
            self.namespaces.pop();
            self.scopes = self.scopes.saturating_sub(1);
        }
        match self.open.last_mut() {
            Some(parent) => parent.element.push_child(element),
            None => self.root = Some(element),
        }
        Ok(())
    }

    /// Adds character data. Around the root, only white space is allowed.
    pub(super) fn text(&mut self, text: Cow<'a, str>) -> Result<(), XmlError> {
        match self.open.last_mut() {
            Some(parent) => parent.element.push_text(text),
            None if text.trim().is_empty() => {}
            None => return Err(XmlError::NotOneRoot),
        }
        Ok(())
    }

    /// The root, after the end of the text.
    pub(super) fn into_root(self) -> Result<Element<'a>, XmlError> {
        if !self.open.is_empty() {
            return Err(XmlError::Truncated);
        }
        self.root.ok_or(XmlError::NotOneRoot)
    }

    fn element(&self, name: &'a str) -> Result<Element<'a>, XmlError> {
        // The prefix ends where the first byte is that only a colon may be.
        let prefix = name.bytes().position(|byte| !is_name_byte(byte));
        let local = match prefix.and_then(|prefix| name.split_at_checked(prefix)) {
            None => name,
            Some((_, rest)) => rest.strip_prefix(':').ok_or_else(|| not_a_name(name))?,
        };
        if !is_local_name(local, prefix.is_none()) {
            return Err(not_a_name(local));
        }
        // Finesse's documents declare nothing.
        let resolved = match prefix {
            None if self.scopes == 0 => ResolveResult::Unbound,
            _ => self.namespaces.resolve_element(QName(name)).0,
        };
        Ok(match (resolved, self.namespace) {
            (ResolveResult::Bound(bound), _) => Element::in_namespace(local, namespace_name(bound.as_ref())?),
            // An unprefixed element without a declaration takes the stream's namespace.
            (ResolveResult::Unbound, Some(namespace)) => Element::in_namespace(local, namespace),
            (ResolveResult::Unbound, None) | (ResolveResult::Unknown(_), _) => Element::new(local),
        })
    }
}

fn read_attributes<'a>(element: &mut Element<'a>, attributes: Attributes<'a>) -> Result<(), XmlError> {
    for attribute in attributes {
        let attribute = attribute.map_err(|error| XmlError::Malformed(error.to_string()))?;
        let key: &'a str = attribute.key.into_inner();
        if !is_name(key) {
            return Err(not_a_name(key));
        }
        if key != "xmlns" && !key.starts_with("xmlns:") {
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(malformed)?;
            element.push_attribute(key.into(), value);
        }
    }
    Ok(())
}

/// Whether XML allows this name without a prefix, which quick-xml does not check: a name with a quote in it could be read,
/// but not be written and read again. Characters outside of ASCII are not judged. `is_read`: that no other bytes are in it is known.
fn is_local_name(name: &str, is_read: bool) -> bool {
    name.bytes().next().is_some_and(is_name_start) && (is_read || name.bytes().all(is_name_byte))
}

/// The same for a name that may have colons.
fn is_name(name: &str) -> bool {
    let or_colon = |is: fn(u8) -> bool| move |byte: u8| byte == b':' || is(byte);
    name.bytes().next().is_some_and(or_colon(is_name_start)) && name.bytes().all(or_colon(is_name_byte))
}

fn is_name_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || !byte.is_ascii()
}

fn is_name_byte(byte: u8) -> bool {
    NAME_BYTES.get(usize::from(byte)).copied().unwrap_or_default()
}

/// Of each byte, whether it may be in a name: one look, because each byte of each name is asked.
static NAME_BYTES: [bool; 256] = {
    let mut table = [false; 256];
    let mut rest: &mut [bool] = &mut table;
    let mut byte: u8 = 0;
    while let [first, others @ ..] = rest {
        *first = byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.') || !byte.is_ascii();
        byte = byte.wrapping_add(1);
        rest = others;
    }
    table
};

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
