//! The schema, step by step.

use tokio_postgres::{Client, types::Type};

use crate::{fault::Fault, statement::ended};

/// Numbered from 1. What is released is never changed; a change of the schema is another file.
const ALL: [&str; 4] = [
    include_str!("../migrations/0001_store.sql"),
    include_str!("../migrations/0002_group.sql"),
    include_str!("../migrations/0003_sight.sql"),
    include_str!("../migrations/0004_takeovers.sql"),
];
/// Any number that nobody else locks.
const LOCK: i64 = 0x6763_5f73_746f_7265;

/// What is looked for in the catalog. Not by `to_regclass`, and not by `if not exists`: they may answer from what the connection remembers, which within a transaction it
/// learns anew only when it locks a table.
const SCHEMA: &str = "select exists (select from pg_catalog.pg_namespace where nspname = 'gc')";
const TABLE: &str = "select exists (select from pg_catalog.pg_class c join pg_catalog.pg_namespace n \
    on n.oid = c.relnamespace where n.nspname = 'gc' and c.relname = 'migration')";

/// Brings the schema to its newest state. Of several processes that do so at once, the others wait; where nothing is to be done nobody
/// waits, for whom ever: a process may hang while it has the lock. A change of a table waits for its readers, such as a dump, for a second only:
/// behind it the statements of the connector that leads wait, too.
pub(crate) async fn run(client: &Client) -> Result<(), Fault> {
    if is_there(client).await? && found(client).await? == newest() {
        return Ok(());
    }
    // What others have made while this one waited is seen by the next statement.
    client.batch_execute("begin isolation level read committed").await?;
    let result = in_transaction(client).await;
    ended(client, result).await
}

async fn in_transaction(client: &Client) -> Result<(), Fault> {
    client.query_typed("select pg_advisory_xact_lock($1)", &[(&LOCK, Type::INT8)]).await?;
    client.batch_execute("set local lock_timeout = '1s'").await?;
    if !is_there(client).await? {
        if !has(client, SCHEMA).await? {
            client.batch_execute("create schema gc").await?;
        }
        let first =
            "create table gc.migration (number int primary key, at timestamptz not null default now())";
        client.batch_execute(first).await?;
    }
    let (found, newest) = (found(client).await?, newest());
    if found > newest {
        return Err(Fault::TooNew { found, newest });
    }
    for (number, text) in (1..).zip(ALL).filter(|(number, _)| *number > found) {
        client.batch_execute(text).await?;
        client.query_typed("insert into gc.migration (number) values ($1)", &[(&number, Type::INT4)]).await?;
        tracing::info!(number, "the schema of the store is brought up to date");
    }
    Ok(())
}

async fn found(client: &Client) -> Result<i32, Fault> {
    let row = client.query_typed_one("select coalesce(max(number), 0) from gc.migration", &[]).await?;
    Ok(row.try_get(0)?)
}

fn newest() -> i32 {
    i32::try_from(ALL.len()).unwrap_or(i32::MAX)
}

/// Whether the database has a store.
pub(crate) async fn is_there(client: &Client) -> Result<bool, Fault> {
    has(client, TABLE).await
}

async fn has(client: &Client, what: &str) -> Result<bool, Fault> {
    Ok(client.query_typed_one(what, &[]).await?.try_get(0)?)
}
