//! Finds the Update in a file.

use finesse_types::Update;
use gc_xml::{Element, Limits, parse};

/// The text of the Update in a file: the file itself; the text or child of an XMPP message's notification (with or
/// without BOSH around it); or, for an object alone, an Update that contains it.
pub(crate) fn update_text(file: &str) -> String {
    let root = parse(file, &Limits::default()).unwrap();
    match find(&root, "notification") {
        Some(notification) if notification.text().trim().is_empty() => {
            notification.children().next().map_or_else(|| "<Update/>".to_owned(), ToString::to_string)
        }
        Some(notification) => notification.text().into_owned(),
        None if root.name() == "Update" => file.to_owned(),
        None => format!("<Update><data>{root}</data></Update>"),
    }
}

/// The Update in a file.
pub(crate) fn update(file: &str) -> Update {
    Update::parse(&update_text(file)).unwrap()
}

fn find<'a>(element: &'a Element<'a>, name: &str) -> Option<&'a Element<'a>> {
    if element.name() == name {
        return Some(element);
    }
    element.children().find_map(|child| find(child, name))
}
