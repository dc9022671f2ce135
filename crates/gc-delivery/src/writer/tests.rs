use std::time::Duration;

use tokio::time::timeout;

use super::*;
use crate::{
    ClientKey, Message,
    stage::{Slow, record},
};

fn batch(journal: &Slow, clients: &[&str]) -> Batch {
    clients.iter().map(|client| record(journal, client, Message::new("State", "{}"))).collect()
}

fn writer(journal: &Arc<Slow>, bound: usize) -> Writer {
    Writer::start(Arc::<Slow>::clone(journal), bound, &Handle::current())
}

fn last(journal: &Slow, client: &str) -> u64 {
    journal.open(&ClientKey::from(client)).counts().get().last
}

#[tokio::test]
async fn a_journal_that_answers_at_once_has_committed_when_append_returns() {
    let journal = Arc::new(Slow::default());
    let writer = writer(&journal, 10);
    let commit = writer.append(batch(&journal, &["a", "a"]));
    assert_eq!(last(&journal, "a"), 2);
    assert!(matches!(commit.now_or_never(), Some(Ok(()))));
    assert!(writer.has_room() && writer.idle().now_or_never().is_some());
}

#[tokio::test]
async fn what_gathers_behind_a_slow_commit_is_committed_together_and_in_order() {
    let journal = Arc::new(Slow::default());
    let writer = writer(&journal, 100);
    journal.close();
    let commits: Vec<_> = (0..5).map(|_| writer.append(batch(&journal, &["a", "b"]))).collect();
    tokio::task::yield_now().await;
    journal.open_again();
    for commit in commits {
        commit.await.unwrap();
    }
    assert_eq!(*journal.appends.lock().unwrap(), [2, 8]);
    assert_eq!((last(&journal, "a"), last(&journal, "b")), (5, 5));
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_has_no_room_until_it_shrinks_and_loses_nothing() {
    let journal = Arc::new(Slow::default());
    let writer = writer(&journal, 3);
    journal.close();
    let first = writer.append(batch(&journal, &["a", "a"]));
    assert!(writer.has_room());
    let second = writer.append(batch(&journal, &["a", "a"]));
    assert!(!writer.has_room());
    assert!(timeout(Duration::from_secs(60), writer.wait_for_capacity()).await.is_err());
    let beyond = writer.append(batch(&journal, &["a"]));
    journal.open_again();
    writer.wait_for_capacity().await;
    for commit in [first, second, beyond] {
        commit.await.unwrap();
    }
    writer.idle().await;
    assert_eq!(last(&journal, "a"), 5);
}

#[tokio::test]
async fn nobody_has_to_wait_for_a_commit() {
    let journal = Arc::new(Slow::default());
    let writer = writer(&journal, 10);
    journal.close();
    drop(writer.append(batch(&journal, &["a"])));
    drop(writer.append(batch(&journal, &["a"])));
    journal.open_again();
    writer.idle().await;
    assert_eq!(last(&journal, "a"), 2);
}

#[tokio::test]
async fn a_forgotten_client_takes_its_own_records_with_it_and_nobody_elses() {
    for slowly in [false, true] {
        let journal = Arc::new(Slow::default());
        let writer = writer(&journal, 100);
        if slowly {
            journal.close();
        }
        let before = writer.append(batch(&journal, &["a"]));
        let (mixed, own) = (batch(&journal, &["a", "gone", "b", "gone"]), batch(&journal, &["gone"]));
        let after = batch(&journal, &["b", "a"]);
        journal.forget(&ClientKey::from("gone")).await.unwrap();
        let [mixed, own, after] = [mixed, own, after].map(|batch| writer.append(batch));
        journal.open_again();
        before.await.unwrap();
        mixed.await.unwrap();
        assert!(matches!(own.await, Err(JournalError::NoOutbox(client)) if client.as_str() == "gone"));
        after.await.unwrap();
        assert_eq!((last(&journal, "a"), last(&journal, "b"), last(&journal, "gone")), (3, 2, 0));
    }
}

#[tokio::test]
async fn a_failure_is_the_answer_to_every_batch_it_concerns_and_to_no_other() {
    let journal = Arc::new(Slow::default());
    let writer = writer(&journal, 100);
    journal.is_broken(true);
    let [one, other] = [(); 2].map(|()| writer.append(batch(&journal, &["a"])));
    assert!(matches!(one.await, Err(JournalError::Failed(_))));
    assert!(matches!(other.await, Err(JournalError::Failed(_))));
    journal.is_broken(false);
    writer.append(batch(&journal, &["a"])).await.unwrap();
    assert_eq!(last(&journal, "a"), 1);
}

#[tokio::test]
async fn a_commit_whose_writer_has_ended_says_so() {
    let journal = Arc::new(Slow::default());
    let writer = writer(&journal, 100);
    journal.close();
    let commit = writer.append(batch(&journal, &["a"]));
    drop(writer);
    assert!(matches!(commit.await, Err(JournalError::Closed)));
}

#[tokio::test]
async fn what_the_next_process_finds_out_again_is_not_counted_as_lost() {
    let journal = Arc::new(Slow::default());
    let writer = writer(&journal, 100);
    let refused = async || writer.append(batch(&journal, &["a"])).await.unwrap_err();
    journal.is_taken();
    assert!(matches!(refused().await, JournalError::Closed));
    assert_eq!(writer.failed(), 0);
    journal.is_broken(true);
    refused().await;
    assert_eq!(writer.failed(), 1);
}
