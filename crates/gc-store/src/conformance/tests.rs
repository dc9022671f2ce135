//! The suite bites: each fault is found by its rule.

use gc_environment::{Environment, RealEnvironment, Watched, Watcher};
use std::sync::Mutex;

use futures_util::FutureExt;
use uuid::Uuid;

use super::*;
use crate::{
    Answer, Batch, Change, Claim, ClaimToken, ClientKey, Counts, DeadLetter, Entry, Epoch, JournalError,
    Kept, MemoryJournal, Outbox, Page, Record, Settled, Settlement,
};

#[test]
fn the_journal_in_memory_conforms() {
    assert_eq!(check(|| Arc::new(MemoryJournal::default())), Ok(()));
}

#[test]
fn a_journal_that_stays_goes_on_and_one_that_begins_anew_does_not() {
    let staying = || {
        let journal = Arc::new(MemoryJournal::default());
        move || Arc::clone(&journal)
    };
    assert_eq!(check_reopening(staying), Ok(()));
    let found = check_reopening(|| || Arc::new(MemoryJournal::default()));
    assert_eq!(found.unwrap_err().rule, history::REOPENING);
}

/// Outboxes in memory go on in others when a disk fails.
#[cfg(feature = "redb")]
#[test]
fn a_journal_in_memory_renews_epochs_and_one_without_letters_or_a_new_epoch_is_found() {
    let renewed = check_renewing(Arc::<MemoryJournal>::default, |journal| {
        journal.supersede();
        journal
    });
    assert_eq!(renewed, Ok(()));
    let anew = check_renewing(Arc::<MemoryJournal>::default, |_| Arc::<MemoryJournal>::default());
    let same = check_renewing(Arc::<MemoryJournal>::default, |journal| journal);
    for found in [anew, same] {
        assert_eq!(found.unwrap_err().rule, renewing::RULE);
    }
}

/// How a journal is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Reverses,
    SkipsANumber,
    CommitsInPieces,
    BeginsWhenPolled,
    ChangesIds,
    ReadsTheCursorToo,
    AnnouncesTooEarly,
    AnnouncesNothing,
    ForgetsNothing,
    OpensAnew,
    FencesNobody,
    ForgetsTheLastButOneNote,
    TakesAnyNumber,
    ClosesHoles,
    LosesLetters,
    BuriesTheDelivered,
    KeepsLetters,
    KeepsRemoved,
    LosesChanges,
    KeepsChangesOfRefused,
    KeepsForgotten,
}

struct Broken {
    fault: Fault,
    inner: Arc<MemoryJournal>,
    outboxes: Mutex<std::collections::BTreeMap<ClientKey, Arc<BrokenOutbox>>>,
}

struct BrokenOutbox {
    fault: Fault,
    inner: Arc<dyn Outbox>,
    counts: Watched<Counts>,
    newest: Mutex<Option<ClaimToken>>,
    noted: Mutex<Settled>,
}

impl Broken {
    fn new(fault: Fault) -> Arc<Self> {
        Arc::new(Self { fault, inner: Arc::default(), outboxes: Mutex::default() })
    }
}

impl Journal for Broken {
    fn open(&self, client: &ClientKey) -> Arc<dyn Outbox> {
        if self.fault == Fault::OpensAnew {
            self.inner.forget(client).now_or_never().unwrap().unwrap();
        }
        let inner = self.inner.open(client);
        let mut outboxes = self.outboxes.lock().unwrap();
        let known = outboxes.get(client).filter(|outbox| outbox.inner.epoch() == inner.epoch()).cloned();
        let outbox = known.unwrap_or_else(|| {
            let counts = Watched::new(inner.counts().get());
            let (newest, noted) = (Mutex::default(), Mutex::default());
            Arc::new(BrokenOutbox { fault: self.fault, inner, counts, newest, noted })
        });
        outboxes.insert(client.clone(), Arc::clone(&outbox));
        outbox
    }

    fn append(&self, batch: Batch) -> Answer<()> {
        let inner = Arc::clone(&self.inner);
        match self.fault {
            Fault::Reverses => {
                let mut records: Vec<_> = batch.records().cloned().collect();
                records.reverse();
                inner.append(records.into_iter().collect())
            }
            Fault::CommitsInPieces => Box::pin(async move {
                for record in batch.records() {
                    inner.append([Arc::clone(record)].into_iter().collect()).await?;
                    tokio::task::yield_now().await;
                }
                Ok(())
            }),
            Fault::BeginsWhenPolled => Box::pin(async move { inner.append(batch).await }),
            Fault::AnnouncesTooEarly => {
                let outboxes = self.outboxes.lock().unwrap();
                let announced: Vec<_> =
                    batch.records().map(|record| Arc::clone(&outboxes[&record.client])).collect();
                Box::pin(async move {
                    announced.iter().for_each(|outbox| outbox.counts.modify(|counts| counts.last += 1));
                    // The reader gets its turn in between.
                    for _ in 0..100 {
                        tokio::task::yield_now().await;
                    }
                    let result = inner.append(batch).await;
                    announced.iter().for_each(|outbox| outbox.announce());
                    result
                })
            }
            Fault::LosesChanges => inner.append(batch.records().cloned().collect()),
            Fault::KeepsChangesOfRefused => Box::pin(async move {
                inner.append(Batch::default().with(batch.changes().cloned())).await?;
                inner.append(batch.records().cloned().collect()).await
            }),
            _ => inner.append(batch),
        }
    }

    fn kept(&self) -> Answer<Kept> {
        self.inner.kept()
    }

    fn survives(&self) -> bool {
        self.inner.survives()
    }

    fn forget(&self, client: &ClientKey) -> Answer<()> {
        match self.fault {
            Fault::ForgetsNothing => async { Ok(()) }.boxed(),
            Fault::KeepsForgotten => {
                let (inner, client) = (Arc::clone(&self.inner), client.clone());
                let before = inner.kept().now_or_never().unwrap().unwrap().clients.remove(&client);
                inner.forget(&client).now_or_never().unwrap().unwrap();
                inner.append(Batch::default().with(before.map(Change::Client)))
            }
            _ => self.inner.forget(client),
        }
    }
}

impl BrokenOutbox {
    fn announce(&self) {
        self.counts.replace(self.inner.counts().get());
    }

    fn distort(&self, mut entry: Entry) -> Entry {
        if self.fault == Fault::SkipsANumber && entry.sequence > 1 {
            entry.sequence += 1;
        }
        if self.fault == Fault::ChangesIds {
            entry.record = Arc::new(Record { id: RealEnvironment.id(), ..Record::clone(&entry.record) });
        }
        entry
    }
}

impl Outbox for BrokenOutbox {
    fn epoch(&self) -> Epoch {
        self.inner.epoch()
    }

    fn counts(&self) -> Watcher<Counts> {
        match self.fault {
            Fault::AnnouncesTooEarly => self.counts.watch(),
            Fault::AnnouncesNothing => Watched::new(self.inner.counts().get()).watch(),
            _ => self.inner.counts(),
        }
    }

    fn read(&self, after: u64, max: usize) -> Answer<Page> {
        let after = after.saturating_sub(u64::from(self.fault == Fault::ReadsTheCursorToo));
        let page = self.inner.read(after, max).now_or_never().unwrap().unwrap();
        let entries = page.entries.into_iter().map(|entry| self.distort(entry)).collect();
        async move { Ok(Page { entries, ..page }) }.boxed()
    }

    fn claim(&self, sender: Uuid) -> Answer<Claim> {
        let mut claim = self.inner.claim(sender).now_or_never().unwrap().unwrap();
        *self.newest.lock().unwrap() = Some(claim.token);
        if self.fault == Fault::ForgetsTheLastButOneNote {
            claim.settled = self.noted.lock().unwrap().clone();
        }
        async { Ok(claim) }.boxed()
    }

    fn settle(&self, token: ClaimToken, mut settlement: Settlement) -> Answer<()> {
        let last = self.inner.counts().get().last;
        let mut token = token;
        match self.fault {
            Fault::FencesNobody => token = self.newest.lock().unwrap().unwrap(),
            Fault::ForgetsTheLastButOneNote => *self.noted.lock().unwrap() = settlement.settled.clone(),
            Fault::TakesAnyNumber if settlement.settled.highest() > last => {
                settlement.settled = Settled::up_to(last);
            }
            Fault::ClosesHoles => settlement.settled = Settled::up_to(settlement.settled.highest()),
            // Without a note of deliveries everything counts as undelivered.
            Fault::BuriesTheDelivered => settlement.settled = Settled::default(),
            Fault::KeepsLetters => settlement.arrived.clear(),
            Fault::KeepsRemoved => settlement.removed.clear(),
            _ => {}
        }
        self.inner.settle(token, settlement)
    }

    fn dead_letters(&self) -> Answer<Vec<DeadLetter>> {
        match self.fault {
            Fault::LosesLetters => async { Ok::<_, JournalError>(Vec::new()) }.boxed(),
            _ => self.inner.dead_letters(),
        }
    }
}

/// One thread, on which tasks take turns: a fault shows itself in every run. Faults may make a rule wait
/// for ever: this is long enough to see that.
fn suite() -> Suite {
    Suite::new(&mut Builder::new_current_thread(), Duration::from_secs(1)).unwrap()
}

/// Whether the rule holds for a journal with this fault.
fn holds(rule: &str, fault: Fault) -> Result<(), String> {
    let named = |(name, _): &&Rule| *name == rule;
    let (_, holds) =
        appending::RULES.iter().chain(settling::RULES).chain(keeping::RULES).find(named).unwrap();
    suite().run(holds(Broken::new(fault)))
}

#[test]
fn each_fault_is_found_by_its_rule() {
    let found_by = [
        (Fault::Reverses, "a batch is appended in its order, to all its outboxes"),
        (Fault::SkipsANumber, "numbers run from 1 without a gap, in the order of appending"),
        (Fault::CommitsInPieces, "a refused batch leaves nothing behind"),
        (Fault::CommitsInPieces, "who sees a number sees all below it"),
        (Fault::CommitsInPieces, "batches of concurrent appenders stay whole and in one order"),
        (Fault::BeginsWhenPolled, "a call hands its work over, whoever waits for it"),
        (Fault::ChangesIds, "records come back as they were given"),
        (Fault::ReadsTheCursorToo, "reading begins behind a number and ends after so many"),
        (Fault::AnnouncesTooEarly, "who sees a number sees all below it"),
        (Fault::AnnouncesNothing, "every change is announced"),
        (Fault::ForgetsNothing, "a forgotten client begins anew in another epoch"),
        (Fault::OpensAnew, "a client that is opened again has the same outbox"),
        (Fault::FencesNobody, "a claim fences all before it"),
        (Fault::ForgetsTheLastButOneNote, "what is settled stays settled"),
        (Fault::TakesAnyNumber, "nothing beyond the last number can be settled"),
        (Fault::ClosesHoles, "holes are kept, and closed"),
        (Fault::LosesLetters, "what is given up is a dead letter, once, and can still be read"),
        (Fault::BuriesTheDelivered, "what was delivered does not become a dead letter"),
        (Fault::KeepsLetters, "what arrived after all is no dead letter"),
        (Fault::KeepsRemoved, "a dead letter that is removed is there no more, and the others are"),
        (Fault::LosesChanges, "what is kept is what the changes leave"),
        (Fault::KeepsChangesOfRefused, "changes are kept with the records of their batch, or not at all"),
        (Fault::KeepsForgotten, "a forgotten client is not kept"),
    ];
    for (fault, rule) in found_by {
        assert!(holds(rule, fault).is_err(), "{fault:?} keeps to \"{rule}\"");
        assert!(suite().check(&|| Broken::new(fault)).is_err(), "{fault:?} conforms");
    }
}

#[test]
fn random_histories_find_faults_without_a_rule_for_them() {
    let faults = [
        Fault::Reverses,
        Fault::CommitsInPieces,
        Fault::FencesNobody,
        Fault::ForgetsTheLastButOneNote,
        Fault::TakesAnyNumber,
        Fault::ClosesHoles,
        Fault::BuriesTheDelivered,
        Fault::KeepsLetters,
    ];
    for fault in faults {
        let result = suite().check_histories(&|| Broken::new(fault));
        assert_eq!(result.unwrap_err().rule, history::RULE, "{fault:?}");
    }
}
