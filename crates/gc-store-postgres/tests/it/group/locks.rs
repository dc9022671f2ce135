//! Who waits for whom in the database, and for how long.

use gc_group::Group;
use tokio::time::Instant;
use tokio_postgres::Client;

use super::{Connector, history::client, history::count};
use crate::stage::{LONGEST, server, soon};

/// Undoes the last change of the schema.
const BEFORE_TAKEOVERS: &str = "drop table gc.takeover; delete from gc.migration where number = 4; \
    alter table gc.store drop column left_by, drop column left_at, drop column left_for; \
    alter table gc.member drop column sessions, drop column unreachable";
const WAITING: &str = "select count(*) from pg_locks where relation = 'gc.store'::regclass and not granted";

/// A transaction that does nothing more.
async fn idle(url: &str, text: &str) -> Client {
    let client = client(url).await;
    client.batch_execute(&format!("begin; {text}")).await.unwrap();
    client
}

async fn wait(observer: &Client, what: &str, wanted: i64) {
    let begun = Instant::now();
    while count(observer, what).await != wanted {
        assert!(begun.elapsed() < LONGEST, "{what} is never {wanted}");
    }
}

/// What comes behind a change that waits for a reader, such as a dump, waits for that reader, too: for as long as a dump takes.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_the_schema_that_waits_for_a_reader_lets_others_pass() {
    let Some(server) = server(&[]) else { return };
    let url = server.database("gc").unwrap();
    let one = Connector::join(&url, "one").await;
    one.membership.leave().await;
    server.sql("gc", BEFORE_TAKEOVERS).unwrap();
    let reader = idle(&url, "select * from gc.store").await;
    let (observer, leader) = (client(&url).await, client(&url).await);
    let joins = tokio::spawn({
        let url = url.clone();
        async move { Connector::join(&url, "two").await }
    });
    wait(&observer, WAITING, 1).await;
    soon(leader.batch_execute("update gc.store set commits = commits")).await.unwrap();
    reader.batch_execute("rollback").await.unwrap();
    let two = soon(joins).await.unwrap();
    two.sees(|view| (view.members.len() == 1).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_takeover_that_hangs_in_its_middle_is_ended_by_the_next_one() {
    let Some(server) = server(&[]) else { return };
    let url = server.database("gc").unwrap();
    let one = Connector::join(&url, "one").await;
    server.sql("gc", "update gc.store set expires_at = now() - interval '1 s'").unwrap();
    let _hangs = idle(&url, "select * from gc.store for update").await;
    let begun = Instant::now();
    soon(one.membership.until_free()).await;
    while one.membership.lead().await.map(|led| led.is_none()).unwrap_or(true) {
        assert!(begun.elapsed() < LONGEST, "nobody leads");
    }
}

/// PostgreSQL does not look at the connection of a statement that waits; a hundred of them leave no place for anybody.
#[tokio::test(flavor = "multi_thread")]
async fn of_a_connector_that_has_gone_no_statement_goes_on_waiting() {
    let Some(server) = server(&[]) else { return };
    let url = server.database("gc").unwrap();
    let one = Connector::join(&url, "one").await;
    let (observer, _locks) =
        (client(&url).await, idle(&url, "lock table gc.store in access exclusive mode").await);
    wait(&observer, WAITING, 1).await;
    drop(one);
    wait(&observer, WAITING, 0).await;
}
