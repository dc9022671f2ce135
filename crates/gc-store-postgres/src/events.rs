//! Entries as rows.

use std::{borrow::Cow, sync::Arc};

use gc_store::{ClientKey, Entry, Epoch, Message, Record, stored::number_of};
use tokio_postgres::{Error, Row, types::Type};
use uuid::Uuid;

use crate::{
    statement::Statement,
    text::{nanoseconds, number, number_read, read, time, written},
};

/// Entries, column by column.
#[derive(Default)]
pub(crate) struct Events<'a> {
    outboxes: Vec<Uuid>,
    sequences: Vec<i64>,
    ids: Vec<Uuid>,
    times: Vec<i64>,
    sizes: Vec<i64>,
    types: Vec<Cow<'a, str>>,
    bodies: Vec<Cow<'a, str>>,
    agents: Vec<Option<Cow<'a, str>>>,
    dialogs: Vec<Option<Cow<'a, str>>>,
    commands: Vec<Option<Cow<'a, str>>>,
    session_urls: Vec<Option<Cow<'a, str>>>,
    barriers: Vec<bool>,
}

impl<'a> Events<'a> {
    pub(crate) fn push(&mut self, outbox: Epoch, entry: &'a Entry) {
        let Record { id, at, message, .. } = &*entry.record;
        let optional = |text: &'a Option<String>| text.as_deref().map(written);
        self.outboxes.push(outbox.id());
        self.sequences.push(number(entry.sequence));
        self.ids.push(*id);
        self.times.push(nanoseconds(*at));
        self.sizes.push(number(number_of(message.size())));
        self.types.push(written(&message.event_type));
        self.bodies.push(written(&message.body));
        self.agents.push(optional(&message.agent_id));
        self.dialogs.push(optional(&message.dialog_id));
        self.commands.push(optional(&message.command_id));
        self.session_urls.push(optional(&message.session_url));
        self.barriers.push(message.barrier);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.sequences.is_empty()
    }

    pub(crate) fn insert(self) -> Statement<'a> {
        self.values(Statement::new(include_str!("../sql/insert_events.sql")))
    }

    /// The statement with all columns as its next parameters.
    pub(crate) fn values(self, statement: Statement<'a>) -> Statement<'a> {
        statement
            .with(Type::UUID_ARRAY, self.outboxes)
            .with(Type::INT8_ARRAY, self.sequences)
            .with(Type::UUID_ARRAY, self.ids)
            .with(Type::INT8_ARRAY, self.times)
            .with(Type::INT8_ARRAY, self.sizes)
            .with(Type::TEXT_ARRAY, self.types)
            .with(Type::TEXT_ARRAY, self.bodies)
            .with(Type::TEXT_ARRAY, self.agents)
            .with(Type::TEXT_ARRAY, self.dialogs)
            .with(Type::TEXT_ARRAY, self.commands)
            .with(Type::TEXT_ARRAY, self.session_urls)
            .with(Type::BOOL_ARRAY, self.barriers)
    }
}

/// The entry of a row that has its columns.
pub(crate) fn entry(row: &Row, client: &ClientKey) -> Result<Entry, Error> {
    let text = |column: &str| row.try_get::<_, String>(column).map(read);
    let optional = |column: &str| row.try_get::<_, Option<String>>(column).map(|text| text.map(read));
    let message = Message {
        event_type: text("type")?,
        body: text("body")?,
        agent_id: optional("agent_id")?,
        dialog_id: optional("dialog_id")?,
        command_id: optional("command_id")?,
        session_url: optional("session_url")?,
        barrier: row.try_get("barrier")?,
    };
    let record = Record {
        client: client.clone(),
        epoch: Epoch::from(row.try_get::<_, Uuid>("epoch")?),
        id: row.try_get("id")?,
        at: time(row.try_get("at")?),
        message,
    };
    Ok(Entry { sequence: number_read(row.try_get("seq")?), record: Arc::new(record) })
}
