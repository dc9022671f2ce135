//! Rules of numbers, batches and reading.

use std::sync::Arc;

use super::{
    Rule,
    stage::{Subject, ensure, good, numbered, refused, up_to},
};
use crate::{Batch, Journal, JournalError, Record};

/// The rules in this file.
pub(super) const RULES: &[Rule] = &[
    ("numbers run from 1 without a gap, in the order of appending", |j| Box::pin(numbers(j))),
    ("a batch is appended in its order, to all its outboxes", |j| Box::pin(batch(j))),
    ("a refused batch leaves nothing behind", |j| Box::pin(refusal(j))),
    ("a call hands its work over, whoever waits for it", |j| Box::pin(hand_over(j))),
    ("records come back as they were given", |j| Box::pin(contents(j))),
    ("reading begins behind a number and ends after so many", |j| Box::pin(cursor(j))),
    ("who sees a number sees all below it", |j| Box::pin(visibility(j))),
    ("batches of concurrent appenders stay whole and in one order", |j| Box::pin(concurrency(j))),
    ("a client that is opened again has the same outbox", |j| Box::pin(reopening(j))),
    ("a forgotten client begins anew in another epoch", |j| Box::pin(forgetting(j))),
];

fn batch_of(records: impl IntoIterator<Item = Record>) -> Batch {
    records.into_iter().collect()
}

async fn numbers(journal: Arc<dyn Journal>) -> Result<(), String> {
    let (a, b) = (Subject::open(&*journal, "a"), Subject::open(&*journal, "b"));
    ensure!(a.counts().last == 0, "{:?}", a.counts());
    good(journal.append(Batch::default())).await?;
    a.append(&*journal, &["1", "2"]).await?;
    b.append(&*journal, &["one"]).await?;
    a.append(&*journal, &["3"]).await?;
    let (of_a, of_b) = (a.bodies().await?, b.bodies().await?);
    ensure!(of_a == numbered(&["1", "2", "3"]), "{of_a:?}");
    ensure!(of_b == numbered(&["one"]), "{of_b:?}");
    ensure!((a.counts().last, a.counts().undelivered) == (3, 3), "{:?}", a.counts());
    Ok(())
}

async fn batch(journal: Arc<dyn Journal>) -> Result<(), String> {
    let (a, b) = (Subject::open(&*journal, "a"), Subject::open(&*journal, "b"));
    let records = [a.record("1"), b.record("one"), a.record("2"), a.record("3"), b.record("two")];
    good(journal.append(batch_of(records))).await?;
    let (of_a, of_b) = (a.bodies().await?, b.bodies().await?);
    ensure!(of_a == numbered(&["1", "2", "3"]), "{of_a:?}");
    ensure!(of_b == numbered(&["one", "two"]), "{of_b:?}");
    Ok(())
}

async fn refusal(journal: Arc<dyn Journal>) -> Result<(), String> {
    let (a, gone) = (Subject::open(&*journal, "a"), Subject::open(&*journal, "gone"));
    good(journal.forget(&gone.client)).await?;
    let records = [a.record("lost"), gone.record("lost"), a.record("lost")];
    let expected =
        |error: &JournalError| matches!(error, JournalError::NoOutbox(client) if *client == gone.client);
    refused(journal.append(batch_of(records)), expected).await?;
    let bodies = a.bodies().await?;
    ensure!(bodies.is_empty() && a.counts().last == 0, "{bodies:?}, {:?}", a.counts());
    a.append(&*journal, &["first"]).await?;
    let bodies = a.bodies().await?;
    ensure!(bodies == numbered(&["first"]), "{bodies:?}");
    Ok(())
}

async fn hand_over(journal: Arc<dyn Journal>) -> Result<(), String> {
    let a = Subject::open(&*journal, "a");
    let mut counts = a.outbox.counts();
    drop(journal.append(batch_of([a.record("dropped")])));
    let (second, third) =
        (journal.append(batch_of([a.record("second")])), journal.append(batch_of([a.record("third")])));
    good(third).await?;
    good(second).await?;
    counts.until(|counts| (counts.last == 3).then_some(())).await;
    let bodies = a.bodies().await?;
    ensure!(bodies == numbered(&["dropped", "second", "third"]), "{bodies:?}");
    Ok(())
}

async fn contents(journal: Arc<dyn Journal>) -> Result<(), String> {
    let a = Subject::open(&*journal, "a");
    let mut record = a.record("{\"state\":\"früh\\u0000\"}");
    record.message.agent_id = Some("7001".to_owned());
    record.message.dialog_id = Some("16777217".to_owned());
    record.message.command_id = Some("c-1".to_owned());
    record.message.session_url = Some("https://crm.example/?a=1".to_owned());
    record.message.barrier = true;
    good(journal.append(batch_of([record.clone()]))).await?;
    let entries = a.entries().await?;
    let kept: Vec<_> = entries.iter().map(|entry| &*entry.record).collect();
    ensure!(kept == [&record], "{kept:?}");
    Ok(())
}

async fn cursor(journal: Arc<dyn Journal>) -> Result<(), String> {
    let a = Subject::open(&*journal, "a");
    let before = good(a.outbox.read(0, 9)).await?;
    ensure!(before.oldest == 1 && before.entries.is_empty(), "{before:?}");
    a.append(&*journal, &["1", "2", "3", "4", "5"]).await?;
    let cases: [(u64, usize, &[u64]); 6] = [
        (0, 9, &[1, 2, 3, 4, 5]),
        (2, 2, &[3, 4]),
        (4, 9, &[5]),
        (5, 9, &[]),
        (u64::MAX, usize::MAX, &[]),
        (0, 0, &[]),
    ];
    for (after, max, expected) in cases {
        let page = good(a.outbox.read(after, max)).await?;
        let numbers: Vec<_> = page.entries.iter().map(|entry| entry.sequence).collect();
        ensure!(page.oldest == 1 && numbers == expected, "behind {after}, at most {max}: {page:?}");
    }
    Ok(())
}

async fn visibility(journal: Arc<dyn Journal>) -> Result<(), String> {
    let a = Subject::open(&*journal, "a");
    let mut counts = a.outbox.counts();
    let writing = tokio::spawn({
        let (journal, a) = (Arc::clone(&journal), a.clone());
        async move {
            for round in 0..200 {
                good(journal.append((0..3).map(|_| a.record(&round.to_string())).collect())).await?;
                tokio::task::yield_now().await;
            }
            Ok::<_, String>(())
        }
    });
    let mut last = 0;
    while last < 600 {
        let seen = counts.until(|counts| (counts.last != last).then_some(counts.last)).await;
        ensure!(seen > last, "{last} is followed by {seen}");
        ensure!(seen % 3 == 0, "{seen} is in the middle of a batch");
        last = seen;
        let numbers: Vec<_> = a.entries().await?.iter().map(|entry| entry.sequence).collect();
        let newest = numbers.last().copied().unwrap_or_default();
        let is_whole = newest >= last && numbers.iter().copied().eq(1..=newest);
        ensure!(is_whole, "{last} is announced, there is {numbers:?}");
    }
    writing.await.map_err(|error| error.to_string())?
}

async fn concurrency(journal: Arc<dyn Journal>) -> Result<(), String> {
    const APPENDERS: usize = 8;
    const ROUNDS: usize = 20;
    let (a, b) = (Subject::open(&*journal, "a"), Subject::open(&*journal, "b"));
    let appenders: Vec<_> = (0..APPENDERS)
        .map(|appender| {
            let (journal, a, b) = (Arc::clone(&journal), a.clone(), b.clone());
            tokio::spawn(async move {
                for round in 0..ROUNDS {
                    let name = format!("{appender}:{round}");
                    good(journal.append(batch_of([a.record(&name), b.record(&name), a.record(&name)])))
                        .await?;
                }
                Ok::<_, String>(())
            })
        })
        .collect();
    for appender in appenders {
        appender.await.map_err(|error| error.to_string())??;
    }
    let (of_a, of_b) = (a.bodies().await?, b.bodies().await?);
    ensure!(of_a.iter().map(|(number, _)| *number).eq(1..=2 * 160), "{of_a:?}");
    let pairs: Vec<_> = of_a.chunks(2).filter_map(|pair| pair.first().zip(pair.last())).collect();
    ensure!(pairs.iter().all(|((_, one), (_, other))| one == other), "batches are mixed: {of_a:?}");
    let of_a: Vec<_> = pairs.into_iter().map(|((_, name), _)| name).collect();
    let of_b: Vec<_> = of_b.iter().map(|(_, name)| name).collect();
    ensure!(of_a == of_b, "one outbox has {of_a:?}, the other {of_b:?}");
    for appender in 0..APPENDERS {
        let own = of_a.iter().filter(|name| name.starts_with(&format!("{appender}:")));
        let expected = (0..ROUNDS).map(|round| format!("{appender}:{round}"));
        ensure!(own.copied().cloned().eq(expected), "appender {appender} is out of order: {of_a:?}");
    }
    Ok(())
}

async fn reopening(journal: Arc<dyn Journal>) -> Result<(), String> {
    let before = Subject::open(&*journal, "a");
    before.append(&*journal, &["1"]).await?;
    let token = before.claim().await?;
    let again = Subject::open(&*journal, "a");
    ensure!(again.outbox.epoch() == before.outbox.epoch(), "another epoch");
    again.append(&*journal, &["2"]).await?;
    good(again.settle(token, up_to(1, &[]))).await?;
    let bodies = before.bodies().await?;
    ensure!(bodies == numbered(&["1", "2"]) && before.counts() == again.counts(), "{bodies:?}");
    Ok(())
}

async fn forgetting(journal: Arc<dyn Journal>) -> Result<(), String> {
    let (a, b) = (Subject::open(&*journal, "a"), Subject::open(&*journal, "b"));
    a.append(&*journal, &["1", "2"]).await?;
    b.append(&*journal, &["one"]).await?;
    let forgotten = journal.forget(&a.client);
    // Over with the call, whenever the answer comes.
    let anew = Subject::open(&*journal, "a");
    good(forgotten).await?;
    ensure!(anew.outbox.epoch() != a.outbox.epoch(), "the same epoch");
    ensure!(anew.counts() == crate::Counts::default(), "{:?}", anew.counts());
    let expected = |error: &JournalError| matches!(error, JournalError::NoOutbox(_));
    refused(journal.append(batch_of([a.record("late")])), expected).await?;
    anew.append(&*journal, &["first"]).await?;
    let (of_a, of_b) = (anew.bodies().await?, b.bodies().await?);
    ensure!(of_a == numbered(&["first"]), "{of_a:?}");
    ensure!(of_b == numbered(&["one"]), "{of_b:?}");
    Ok(())
}
