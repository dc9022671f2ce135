//! What a group of calls comes to, and what is to be written for it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use super::{Call, Outcome, Shown, lock};
use crate::{
    Batch, Bounds, Change, ClientKey, DeadLetter, Entry, Epoch, JournalError, Kept, OutboxLine, Record,
    StoreBounds,
    log::{self, Effect, Facts, Log, say_numbered},
    share::{enough, shares},
};

/// The outboxes that a group has changed, with what it appended to each.
type Touched = BTreeMap<Epoch, Vec<Entry>>;

/// An outbox as the writer knows it: ahead of what is committed while a group is being written.
struct Written {
    shown: Arc<Shown>,
    log: Log,
    /// The bytes of its undelivered entries, as they are in the sum of all.
    counted: usize,
}

/// What is to be written, to be carried out in its order.
#[derive(Clone, Debug)]
pub enum Write {
    /// An entry is appended.
    Append {
        /// The outbox.
        epoch: Epoch,
        /// The entry.
        entry: Entry,
    },
    /// What follows for the contents of an outbox. It is never [`Effect::Say`].
    Effect {
        /// Whose outbox.
        client: ClientKey,
        /// The outbox.
        epoch: Epoch,
        /// What follows.
        effect: Effect,
    },
    /// A dead letter comes from elsewhere: another outbox, or another store.
    Letter {
        /// The outbox.
        epoch: Epoch,
        /// The dead letter, with its place there.
        dead: DeadLetter,
    },
    /// A client is deleted, with its outbox. Its sessions and commands end by changes.
    Forget {
        /// The client.
        client: ClientKey,
        /// Its outbox, if it has one.
        epoch: Option<Epoch>,
    },
    /// A change of what else is kept.
    Change(Change),
    /// An outbox as it is now. It may be new.
    Outbox(OutboxLine),
}

/// What a group of calls comes to.
#[derive(Debug)]
pub struct Plan {
    writes: Vec<Write>,
    outcomes: Vec<Outcome>,
    touched: Touched,
    /// Outboxes that are there no more, once it is written.
    gone: Vec<Arc<Shown>>,
}

impl Plan {
    /// What is to be written, all of it in one transaction.
    #[must_use]
    pub fn writes(&self) -> &[Write] {
        &self.writes
    }
}

/// What is known of the outboxes in a store: it decides. A plan is written and published before the next one is made; after a
/// plan that cannot be written it is not known what is in the store.
pub struct Ledger {
    bounds: StoreBounds,
    outboxes: BTreeMap<Epoch, Written>,
    /// The outbox that each client has.
    present: BTreeMap<ClientKey, Epoch>,
    kept: Arc<Mutex<Kept>>,
    /// The undelivered entries of all outboxes, in bytes.
    undelivered: usize,
}

impl Ledger {
    /// Goes on with these outboxes, and with what else is kept.
    pub fn new(
        bounds: StoreBounds,
        outboxes: impl IntoIterator<Item = (Arc<Shown>, Log)>,
        kept: Arc<Mutex<Kept>>,
    ) -> Self {
        let (written, present) = (BTreeMap::new(), BTreeMap::new());
        let mut ledger = Self { bounds, outboxes: written, present, kept, undelivered: 0 };
        for (shown, log) in outboxes {
            let counted = log.waiting_bytes();
            ledger.undelivered += counted;
            ledger.present.entry(shown.client().clone()).or_insert_with(|| shown.epoch());
            ledger.outboxes.insert(shown.epoch(), Written { shown, log, counted });
        }
        ledger
    }

    /// Begins again with what the store holds, after this plan was not written: `found` is every outbox in it.
    pub fn begin_again(&mut self, unwritten: Plan, found: impl IntoIterator<Item = (ClientKey, Epoch, Log)>) {
        let known = self.shown().chain(&unwritten.gone);
        let mut shown: BTreeMap<_, _> = known.map(|shown| (shown.epoch(), Arc::clone(shown))).collect();
        let mut outboxes = Vec::new();
        for (client, epoch, log) in found {
            let known = shown.remove(&epoch);
            outboxes.push((known.unwrap_or_else(|| Arc::new(Shown::new(client, epoch, &log))), log));
        }
        // They are open, and nothing of them is in the store yet.
        let empty = shown.into_values().map(|shown| (shown, Log::new(self.bounds.outbox)));
        outboxes.extend(empty);
        *self = Self::new(self.bounds, outboxes, Arc::clone(&self.kept));
    }

    /// How much each outbox may hold.
    pub fn bounds(&self) -> Bounds {
        self.bounds.outbox
    }

    /// What is shown of each outbox.
    pub fn shown(&self) -> impl Iterator<Item = &Arc<Shown>> {
        self.outboxes.values().map(|written| &written.shown)
    }

    /// Decides what a group of calls comes to.
    pub fn plan(&mut self, group: &[Call]) -> Plan {
        let mut plan = Plan {
            writes: Vec::new(),
            outcomes: Vec::with_capacity(group.len()),
            touched: Touched::new(),
            gone: Vec::new(),
        };
        for (call, before) in group.iter().zip(0..) {
            let outcome = match call {
                Call::Open(shown) => {
                    self.open(shown);
                    Outcome::Done(Ok(()))
                }
                Call::Append { batch, .. } => self.append(batch, &mut plan),
                Call::Claim { client, epoch, sender, .. } => match self.outboxes.get_mut(epoch) {
                    Some(Written { log, .. }) => {
                        plan.touched.entry(*epoch).or_default();
                        Outcome::Claimed(log.claim(*sender))
                    }
                    None => no_outbox(client),
                },
                Call::Settle { client, epoch, token, settlement, .. } => {
                    let mut effects = Vec::new();
                    let written = self.outboxes.get_mut(epoch);
                    match written.map(|written| written.log.settle(*token, settlement, &mut effects)) {
                        None => no_outbox(client),
                        Some(Err(error)) => Outcome::Done(Err(error)),
                        Some(Ok(())) => {
                            plan.touched.entry(*epoch).or_default();
                            plan.carry_out(client, *epoch, effects);
                            Outcome::Done(Ok(()))
                        }
                    }
                }
                Call::Forget { forgotten, .. } => {
                    let (client, epoch) = (forgotten.client(), forgotten.epoch());
                    let over = self.kept_of(client, group.get(..before).unwrap_or_default());
                    if let Some(gone) = epoch.and_then(|epoch| self.outboxes.remove(&epoch)) {
                        self.undelivered -= gone.counted;
                        self.present.remove(client);
                        plan.gone.push(gone.shown);
                    }
                    plan.writes.push(Write::Forget { client: client.clone(), epoch });
                    plan.writes.extend(over.into_iter().map(Write::Change));
                    Outcome::Done(Ok(()))
                }
            };
            plan.outcomes.push(outcome);
        }
        self.enforce(&mut plan);
        for epoch in plan.touched.keys() {
            // Unless it was forgotten in the same group.
            if let Some(Written { shown, log, .. }) = self.outboxes.get(epoch) {
                plan.writes.push(Write::Outbox(line(shown.client().clone(), *epoch, log)));
            }
        }
        plan
    }

    /// A client has one outbox. Where it was to be forgotten and was not, the one before goes on.
    fn open(&mut self, shown: &Arc<Shown>) {
        let present = *self.present.entry(shown.client().clone()).or_insert_with(|| shown.epoch());
        if present == shown.epoch() {
            let log = Log::new(self.bounds.outbox);
            self.outboxes.insert(present, Written { shown: Arc::clone(shown), log, counted: 0 });
        } else {
            self.outboxes.remove(&shown.epoch());
            shown.supersede();
        }
    }

    /// What removes the sessions and commands of a client that are kept after these calls.
    fn kept_of(&self, client: &ClientKey, calls: &[Call]) -> Vec<Change> {
        let mut kept = Kept::default();
        {
            let committed = lock(&self.kept);
            let sessions = committed.sessions.values().filter(|session| session.owner == *client);
            sessions.cloned().for_each(|session| kept.apply(Change::Session(session)));
            let commands = committed.commands.values().filter(|command| command.client == *client);
            commands.cloned().for_each(|command| kept.apply(Change::Command(command)));
        }
        for call in calls {
            match call {
                Call::Append { batch, .. } => batch.changes().cloned().for_each(|change| kept.apply(change)),
                Call::Forget { forgotten, .. } => kept.forget(forgotten.client()),
                Call::Open(_) | Call::Claim { .. } | Call::Settle { .. } => {}
            }
        }
        let sessions = kept.sessions.into_values().filter(|session| session.owner == *client);
        let commands = kept.commands.into_keys().filter(|key| key.client == *client);
        let over = sessions.map(|session| Change::SessionOver(session.agent));
        over.chain(commands.map(Change::CommandOver)).collect()
    }

    fn append(&mut self, batch: &Batch, plan: &mut Plan) -> Outcome {
        let is_there = |record: &Record| {
            let written = self.outboxes.get(&record.epoch);
            written.is_some_and(|written| *written.shown.client() == record.client)
        };
        if let Some(record) = batch.records().find(|record| !is_there(record)) {
            return no_outbox(&record.client);
        }
        for record in batch.records() {
            let Some(Written { log, .. }) = self.outboxes.get_mut(&record.epoch) else { continue };
            let mut effects = Vec::new();
            let sequence = log.append(record.message.size(), &mut effects);
            say_numbered(sequence, record);
            let entry = Entry { sequence, record: Arc::clone(record) };
            plan.writes.push(Write::Append { epoch: record.epoch, entry: entry.clone() });
            plan.carry_out(&record.client, record.epoch, effects);
            plan.touched.entry(record.epoch).or_default().push(entry);
        }
        plan.writes.extend(batch.changes().cloned().map(Write::Change));
        Outcome::Done(Ok(()))
    }

    /// Over the limit, the oldest undelivered entries of the largest outboxes become dead letters.
    fn enforce(&mut self, plan: &mut Plan) {
        for epoch in plan.touched.keys() {
            // Unless it was forgotten in the same group.
            let Some(written) = self.outboxes.get_mut(epoch) else { continue };
            self.undelivered = self.undelivered + written.log.waiting_bytes() - written.counted;
            written.counted = written.log.waiting_bytes();
        }
        let limit = self.bounds.on_disk;
        if self.undelivered <= limit {
            return;
        }
        let mut largest: Vec<_> = self.outboxes.iter_mut().collect();
        let sizes: Vec<_> = largest.iter().map(|(_, written)| written.counted).collect();
        for (place, share) in shares(&sizes, enough(limit)) {
            let Some((epoch, written)) = largest.get_mut(place) else { continue };
            let mut effects = Vec::new();
            while written.log.waiting_bytes() > share && written.log.shed(&mut effects) {}
            self.undelivered = self.undelivered + written.log.waiting_bytes() - written.counted;
            written.counted = written.log.waiting_bytes();
            plan.carry_out(written.shown.client(), **epoch, effects);
            plan.touched.entry(**epoch).or_default();
        }
    }

    /// Shows what has been committed, before anybody gets an answer; gives what each call of the group has come to.
    pub fn publish(&self, group: &[Call], plan: Plan) -> Vec<Outcome> {
        let mut kept = lock(&self.kept);
        for (call, outcome) in group.iter().zip(&plan.outcomes) {
            match (call, outcome) {
                (Call::Append { batch, .. }, Outcome::Done(Ok(()))) => {
                    batch.changes().cloned().for_each(|change| kept.apply(change));
                }
                (Call::Forget { forgotten, .. }, _) => kept.forget(forgotten.client()),
                // A batch that was refused keeps nothing, and the others never do.
                (Call::Append { .. } | Call::Open(_) | Call::Claim { .. } | Call::Settle { .. }, _) => {}
            }
        }
        drop(kept);
        for (epoch, appended) in plan.touched {
            if let Some(Written { shown, log, .. }) = self.outboxes.get(&epoch) {
                shown.publish(log, appended);
            }
        }
        plan.outcomes
    }
}

impl Plan {
    fn carry_out(&mut self, client: &ClientKey, epoch: Epoch, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Say(report) => report.log(client),
                effect => self.writes.push(Write::Effect { client: client.clone(), epoch, effect }),
            }
        }
    }
}

impl Write {
    /// An outbox that begins with what another one has left ([`crate::stored::Legacy::begin`]).
    #[must_use]
    pub fn outbox(client: ClientKey, epoch: Epoch, log: &Log) -> Self {
        Self::Outbox(line(client, epoch, log))
    }
}

/// What is logged when a dead letter is thrown away because there are too many.
pub fn say_lost(client: &ClientKey, sequence: u64, record: &Record) {
    log::say_lost(client, sequence, record);
}

/// A size or a count as it is written; what does not fit is as large as can be.
#[must_use]
pub fn number_of(size: usize) -> u64 {
    u64::try_from(size).unwrap_or(u64::MAX)
}

fn line(client: ClientKey, epoch: Epoch, log: &Log) -> OutboxLine {
    let Facts { last, settled, given_up, lost, token } = log.facts();
    OutboxLine { client, epoch, last, settled, given_up, lost, token }
}

fn no_outbox(client: &ClientKey) -> Outcome {
    Outcome::Done(Err(JournalError::NoOutbox(client.clone())))
}
