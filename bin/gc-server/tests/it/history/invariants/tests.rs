//! A history that is right passes all of them, and for each of them histories that are wrong are refused.

use std::time::Duration;

use super::super::{History, Hold, Place, Record, What};
use super::ALL;

/// A history that is written down by hand: each record a second after the one before.
#[derive(Clone)]
struct Hand(Vec<Record>);

const A: &str = "member-a";
const B: &str = "member-b";
const LEASE: u64 = 15;

fn at(second: u64) -> Duration {
    Duration::from_secs(second)
}

fn place(number: u64) -> Place {
    ("epoch".to_owned(), number)
}

fn own(text: &str) -> String {
    text.to_owned()
}

fn held(by: &str, commits: u64, until: u64) -> What {
    let holder = Some(format!("id of {by}"));
    Hold { holder: holder.clone(), until: at(until), commits, before: holder, until_before: at(until) }.into()
}

/// The store was `before`'s until then.
fn taken(by: &str, commits: u64, now: u64, (before, until_before): (&str, u64)) -> What {
    Hold {
        holder: Some(format!("id of {by}")),
        until: at(now + LEASE),
        commits,
        before: (!before.is_empty()).then(|| format!("id of {before}")),
        until_before: at(until_before),
    }
    .into()
}

impl From<Hold> for What {
    fn from(hold: Hold) -> Self {
        Self::Held(hold)
    }
}

fn appended(number: u64, id: &str, command: Option<&str>) -> What {
    let (agent, brief) = (Some(own("1001")), own("State READY"));
    What::Appended { place: place(number), id: own(id), command: command.map(own), agent, brief }
}

fn outbox(last: u64, delivered: u64, (claim, sender): (u64, &str)) -> What {
    let (client, epoch, claim) = (own("desk"), own("epoch"), Some((claim, own(sender))));
    What::Outbox { client, epoch, last, delivered, claim }
}

fn posted(number: u64, id: &str) -> What {
    What::Posted { client: own("desk"), place: place(number), id: own(id), brief: own("State READY") }
}

fn opened(connection: u64) -> What {
    What::StreamOpened { connection, user: own("1001") }
}

fn ended(connection: u64, by_conflict: bool) -> What {
    What::StreamEnded { connection, user: own("1001"), by_conflict }
}

fn requested() -> What {
    What::Requested { user: own("1001"), request: own("GET /finesse/api/User/1001") }
}

fn accepted(id: &str) -> What {
    What::Accepted { id: own(id), command: own("MakeReady") }
}

/// A leads, sleeps, and wakes; B has taken the store and its agent meanwhile.
fn right() -> Hand {
    let mut hand = Hand(Vec::new());
    hand.adds(0, A, What::Joined { id: format!("id of {A}") });
    hand.adds(0, B, What::Joined { id: format!("id of {B}") });
    hand.adds(1, A, taken(A, 1, 1, ("", 0)));
    hand.adds(2, A, What::StreamAsked { connection: 1 });
    hand.adds(2, A, opened(1));
    hand.adds(3, A, requested());
    hand.adds(4, A, held(A, 2, 19));
    hand.adds(4, A, What::CommandOpened { id: own("c1") });
    hand.adds(4, A, appended(1, "e1", None));
    hand.adds(4, A, outbox(1, 0, (1, "sender-a")));
    hand.adds(5, "clients", accepted("c1"));
    hand.adds(5, A, posted(1, "e1"));
    hand.adds(6, A, What::Sleeps);
    hand.adds(20, B, taken(B, 3, 20, (A, 19)));
    hand.adds(21, B, What::StreamAsked { connection: 9 });
    hand.adds(21, A, ended(1, true));
    hand.adds(21, B, opened(9));
    hand.adds(22, B, held(B, 4, 37));
    hand.adds(22, B, What::CommandEnded { id: own("c1") });
    hand.adds(22, B, appended(2, "e2", Some("c1")));
    hand.adds(22, B, outbox(2, 0, (2, "sender-b")));
    // What A had not noted comes again.
    hand.adds(23, B, posted(1, "e1"));
    hand.adds(24, B, posted(2, "e2"));
    hand.adds(25, A, What::Wakes);
    hand.adds(26, B, held(B, 5, 41));
    hand.adds(26, B, outbox(2, 2, (2, "sender-b")));
    hand
}

impl Hand {
    fn adds(&mut self, second: u64, by: &str, what: What) {
        self.0.push(Record { at: at(second), by: own(by), what });
    }

    fn with(mut self, second: u64, by: &str, what: What) -> Self {
        self.adds(second, by, what);
        self
    }

    fn without(mut self, what: &What) -> Self {
        let before = self.0.len();
        self.0.retain(|record| record.what != *what);
        assert_eq!(self.0.len() + 1, before, "{what:?}");
        self
    }

    /// The numbers of the invariants that do not hold.
    fn broken(self) -> Vec<usize> {
        let history = History::of(self.0);
        let broken = |(number, (_, holds)): (usize, &(_, super::Invariant))| {
            holds(&history.records).err().map(|_| number + 1)
        };
        ALL.iter().enumerate().filter_map(broken).collect()
    }
}

#[test]
fn a_history_that_is_right_passes() {
    assert_eq!(History::of(right().0).violations(), "");
}

#[test]
fn who_is_not_the_holder_or_takes_the_store_too_early_is_found() {
    // A wakes and writes; counts commits; takes the store back; B was too early; the database forgets a commit.
    let zombie = [
        appended(3, "e3", None),
        outbox(2, 2, (1, "sender-a")),
        What::CommandOpened { id: own("c2") },
        What::SessionOver { agent: own("1001") },
    ];
    for what in zombie {
        assert_eq!(right().with(27, A, what.clone()).broken().first(), Some(&1), "{what:?}");
    }
    assert_eq!(right().with(27, A, taken(A, 6, 27, (B, 41))).broken(), [1]);
    assert_eq!(right().with(27, A, held(B, 6, 42)).broken(), [1]);
    assert_eq!(right().with(27, B, held(B, 4, 42)).broken(), [1]);
    let early = right().without(&taken(B, 3, 20, (A, 19))).with(18, B, taken(B, 3, 18, (A, 19)));
    assert_eq!(early.broken(), [1]);
}

#[test]
fn a_gap_in_the_numbers_is_found() {
    assert_eq!(right().with(27, B, appended(4, "e4", None)).broken(), [2]);
    let late = What::Appended {
        place: (own("other"), 2),
        id: own("e4"),
        command: None,
        agent: None,
        brief: own("System"),
    };
    assert_eq!(right().with(27, B, late).broken(), [2]);
}

#[test]
fn a_post_before_its_commit_and_a_cursor_that_goes_back_or_too_far_are_found() {
    assert_eq!(right().with(3, A, posted(1, "e1")).broken(), [3]);
    let token = (2, "sender-b");
    assert_eq!(right().with(27, B, outbox(2, 1, token)).broken(), [3]);
    assert_eq!(right().with(27, B, outbox(1, 1, token)).broken(), [3]);
    assert_eq!(right().with(27, B, outbox(2, 3, token)).broken(), [3]);
    // Nobody got the second one.
    assert_eq!(right().without(&posted(2, "e2")).broken(), [3]);
    let buried = right().without(&posted(2, "e2")).with(25, B, What::GivenUp { place: place(2) });
    assert_eq!(buried.broken(), [0; 0]);
}

#[test]
fn two_senders_and_a_repetition_with_another_id_are_found() {
    assert_eq!(right().with(27, B, outbox(2, 2, (1, "sender-a"))).broken(), [4]);
    assert_eq!(right().with(27, B, outbox(2, 2, (2, "sender-c"))).broken(), [4]);
    // The next one moves the cursor before it has claimed it; without moving it, it may write the row.
    let third = "member-c";
    let next = |delivered| {
        let hand = right().without(&outbox(2, 2, (2, "sender-b")));
        let hand = hand.with(27, third, What::Joined { id: format!("id of {third}") });
        let hand = hand.with(40, B, ended(9, false));
        hand.with(45, third, taken(third, 6, 45, (B, 41))).with(
            45,
            third,
            outbox(2, delivered, (2, "sender-b")),
        )
    };
    assert_eq!(next(0).broken(), [0; 0]);
    assert_eq!(next(2).broken(), [4]);
    // It is not the committed one either.
    assert_eq!(right().with(27, B, posted(2, "another")).broken(), [4, 8]);
}

#[test]
fn whoever_acts_after_its_lease_or_keeps_its_streams_is_found() {
    let acts = [posted(1, "e1"), requested(), What::StreamAsked { connection: 2 }];
    for what in acts {
        assert_eq!(right().with(27, A, what.clone()).broken(), [5], "{what:?}");
        // Within its lease it may, whatever the others do.
        let lives = right().without(&held(A, 2, 19)).with(4, A, held(A, 2, 60));
        let lives = lives.without(&taken(B, 3, 20, (A, 19))).with(20, B, taken(B, 3, 20, (A, 20)));
        assert_eq!(lives.with(27, A, what.clone()).broken(), [0; 0], "{what:?}");
    }
    // Somebody who never led; and somebody who is awake and does nothing.
    assert_eq!(right().with(3, B, requested()).broken(), [5]);
    assert_eq!(right().without(&What::Sleeps).broken(), [5]);
    // Nobody knows whose it was.
    assert_eq!(right().with(27, "?", posted(1, "e1")).broken(), [0; 0]);
    // A lease that was given back is over.
    let back = Hold { commits: 5, before: Some(format!("id of {B}")), ..Hold::default() };
    assert_eq!(
        right().with(27, B, ended(9, false)).with(28, B, back.into()).with(29, B, requested()).broken(),
        [5]
    );
}

#[test]
fn a_stream_that_is_taken_back_and_a_sign_out_by_our_own_takeover_are_found() {
    assert_eq!(right().with(27, A, opened(2)).broken(), [5, 6]);
    let out = |by| {
        let (agent, brief) = (Some(own("1001")), own("State LOGOUT"));
        right().with(27, by, What::Appended { place: place(3), id: own("e3"), command: None, agent, brief })
    };
    assert_eq!(out(A).broken(), [1, 6]);
    assert_eq!(out(B).broken(), [0; 0]);
}

#[test]
fn a_command_that_never_ends_ends_twice_or_was_not_kept_is_found() {
    assert_eq!(right().without(&What::CommandEnded { id: own("c1") }).broken(), [7]);
    assert_eq!(right().with(27, B, What::CommandEnded { id: own("c1") }).broken(), [7]);
    assert_eq!(right().with(27, B, What::CommandOpened { id: own("c1") }).broken(), [7]);
    assert_eq!(right().with(3, "clients", accepted("c1")).broken(), [0; 0], "kept with its outcome");
    assert_eq!(right().with(27, "clients", accepted("c2")).broken(), [7]);
}

#[test]
fn a_number_that_is_used_twice_is_found_also_after_a_loss() {
    assert_eq!(right().with(27, B, appended(2, "e3", None)).broken(), [2, 8]);
    // A receiver has a third event, which the database has lost: that number is not to come again, nor anything behind it.
    let lost = || right().with(27, B, posted(3, "e3"));
    assert_eq!(lost().broken(), [0; 0]);
    assert_eq!(lost().with(28, B, appended(3, "e4", None)).broken(), [3, 8]);
    let elsewhere = What::Appended {
        place: (own("new"), 1),
        id: own("e4"),
        command: None,
        agent: None,
        brief: own("System"),
    };
    assert_eq!(lost().with(28, B, elsewhere).broken(), [0; 0]);
}

#[test]
fn a_stream_that_is_not_back_within_60_s_is_found() {
    let waits = |until: u64| {
        let hand = right().without(&opened(9)).without(&What::StreamAsked { connection: 9 });
        // The lease goes on meanwhile.
        let hand = hand.with(27, B, held(B, 6, 200)).with(until, B, opened(9));
        hand.with(100, B, held(B, 7, 300))
    };
    assert_eq!(waits(81).broken(), [0; 0]);
    assert_eq!(waits(82).broken(), [9]);
    assert_eq!(waits(82).with(70, B, What::SessionOver { agent: own("1001") }).broken(), [0; 0]);
}

#[test]
fn a_violation_is_shown_with_what_happened_around_it() {
    let history = History::of(right().with(27, B, appended(4, "e4", None)).0);
    let text = history.violations();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], "2: numbers have no gap: 4 comes after 2 in epoch");
    assert!(lines.iter().any(|line| line.starts_with(">    27.000000 s  member-b: Appended")), "{text}");
    assert!(lines.iter().any(|line| line.starts_with("     24.000000 s  member-b: Posted")), "{text}");
    assert_eq!(lines.len(), 18, "{text}");
}
