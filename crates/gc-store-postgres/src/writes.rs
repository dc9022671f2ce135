//! What the ledger has decided, as statements.

use std::{borrow::Cow, collections::BTreeMap};

use gc_ids::AgentKey;
use gc_store::{
    Change, CommandKey, CommandRecord, DeadLetter, Epoch, OutboxLine, SessionRecord,
    stored::{Effect, Letter, Write},
};
use serde::Serialize;
use tokio_postgres::types::Type;
use uuid::Uuid;

use crate::{
    events::Events,
    statement::Statement,
    text::{key, number, written},
};

const INSERT_OUTBOXES: &str = include_str!("../sql/insert_outboxes.sql");
const BURY: &str = include_str!("../sql/bury.sql");
const DELETE_LETTERS: &str = "delete from gc.dead_letter d \
    using unnest($1::uuid[], $2::int8[]) as gone(outbox, number) \
    where d.outbox = gone.outbox and d.number = gone.number";
const RELEASE: &str = "delete from gc.event where outbox = $1 and seq <= $2";
pub(crate) const FORGET: [&str; 3] = [
    "delete from gc.event where outbox = any($1)",
    "delete from gc.dead_letter where outbox = any($1)",
    "delete from gc.outbox where epoch = any($1)",
];
/// By the clock of the store, whichever the machine of the process has ([`crate::load::kept`]).
const ALIVE: &str = "update gc.store set alive = extract(epoch from now())::int8";

/// What a transaction changes. Rows that it changes several times are written once, as they are in the end. What is deleted is deleted
/// last of all, as nothing comes back: an entry that is released, or a letter that is lost, never has its number again.
#[derive(Default)]
struct Changes<'a> {
    events: Events<'a>,
    buried: Vec<(Epoch, Letter, String)>,
    letters: Letters<'a>,
    gone_letters: (Vec<Uuid>, Vec<i64>),
    released: BTreeMap<Epoch, u64>,
    forgotten: Vec<Uuid>,
    outboxes: BTreeMap<Epoch, &'a OutboxLine>,
    clients: BTreeMap<&'a str, Option<String>>,
    sessions: BTreeMap<&'a AgentKey, Option<&'a SessionRecord>>,
    commands: BTreeMap<CommandKey, Option<&'a CommandRecord>>,
    alive: bool,
}

/// Dead letters that come from elsewhere.
#[derive(Default)]
struct Letters<'a> {
    outboxes: Vec<Uuid>,
    numbers: Vec<i64>,
    own: Vec<i64>,
    reasons: Vec<String>,
    epochs: Vec<Uuid>,
    entries: Events<'a>,
}

/// The statements that carry out these writes, in the order in which they have to be carried out.
pub(crate) fn statements<'a>(
    writes: impl IntoIterator<Item = &'a Write>,
) -> Result<Vec<Statement<'a>>, serde_json::Error> {
    let mut changes = Changes::default();
    for write in writes {
        changes.add(write)?;
    }
    changes.statements()
}

impl<'a> Changes<'a> {
    fn add(&mut self, write: &'a Write) -> Result<(), serde_json::Error> {
        match write {
            Write::Append { epoch, entry } => self.events.push(*epoch, entry),
            Write::Effect { epoch, effect, .. } => match effect {
                Effect::Bury { letter, reason } => {
                    self.buried.push((*epoch, *letter, json(reason)?));
                }
                Effect::Recover { letter } | Effect::Lose { letter } => {
                    self.gone_letters.0.push(epoch.id());
                    self.gone_letters.1.push(number(letter.number));
                }
                Effect::Release { up_to } => _ = self.released.insert(*epoch, *up_to),
                Effect::Say(_) => {}
            },
            Write::Letter { epoch, dead } => self.letters.push(*epoch, dead, json(&dead.reason)?),
            Write::Forget { client, epoch } => {
                self.clients.insert(client.as_str(), None);
                if let Some(epoch) = epoch {
                    self.forgotten.push(epoch.id());
                    self.outboxes.remove(epoch);
                }
            }
            Write::Change(change) => match change {
                Change::Client(client) => {
                    _ = self.clients.insert(client.client.as_str(), Some(json(client)?));
                }
                Change::Session(session) => _ = self.sessions.insert(&session.agent, Some(session)),
                Change::SessionOver(agent) => _ = self.sessions.insert(agent, None),
                Change::Command(command) => _ = self.commands.insert(command.key(), Some(command)),
                Change::CommandOver(over) => _ = self.commands.insert(over.clone(), None),
                Change::Alive(_) => self.alive = true,
            },
            Write::Outbox(line) => _ = self.outboxes.insert(line.epoch, line),
        }
        Ok(())
    }

    fn statements(self) -> Result<Vec<Statement<'a>>, serde_json::Error> {
        let mut all = Vec::new();
        if !self.events.is_empty() {
            all.push(self.events.insert());
        }
        for (epoch, letter, reason) in self.buried {
            let bury = Statement::new(BURY).with(Type::UUID, epoch.id());
            let bury = bury.with(Type::INT8, number(letter.number)).with(Type::INT8, number(letter.sequence));
            all.push(bury.with(Type::TEXT, reason));
        }
        if !self.letters.numbers.is_empty() {
            all.push(self.letters.insert());
        }
        let (outboxes, numbers) = self.gone_letters;
        if !numbers.is_empty() {
            let delete = Statement::new(DELETE_LETTERS).with(Type::UUID_ARRAY, outboxes);
            all.push(delete.with(Type::INT8_ARRAY, numbers));
        }
        for (epoch, up_to) in self.released {
            all.push(Statement::new(RELEASE).with(Type::UUID, epoch.id()).with(Type::INT8, number(up_to)));
        }
        if !self.forgotten.is_empty() {
            let forget = |text| Statement::new(text).with(Type::UUID_ARRAY, self.forgotten.clone());
            all.extend(FORGET.map(forget));
        }
        all.extend(outboxes_written(self.outboxes.into_values())?);
        all.extend(clients(self.clients));
        all.extend(sessions(self.sessions)?);
        all.extend(commands(self.commands)?);
        all.extend(self.alive.then(|| Statement::new(ALIVE)));
        Ok(all)
    }
}

impl<'a> Letters<'a> {
    fn push(&mut self, epoch: Epoch, dead: &'a DeadLetter, reason: String) {
        let letter = Letter::of(epoch, dead);
        self.outboxes.push(epoch.id());
        self.numbers.push(number(letter.number));
        self.own.push(number(letter.sequence));
        self.reasons.push(reason);
        self.epochs.push(dead.entry.epoch.id());
        self.entries.push(epoch, &dead.entry);
    }

    fn insert(self) -> Statement<'a> {
        let insert = Statement::new(include_str!("../sql/insert_letters.sql"));
        let insert = insert.with(Type::UUID_ARRAY, self.outboxes).with(Type::INT8_ARRAY, self.numbers);
        let insert = insert.with(Type::INT8_ARRAY, self.own).with(Type::TEXT_ARRAY, self.reasons);
        self.entries.values(insert.with(Type::UUID_ARRAY, self.epochs))
    }
}

fn outboxes_written<'a>(
    lines: impl Iterator<Item = &'a OutboxLine>,
) -> Result<Option<Statement<'a>>, serde_json::Error> {
    let (mut epochs, mut keys, mut clients) = (Vec::new(), Vec::new(), Vec::<Cow<'a, str>>::new());
    let (mut lasts, mut settled, mut given_up, mut lost) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut senders, mut claims) = (Vec::new(), Vec::new());
    for line in lines {
        epochs.push(line.epoch.id());
        keys.push(key(&[line.client.as_str()]));
        clients.push(written(line.client.as_str()));
        lasts.push(number(line.last));
        settled.push(json(&line.settled)?);
        given_up.push(number(line.given_up));
        lost.push(number(line.lost));
        senders.push(line.token.map(|token| token.sender));
        claims.push(line.token.map(|token| number(token.number)));
    }
    if epochs.is_empty() {
        return Ok(None);
    }
    let insert = Statement::new(INSERT_OUTBOXES).with(Type::UUID_ARRAY, epochs);
    let insert = insert.with(Type::BYTEA_ARRAY, keys).with(Type::TEXT_ARRAY, clients);
    let insert = insert.with(Type::INT8_ARRAY, lasts).with(Type::TEXT_ARRAY, settled);
    let insert = insert.with(Type::INT8_ARRAY, given_up).with(Type::INT8_ARRAY, lost);
    Ok(Some(insert.with(Type::UUID_ARRAY, senders).with(Type::INT8_ARRAY, claims)))
}

fn clients(changed: BTreeMap<&str, Option<String>>) -> Vec<Statement<'_>> {
    let (mut gone, mut keys, mut names, mut records) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (client, record) in changed {
        match record {
            None => gone.push(key(&[client])),
            Some(record) => {
                keys.push(key(&[client]));
                names.push(written(client));
                records.push(record);
            }
        }
    }
    let mut all = deleted("delete from gc.client where key = any($1)", gone);
    if !keys.is_empty() {
        let insert = Statement::new(
            "insert into gc.client (key, client, record) \
            select * from unnest($1::bytea[], $2::text[], $3::text[]) \
            on conflict (key) do update set record = excluded.record",
        );
        let insert = insert.with(Type::BYTEA_ARRAY, keys).with(Type::TEXT_ARRAY, names);
        all.push(insert.with(Type::TEXT_ARRAY, records));
    }
    all
}

fn sessions<'a>(
    changed: BTreeMap<&'a AgentKey, Option<&'a SessionRecord>>,
) -> Result<Vec<Statement<'a>>, serde_json::Error> {
    let (mut gone, mut keys, mut clusters, mut agents) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut owners, mut records) = (Vec::new(), Vec::new());
    for (agent, session) in changed {
        let (cluster, id) = (agent.cluster().as_str(), agent.agent());
        match session {
            None => gone.push(key(&[cluster, id])),
            Some(session) => {
                keys.push(key(&[cluster, id]));
                clusters.push(written(cluster));
                agents.push(written(id));
                owners.push(written(session.owner.as_str()));
                records.push(json(session)?);
            }
        }
    }
    let mut all = deleted("delete from gc.session where key = any($1)", gone);
    if !keys.is_empty() {
        let insert = Statement::new(
            "insert into gc.session (key, cluster, agent_id, owner, record) \
            select * from unnest($1::bytea[], $2::text[], $3::text[], $4::text[], $5::text[]) \
            on conflict (key) do update set owner = excluded.owner, record = excluded.record",
        );
        let insert = insert.with(Type::BYTEA_ARRAY, keys).with(Type::TEXT_ARRAY, clusters);
        let insert = insert.with(Type::TEXT_ARRAY, agents).with(Type::TEXT_ARRAY, owners);
        all.push(insert.with(Type::TEXT_ARRAY, records));
    }
    Ok(all)
}

fn commands<'a>(
    changed: BTreeMap<CommandKey, Option<&'a CommandRecord>>,
) -> Result<Vec<Statement<'a>>, serde_json::Error> {
    let (mut gone, mut keys, mut clusters, mut agents) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut clients, mut ids, mut records) = (Vec::new(), Vec::new(), Vec::new());
    for (command, record) in changed {
        let CommandKey { agent, client, id } = &command;
        let row = key(&[agent.cluster().as_str(), agent.agent(), client.as_str(), id]);
        match record {
            None => gone.push(row),
            Some(record) => {
                keys.push(row);
                clusters.push(written(record.agent.cluster().as_str()));
                agents.push(written(record.agent.agent()));
                clients.push(written(record.client.as_str()));
                ids.push(written(record.id.as_str()));
                records.push(json(record)?);
            }
        }
    }
    let mut all = deleted("delete from gc.command where key = any($1)", gone);
    if !keys.is_empty() {
        let insert = Statement::new(
            "insert into gc.command (key, cluster, agent_id, client, command_id, record) \
            select * from unnest($1::bytea[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) \
            on conflict (key) do update set record = excluded.record",
        );
        let insert = insert.with(Type::BYTEA_ARRAY, keys).with(Type::TEXT_ARRAY, clusters);
        let insert = insert.with(Type::TEXT_ARRAY, agents).with(Type::TEXT_ARRAY, clients);
        all.push(insert.with(Type::TEXT_ARRAY, ids).with(Type::TEXT_ARRAY, records));
    }
    Ok(all)
}

fn deleted<'a>(text: &'static str, gone: Vec<Vec<u8>>) -> Vec<Statement<'a>> {
    if gone.is_empty() { Vec::new() } else { vec![Statement::new(text).with(Type::BYTEA_ARRAY, gone)] }
}

/// JSON has no NUL: it is `\u0000` there.
fn json(value: &impl Serialize) -> Result<String, serde_json::Error> {
    serde_json::to_string(value)
}
