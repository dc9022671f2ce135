//! How large an answer may be.

use gc_xml::Limits;

use super::Request;
use crate::read::{LIST, OBJECT, PHONE_BOOK, PHONE_BOOKS, TEAM, USERS};

impl Request {
    /// The `Range` header, for lists that Finesse sends in parts.
    pub fn range(&self) -> Option<&'static str> {
        match self {
            // The maximum number of contacts of a phone book.
            Self::PhoneBooks { .. } => Some("objects=1-6000"),
            _ => None,
        }
    }

    /// Whether it is a list of users, which a site with thousands of them may send in parts.
    pub fn is_paged(&self) -> bool {
        matches!(self, Self::Users | Self::Team { .. })
    }

    /// The longest accepted answer, in bytes: 1 MiB for an object, 4 MiB for a team and most lists, 16 MiB for phone
    /// books, 128 MiB for the list of all users.
    pub fn answer_limit(&self) -> usize {
        match self {
            Self::Users => USERS,
            Self::Dialogs { .. }
            | Self::ReasonCodes { .. }
            | Self::WrapUpReasons { .. }
            | Self::Queues { .. } => LIST,
            Self::PhoneBookContacts { .. } => PHONE_BOOKS,
            _ => self.limits().bytes,
        }
    }

    /// The limits of one object in the answer.
    pub(crate) fn limits(&self) -> Limits {
        match self {
            Self::Team { .. } => TEAM,
            Self::PhoneBooks { .. } | Self::TeamPhoneBooks { .. } => PHONE_BOOK,
            _ => OBJECT,
        }
    }
}
