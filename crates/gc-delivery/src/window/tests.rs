use std::{sync::Arc, time::Duration};

use proptest::{collection::vec, prelude::*};

use super::*;
use crate::{ClientKey, Epoch, Message, Record};

const CAPACITY: usize = 64;

const AGENT: Order = Order::Agent { max_in_flight: 8 };

/// An entry of an agent and a dialog; `""` is none.
fn entry(sequence: u64, agent: &str, dialog: &str, barrier: bool) -> Entry {
    let name = |name: &str| (!name.is_empty()).then(|| name.to_owned());
    let message =
        Message { agent_id: name(agent), dialog_id: name(dialog), barrier, ..Message::new("State", "{}") };
    let record = Record {
        client: ClientKey::from("crm"),
        epoch: Epoch::from(uuid::Uuid::nil()),
        id: uuid::Uuid::nil(),
        at: std::time::SystemTime::UNIX_EPOCH,
        message,
    };
    Entry { sequence, record: Arc::new(record) }
}

/// Entries 1, 2, 3 … of these agents; `*` is a barrier.
fn window(order: Order, agents: &[&str]) -> Window {
    let mut window = Window::new(order, Settled::default());
    let entry = |(sequence, agent): (u64, &&str)| match *agent {
        "*" => entry(sequence, "", "", true),
        agent => entry(sequence, agent, "", false),
    };
    window.fill((1..).zip(agents).map(entry));
    window
}

fn now() -> Instant {
    Instant::now()
}

/// Everything that may start now.
fn started(window: &mut Window) -> Vec<u64> {
    let now = now();
    std::iter::from_fn(|| window.start(now)).map(|entry| entry.sequence).collect()
}

fn delivered(window: &mut Window, sequence: u64) {
    assert!(window.settle(sequence));
    window.end();
}

#[test]
fn in_a_clients_order_one_entry_is_in_flight_at_a_time() {
    let mut window = window(Order::Client, &["a", "b", "*", "c"]);
    for sequence in 1..=4 {
        assert_eq!(started(&mut window), [sequence]);
        delivered(&mut window, sequence);
    }
    assert_eq!(started(&mut window), [0; 0]);
    assert_eq!(*window.settled(), Settled::up_to(4));
}

#[test]
fn in_an_agents_order_entries_of_different_agents_pass_each_other() {
    let mut window = window(AGENT, &["a", "a", "b", "b", "c", ""]);
    assert_eq!(started(&mut window), [1, 3, 5, 6]);
    delivered(&mut window, 3);
    assert_eq!(started(&mut window), [4]);
    delivered(&mut window, 1);
    assert_eq!(started(&mut window), [2]);
    assert_eq!(window.settled().prefix(), 1);
    assert_eq!(window.settled().above().collect::<Vec<_>>(), [3..=3]);
}

#[test]
fn entries_of_one_dialog_stay_in_order_whoever_the_agent_is() {
    let mut window = Window::new(AGENT, Settled::default());
    let entries = [("a", "17"), ("b", "17"), ("b", "18"), ("c", "18"), ("d", "19")];
    window.fill((1..).zip(entries).map(|(sequence, (agent, dialog))| entry(sequence, agent, dialog, false)));
    // 3 waits for 2 by its agent, 4 for 3 by its dialog.
    assert_eq!(started(&mut window), [1, 5]);
    delivered(&mut window, 1);
    assert_eq!(started(&mut window), [2]);
    delivered(&mut window, 2);
    assert_eq!(started(&mut window), [3]);
}

#[test]
fn an_agent_named_like_a_dialog_is_not_that_dialog() {
    let mut window = Window::new(AGENT, Settled::default());
    window.fill([entry(1, "17", "", false), entry(2, "", "17", false)]);
    assert_eq!(started(&mut window), [1, 2]);
}

#[test]
fn a_barrier_waits_for_all_before_it_and_all_behind_it_wait() {
    let mut window = window(AGENT, &["a", "b", "*", "c"]);
    assert_eq!(started(&mut window), [1, 2]);
    delivered(&mut window, 2);
    assert_eq!(started(&mut window), [0; 0]);
    delivered(&mut window, 1);
    assert_eq!(started(&mut window), [3]);
    delivered(&mut window, 3);
    assert_eq!(started(&mut window), [4]);
}

#[test]
fn no_more_are_in_flight_than_may_be_and_a_rest_keeps_its_place() {
    let mut window = window(Order::Agent { max_in_flight: 2 }, &["a", "b", "c", "d"]);
    assert_eq!(started(&mut window), [1, 2]);
    assert!(window.settle(1));
    assert_eq!(started(&mut window), [0; 0], "its attempt is not over yet");
    window.end();
    assert_eq!(started(&mut window), [3]);
}

#[test]
fn a_failed_entry_waits_for_its_time_and_holds_up_only_its_own_agent() {
    let mut window = window(AGENT, &["a", "a", "b"]);
    assert_eq!(started(&mut window), [1, 3]);
    let later = now() + Duration::from_secs(3600);
    window.retry(1, later);
    window.end();
    assert_eq!(started(&mut window), [0; 0]);
    assert_eq!(window.next_retry(), Some(later));
    assert_eq!(window.start(later).map(|entry| entry.sequence), Some(1));
}

#[test]
fn a_hello_ends_waits_also_of_what_is_in_flight_and_fails() {
    let mut window = window(AGENT, &["a", "b"]);
    assert_eq!(started(&mut window), [1, 2]);
    let later = now() + Duration::from_secs(3600);
    window.retry(1, later);
    window.end();
    window.retry_now();
    assert_eq!(started(&mut window), [1]);
    window.retry(2, later);
    window.end();
    assert_eq!(started(&mut window), [2]);
    window.retry(2, later);
    window.end();
    assert_eq!(started(&mut window), [0; 0], "it counts once");
}

#[test]
fn without_a_free_place_no_retry_is_due() {
    let mut window = window(Order::Agent { max_in_flight: 1 }, &["a", "b"]);
    assert_eq!(started(&mut window), [1]);
    window.retry(1, now());
    assert_eq!(window.next_retry(), None, "its attempt is not over yet");
    window.end();
    assert!(window.next_retry().is_some());
}

#[test]
fn what_is_settled_elsewhere_leaves_but_for_what_is_in_flight() {
    let mut window = window(AGENT, &["a", "a", "b", "a"]);
    assert_eq!(started(&mut window), [1, 3]);
    window.advance(3);
    assert_eq!(started(&mut window), [0; 0], "the agent's first attempt is still under way");
    assert!(!window.settle(1), "it was settled before it arrived");
    window.end();
    window.retry(3, now());
    window.end();
    assert_eq!(started(&mut window), [4], "what failed after it was settled is not tried again");
}

#[test]
fn no_retry_is_due_of_what_was_settled_elsewhere() {
    let mut window = window(Order::Client, &["a", "b"]);
    assert_eq!(started(&mut window), [1]);
    window.retry(1, now());
    window.end();
    window.advance(1);
    assert_eq!(window.next_retry(), None);
    assert_eq!(started(&mut window), [2]);
}

#[test]
fn what_is_given_up_is_settled_and_makes_way() {
    let mut window = window(AGENT, &["a", "a", "b"]);
    assert_eq!(window.start(now()).map(|entry| entry.sequence), Some(1));
    let given_up = window.give_up(|entry| entry.sequence < 3);
    assert_eq!(given_up.iter().map(|entry| entry.sequence).collect::<Vec<_>>(), [2], "not what is in flight");
    assert!(window.settled().contains(2));
    window.retry(1, now());
    window.end();
    assert_eq!(window.give_up(|_| true).len(), 2);
    assert_eq!(*window.settled(), Settled::up_to(3));
}

#[test]
fn after_a_restart_only_what_was_not_settled_is_in_the_window() {
    let mut settled = Settled::up_to(2);
    settled.insert(4..=5);
    let mut window = Window::new(AGENT, settled);
    assert_eq!(window.position(), 2);
    window.fill((3..=7).map(|sequence| entry(sequence, &sequence.to_string(), "", false)));
    assert_eq!(started(&mut window), [3, 6, 7]);
    assert_eq!(window.position(), 7);
}

#[test]
fn it_reads_on_when_it_is_half_empty() {
    let mut window = Window::new(Order::Client, Settled::default());
    assert_eq!(window.room(), CAPACITY);
    window.fill((1..=CAPACITY as u64).map(|sequence| entry(sequence, "", "", false)));
    for sequence in 1..=CAPACITY as u64 / 2 {
        assert_eq!(window.room(), 0);
        assert_eq!(started(&mut window), [sequence]);
        delivered(&mut window, sequence);
    }
    assert_eq!(started(&mut window), [CAPACITY as u64 / 2 + 1]);
    delivered(&mut window, CAPACITY as u64 / 2 + 1);
    assert_eq!(window.room(), CAPACITY / 2 + 1);
}

#[derive(Clone, Debug)]
enum Step {
    Start,
    Deliver(usize),
    Fail(usize),
    GiveUp(u64),
    Advance(u64),
    Hello,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => Just(Step::Start),
        6 => any::<usize>().prop_map(Step::Deliver),
        2 => any::<usize>().prop_map(Step::Fail),
        1 => (0..40_u64).prop_map(Step::GiveUp),
        1 => (0..40_u64).prop_map(Step::Advance),
        1 => Just(Step::Hello),
    ];
    vec(step, 0..150)
}

fn entries() -> impl Strategy<Value = Vec<Entry>> {
    let kind = (0..4_u8, 0..4_u8, prop::bool::weighted(0.1));
    vec(kind, 1..40).prop_map(|kinds| {
        let name = |number: u8| if number == 0 { String::new() } else { number.to_string() };
        let numbered = (1..).zip(kinds);
        numbered
            .map(|(sequence, (agent, dialog, b))| entry(sequence, &name(agent), &name(dialog), b))
            .collect()
    })
}

/// The rule as docs/delivery.md has it.
fn shares(order: Order, one: &Entry, other: &Entry) -> bool {
    let same = |one: &Option<String>, other: &Option<String>| one.is_some() && one == other;
    let (one, other) = (&one.message, &other.message);
    matches!(order, Order::Client)
        || one.barrier
        || other.barrier
        || same(&one.agent_id, &other.agent_id)
        || same(&one.dialog_id, &other.dialog_id)
}

proptest! {
    /// Whatever happens in whatever order: nothing starts before what it must not overtake, all that may
    /// start does, nothing starts twice at once, and in the end nothing is left.
    #[test]
    fn nothing_overtakes_and_nothing_is_left(
        entries in entries(), steps in steps(), by_agent: bool, max_in_flight in 1..5_usize,
    ) {
        let (order, max_in_flight) =
            if by_agent { (Order::Agent { max_in_flight }, max_in_flight) } else { (Order::Client, 1) };
        let mut window = Window::new(order, Settled::default());
        window.fill(entries.clone());
        let mut in_flight = Vec::<u64>::new();
        let mut settled = std::collections::BTreeSet::new();
        let (start, count) = (now(), entries.len() as u64);
        let the_end = (0..2 * count).flat_map(|_| [Step::Hello, Step::Start, Step::Deliver(0)]);
        for step in steps.into_iter().chain(the_end) {
            let one = |choice: usize| (!in_flight.is_empty()).then(|| choice % in_flight.len());
            match step {
                Step::Start => {
                    let waits = |entry: &&Entry| !settled.contains(&entry.sequence) && !in_flight.contains(&entry.sequence);
                    let is_free = |entry: &&Entry| entries.iter()
                        .filter(|other| other.sequence < entry.sequence && shares(order, entry, other))
                        .all(|other| settled.contains(&other.sequence) && !in_flight.contains(&other.sequence));
                    let may_start = entries.iter().filter(waits).any(|entry| is_free(&entry));
                    match window.start(start) {
                        Some(entry) => {
                            prop_assert!(waits(&&entry) && is_free(&&entry), "{}", entry.sequence);
                            in_flight.push(entry.sequence);
                            prop_assert!(in_flight.len() <= max_in_flight);
                        }
                        None => {
                            let is_waiting = window.next_retry().is_some();
                            prop_assert!(is_waiting || in_flight.len() == max_in_flight || !may_start);
                        }
                    }
                }
                Step::Deliver(choice) => if let Some(index) = one(choice) {
                    let sequence = in_flight.remove(index);
                    prop_assert_eq!(window.settle(sequence), settled.insert(sequence));
                    window.end();
                },
                Step::Fail(choice) => if let Some(index) = one(choice) {
                    window.retry(in_flight.remove(index), start + Duration::from_secs(60));
                    window.end();
                },
                Step::GiveUp(below) => {
                    for entry in window.give_up(|entry| entry.sequence < below) {
                        prop_assert!(!in_flight.contains(&entry.sequence) && settled.insert(entry.sequence));
                    }
                }
                Step::Advance(up_to) => {
                    window.advance(up_to.min(count));
                    settled.extend(1..=up_to.min(count));
                }
                Step::Hello => window.retry_now(),
            }
            // A time for an entry that is gone would wake the task for ever.
            let waits = |sequence| window.slots.iter().any(|slot| slot.entry.sequence == sequence && !slot.is_in_flight());
            prop_assert!(window.delayed.keys().all(|sequence| waits(*sequence)));
            for sequence in 1..=count {
                prop_assert_eq!(window.settled().contains(sequence), settled.contains(&sequence));
            }
        }
        prop_assert_eq!(window.settled(), &Settled::up_to(count));
        prop_assert!(in_flight.is_empty() && window.slots.is_empty());
    }
}
