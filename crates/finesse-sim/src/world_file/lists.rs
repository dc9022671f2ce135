//! Queues, reasons and phone books.

use serde::Deserialize;

/// A queue.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Queue {
    /// The number in `/Queue/{id}`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The route point number that callers dial.
    pub number: String,
    /// The teams whose READY agents are offered its calls.
    pub teams: Vec<String>,
}

/// A reason code. Requests use its `id`, reports its `code`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReasonCode {
    /// The id of the object, used as `reasonCodeId`.
    pub id: String,
    /// `NOT_READY` or `LOGOUT`.
    pub category: String,
    /// The code.
    pub code: String,
    /// The text that an agent sees.
    pub label: String,
    /// Whether it is set by the system only, never by an agent.
    #[serde(default)]
    pub system: bool,
}

/// A wrap-up reason.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrapUpReason {
    /// The id of the object.
    pub id: String,
    /// The text.
    pub label: String,
}

/// A phone book for some teams, or for everybody if it names none.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhoneBook {
    /// The number in `/PhoneBook/{id}`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The teams that see it; empty for a global one.
    #[serde(default)]
    pub teams: Vec<String>,
    /// The contacts.
    #[serde(default)]
    pub contacts: Vec<Contact>,
}

impl PhoneBook {
    pub(crate) fn kind(&self) -> &'static str {
        if self.teams.is_empty() { "GLOBAL" } else { "TEAM" }
    }
}

/// An entry of a phone book.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// The number in `/PhoneBook/{id}/Contact/{id}`.
    pub id: String,
    /// First name.
    #[serde(default)]
    pub first_name: String,
    /// Last name.
    #[serde(default)]
    pub last_name: String,
    /// The number to dial.
    pub number: String,
    /// A description.
    #[serde(default)]
    pub description: String,
}
