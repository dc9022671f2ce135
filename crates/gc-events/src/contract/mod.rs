//! The members of every event as data: one table for each type of event, and what is printed from these tables.
//!
//! [`events`] has the tables. JSON Schema ([`definitions`], [`events_schema`]), TypeScript ([`type_script`]) and
//! `docs/events.md` are printed from them; gc-protocol adds the commands and prints OpenAPI. A test shows that the tables and
//! what [`crate::Event::to_json`] writes agree. Each document is about one dialect.

mod events;
mod schema;
mod typescript;

use crate::dialect::Dialect;
use crate::event::EventKind;

pub use events::{ENVELOPE, events};
pub use schema::{definitions, events_schema};
pub use typescript::{comment, type_script};

/// A type of event, or one of two forms of it.
#[derive(Clone, Copy, Debug)]
pub struct EventType {
    /// Its name in the documents, where several may share one `type`.
    pub name: &'static str,
    pub(crate) kind: EventKind,
    /// What it says.
    pub about: &'static str,
    /// What a client has to know about it, and may not expect.
    pub notes: &'static [&'static str],
    /// Whether the dialect of the samples has it in an array of one element.
    in_array: bool,
    /// Its members, without `type`.
    pub members: &'static [Member],
}

/// An object inside an event.
#[derive(Debug)]
pub struct Object {
    /// Its name in the documents.
    pub name: &'static str,
    /// What it is.
    pub about: &'static str,
    /// Its members.
    pub members: &'static [Member],
}

/// A member of an event or of an object in it.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// The name in `gc-4.4.12` and in `tables`; none if the dialect does not have it.
    names: [Option<&'static str>; 2],
    /// The JSON kind of its value.
    pub kind: Kind,
    /// Whether it may be null.
    pub nullable: bool,
    /// When it is not there; none if it always is.
    pub absent: Option<&'static str>,
    /// Whether a number from 1 follows the name, in as many members as there are values.
    pub numbered: bool,
    /// What it means.
    pub meaning: &'static str,
}

/// The JSON kind of a member's value, and an example.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Any text.
    Text(&'static str),
    /// Any text. These values are known, and there may be others.
    Known(&'static [&'static str]),
    /// One of these texts.
    Words(&'static [&'static str]),
    /// A code of `docs/errors.md`, or another one of Finesse.
    Code,
    /// True or false.
    Flag,
    /// A whole number, 0 or more.
    Count(u64),
    /// An object.
    Object(&'static Object),
    /// An array of objects.
    Objects(&'static Object),
    /// An array of texts.
    Texts(&'static [&'static str]),
    /// An array of objects with a single member, whose name is data: `{"callVariable1":"gold"}`.
    OneKeys(&'static str, &'static str),
    /// Any event.
    Event,
}

impl EventType {
    /// The value of `type`.
    pub fn type_name(&self, dialect: Dialect) -> &'static str {
        self.kind.type_name(dialect)
    }

    /// Whether the event is the only element of an array.
    pub fn is_in_array(&self, dialect: Dialect) -> bool {
        self.in_array && dialect == Dialect::Gc4412
    }

    /// Whether only live streams have it.
    pub fn is_of_streams(&self) -> bool {
        self.kind == EventKind::Gap
    }

    const fn noted(self, notes: &'static [&'static str]) -> Self {
        Self { notes, ..self }
    }

    const fn in_array(self) -> Self {
        Self { in_array: true, ..self }
    }
}

impl Member {
    /// The name in this dialect; none if the dialect does not have the member. A number follows that of a numbered one.
    pub fn name(&self, dialect: Dialect) -> Option<&'static str> {
        let [gc4412, tables] = self.names;
        match dialect {
            Dialect::Gc4412 => gc4412,
            Dialect::Tables => tables,
        }
    }

    const fn tables(self, name: &'static str) -> Self {
        let [gc4412, _] = self.names;
        Self { names: [gc4412, Some(name)], ..self }
    }

    const fn only(self, dialect: Dialect) -> Self {
        let [gc4412, tables] = self.names;
        let names = match dialect {
            Dialect::Gc4412 => [gc4412, None],
            Dialect::Tables => [None, tables],
        };
        Self { names, ..self }
    }

    const fn nullable(self) -> Self {
        Self { nullable: true, ..self }
    }

    const fn absent(self, when: &'static str) -> Self {
        Self { absent: Some(when), ..self }
    }

    const fn numbered(self) -> Self {
        Self { numbered: true, ..self }
    }
}

const fn event(
    name: &'static str,
    kind: EventKind,
    about: &'static str,
    members: &'static [Member],
) -> EventType {
    EventType { name, kind, about, notes: &[], in_array: false, members }
}

const fn member(name: &'static str, kind: Kind, meaning: &'static str) -> Member {
    Member { names: [Some(name), Some(name)], kind, nullable: false, absent: None, numbered: false, meaning }
}

const fn text(name: &'static str, example: &'static str, meaning: &'static str) -> Member {
    member(name, Kind::Text(example), meaning)
}

const fn count(name: &'static str, example: u64, meaning: &'static str) -> Member {
    member(name, Kind::Count(example), meaning)
}

const AGENT_ID: Member = text("agentId", "1004", "The login id of the agent concerned.");
const REQUESTED_BY: Member = text("agentId", "1004", "The login id of the agent who asked.");
const SUPERVISOR_ID: Member = text("agentId", "1091", "The login id of the supervisor who asked.");

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use strum::IntoEnumIterator;

    #[test]
    fn every_type_of_event_has_a_table() {
        let described: BTreeSet<_> = events().map(|event| format!("{:?}", event.kind)).collect();
        let all: BTreeSet<_> = EventKind::iter().map(|kind| format!("{kind:?}")).collect();
        assert_eq!(described, all);
    }
}
