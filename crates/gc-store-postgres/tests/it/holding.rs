//! Only one process writes, and it notices when that is another one.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use gc_environment::{Environment, RealEnvironment};
use gc_store::{Bounds, Health, Journal, JournalError};
use gc_store_postgres::PostgresJournal;

use crate::stage::{Subject, address, health, journal, numbered, open, server, soon};

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_held_cannot_be_opened_until_it_is_released() {
    let Some(server) = server(&[]) else { return };
    let url = server.database("gc").unwrap();
    let first = journal(&url);
    let error = open(&url).err().unwrap();
    assert!(error.may_pass() && error.to_string().contains("in use by another connector"), "{error}");
    // It is nobody's any more when its holder does not renew it.
    server.sql("gc", "update gc.store set expires_at = now()").unwrap();
    let second = journal(&url);
    drop(first);
    drop(second);
    assert!(open(&url).is_ok(), "it was released");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_the_holder_any_more_writes_nothing_and_ends() {
    let Some(server) = server(&[]) else { return };
    let url = server.database("gc").unwrap();
    let old = journal(&url);
    let before = Subject::of(&old);
    before.append(&old, "1").await;
    server.sql("gc", "update gc.store set expires_at = now()").unwrap();
    let new = journal(&url);
    let after = Subject::of(&new);
    assert_eq!(after.outbox.epoch(), before.outbox.epoch());
    let late = soon(old.append(before.batch("late"))).await;
    assert!(matches!(late, Err(JournalError::Closed)), "{late:?}");
    let over = health(&old, |health| matches!(health, Health::Ended { .. })).await;
    assert!(format!("{over:?}").contains("another connector has taken the store"), "{over:?}");
    after.append(&new, "2").await;
    assert_eq!(after.held().await, numbered(&["1", "2"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_schema_another_encoding_and_an_unknown_database_are_refused() {
    let Some(server) = server(&[]) else { return };
    let url = server.database("gc").unwrap();
    drop(journal(&url));
    server.sql("gc", "insert into gc.migration (number) values (99)").unwrap();
    let error = open(&url).err().unwrap();
    assert!(!error.may_pass() && error.to_string().contains("schema 99 is newer"), "{error}");
    server.sql("postgres", "create database latin encoding 'LATIN1' template template0").unwrap();
    let error = open(&server.url("latin")).err().unwrap();
    assert!(error.to_string().contains("encoding is LATIN1"), "{error}");
    let error = open(&server.url("nowhere")).err().unwrap();
    assert!(!error.may_pass() && error.to_string().contains("does not exist"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_store_is_refused() {
    let Some(server) = server(&[]) else { return };
    let url = server.database("gc").unwrap();
    let first = journal(&url);
    let subject = Subject::of(&first);
    for body in ["1", "2", "3"] {
        subject.append(&first, body).await;
    }
    drop((subject, first));
    server.sql("gc", "delete from gc.event where seq = 2").unwrap();
    for _ in 0..2 {
        let error = open(&url).err().unwrap();
        assert!(
            !error.may_pass() && error.to_string().contains("an entry before 3 of crm is missing"),
            "{error}"
        );
    }
}

/// The clock of the machine that takes over says nothing of how long nobody was there, whichever way it is wrong.
#[tokio::test(flavor = "multi_thread")]
async fn how_long_nobody_was_there_is_measured_by_the_clock_of_the_store() {
    let Some(server) = server(&[]) else { return };
    let url = server.database("gc").unwrap();
    let first = journal(&url);
    let of_that_machine = 1_000_000_000;
    soon(first.append(gc_store::Change::Alive(of_that_machine).into())).await.unwrap();
    drop(first);
    for this_machine in [2_000_000_000, 500_000_000] {
        server.sql("gc", "update gc.store set alive = alive - 100").unwrap();
        let environment = Arc::new(At(UNIX_EPOCH + Duration::from_secs(this_machine)));
        let journal = PostgresJournal::open(address(&url), Bounds::default(), environment).unwrap();
        let alive = soon(journal.kept()).await.unwrap().alive.unwrap();
        let away = this_machine - alive;
        assert!((100..160).contains(&away), "{away} s at {this_machine}");
        soon(journal.append(gc_store::Change::Alive(this_machine).into())).await.unwrap();
    }
}

/// A machine whose clock says so.
struct At(SystemTime);

impl Environment for At {
    fn now(&self) -> SystemTime {
        self.0
    }

    fn random(&self) -> u64 {
        RealEnvironment.random()
    }
}
