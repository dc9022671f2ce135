//! The database goes away, comes back, or comes back with less.

use std::{
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use gc_store::{ClientKey, Counts, Health, Journal, JournalError, Settled, Settlement};
use gc_store_postgres::PostgresJournal;
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use crate::{
    proxy::Proxy,
    stage::{LONGEST, Subject, health, journal, numbered, open, server, soon},
};

fn is_away(health: &Health) -> bool {
    matches!(health, Health::Away { .. })
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_is_away_calls_wait_and_nothing_is_lost_or_written_twice() {
    let Some(server) = server(&[]) else { return };
    let url = server.database("gc").unwrap();
    let journal = journal(&url);
    let subject = Subject::of(&journal);
    subject.append(&journal, "1").await;
    server.crash().unwrap();
    let waiting = journal.append(subject.batch("2"));
    let claim = subject.outbox.claim(Uuid::from_u128(1));
    health(&journal, is_away).await;
    assert_eq!(subject.outbox.counts().get().last, 1, "what is not committed is not announced");
    server.up().unwrap();
    soon(waiting).await.unwrap();
    soon(claim).await.unwrap();
    health(&journal, |health| *health == Health::Working).await;
    assert_eq!(subject.held().await, numbered(&["1", "2"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_answer_is_lost_is_not_made_again() {
    let Some(server) = server(&[]) else { return };
    server.database("gc").unwrap();
    let proxy = Proxy::to(server.port()).await;
    let password = gc_store_postgres::testing::PASSWORD;
    let url = format!("postgresql://postgres:{password}@127.0.0.1:{}/gc?sslmode=disable", proxy.port());
    let journal = journal(&url);
    let subject = Subject::of(&journal);
    subject.append(&journal, "1").await;
    proxy.mute();
    let mut unknown = journal.append(subject.batch("2"));
    while server.sql("gc", "select count(*) from gc.event").unwrap() != "2" {}
    let early = timeout(Duration::from_millis(1), &mut unknown).await;
    assert!(early.is_err() && subject.outbox.counts().get().last == 1, "{early:?}");
    proxy.cut();
    soon(unknown).await.unwrap();
    subject.append(&journal, "3").await;
    assert_eq!(subject.held().await, numbered(&["1", "2", "3"]));
}

/// Connections end at any point of a commit.
#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_outcome_is_unknown_is_there_once() {
    const ENDED: u64 = 40;
    let Some(server) = server(&[]) else { return };
    let url = server.database("gc").unwrap();
    let journal = journal(&url);
    let subject = Subject::of(&journal);
    let mut bodies = Vec::new();
    let mut ended = 0;
    let end =
        "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = 'gc-server'";
    while ended < ENDED {
        let round: Vec<_> = (0..8).map(|number| format!("{ended}: {number}")).collect();
        let under_way: Vec<_> =
            round.iter().map(|body| tokio::spawn(journal.append(subject.batch(body)))).collect();
        bodies.extend(round);
        ended += server.sql("gc", end).unwrap().parse::<u64>().unwrap();
        for append in under_way {
            soon(append).await.unwrap().unwrap();
        }
    }
    let expected: Vec<_> = bodies.iter().map(String::as_str).collect();
    assert_eq!(subject.held().await, numbered(&expected));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_has_lost_what_it_acknowledged_begins_new_epochs() {
    let Some(server) = server(&[]) else { return };
    let url = server.database("gc").unwrap();
    let first = journal(&url);
    let subject = Subject::of(&first);
    for body in ["1", "2"] {
        subject.append(&first, body).await;
    }
    let token = soon(subject.outbox.claim(Uuid::from_u128(1))).await.unwrap().token;
    let some = Settlement { settled: Settled::up_to(1), ..Settlement::default() };
    soon(subject.outbox.settle(token, some)).await.unwrap();
    // As a standby that was promoted would have it, or a backup.
    server.sql("gc", "update gc.store set commits = commits - 1").unwrap();
    let over = health(&first, |health| matches!(health, Health::Ended { .. })).await;
    assert!(format!("{over:?}").contains("lost what it had acknowledged"), "{over:?}");
    let old = subject.outbox.epoch();
    drop((subject, first));
    check_renewed(&url, old).await;
    // Another server, or another timeline, may have lost something as well.
    let old = Subject::of(&journal(&url)).outbox.epoch();
    server.sql("gc", "update gc.store set lineage = 'another'").unwrap();
    check_renewed(&url, old).await;
}

/// What waits goes on in a new epoch from 1 on, until a batch was committed.
async fn check_renewed(url: &str, old: gc_store::Epoch) {
    let renewed = journal(url);
    assert!(soon(renewed.kept()).await.unwrap().is_outdated);
    let subject = Subject::of(&renewed);
    assert_ne!(subject.outbox.epoch(), old);
    let Counts { last, undelivered, .. } = subject.outbox.counts().get();
    assert_eq!((last, undelivered), (1, 1));
    assert_eq!(subject.held().await, numbered(&["2"]));
    soon(renewed.append(gc_store::Change::Alive(1).into())).await.unwrap();
    drop((subject, renewed));
    assert!(!soon(journal(url).kept()).await.unwrap().is_outdated, "it is said once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_synchronous_standby_takes_over_with_everything_that_was_acknowledged() {
    let Some(primary) = server(&[]) else { return };
    primary.database("gc").unwrap();
    let standby = primary.standby("b", &["fsync = off"]).unwrap();
    primary.waits_for("b").unwrap();
    let password = gc_store_postgres::testing::PASSWORD;
    let url = format!(
        "postgresql://postgres:{password}@127.0.0.1:{},127.0.0.1:{}/gc",
        primary.port(),
        standby.port()
    );
    let journal = journal(&url);
    let subject = Subject::of(&journal);
    let mut bodies = Vec::new();
    for number in 0..50 {
        bodies.push(number.to_string());
        subject.append(&journal, &number.to_string()).await;
    }
    primary.crash().unwrap();
    let waiting = journal.append(subject.batch("after"));
    health(&journal, is_away).await;
    standby.promote().unwrap();
    soon(waiting).await.unwrap();
    bodies.push("after".to_owned());
    let expected: Vec<_> = bodies.iter().map(String::as_str).collect();
    assert_eq!(subject.held().await, numbered(&expected));
    let epoch = subject.outbox.epoch();
    drop((subject, journal));
    // Nothing was lost, which this process knows for certain: the next one begins no new epochs.
    let again: Arc<PostgresJournal> = Arc::new(open(&url).unwrap());
    assert_eq!(Subject::of(&again).outbox.epoch(), epoch);
}

/// Without its standby a synchronous server acknowledges nothing, and does not end the connection either.
#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_is_not_acknowledged_counts_as_an_outage_and_goes_on() {
    let Some(primary) = server(&[]) else { return };
    let url = primary.database("gc").unwrap();
    let journal = journal(&url);
    let subject = Subject::of(&journal);
    subject.append(&journal, "1").await;
    primary.waits_for("b").unwrap();
    health(&journal, is_away).await;
    let mut waiting = journal.append(subject.batch("2"));
    let early = timeout(Duration::from_millis(1), &mut waiting).await;
    assert!(early.is_err() && subject.outbox.counts().get().last == 1, "{early:?}");
    primary.waits_for("").unwrap();
    soon(waiting).await.unwrap();
    assert_eq!(subject.held().await, numbered(&["1", "2"]));
}

/// As somebody who runs the database could forbid something, or a trigger that fails.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_database_refuses_is_answered_so_and_nothing_else_is_lost() {
    let Some(server) = server(&[]) else { return };
    let url = server.database("gc").unwrap();
    let first = journal(&url);
    let subject = Subject::of(&first);
    server.sql("gc", "alter table gc.event add check (body <> 'refused')").unwrap();
    let bodies = ["1", "refused", "2", "refused", "refused", "3"];
    let calls: Vec<_> = bodies.iter().map(|body| tokio::spawn(first.append(subject.batch(body)))).collect();
    for (body, call) in bodies.iter().zip(calls) {
        match soon(call).await.unwrap() {
            Ok(()) => assert_ne!(*body, "refused"),
            Err(error) => assert!(*body == "refused" && matches!(error, JournalError::Refused(_)), "{error}"),
        }
    }
    assert_eq!(first.health().read(Health::clone), Health::Working);
    let claim = soon(subject.outbox.claim(Uuid::from_u128(1))).await.unwrap();
    let one = Settlement { settled: Settled::up_to(1), ..Settlement::default() };
    soon(subject.outbox.settle(claim.token, one)).await.unwrap();
    subject.append(&first, "4").await;
    let expected = numbered(&["1", "2", "3", "4"]);
    assert_eq!(subject.held().await, expected);
    drop((subject, first));
    assert_eq!(Subject::of(&journal(&url)).held().await, expected);
}

/// Its client has its outbox all the same, also one that came back before the refusal.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_the_database_does_not_forget_keeps_its_outbox() {
    let Some(server) = server(&[]) else { return };
    let url = server.database("gc").unwrap();
    let journal = journal(&url);
    let client = ClientKey::from("crm");
    let subject = Subject::of(&journal);
    subject.append(&journal, "1").await;
    let epoch = subject.outbox.epoch();
    let refuse = "create function refuse() returns trigger language plpgsql as 'begin raise exception ''no''; end'; \
        create trigger refuse before delete on gc.outbox for each row execute function refuse()";
    server.sql("gc", refuse).unwrap();
    let refused = soon(journal.forget(&client)).await;
    assert!(matches!(refused, Err(JournalError::Refused(_))), "{refused:?}");
    let again = Subject::of(&journal);
    assert_eq!(again.outbox.epoch(), epoch);
    again.append(&journal, "2").await;
    assert_eq!(again.held().await, numbered(&["1", "2"]));

    let forgotten = journal.forget(&client);
    let early = Subject::of(&journal);
    assert_ne!(early.outbox.epoch(), epoch);
    let late = journal.append(early.batch("late"));
    soon(forgotten).await.unwrap_err();
    let late = soon(late).await;
    assert!(matches!(late, Err(JournalError::NoOutbox(_))), "{late:?}");
    let mut counts = early.outbox.counts();
    soon(counts.until(|counts| counts.superseded.then_some(()))).await;
    let again = Subject::of(&journal);
    assert_eq!(again.outbox.epoch(), epoch);
    again.append(&journal, "3").await;
    let settled = Settlement { settled: Settled::up_to(1), ..Settlement::default() };
    let claim = soon(again.outbox.claim(Uuid::from_u128(1))).await.unwrap();
    soon(again.outbox.settle(claim.token, settled)).await.unwrap();
    assert_eq!((again.held().await, again.outbox.counts().get().settled), (numbered(&["1", "2", "3"]), 1));

    server.sql("gc", "drop trigger refuse on gc.outbox").unwrap();
    soon(journal.forget(&client)).await.unwrap();
    let anew = Subject::of(&journal);
    anew.append(&journal, "1").await;
    assert_eq!(anew.held().await, numbered(&["1"]));
    assert_ne!(anew.outbox.epoch(), epoch);
}

/// Refused transactions renew nothing: between them there has to be one that does.
#[tokio::test(flavor = "multi_thread")]
async fn the_lease_is_renewed_however_much_is_refused() {
    let Some(server) = server(&[]) else { return };
    let journal = journal(&server.database("gc").unwrap());
    let subject = Subject::of(&journal);
    server.sql("gc", "alter table gc.event add check (body <> 'refused')").unwrap();
    let lease = journal.lease();
    loop {
        let before = lease.left();
        soon(journal.append(subject.batch("refused"))).await.unwrap_err();
        assert!(!lease.is_over(), "it is not renewed");
        if lease.left() > before {
            break;
        }
    }
}

/// A process that was suspended finds that the database has lost commits, after another one has gone on with it.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_holds_the_store_keeps_it_when_another_one_notices_a_loss() {
    let Some(server) = server(&[]) else { return };
    let journal = journal(&server.database("gc").unwrap());
    let subject = Subject::of(&journal);
    subject.append(&journal, "1").await;
    let other = Uuid::from_u128(7);
    let taken =
        format!("update gc.store set commits = 1, holder = '{other}', expires_at = now() + interval '1 h'");
    server.sql("gc", &taken).unwrap();
    health(&journal, |health| matches!(health, Health::Ended { .. })).await;
    drop((subject, journal));
    assert_eq!(
        server.sql("gc", "select holder, lineage is null from gc.store").unwrap(),
        format!("{other}|f")
    );
}

/// It may hang for as long as it likes where nothing is to be done.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_hangs_while_it_looks_at_the_schema_keeps_nobody_out() {
    let Some(server) = server(&[]) else { return };
    let url = server.database("gc").unwrap();
    drop(journal(&url));
    thread::scope(|scope| {
        let lock = "begin; select pg_advisory_xact_lock(7449903158080270949); select pg_sleep(600)";
        // It is ended before it wakes.
        scope.spawn(|| server.sql("gc", lock).unwrap_err());
        let locked = "select count(*) from pg_locks where locktype = 'advisory' and granted";
        while server.sql("gc", locked).unwrap() == "0" {}
        let (opened, is_open) = mpsc::channel();
        scope.spawn(|| {
            let opened = opened;
            drop(journal(&url));
            opened.send(())
        });
        let opened = is_open.recv_timeout(LONGEST);
        server.sql("gc", "select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(600)' and pid <> pg_backend_pid()").unwrap();
        opened.unwrap();
    });
}

/// It cannot be written to as a whole: an outage, which ends when it can.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_without_the_right_to_write_counts_as_an_outage() {
    let Some(server) = server(&[]) else { return };
    let url = server.database("gc").unwrap();
    let journal = journal(&url);
    let subject = Subject::of(&journal);
    server.sql("gc", "alter table gc.event rename to elsewhere").unwrap();
    let waiting = journal.append(subject.batch("1"));
    health(&journal, is_away).await;
    server.sql("gc", "alter table gc.elsewhere rename to event").unwrap();
    soon(waiting).await.unwrap();
    assert_eq!(subject.held().await, numbered(&["1"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_that_is_dropped_during_an_outage_does_not_wait_for_its_end() {
    let Some(server) = server(&[]) else { return };
    let journal = journal(&server.database("gc").unwrap());
    let subject = Subject::of(&journal);
    subject.append(&journal, "1").await;
    server.crash().unwrap();
    let _waiting = journal.append(subject.batch("2"));
    health(&journal, is_away).await;
    drop(subject);
    let began = Instant::now();
    drop(journal);
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}
