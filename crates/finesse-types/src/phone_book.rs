//! Phone books and their contacts ("Finesse Developer Guide, PhoneBook and Contact").

use gc_xml::Element;
use serde::{Deserialize, Serialize};

use crate::read::{content, id_of, segment_after, text};

/// A phone book.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhoneBook {
    /// The phone book's id: from `<id>`, otherwise from its path, otherwise from its contacts' paths, because the guide
    /// shows phone books without a path.
    pub id: String,
    /// The phone book's name.
    pub name: String,
    /// Who it is for, in Finesse's notation: `GLOBAL` or `TEAM`.
    pub kind: String,
    /// The contacts; `None` if the answer contains only their path.
    pub contacts: Option<Vec<Contact>>,
}

impl PhoneBook {
    pub(crate) fn read(book: &Element) -> Self {
        let contacts = book.child("contacts");
        let id = match id_of(book) {
            id if id.is_empty() => contacts.and_then(id_in_contacts).unwrap_or_default(),
            id => id,
        };
        Self {
            id,
            name: text(book, "name"),
            kind: text(book, "type"),
            contacts: contacts
                .filter(|contacts| content(contacts).is_empty())
                .map(|contacts| contacts.children_named("Contact").map(Contact::read).collect()),
        }
    }
}

/// The phone book's id in the path of its contacts or of its first contact.
fn id_in_contacts(contacts: &Element) -> Option<String> {
    let path = contacts.child("Contact").map_or_else(|| content(contacts), |contact| text(contact, "uri"));
    segment_after(&path, "PhoneBook").map(str::to_owned)
}

/// A contact in a phone book.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// The contact's id: from `<id>`, otherwise from the end of the path.
    pub id: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// The number to call.
    pub phone_number: String,
    /// Free text.
    pub description: String,
}

impl Contact {
    pub(crate) fn read(contact: &Element) -> Self {
        Self {
            id: id_of(contact),
            first_name: text(contact, "firstName"),
            last_name: text(contact, "lastName"),
            phone_number: text(contact, "phoneNumber"),
            description: text(contact, "description"),
        }
    }
}
