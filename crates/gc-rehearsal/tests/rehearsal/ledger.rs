//! What was committed, against what arrived: each event once at least, in the order of the commits, or among the dead letters.
//!
//! It knows exactly what may be lost: what was committed in memory because the disk had failed, if the process then died.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Add;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use gc_delivery::{Batch, Entry, Epoch};
use gc_store::Change;
use tokio::time::Instant;
use uuid::Uuid;

/// A live stream has an event so long after its commit at most, however badly the receivers of others do.
const AT_ONCE: Duration = Duration::from_millis(1);

#[derive(Default)]
pub(crate) struct Ledger(Mutex<Books>);

#[derive(Default)]
struct Books {
    clients: BTreeMap<String, Events>,
    /// The commands that were taken, and those that had their outcome, since the disk failed.
    taken_in_memory: BTreeSet<String>,
    over_in_memory: BTreeSet<String>,
    lives: u32,
    wrong: Vec<String>,
    totals: Totals,
}

/// How much runs have shown: events that were lost because the process died while its disk had failed, that came again, that
/// their receivers refused, and that became dead letters because of that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) lost_in_memory: usize,
    pub(crate) repeated: usize,
    pub(crate) refused: usize,
    pub(crate) dead: usize,
}

impl Add for Totals {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            lost_in_memory: self.lost_in_memory + other.lost_in_memory,
            repeated: self.repeated + other.repeated,
            refused: self.refused + other.refused,
            dead: self.dead + other.dead,
        }
    }
}

#[derive(Default)]
struct Events {
    /// In the order of the commits.
    committed: Vec<Committed>,
    places: BTreeMap<Uuid, usize>,
    /// Behind the newest that has arrived.
    next: usize,
    /// The highest number that has arrived in each epoch.
    numbers: BTreeMap<Epoch, u64>,
    /// Which numbers the receiver refused.
    refused: BTreeSet<(Epoch, u64)>,
}

struct Committed {
    id: Uuid,
    at: Instant,
    life: u32,
    what: String,
    is_durable: bool,
    may_be_lost: bool,
    has_arrived: bool,
    /// With an answer that was not lost.
    was_taken: bool,
    was_refused: bool,
}

impl Ledger {
    fn books(&self) -> MutexGuard<'_, Books> {
        self.0.lock().unwrap()
    }

    /// A commit has succeeded, on the disk or in memory.
    pub(crate) fn committed(&self, batch: &Batch, is_durable: bool) {
        let mut books = self.books();
        let life = books.lives;
        for record in batch.records() {
            let events = books.clients.entry(record.client.to_string()).or_default();
            events.places.insert(record.id, events.committed.len());
            events.committed.push(Committed {
                id: record.id,
                at: Instant::now(),
                life,
                what: record.message.event_type.clone(),
                is_durable,
                may_be_lost: false,
                has_arrived: false,
                was_taken: false,
                was_refused: false,
            });
        }
        for change in batch.changes().filter(|_| !is_durable) {
            match change {
                Change::Command(command) => _ = books.taken_in_memory.insert(command.id.to_string()),
                Change::CommandOver(over) => _ = books.over_in_memory.insert(over.id.clone()),
                _ => {}
            }
        }
    }

    /// What was in memory is on the disk.
    pub(crate) fn recovered(&self) {
        let mut books = self.books();
        books.taken_in_memory.clear();
        books.over_in_memory.clear();
        let all = books.clients.values_mut().flat_map(|events| &mut events.committed);
        all.for_each(|event| event.is_durable |= !event.may_be_lost);
    }

    /// The process has died. What was in memory is gone: the commands that it does not know any more, and those of which it
    /// does not know any more that they had an outcome.
    pub(crate) fn died(&self) -> (BTreeSet<String>, BTreeSet<String>) {
        let mut books = self.books();
        books.lives += 1;
        let all = books.clients.values_mut().flat_map(|events| &mut events.committed);
        all.filter(|event| !event.is_durable).for_each(|event| event.may_be_lost = true);
        let (taken, over) =
            (std::mem::take(&mut books.taken_in_memory), std::mem::take(&mut books.over_in_memory));
        let over = over.difference(&taken).cloned().collect();
        (taken, over)
    }

    /// An event arrives; its number among those that have arrived for the first time, if it is one. `reads`: by a live stream.
    pub(crate) fn arrives(&self, client: &str, entry: &Entry, reads: bool) -> Option<u64> {
        let mut books = self.books();
        let Books { clients, wrong, lives, totals, .. } = &mut *books;
        let events = clients.entry(client.to_owned()).or_default();
        let (epoch, sequence) = (entry.epoch, entry.sequence);
        let Some(place) = events.places.get(&entry.id).copied() else {
            wrong.push(format!("{client}: {sequence} arrives and was never committed"));
            return None;
        };
        let before = events.numbers.get(&epoch).copied().unwrap_or_default();
        let missing = (before + 1..sequence).find(|number| !events.refused.contains(&(epoch, *number)));
        if let Some(missing) = missing {
            wrong.push(format!("{client}: {sequence} arrives and {missing} is missing"));
        }
        events.numbers.insert(epoch, before.max(sequence));
        let event = &mut events.committed[place];
        event.was_taken |= reads;
        if event.has_arrived {
            totals.repeated += 1;
            return None;
        }
        event.has_arrived = true;
        if reads && event.life == *lives && event.at.elapsed() > AT_ONCE {
            wrong.push(format!("{client}: {sequence} was delayed by {:?}", event.at.elapsed()));
        }
        if place < events.next {
            wrong.push(format!("{client}: {sequence} arrives after one that was committed later"));
        }
        events.next = events.next.max(place + 1);
        Some(events.committed.iter().filter(|event| event.has_arrived).count() as u64)
    }

    /// The receiver has said that it has it.
    pub(crate) fn takes(&self, client: &str, entry: &Entry) {
        let mut books = self.books();
        let Some(events) = books.clients.get_mut(client) else { return };
        if let Some(place) = events.places.get(&entry.id).copied() {
            events.committed[place].was_taken = true;
        }
    }

    /// The receiver has said that it will not take this one.
    pub(crate) fn refuses(&self, client: &str, entry: &Entry) {
        let mut books = self.books();
        let events = books.clients.entry(client.to_owned()).or_default();
        events.refused.insert((entry.epoch, entry.sequence));
        if let Some(place) = events.places.get(&entry.id).copied() {
            events.committed[place].was_refused = true;
        }
    }

    /// When all is quiet: nothing else is missing than what may be, and `dead` are those that were refused.
    pub(crate) fn broken(&self, dead: &BTreeMap<String, BTreeSet<Uuid>>) -> Vec<String> {
        let mut books = self.books();
        let Books { clients, wrong, totals, .. } = &mut *books;
        let mut wrong = wrong.clone();
        for (client, events) in clients {
            let none = BTreeSet::new();
            let dead = dead.get(client).unwrap_or(&none);
            for (place, event) in events.committed.iter().enumerate() {
                let is_dead = dead.contains(&event.id);
                let is_there = event.has_arrived && event.was_taken;
                if !(is_there || event.may_be_lost || is_dead) {
                    wrong.push(format!("{client}: event {place} ({}) is lost", event.what));
                }
                totals.dead += usize::from(is_dead);
                if is_dead && !event.was_refused {
                    wrong.push(format!("{client}: event {place} ({}) was given up", event.what));
                }
            }
        }
        wrong
    }

    pub(crate) fn totals(&self) -> Totals {
        let books = self.books();
        let all = || books.clients.values().flat_map(|events| &events.committed);
        let lost_in_memory = all().filter(|event| event.may_be_lost && !event.has_arrived).count();
        let refused = all().filter(|event| event.was_refused).count();
        Totals { lost_in_memory, refused, ..books.totals }
    }
}
