//! What is this journal's own: its bounds. The rest is in the conformance suite.

use std::{collections::BTreeSet, time::SystemTime};

use proptest::{collection::vec, prelude::*};

use super::*;
use crate::{Epoch, Failure, Limits, Message, Reason, Settled, log::Facts};

const ROOMY: Limits = Limits { entries: 1_000, bytes: 1 << 20 };

fn at_most(entries: usize) -> Limits {
    Limits { entries, ..ROOMY }
}

/// An outbox with a sender.
struct Stage {
    state: OutboxState,
    token: ClaimToken,
}

impl Stage {
    fn new(bounds: Bounds) -> Self {
        let mut state = OutboxState::new(ClientKey::from("crm"), bounds);
        let token = state.claim(Uuid::nil()).token;
        Self { state, token }
    }

    fn append(&mut self, body: &str) {
        let record = Record {
            client: ClientKey::from("crm"),
            epoch: Epoch::from(Uuid::nil()),
            id: Uuid::nil(),
            at: SystemTime::UNIX_EPOCH,
            message: Message::new("State", body),
        };
        self.state.append(Arc::new(record));
    }

    fn append_so_many(&mut self, count: usize) {
        (0..count).for_each(|_| self.append("{}"));
    }

    fn settle(&mut self, settlement: Settlement) {
        self.state.settle(self.token, &settlement).unwrap();
    }

    fn deliver(&mut self, settled: Settled) {
        self.settle(Settlement { settled, ..Settlement::default() });
    }

    fn numbers(&self) -> Vec<u64> {
        self.state.read(0, usize::MAX).entries.iter().map(|entry| entry.sequence).collect()
    }

    fn dead(&self) -> Vec<(u64, Reason)> {
        let letters = self.state.dead_letters().into_iter();
        letters.map(|letter| (letter.entry.sequence, letter.reason)).collect()
    }
}

fn hole(up_to: u64, above: std::ops::RangeInclusive<u64>) -> Settled {
    let mut settled = Settled::up_to(up_to);
    settled.insert(above);
    settled
}

#[test]
fn delivered_entries_stay_readable_within_the_replay_limits() {
    let mut stage = Stage::new(Bounds { replay: at_most(2), ..Bounds::default() });
    stage.append_so_many(5);
    stage.deliver(Settled::up_to(4));
    assert_eq!(stage.state.read(0, 10).oldest, 3);
    assert_eq!(stage.numbers(), [3, 4, 5]);
    assert_eq!(stage.dead(), []);
}

#[test]
fn behind_a_hole_everything_stays_readable() {
    let mut stage = Stage::new(Bounds { replay: at_most(2), ..Bounds::default() });
    stage.append_so_many(8);
    stage.deliver(hole(2, 4..=8));
    assert_eq!(stage.numbers(), [1, 2, 3, 4, 5, 6, 7, 8]);
    stage.deliver(Settled::up_to(3));
    assert_eq!(stage.numbers(), [7, 8]);
}

#[test]
fn beyond_its_bound_the_oldest_undelivered_entries_become_dead_letters() {
    let mut stage = Stage::new(Bounds { undelivered: at_most(2), ..Bounds::default() });
    stage.append_so_many(4);
    assert_eq!(stage.dead(), [(1, Reason::Overflow), (2, Reason::Overflow)]);
    assert_eq!((stage.state.counts().settled, stage.state.counts().undelivered), (2, 2));
    assert_eq!(stage.numbers(), [1, 2, 3, 4], "a live stream still finds them");
}

#[test]
fn an_overflow_does_not_touch_what_was_delivered_behind_the_hole() {
    let mut stage = Stage::new(Bounds { undelivered: at_most(3), ..Bounds::default() });
    stage.append_so_many(3);
    stage.deliver(hole(0, 2..=3));
    stage.append_so_many(3);
    assert_eq!(stage.dead(), [(1, Reason::Overflow)]);
    assert_eq!((stage.state.counts().settled, stage.state.counts().undelivered), (3, 3));
}

#[test]
fn bytes_count_as_well_as_entries_but_one_entry_always_fits() {
    let undelivered = Limits { entries: 1_000, bytes: 2_000 };
    let mut stage = Stage::new(Bounds { undelivered, ..Bounds::default() });
    stage.append(&"x".repeat(5_000));
    assert_eq!(stage.dead(), []);
    stage.append("{}");
    assert_eq!(stage.dead(), [(1, Reason::Overflow)]);
    assert_eq!(stage.state.counts().undelivered, 1);
}

#[test]
fn an_entry_that_arrived_after_it_overflowed_is_no_dead_letter() {
    let mut stage = Stage::new(Bounds { undelivered: at_most(1), ..Bounds::default() });
    stage.append_so_many(3);
    stage.settle(Settlement { settled: Settled::up_to(2), arrived: vec![2], ..Settlement::default() });
    assert_eq!(stage.dead(), [(1, Reason::Overflow)]);
    assert_eq!(stage.state.counts().undelivered, 1);
}

#[test]
fn dead_letters_beyond_their_bound_are_counted_as_lost() {
    let mut stage = Stage::new(Bounds { undelivered: at_most(1), dead_letters: at_most(1), replay: ROOMY });
    stage.append_so_many(4);
    assert_eq!(stage.dead(), [(3, Reason::Overflow)]);
    let expected =
        Counts { last: 4, settled: 3, undelivered: 1, dead_letters: 1, lost: 2, superseded: false };
    assert_eq!(stage.state.counts(), expected);
}

#[derive(Clone, Debug)]
enum Step {
    Append(usize),
    /// Every so manieth of the undelivered ones.
    Deliver(usize),
    GiveUp(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0..3_000_usize).prop_map(Step::Append),
        2 => (1..6_usize).prop_map(Step::Deliver),
        1 => (1..6_usize).prop_map(Step::GiveUp),
    ];
    vec(step, 0..120)
}

fn limits() -> impl Strategy<Value = Limits> {
    (0..12_usize, 0..20_000_usize).prop_map(|(entries, bytes)| Limits { entries, bytes })
}

proptest! {
    /// Whatever happens in whatever order, each entry is delivered, waiting, a dead letter, or counted
    /// as lost, and the bounds are kept.
    #[test]
    fn nothing_is_lost_and_the_bounds_are_kept(
        steps in steps(), undelivered in limits(), replay in limits(), dead_letters in limits(),
    ) {
        let mut stage = Stage::new(Bounds { undelivered, replay, dead_letters });
        let mut delivered = BTreeSet::new();
        for step in steps {
            let waiting = |stage: &Stage, each: usize| -> Vec<u64> {
                let Facts { settled, last, .. } = stage.state.log.facts();
                (1..=last).filter(|number| !settled.contains(*number)).step_by(each).collect()
            };
            match step {
                Step::Append(size) => stage.append(&"x".repeat(size)),
                Step::Deliver(each) => {
                    let arrived = waiting(&stage, each);
                    let mut settled = Settled::default();
                    arrived.iter().for_each(|number| settled.insert(*number..=*number));
                    stage.deliver(settled);
                    delivered.extend(arrived);
                }
                Step::GiveUp(each) => {
                    let reason = |number| (number, Reason::Expired(Failure::TimedOut));
                    let dead = waiting(&stage, each).into_iter().map(reason).collect();
                    stage.settle(Settlement { dead, ..Settlement::default() });
                }
            }
            let counts = stage.state.counts();
            let waiting = waiting(&stage, 1);
            let dead: Vec<_> = stage.dead().into_iter().map(|(sequence, _)| sequence).collect();
            prop_assert_eq!(waiting.len() as u64, counts.undelivered);
            prop_assert!(dead.iter().all(|letter| !delivered.contains(letter) && !waiting.contains(letter)));
            prop_assert!(waiting.iter().all(|entry| !delivered.contains(entry)));
            let known = (delivered.len() + waiting.len() + dead.len()) as u64;
            prop_assert_eq!(known + counts.lost, counts.last);
            prop_assert!(waiting.len() <= undelivered.entries.max(1));
            prop_assert!(dead.len() <= dead_letters.entries.max(1));
            let numbers = stage.numbers();
            let oldest = stage.state.read(0, 0).oldest;
            prop_assert!(numbers.iter().copied().eq(oldest..=counts.last));
            prop_assert!(oldest <= counts.settled + 1);
        }
    }
}
