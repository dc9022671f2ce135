//! Rules of claims, settlements and dead letters.

use std::sync::Arc;

use uuid::Uuid;

use super::{
    Rule,
    stage::{Subject, ensure, good, refused, up_to},
};
use crate::{ClaimToken, Failure, Journal, JournalError, Reason, Settled, Settlement};

/// The rules in this file.
pub(super) const RULES: &[Rule] = &[
    ("a claim fences all before it", |j| Box::pin(fencing(j))),
    ("what is settled stays settled", |j| Box::pin(no_way_back(j))),
    ("nothing beyond the last number can be settled", |j| Box::pin(ahead(j))),
    ("holes are kept, and closed", |j| Box::pin(holes(j))),
    ("what is given up is a dead letter, once, and can still be read", |j| Box::pin(dead_letters(j))),
    ("what was delivered does not become a dead letter", |j| Box::pin(delivered(j))),
    ("what arrived after all is no dead letter", |j| Box::pin(arrived(j))),
    ("a dead letter that is removed is there no more, and the others are", |j| Box::pin(removed(j))),
    ("every change is announced", |j| Box::pin(announcements(j))),
];

fn fenced(error: &JournalError) -> bool {
    matches!(error, JournalError::Fenced)
}

/// A client with five entries.
async fn five(journal: &dyn Journal) -> Result<Subject, String> {
    let a = Subject::open(journal, "a");
    a.append(journal, &["1", "2", "3", "4", "5"]).await?;
    Ok(a)
}

fn dead(settled: Settled, sequences: &[u64]) -> Settlement {
    let reason = |sequence: &u64| (*sequence, expired(*sequence));
    Settlement { settled, dead: sequences.iter().map(reason).collect(), ..Settlement::default() }
}

fn expired(sequence: u64) -> Reason {
    Reason::Expired(Failure::Other(sequence.to_string()))
}

async fn fencing(journal: Arc<dyn Journal>) -> Result<(), String> {
    let (a, b) = (five(&*journal).await?, Subject::open(&*journal, "b"));
    b.append(&*journal, &["1"]).await?;
    let of_b = b.claim().await?;
    let old = good(a.outbox.claim(Uuid::from_u128(7))).await?.token;
    let new = good(a.outbox.claim(Uuid::from_u128(7))).await?.token;
    ensure!(new.number > old.number, "{new:?} after {old:?}");
    let forged = ClaimToken { sender: Uuid::from_u128(8), ..new };
    for token in [old, forged] {
        refused(a.settle(token, up_to(2, &[])), fenced).await?;
        refused(a.outbox.settle(token, dead(up_to(2, &[]), &[1])), fenced).await?;
    }
    let untouched = a.counts().settled == 0 && a.dead().await?.is_empty();
    ensure!(untouched, "a fenced settlement has left something: {:?}", a.counts());
    good(a.settle(new, up_to(1, &[]))).await?;
    good(b.settle(of_b, up_to(1, &[]))).await?;
    ensure!((a.counts().settled, b.counts().settled) == (1, 1), "{:?}, {:?}", a.counts(), b.counts());
    Ok(())
}

async fn no_way_back(journal: Arc<dyn Journal>) -> Result<(), String> {
    let a = five(&*journal).await?;
    let token = a.claim().await?;
    good(a.settle(token, up_to(3, &[(5, 5)]))).await?;
    good(a.settle(token, up_to(1, &[]))).await?;
    good(a.settle(token, Settled::default())).await?;
    ensure!((a.counts().settled, a.counts().undelivered) == (3, 1), "{:?}", a.counts());
    let settled = a.settled().await?;
    ensure!(settled == up_to(3, &[(5, 5)]), "{settled:?}");
    Ok(())
}

async fn ahead(journal: Arc<dyn Journal>) -> Result<(), String> {
    let a = five(&*journal).await?;
    let token = a.claim().await?;
    let beyond = [
        dead(up_to(6, &[]), &[]),
        dead(up_to(1, &[(4, 6)]), &[]),
        dead(up_to(1, &[(u64::MAX, u64::MAX)]), &[]),
        dead(up_to(1, &[]), &[6]),
    ];
    for settlement in beyond {
        let expected = |error: &JournalError| matches!(error, JournalError::Ahead { last: 5, .. });
        refused(a.outbox.settle(token, settlement), expected).await?;
    }
    ensure!((a.counts().settled, a.counts().undelivered) == (0, 5), "{:?}", a.counts());
    good(a.settle(token, up_to(5, &[]))).await?;
    ensure!((a.counts().settled, a.counts().undelivered) == (5, 0), "{:?}", a.counts());
    Ok(())
}

async fn holes(journal: Arc<dyn Journal>) -> Result<(), String> {
    let a = five(&*journal).await?;
    let token = a.claim().await?;
    good(a.settle(token, up_to(1, &[(3, 3), (5, 5)]))).await?;
    ensure!((a.counts().settled, a.counts().undelivered) == (1, 2), "{:?}", a.counts());
    let numbers: Vec<_> = a.entries().await?.iter().map(|entry| entry.sequence).collect();
    ensure!(numbers.ends_with(&[2, 3, 4, 5]), "behind the first hole all is there: {numbers:?}");
    let settled = a.settled().await?;
    ensure!(settled == up_to(1, &[(3, 3), (5, 5)]), "{settled:?}");
    let token = a.claim().await?;
    good(a.settle(token, up_to(2, &[]))).await?;
    ensure!((a.counts().settled, a.counts().undelivered) == (3, 1), "{:?}", a.counts());
    a.append(&*journal, &["6"]).await?;
    good(a.settle(token, up_to(4, &[]))).await?;
    ensure!((a.counts().settled, a.counts().undelivered) == (5, 1), "{:?}", a.counts());
    Ok(())
}

async fn dead_letters(journal: Arc<dyn Journal>) -> Result<(), String> {
    let a = five(&*journal).await?;
    let token = a.claim().await?;
    good(a.outbox.settle(token, dead(up_to(1, &[(4, 4)]), &[4]))).await?;
    good(a.outbox.settle(token, dead(up_to(2, &[(4, 4)]), &[2, 4]))).await?;
    let letters = a.dead().await?;
    ensure!(letters == [(4, expired(4)), (2, expired(2))], "{letters:?}");
    let counts = a.counts();
    ensure!((counts.settled, counts.undelivered, counts.dead_letters) == (2, 2, 2), "{counts:?}");
    let bodies = a.bodies().await?;
    ensure!(bodies == super::stage::numbered(&["1", "2", "3", "4", "5"]), "{bodies:?}");
    Ok(())
}

async fn delivered(journal: Arc<dyn Journal>) -> Result<(), String> {
    let a = five(&*journal).await?;
    let token = a.claim().await?;
    good(a.settle(token, up_to(2, &[(4, 4)]))).await?;
    good(a.outbox.settle(token, dead(up_to(4, &[]), &[1, 2, 4]))).await?;
    let letters = a.dead().await?;
    ensure!(letters.is_empty() && a.counts().settled == 4, "{letters:?}, {:?}", a.counts());
    Ok(())
}

async fn arrived(journal: Arc<dyn Journal>) -> Result<(), String> {
    let a = five(&*journal).await?;
    let token = a.claim().await?;
    good(a.outbox.settle(token, dead(up_to(3, &[]), &[1, 3]))).await?;
    // Unknown ones do no harm.
    let arrived = Settlement { settled: up_to(3, &[]), arrived: vec![1, 2, 9], ..Settlement::default() };
    good(a.outbox.settle(token, arrived)).await?;
    let letters = a.dead().await?;
    ensure!(letters == [(3, expired(3))] && a.counts().dead_letters == 1, "{letters:?}");
    Ok(())
}

async fn removed(journal: Arc<dyn Journal>) -> Result<(), String> {
    let a = five(&*journal).await?;
    let token = a.claim().await?;
    good(a.outbox.settle(token, dead(up_to(1, &[(4, 4)]), &[4]))).await?;
    good(a.outbox.settle(token, dead(up_to(3, &[(4, 4)]), &[2, 3]))).await?;
    let numbers: Vec<_> = good(a.outbox.dead_letters()).await?.iter().map(|letter| letter.number).collect();
    ensure!(numbers == [1, 2, 3], "the dead letters have the numbers {numbers:?}");
    let old = a.claim().await?;
    let token = a.claim().await?;
    let gone = |removed: &[u64]| Settlement { removed: removed.to_vec(), ..Settlement::default() };
    refused(a.outbox.settle(old, gone(&[1])), fenced).await?;
    // Unknown ones do no harm.
    good(a.outbox.settle(token, gone(&[1, 3, 0, 4]))).await?;
    good(a.outbox.settle(token, gone(&[1]))).await?;
    let letters = a.dead().await?;
    ensure!(letters == [(2, expired(2))] && a.counts().dead_letters == 1, "{letters:?}");
    good(a.outbox.settle(token, dead(up_to(5, &[]), &[5]))).await?;
    let numbers: Vec<_> = good(a.outbox.dead_letters()).await?.iter().map(|letter| letter.number).collect();
    ensure!(numbers == [2, 4], "no number is used twice: {numbers:?}");
    Ok(())
}

async fn announcements(journal: Arc<dyn Journal>) -> Result<(), String> {
    let a = five(&*journal).await?;
    let token = a.claim().await?;
    let mut counts = a.outbox.counts();
    let seen =
        |counts: &mut gc_environment::Watcher<crate::Counts>| counts.has_changed().then(|| counts.get());
    ensure!(seen(&mut counts).is_none(), "a change that there was not");
    a.append(&*journal, &["6"]).await?;
    ensure!(seen(&mut counts).is_some_and(|counts| counts.last == 6), "an append was not announced");
    good(a.settle(token, up_to(1, &[]))).await?;
    ensure!(seen(&mut counts).is_some_and(|counts| counts.settled == 1), "a delivery was not announced");
    good(a.outbox.settle(token, dead(up_to(2, &[]), &[2]))).await?;
    let announced = seen(&mut counts).is_some_and(|counts| counts.dead_letters == 1);
    ensure!(announced, "a dead letter was not announced");
    Ok(())
}
