//! A disk that fails: the service goes on in memory, and comes back.

use uuid::Uuid;

use super::*;
use crate::{Counts, Reason, Settled, Settlement};

/// The present outbox, when the one before has ended.
fn next(journal: &RedbJournal, outbox: &Arc<dyn Outbox>) -> Arc<dyn Outbox> {
    let mut counts = outbox.counts();
    block_on(counts.until(|counts| counts.superseded.then_some(())));
    let next = Journal::open(journal, &crm());
    assert_ne!(next.epoch(), outbox.epoch());
    next
}

fn present(journal: &RedbJournal) -> Arc<dyn Outbox> {
    Journal::open(journal, &crm())
}

fn ids(outbox: &Arc<dyn Outbox>) -> Vec<Uuid> {
    let page = block_on(outbox.read(0, usize::MAX)).unwrap();
    assert!(page.entries.iter().all(|entry| entry.epoch == outbox.epoch()));
    page.entries.iter().map(|entry| entry.id).collect()
}

fn counts(outbox: &Arc<dyn Outbox>) -> Counts {
    outbox.counts().get()
}

fn settle(outbox: &Arc<dyn Outbox>, settled: Settled, dead: &[u64]) {
    let token = block_on(outbox.claim(Uuid::nil())).unwrap().token;
    let dead = dead.iter().map(|sequence| (*sequence, Reason::Overflow)).collect();
    block_on(outbox.settle(token, Settlement { settled, dead, ..Settlement::default() })).unwrap();
}

/// A journal with 200 entries of 2 KB, most of which are not in memory; 1, 2 and 4 are settled, 4 as a dead letter.
fn stage(device: &Device) -> (RedbJournal, Vec<Uuid>) {
    let journal = on(device);
    let text = "x".repeat(2_000);
    (0..20).for_each(|_| append(&journal, &[text.as_str(); 10]).unwrap());
    let outbox = present(&journal);
    settle(&outbox, Settled::up_to(2), &[4]);
    let mut all = ids(&outbox);
    all.remove(3);
    all.drain(..2);
    (journal, all)
}

#[test]
fn when_the_disk_is_full_everything_undelivered_goes_on_in_memory_in_order() {
    let device = Device::default();
    let (journal, expected) = stage(&device);
    let outbox = present(&journal);
    device.set(Fault::Full);
    let mut health = journal.health();
    // What is handed over goes on, before, while and after the disk fails.
    let text = "y".repeat(100_000);
    let answers: Vec<_> = (0..100).map(|_| journal.append(batch(&journal, &[&text]))).collect();
    answers.into_iter().for_each(|answer| block_on(answer).unwrap());
    let next = next(&journal, &outbox);
    let found = ids(&next);
    assert_eq!(found[..expected.len()], expected);
    assert_eq!(found.len(), expected.len() + 100);
    let counts = counts(&next);
    assert_eq!((counts.undelivered, counts.dead_letters, counts.lost), (297, 1, 0));
    assert_eq!(block_on(next.dead_letters()).unwrap()[0].entry.sequence, 4);
    assert!(matches!(health.read(Health::clone), Health::InMemory { .. }));
    let over = block_on(outbox.claim(Uuid::nil()));
    assert!(matches!(over, Err(JournalError::Superseded)), "{over:?}");
    let over = block_on(outbox.read(0, 10));
    assert!(matches!(over, Err(JournalError::Superseded)), "{over:?}");
}

#[test]
fn what_cannot_be_read_any_more_is_counted_as_lost() {
    let device = Device::default();
    let (journal, expected) = stage(&device);
    let outbox = present(&journal);
    device.set(Fault::Gone);
    // The first entries are on the disk only.
    let failed = block_on(outbox.read(0, 10));
    assert!(matches!(failed, Err(JournalError::Failed(_))), "{failed:?}");
    let next = next(&journal, &outbox);
    let found = ids(&next);
    assert!(!found.is_empty() && expected.ends_with(&found), "{} entries", found.len());
    let lost = expected.len() - found.len() + 1;
    assert_eq!(counts(&next).lost, lost as u64, "with the dead letter");
    append(&journal, &["and on"]).unwrap();
    assert_eq!(counts(&next).last, found.len() as u64 + 1);
}

#[test]
fn when_the_disk_works_again_everything_is_on_it_again() {
    let device = Device::default();
    let (journal, expected) = stage(&device);
    let on_disk = present(&journal);
    device.set(Fault::ReadOnly);
    let command = crate::conformance::command("c-1");
    let late = batch(&journal, &["late"]).with([crate::Change::Command(command.clone())]);
    let late_id = late.records().next().unwrap().id;
    block_on(journal.append(late)).unwrap();
    let in_memory = next(&journal, &on_disk);
    settle(&in_memory, Settled::up_to(1), &[]);
    assert!(block_on(journal.recover()).is_err());
    assert_eq!(present(&journal).epoch(), in_memory.epoch(), "a disk that fails still changes nothing");
    device.set(None);
    block_on(journal.recover()).unwrap();
    let again = next(&journal, &in_memory);
    let over = block_on(in_memory.claim(Uuid::nil()));
    assert!(matches!(over, Err(JournalError::Superseded)), "{over:?}");
    assert_eq!(journal.health().read(Health::clone), Health::Working);
    // Records that carry the first epoch are still taken.
    let last = batch(&journal, &["last"]);
    let first_epoch = last.records().map(|record| Record { epoch: on_disk.epoch(), ..Record::clone(record) });
    block_on(journal.append(first_epoch.collect())).unwrap();
    let (epoch, found) = (again.epoch(), ids(&again));
    assert_eq!(found[..found.len() - 2], expected[1..]);
    assert_eq!(found[found.len() - 2], late_id);
    drop(journal);
    let journal = on(&device);
    let reopened = present(&journal);
    assert_eq!((reopened.epoch(), ids(&reopened)), (epoch, found));
    assert_eq!(counts(&reopened).dead_letters, 1);
    assert_eq!(block_on(reopened.dead_letters()).unwrap()[0].entry.sequence, 4);
    assert_eq!(block_on(journal.kept()).unwrap().commands.into_values().collect::<Vec<_>>(), [command]);
}

#[test]
fn dead_letters_go_on_in_memory_and_on_the_disk_again() {
    for recovers in [false, true] {
        let device = Device::default();
        let renew = |journal: Arc<RedbJournal>| -> Arc<dyn Journal> {
            device.set(Fault::ReadOnly);
            append(&journal, &["late"]).unwrap();
            if recovers {
                device.set(None);
                block_on(journal.recover()).unwrap();
            }
            journal
        };
        assert_eq!(conformance::check_renewing(|| Arc::new(on(&device)), renew), Ok(()), "{recovers}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_disk_that_fails_is_tried_again_until_it_works() {
    let device = Device::default();
    let journal = Arc::new(on(&device));
    let mut health = journal.health();
    let trying = tokio::spawn(journal.recover_every(std::time::Duration::from_secs(30)));
    device.set(Fault::ReadOnly);
    journal.append(batch(&journal, &["1"])).await.unwrap();
    health.until(|health| (*health != Health::Working).then_some(())).await;
    assert!(journal.recover().await.is_err());
    device.set(None);
    health.until(|health| (*health == Health::Working).then_some(())).await;
    assert_eq!(present(&journal).read(0, 9).await.unwrap().entries.len(), 1);
    trying.abort();
}

#[test]
fn the_next_process_knows_that_what_is_on_the_disk_is_old_until_something_is_committed() {
    let device = Device::default();
    let journal = on(&device);
    append(&journal, &["1"]).unwrap();
    let is_outdated = |journal: &RedbJournal| block_on(journal.kept()).unwrap().is_outdated;
    assert!(!is_outdated(&journal));
    device.set(Fault::ReadOnly);
    append(&journal, &["2"]).unwrap();
    drop(journal);
    device.set(None);
    drop(on(&device));
    let again = on(&device);
    assert!(is_outdated(&again), "nobody knows it yet");
    append(&again, &["reconnect"]).unwrap();
    drop(again);
    let last = on(&device);
    assert!(!is_outdated(&last));
    device.set(Fault::ReadOnly);
    append(&last, &["3"]).unwrap();
    device.set(None);
    block_on(last.recover()).unwrap();
    drop(last);
    assert!(!is_outdated(&on(&device)), "the disk was there again");
}

#[test]
fn clients_come_and_go_while_the_disk_fails() {
    let device = Device::default();
    let journal = on(&device);
    append(&journal, &["1"]).unwrap();
    let forgotten = present(&journal);
    device.set(Fault::ReadOnly);
    // Handed over together, so that the disk fails in their midst.
    let of_the_forgotten = batch(&journal, &["gone"]);
    let forget = journal.forget(&crm());
    let late = journal.append(of_the_forgotten);
    let anew = present(&journal);
    let first = journal.append(batch(&journal, &["first"]));
    block_on(forget).unwrap();
    assert!(matches!(block_on(late), Err(JournalError::NoOutbox(_))));
    block_on(first).unwrap();
    let next = next(&journal, &anew);
    assert_ne!(next.epoch(), forgotten.epoch());
    assert_eq!(bodies(&journal), ["first"]);
    device.set(None);
    block_on(journal.recover()).unwrap();
    assert_eq!(bodies(&journal), ["first"]);
}
