//! What all outboxes may hold together, in the file and in memory.

use super::*;

const EACH: usize = 20_000;

fn bounds(on_disk: usize, in_memory: usize) -> StoreBounds {
    let undelivered = Limits { entries: 1_000, bytes: 100 * EACH };
    StoreBounds { outbox: Bounds { undelivered, ..Bounds::default() }, on_disk, in_memory }
}

fn fill(journal: &RedbJournal, client: &str, entries: usize) {
    let client = ClientKey::from(client);
    for _ in 0..entries {
        let record = Record {
            client: client.clone(),
            epoch: Journal::open(journal, &client).epoch(),
            id: RealEnvironment.id(),
            at: RealEnvironment.now(),
            message: Message::new("State", "x".repeat(EACH)),
        };
        block_on(journal.append([record].into_iter().collect())).unwrap();
    }
}

fn undelivered(journal: &RedbJournal, client: &str) -> u64 {
    Journal::open(journal, &ClientKey::from(client)).counts().get().undelivered
}

#[test]
fn over_the_limit_of_the_file_the_oldest_of_the_largest_outbox_become_dead_letters() {
    let device = Device::default();
    let journal = within(&device, bounds(40 * EACH, usize::MAX));
    fill(&journal, "small", 5);
    fill(&journal, "large", 60);
    let counts = Journal::open(&journal, &ClientKey::from("large")).counts().get();
    assert_eq!(
        (undelivered(&journal, "small"), counts.undelivered + counts.dead_letters + counts.lost),
        (5, 60)
    );
    assert!((30..35).contains(&counts.undelivered), "{counts:?}");
    drop(journal);
    // With less than before, it is cut down by the next append.
    let journal = within(&device, bounds(10 * EACH, usize::MAX));
    fill(&journal, "small", 1);
    assert!(undelivered(&journal, "large") < 10 && undelivered(&journal, "small") < 7);
}

#[test]
fn a_journal_that_goes_on_in_memory_keeps_to_the_limit_of_memory() {
    let device = Device::default();
    let journal = within(&device, bounds(usize::MAX, 20 * EACH));
    fill(&journal, "one", 30);
    fill(&journal, "other", 30);
    device.set(Fault::ReadOnly);
    fill(&journal, "one", 1);
    let left = undelivered(&journal, "one") + undelivered(&journal, "other");
    assert!((10..=20).contains(&left), "{left}");
    fill(&journal, "one", 30);
    let left = undelivered(&journal, "one") + undelivered(&journal, "other");
    assert!((10..=20).contains(&left), "{left}");
}
