//! Rules of an outbox that goes on in a new epoch: after a disk has failed or works again, an import, a database that has lost something.

use std::sync::Arc;

use super::stage::{Subject, ensure, good, up_to};
use crate::{DeadLetter, Failure, Journal, Reason, Settlement};

pub(super) const RULE: &str = "dead letters go on in a new epoch, and can be removed there";

/// A client with dead letters: 4, 1 and 2 of five entries, of which 1 was removed. Given with them.
pub(super) async fn fill(journal: &dyn Journal) -> Result<Vec<DeadLetter>, String> {
    let a = Subject::open(journal, "a");
    a.append(journal, &["1", "2", "3", "4", "5"]).await?;
    let token = a.claim().await?;
    for (settled, sequence) in [(up_to(0, &[(4, 4)]), 4), (up_to(1, &[(4, 4)]), 1), (up_to(2, &[(4, 4)]), 2)]
    {
        good(a.outbox.settle(token, given_up(settled, sequence))).await?;
    }
    good(a.outbox.settle(token, Settlement { removed: vec![2], ..Settlement::default() })).await?;
    let letters = good(a.outbox.dead_letters()).await?;
    ensure!(numbers(&letters) == [(1, 4), (3, 2)], "{letters:?}");
    Ok(letters)
}

/// The same client after that.
pub(super) async fn check(journal: Arc<dyn Journal>, before: Vec<DeadLetter>) -> Result<(), String> {
    let a = Subject::open(&*journal, "a");
    let old = before.first().map(|letter| letter.entry.epoch);
    ensure!(old != Some(a.outbox.epoch()), "the epoch is still {old:?}");
    let after = good(a.outbox.dead_letters()).await?;
    let same = after.iter().map(|letter| (&letter.entry, &letter.reason));
    let same = same.eq(before.iter().map(|letter| (&letter.entry, &letter.reason)));
    ensure!(same && a.counts().dead_letters == 2, "{after:?} instead of {before:?}");
    ensure!(numbers(&after) == [(1, 4), (2, 2)], "the places are not those of this outbox: {after:?}");
    // 3 and 5 were undelivered: they are 1 and 2 now.
    let token = a.claim().await?;
    good(a.outbox.settle(token, given_up(up_to(0, &[(2, 2)]), 2))).await?;
    let arrived = Settlement { arrived: vec![4, 2], settled: up_to(0, &[(2, 2)]), ..Settlement::default() };
    good(a.outbox.settle(token, given_up(up_to(1, &[(2, 2)]), 1))).await?;
    good(a.outbox.settle(token, arrived)).await?;
    let letters = good(a.outbox.dead_letters()).await?;
    let expected = [(1, 4), (2, 2), (4, 1)];
    ensure!(numbers(&letters) == expected, "numbers of this epoch mean nothing in the other: {letters:?}");
    good(a.outbox.settle(token, Settlement { removed: vec![1, 4], ..Settlement::default() })).await?;
    let letters = good(a.outbox.dead_letters()).await?;
    ensure!(numbers(&letters) == [(2, 2)] && a.counts().dead_letters == 1, "{letters:?}");
    Ok(())
}

fn given_up(settled: crate::Settled, sequence: u64) -> Settlement {
    Settlement {
        settled,
        dead: vec![(sequence, Reason::Expired(Failure::TimedOut))],
        ..Settlement::default()
    }
}

/// Places, and numbers of the entries.
fn numbers(letters: &[DeadLetter]) -> Vec<(u64, u64)> {
    letters.iter().map(|letter| (letter.number, letter.entry.sequence)).collect()
}
