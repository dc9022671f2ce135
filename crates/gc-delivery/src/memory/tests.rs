use std::collections::BTreeSet;

use proptest::{collection::vec, prelude::*};

use super::*;

const ROOMY: Limits = Limits { entries: 1_000, bytes: 1 << 20 };

fn outbox(bounds: Bounds) -> MemoryOutbox {
    MemoryOutbox::new(ClientId::from("crm"), bounds)
}

fn message(body: &str) -> Message {
    Message::new("State", body)
}

fn numbers(page: &Page) -> Vec<u64> {
    page.entries.iter().map(|entry| entry.sequence).collect()
}

fn dead(outbox: &MemoryOutbox) -> Vec<(u64, Reason)> {
    outbox.dead_letters().into_iter().map(|letter| (letter.entry.sequence, letter.reason)).collect()
}

#[test]
fn entries_are_numbered_from_one_and_read_behind_a_cursor() {
    let outbox = outbox(Bounds::default());
    assert_eq!(outbox.read(0, 10).oldest, 1);
    for expected in 1..=5 {
        assert_eq!(outbox.append(message("{}")), expected);
    }
    assert_eq!(numbers(&outbox.read(0, 10)), [1, 2, 3, 4, 5]);
    assert_eq!(numbers(&outbox.read(2, 2)), [3, 4]);
    assert!(outbox.read(5, 10).entries.is_empty());
    assert!(outbox.read(u64::MAX, 10).entries.is_empty());
}

#[test]
fn delivered_entries_stay_readable_within_the_replay_limits() {
    let replay = Limits { entries: 2, bytes: 1 << 20 };
    let outbox = outbox(Bounds { replay, ..Bounds::default() });
    (0..5).for_each(|_| _ = outbox.append(message("{}")));
    outbox.acknowledge(4);
    let page = outbox.read(0, 10);
    assert_eq!((page.oldest, numbers(&page)), (3, vec![3, 4, 5]));
    assert_eq!(outbox.next_undelivered().unwrap().sequence, 5);
    assert_eq!(dead(&outbox), []);
}

#[test]
fn beyond_its_bound_the_oldest_undelivered_entries_become_dead_letters() {
    let undelivered = Limits { entries: 2, bytes: 1 << 20 };
    let outbox = outbox(Bounds { undelivered, ..Bounds::default() });
    (0..4).for_each(|_| _ = outbox.append(message("{}")));
    assert_eq!(dead(&outbox), [(1, Reason::Overflow), (2, Reason::Overflow)]);
    assert_eq!(outbox.next_undelivered().unwrap().sequence, 3);
    assert_eq!(numbers(&outbox.read(0, 10)), [1, 2, 3, 4], "a live stream still finds them");
}

#[test]
fn bytes_count_as_well_as_entries_but_one_entry_always_fits() {
    let undelivered = Limits { entries: 1_000, bytes: 2_000 };
    let outbox = outbox(Bounds { undelivered, ..Bounds::default() });
    outbox.append(message(&"x".repeat(5_000)));
    assert_eq!(outbox.next_undelivered().unwrap().sequence, 1);
    outbox.append(message("{}"));
    assert_eq!(outbox.next_undelivered().unwrap().sequence, 2);
    assert_eq!(dead(&outbox), [(1, Reason::Overflow)]);
}

#[test]
fn an_entry_acknowledged_after_it_overflowed_is_no_dead_letter() {
    let undelivered = Limits { entries: 1, bytes: 1 << 20 };
    let outbox = outbox(Bounds { undelivered, ..Bounds::default() });
    (0..3).for_each(|_| _ = outbox.append(message("{}")));
    outbox.acknowledge(2);
    assert_eq!(dead(&outbox), [(1, Reason::Overflow)]);
    assert_eq!(outbox.next_undelivered().unwrap().sequence, 3);
}

#[test]
fn what_is_too_old_expires_and_what_is_not_waits_on() {
    let outbox = outbox(Bounds::default());
    outbox.append(message("{}"));
    outbox.expire(SystemTime::UNIX_EPOCH, &Failure::TimedOut);
    assert_eq!(dead(&outbox), []);
    outbox.expire(SystemTime::now() + std::time::Duration::from_secs(1), &Failure::TimedOut);
    assert_eq!(dead(&outbox), [(1, Reason::Expired(Failure::TimedOut))]);
    assert_eq!(outbox.next_undelivered(), None);
}

#[test]
fn dead_letters_beyond_their_bound_are_counted_as_lost() {
    let one = Limits { entries: 1, bytes: 1 << 20 };
    let outbox = outbox(Bounds { undelivered: one, dead_letters: one, replay: ROOMY });
    (0..4).for_each(|_| _ = outbox.append(message("{}")));
    assert_eq!(dead(&outbox), [(3, Reason::Overflow)]);
    assert_eq!(outbox.counts(), Counts { last: 4, undelivered: 1, dead_letters: 1, lost: 2 });
    assert_eq!(outbox.counts().settled(), 3);
}

#[test]
fn whoever_waits_is_told_of_every_change() {
    let outbox = outbox(Bounds::default());
    let mut changes = outbox.changes();
    let mut told = || {
        let told = changes.has_changed().unwrap();
        changes.mark_unchanged();
        told
    };
    outbox.append(message("{}"));
    assert!(told());
    assert!(!told());
    outbox.acknowledge(1);
    assert!(told());
    outbox.expire(SystemTime::now(), &Failure::TimedOut);
    assert!(told());
}

#[derive(Clone, Debug)]
enum Step {
    Append(usize),
    Deliver,
    Expire,
    Read(u64, usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0..3_000_usize).prop_map(Step::Append),
        2 => Just(Step::Deliver),
        1 => Just(Step::Expire),
        2 => (0..60_u64, 1..20_usize).prop_map(|(after, max)| Step::Read(after, max)),
    ];
    vec(step, 0..120)
}

fn limits() -> impl Strategy<Value = Limits> {
    (0..12_usize, 0..20_000_usize).prop_map(|(entries, bytes)| Limits { entries, bytes })
}

proptest! {
    /// Whatever happens in whatever order: numbers have no gaps, reads keep the order and the
    /// content, and each entry is delivered, waiting, a dead letter, or counted as lost.
    #[test]
    fn nothing_is_lost_and_nothing_changes_its_place(
        steps in steps(), undelivered in limits(), replay in limits(), dead_letters in limits(),
    ) {
        let outbox = outbox(Bounds { undelivered, replay, dead_letters });
        let mut bodies: Vec<String> = Vec::new();
        let mut delivered = BTreeSet::new();
        for step in steps {
            match step {
                Step::Append(size) => {
                    bodies.push(format!("{}:{}", bodies.len(), "x".repeat(size)));
                    let sequence = outbox.append(message(&bodies[bodies.len() - 1]));
                    prop_assert_eq!(sequence, bodies.len() as u64);
                }
                Step::Deliver => if let Some(next) = outbox.next_undelivered() {
                    prop_assert!(delivered.last().is_none_or(|last| *last < next.sequence));
                    outbox.acknowledge(next.sequence);
                    delivered.insert(next.sequence);
                },
                Step::Expire => {
                    outbox.expire(SystemTime::now() + std::time::Duration::from_secs(1), &Failure::TimedOut);
                    prop_assert_eq!(outbox.next_undelivered(), None);
                }
                Step::Read(after, max) => {
                    let page = outbox.read(after, max);
                    let first = page.oldest.max(after + 1);
                    let expected: Vec<_> = (first..=bodies.len() as u64).take(max).collect();
                    prop_assert_eq!(numbers(&page), expected);
                    for entry in page.entries {
                        prop_assert_eq!(&entry.message.body, &bodies[usize::try_from(entry.sequence).unwrap() - 1]);
                    }
                }
            }
            let counts = outbox.counts();
            let dead: Vec<_> = dead(&outbox).into_iter().map(|(sequence, _)| sequence).collect();
            let waiting: Vec<_> = (counts.settled() + 1..=counts.last).collect();
            prop_assert_eq!(outbox.next_undelivered().map(|entry| entry.sequence), waiting.first().copied());
            prop_assert!(dead.is_sorted());
            prop_assert!(dead.iter().all(|letter| !delivered.contains(letter) && !waiting.contains(letter)));
            prop_assert!(waiting.iter().all(|entry| !delivered.contains(entry)));
            let known = (delivered.len() + waiting.len() + dead.len()) as u64;
            prop_assert_eq!(known + counts.lost, bodies.len() as u64);
            prop_assert!(waiting.len() <= undelivered.entries.max(1));
            prop_assert!(dead.len() <= dead_letters.entries.max(1));
        }
    }
}
