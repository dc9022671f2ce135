//! The budget of all outboxes; the rest is in the conformance suite.

use futures_util::FutureExt;

use super::*;
use crate::{Message, Reason, Settled};

fn now<T>(answer: Answer<T>) -> T {
    answer.now_or_never().unwrap().unwrap()
}

/// Appends entries of a little more than a kilobyte, each by itself.
fn append(journal: &MemoryJournal, client: &str, count: usize) -> Arc<dyn Outbox> {
    let outbox = journal.open(&ClientKey::from(client));
    (0..count).for_each(|_| append_together(journal, client, 1));
    outbox
}

fn append_together(journal: &MemoryJournal, client: &str, count: usize) {
    let client = ClientKey::from(client);
    let epoch = journal.open(&client).epoch();
    let record = |_| {
        let message = Message::new("State", "x".repeat(1_000));
        let (id, at) = (Uuid::nil(), std::time::SystemTime::UNIX_EPOCH);
        Record { client: client.clone(), epoch, id, at, message }
    };
    now(journal.append((0..count).map(record).collect()));
}

fn undelivered(outbox: &Arc<dyn Outbox>) -> u64 {
    outbox.counts().get().undelivered
}

#[test]
fn over_the_budget_the_oldest_of_the_largest_outbox_become_dead_letters() {
    let journal = MemoryJournal::default().with_budget(128 << 10);
    let small = append(&journal, "small", 20);
    let large = append(&journal, "large", 150);
    assert_eq!(undelivered(&small), 20);
    let left = undelivered(&large);
    assert!((60..100).contains(&left), "{left}");
    let dead = now(large.dead_letters());
    let numbers = dead.iter().map(|letter| letter.entry.sequence);
    assert!(numbers.eq(1..=150 - left) && dead.iter().all(|letter| letter.reason == Reason::Overflow));
}

#[test]
fn several_large_outboxes_become_equally_large() {
    let journal = MemoryJournal::default().with_budget(128 << 10);
    let (small, middle) = (append(&journal, "small", 5), append(&journal, "middle", 60));
    append_together(&journal, "large", 150);
    let large = journal.open(&ClientKey::from("large"));
    let left = [&small, &middle, &large].map(undelivered);
    assert!(left[0] == 5 && left[1].abs_diff(left[2]) <= 1 && left[1] < 60, "{left:?}");
}

#[test]
fn what_is_delivered_or_forgotten_makes_room() {
    let journal = MemoryJournal::default().with_budget(128 << 10);
    let first = append(&journal, "first", 80);
    let token = now(first.claim(Uuid::nil())).token;
    now(first.settle(token, Settlement { settled: Settled::up_to(80), ..Settlement::default() }));
    let second = append(&journal, "second", 80);
    assert_eq!(undelivered(&second), 80);
    drop(second);
    now(journal.forget(&ClientKey::from("second")));
    assert_eq!(undelivered(&append(&journal, "third", 80)), 80);
}

#[test]
fn each_outbox_keeps_its_last_entry() {
    let journal = MemoryJournal::default().with_budget(0);
    let outboxes: Vec<_> = ["a", "b", "c"].iter().map(|client| append(&journal, client, 3)).collect();
    assert!(outboxes.iter().all(|outbox| undelivered(outbox) == 1));
}

#[test]
fn delivered_events_and_dead_letters_of_all_clients_have_a_budget_as_well() {
    let journal = MemoryJournal::default().with_budget(128 << 10);
    let mut outboxes = Vec::new();
    for client in 0..20 {
        let outbox = append(&journal, &format!("client-{client}"), 40);
        let token = now(outbox.claim(Uuid::nil())).token;
        let dead = (1..=20).map(|number| (number, Reason::Overflow)).collect();
        let settlement = Settlement { settled: Settled::up_to(40), dead, ..Settlement::default() };
        now(outbox.settle(token, settlement));
        outboxes.push(outbox);
    }
    append(&journal, "last", 1);
    let held =
        |outbox: &Arc<dyn Outbox>| (now(outbox.read(0, 99)).entries.len(), now(outbox.dead_letters()).len());
    let (delivered, dead): (Vec<_>, Vec<_>) = outboxes.iter().map(held).unzip();
    let (delivered, dead): (usize, usize) = (delivered.iter().sum(), dead.iter().sum());
    assert!(delivered == 0 && (80..=104).contains(&dead), "{delivered} {dead}");
    let lost: u64 = outboxes.iter().map(|outbox| outbox.counts().get().lost).sum();
    assert_eq!(lost, 400 - dead as u64, "what is gone is counted");
    // The newest are there, and what is undelivered is not concerned.
    let letters = now(outboxes[19].dead_letters());
    assert!(letters.last().is_some_and(|letter| letter.entry.sequence == 20));
    assert_eq!(undelivered(&append(&journal, "last", 80)), 81);
}
