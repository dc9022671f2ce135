//! Reading fields by name: whatever the order, the case, the prefix, missing or empty.

use gc_xml::{Element, Limits, XmlError};
use thiserror::Error;

/// What one object or notification may have: a dialog with sixty variables has 14 KB.
pub(crate) const OBJECT: Limits = Limits { bytes: 1 << 20, depth: 64 };

/// What an object that holds a list may have: a team with 2,000 users of a kilobyte each, and room.
pub(crate) const TEAM: Limits = Limits { bytes: LIST, depth: 64 };

/// What one phone book may have: 6,000 contacts with every text as long as it may be, in letters of four bytes.
pub(crate) const PHONE_BOOK: Limits = Limits { bytes: PHONE_BOOKS, depth: 64 };

/// How many bytes a list may have.
pub(crate) const LIST: usize = 4 << 20;

/// How many bytes all phone books together may have: Finesse sends 6,000 contacts at most.
pub(crate) const PHONE_BOOKS: usize = 16 << 20;

/// How many bytes the list of all configured users may have: 50,000 users of two and a half kilobytes.
pub(crate) const USERS: usize = 128 << 20;

/// Why a text is not what it should be.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParseError {
    /// It is not XML, or over the limits.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// It is XML of something else, a login page for instance.
    #[error("expected <{expected}>, found <{found}>")]
    Root {
        /// The root that was expected.
        expected: &'static str,
        /// The root that was found.
        found: String,
    },
}

/// The root itself, when it has the expected name.
pub(crate) fn expect_root<'a>(root: &'a Element, expected: &'static str) -> Result<&'a Element, ParseError> {
    if root.name().eq_ignore_ascii_case(expected) {
        Ok(root)
    } else {
        Err(ParseError::Root { expected, found: root.name().to_owned() })
    }
}

/// The element's own text without the blanks around it.
pub(crate) fn content(element: &Element) -> String {
    element.text().trim().to_owned()
}

/// The text of the child of this name; empty when there is none.
pub(crate) fn text(parent: &Element, name: &str) -> String {
    parent.child(name).map(content).unwrap_or_default()
}

/// The text of the child of this name as it stands, blanks around it included; empty when it is white space only.
pub(crate) fn verbatim(parent: &Element, name: &str) -> String {
    parent.child(name).map(Element::text).filter(|text| !text.trim().is_empty()).unwrap_or_default()
}

/// The text of the child of this name, when there is one and it is not empty.
pub(crate) fn filled(parent: &Element, name: &str) -> Option<String> {
    parent.child(name).map(content).filter(|text| !text.is_empty())
}

/// The number in the child of this name, when there is one.
pub(crate) fn number<N: std::str::FromStr>(parent: &Element, name: &str) -> Option<N> {
    text(parent, name).parse().ok()
}

/// Whether the child of this name says "true"; nothing when it is absent or empty.
pub(crate) fn flag(parent: &Element, name: &str) -> Option<bool> {
    filled(parent, name).map(|text| text.eq_ignore_ascii_case("true"))
}

/// The elements of a list: `<participants><Participant/>…</participants>`, also when the list stands there
/// in several parts.
pub(crate) fn items<'a>(
    parent: &'a Element,
    list: &'a str,
    item: &'a str,
) -> impl Iterator<Item = &'a Element> {
    parent.children_named(list).flat_map(move |list| list.children_named(item))
}

/// The texts of a list.
pub(crate) fn texts(parent: &Element, list: &str, item: &str) -> Vec<String> {
    items(parent, list, item).map(content).filter(|text| !text.is_empty()).collect()
}

/// The last segment of a URI: `/finesse/api/Dialog/4711` and `/finesse/api/User/1234/` name 4711 and 1234.
pub(crate) fn id_in(uri: &str) -> Option<&str> {
    uri.trim_end_matches('/').rsplit('/').next().filter(|id| !id.is_empty())
}

/// The segment that follows this one in a path: after `PhoneBook` in `/finesse/api/PhoneBook/7/Contacts` it is 7.
pub(crate) fn segment_after<'a>(path: &'a str, segment: &str) -> Option<&'a str> {
    path.split('/').skip_while(|part| *part != segment).nth(1).filter(|id| !id.is_empty())
}

/// An object's id: what `<id>` says, else the end of its path.
pub(crate) fn id_of(object: &Element) -> String {
    filled(object, "id").unwrap_or_else(|| id_in(&text(object, "uri")).unwrap_or_default().to_owned())
}
