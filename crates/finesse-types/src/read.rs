//! Reads fields by name, in any order, case and prefix. They may be missing or empty.

use gc_xml::{Element, Limits, XmlError};
use thiserror::Error;

/// The limits of one object or notification. A dialog with sixty variables is 14 KB.
pub(crate) const OBJECT: Limits = Limits { bytes: 1 << 20, depth: 64 };

/// The limits of an object that contains a list: a team with 2,000 users of one kilobyte each, with a margin.
pub(crate) const TEAM: Limits = Limits { bytes: LIST, depth: 64 };

/// The limits of one phone book: 6,000 contacts with all texts of the maximum length, in characters of four bytes.
pub(crate) const PHONE_BOOK: Limits = Limits { bytes: PHONE_BOOKS, depth: 64 };

/// The longest list, in bytes.
pub(crate) const LIST: usize = 4 << 20;

/// The longest list of phone books, in bytes. Finesse sends at most 6,000 contacts.
pub(crate) const PHONE_BOOKS: usize = 16 << 20;

/// The longest list of all users, in bytes: 50,000 users of 2.5 kilobytes each.
pub(crate) const USERS: usize = 128 << 20;

/// Why a text cannot be read.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParseError {
    /// It is not XML, or it is over the limits.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// It is other XML, for example a login page.
    #[error("expected <{expected}>, found <{found}>")]
    Root {
        /// The expected root.
        expected: &'static str,
        /// The root of the text.
        found: String,
    },
}

/// The root, if it has the expected name.
pub(crate) fn expect_root<'a>(
    root: &'a Element<'a>,
    expected: &'static str,
) -> Result<&'a Element<'a>, ParseError> {
    if root.name().eq_ignore_ascii_case(expected) {
        Ok(root)
    } else {
        Err(ParseError::Root { expected, found: root.name().to_owned() })
    }
}

/// The element's own text without surrounding white space.
pub(crate) fn content(element: &Element) -> String {
    element.text().trim().to_owned()
}

/// The text of the child with this name; empty if there is none.
pub(crate) fn text(parent: &Element, name: &str) -> String {
    parent.child(name).map(content).unwrap_or_default()
}

/// The unchanged text of the child with this name, including surrounding white space; empty if it is only white space.
pub(crate) fn verbatim(parent: &Element, name: &str) -> String {
    let text = parent.child(name).map(Element::text).filter(|text| !text.trim().is_empty());
    text.unwrap_or_default().into_owned()
}

/// The text of the child with this name, if there is one and it is not empty.
pub(crate) fn filled(parent: &Element, name: &str) -> Option<String> {
    parent.child(name).map(content).filter(|text| !text.is_empty())
}

/// The number in the child with this name, if there is one.
pub(crate) fn number<N: std::str::FromStr>(parent: &Element, name: &str) -> Option<N> {
    text(parent, name).parse().ok()
}

/// Whether the child with this name is "true"; `None` if it is missing or empty.
pub(crate) fn flag(parent: &Element, name: &str) -> Option<bool> {
    filled(parent, name).map(|text| text.eq_ignore_ascii_case("true"))
}

/// The elements of a list such as `<participants><Participant/>…</participants>`. The list may be split over several
/// elements.
pub(crate) fn items<'a>(
    parent: &'a Element<'a>,
    list: &'a str,
    item: &'a str,
) -> impl Iterator<Item = &'a Element<'a>> {
    parent.children_named(list).flat_map(move |list| list.children_named(item))
}

/// The texts of a list.
pub(crate) fn texts(parent: &Element, list: &str, item: &str) -> Vec<String> {
    items(parent, list, item).map(content).filter(|text| !text.is_empty()).collect()
}

/// The last segment of a URI: 4711 in `/finesse/api/Dialog/4711`, 1234 in `/finesse/api/User/1234/`.
pub(crate) fn id_in(uri: &str) -> Option<&str> {
    uri.trim_end_matches('/').rsplit('/').next().filter(|id| !id.is_empty())
}

/// The next segment after this one in a path: after `PhoneBook` in `/finesse/api/PhoneBook/7/Contacts` it is 7.
pub(crate) fn segment_after<'a>(path: &'a str, segment: &str) -> Option<&'a str> {
    path.split('/').skip_while(|part| *part != segment).nth(1).filter(|id| !id.is_empty())
}

/// An object's id: from `<id>`, otherwise from the end of its path.
pub(crate) fn id_of(object: &Element) -> String {
    filled(object, "id").unwrap_or_else(|| id_in(&text(object, "uri")).unwrap_or_default().to_owned())
}
