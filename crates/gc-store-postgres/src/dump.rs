//! A store that is looked at, written out, or filled.

use std::{
    fmt,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread::{self, ScopedJoinHandle},
    time::SystemTime,
};

use gc_group::Member;
use gc_store::{
    DeadLetter, Dump, DumpError, Epochs, Kept, Line, OutboxLine, Record,
    stored::{Intake, Write},
};
use tokio::runtime::Builder;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::{
    address::Address,
    fault::{Fault, OpenError},
    hold,
    link::{Link, fence},
    load, member, migrations,
    statement::{Statement, transact},
    writes::statements,
};

/// So many lines are on their way between the database and whoever writes or reads them.
const QUEUE: usize = 1_000;
/// So many entries are read, and so many rows are written at once.
const PAGE: usize = 500;

/// Whoever takes the store next begins new epochs.
const UNCERTAIN: &str = "update gc.store set lineage = null";

/// The store of a database, for `store check`, `export` and `import`.
pub struct PostgresStore {
    address: Address,
    /// In whose name an import holds the store.
    holder: Uuid,
}

impl PostgresStore {
    /// The store of this database. `holder` is any new id.
    #[must_use]
    pub fn at(address: Address, holder: Uuid) -> Self {
        Self { address, holder }
    }

    /// Connects, and says what is found; whether the store is in use does not matter. Nothing is changed.
    ///
    /// # Errors
    /// When the database cannot be reached or used.
    pub fn look(&self) -> Result<String, OpenError> {
        let look = async {
            let link = Link::open(&self.address).await?;
            Ok(match migrations::is_there(&link.client).await? {
                true => String::new(),
                false => "there is no store yet, and it will be made".to_owned(),
            })
        };
        let found = thread::scope(|scope| result(scope.spawn(|| work(look))));
        found.map_err(|fault| self.failed(fault))
    }

    /// The connectors on this database whose leases last, by its clock. Nothing is changed.
    ///
    /// # Errors
    /// When the database cannot be reached or used.
    pub fn members(&self) -> Result<Vec<Member>, OpenError> {
        let look = async {
            let link = Link::open(&self.address).await?;
            if !migrations::is_there(&link.client).await? {
                return Ok(Vec::new());
            }
            let rows = member::look(&link.client).await?.rows;
            Ok(rows.into_iter().filter(|row| row.lasts).map(|row| row.member).collect())
        };
        let found = thread::scope(|scope| result(scope.spawn(|| work(look))));
        found.map_err(|fault| self.failed(fault))
    }

    fn failed(&self, fault: Fault) -> OpenError {
        OpenError { place: self.address.to_string(), fault }
    }

    fn unusable(&self, fault: Fault) -> DumpError {
        DumpError::Elsewhere(Box::new(self.failed(fault)))
    }
}

/// Works in this thread, which must have no runtime yet.
fn work<T>(work: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    Builder::new_current_thread().enable_all().build()?.block_on(work)
}

/// What a thread has come to. The callers of this file may be within a runtime, which must not be blocked by another one.
fn result<T>(thread: ScopedJoinHandle<'_, Result<T, Fault>>) -> Result<T, Fault> {
    thread.join().unwrap_or_else(|_| Err(Fault::Unfit("the thread has ended".to_owned())))
}

/// Its address without the password.
impl fmt::Display for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(f)
    }
}

impl Dump for PostgresStore {
    fn export(&self, each: &mut dyn FnMut(Line) -> Result<(), DumpError>) -> Result<(), DumpError> {
        let (lines, found) = sync_channel(QUEUE);
        thread::scope(|scope| {
            let worker = scope.spawn(|| work(export(&self.address, lines)));
            let given = found.iter().try_for_each(each);
            // One that still sends finds nobody, and ends.
            drop(found);
            let read = result(worker);
            given?;
            read.map_err(|fault| self.unusable(fault))
        })
    }

    fn import(
        &self,
        lines: &mut dyn Iterator<Item = Result<Line, DumpError>>,
        epochs: Epochs,
    ) -> Result<(), DumpError> {
        let (writes, checked) = sync_channel(QUEUE);
        thread::scope(|scope| {
            let worker = scope.spawn(|| work(import(&self.address, self.holder, checked, epochs)));
            let mut intake = Intake::default();
            let mut taken = Ok(());
            for line in lines {
                match line.and_then(|line| intake.take(line)) {
                    // If nobody takes it, the worker has failed and says why.
                    Ok(write) => {
                        if writes.send(Some(write)).is_err() {
                            break;
                        }
                    }
                    Err(error) => {
                        taken = Err(error);
                        break;
                    }
                }
            }
            let taken = taken.and_then(|()| intake.end());
            if taken.is_ok() {
                let _ = writes.send(None);
            }
            drop(writes);
            match result(worker) {
                Ok(true) => taken,
                // Lines were missing: nothing was committed.
                Ok(false) => taken.and(Err(DumpError::Incomplete("they were cut off"))),
                Err(fault) => Err(self.unusable(fault)),
            }
        })
    }
}

/// Gives everything, as it is at one moment.
async fn export(address: &Address, lines: SyncSender<Line>) -> Result<(), Fault> {
    let link = Link::open(address).await?;
    let client = &link.client;
    if !migrations::is_there(client).await? {
        return Err(Fault::Unfit("there is no store in this database".to_owned()));
    }
    client.batch_execute("begin isolation level repeatable read read only").await?;
    // What is missing is found before the first line.
    load::found(client, gc_store::Bounds::default()).await?;
    let Kept { clients, sessions, commands, alive: _, is_outdated: _ } =
        load::kept(client, SystemTime::UNIX_EPOCH).await?;
    let kept = clients.into_values().map(Line::Client);
    let kept = kept.chain(sessions.into_values().map(Line::Session));
    for line in kept.chain(commands.into_values().map(Line::Command)) {
        if lines.send(line).is_err() {
            return Ok(());
        }
    }
    for outbox in load::outboxes(client).await? {
        if !export_outbox(client, outbox, &lines).await? {
            return Ok(());
        }
    }
    Ok(())
}

/// False if nobody wants more.
async fn export_outbox(client: &Client, outbox: OutboxLine, lines: &SyncSender<Line>) -> Result<bool, Fault> {
    let epoch = outbox.epoch;
    if lines.send(Line::Outbox(outbox)).is_err() {
        return Ok(false);
    }
    let mut after = 0;
    loop {
        let page = load::page(client, epoch, (after, u64::MAX), PAGE, 0).await?;
        let Some(last) = page.entries.last() else { break };
        after = last.sequence;
        for entry in page.entries {
            let (sequence, record) = (entry.sequence, Record::clone(&entry.record));
            if lines.send(Line::Entry { sequence, record }).is_err() {
                return Ok(false);
            }
        }
    }
    for DeadLetter { number, entry, reason } in load::letters(client, epoch).await? {
        let (sequence, record) = (entry.sequence, Record::clone(&entry.record));
        let line = Line::DeadLetter { number, sequence, reason, record };
        if lines.send(line).is_err() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Takes in what comes, in one transaction that is committed if the end (`None`) comes too; whether it has.
async fn import(
    address: &Address,
    holder: Uuid,
    writes: Receiver<Option<Write>>,
    epochs: Epochs,
) -> Result<bool, Fault> {
    let link = Link::open(address).await?;
    let client = &link.client;
    migrations::run(client).await?;
    let hold = hold::take(client, &hold::Holder::alone(holder)).await?;
    let imported = fill(client, &hold, writes, epochs).await;
    hold::release(client, &hold.holder).await?;
    imported
}

async fn fill(
    client: &Client,
    hold: &hold::Hold,
    writes: Receiver<Option<Write>>,
    epochs: Epochs,
) -> Result<bool, Fault> {
    let text = "select exists (select from gc.outbox) or exists (select from gc.client) \
        or exists (select from gc.session) or exists (select from gc.command)";
    if client.query_typed_one(text, &[]).await?.try_get(0)? {
        return Err(Fault::Unfit("there is something already: import into an empty database".to_owned()));
    }
    let mut all = Vec::new();
    loop {
        match writes.recv() {
            Ok(Some(write)) => all.push(write),
            Ok(None) => break,
            Err(_) => return Ok(false),
        }
    }
    let mut parts = Vec::new();
    for part in all.chunks(PAGE) {
        parts.extend(statements(part)?);
    }
    if epochs == Epochs::New {
        parts.push(Statement::new(UNCERTAIN));
    }
    let fence = fence(hold.holder.id, hold.commits, hold.new_lineage.clone());
    transact(client, &fence, &parts).await.map_err(Fault::of)?;
    Ok(true)
}
