//! What is in the database: read when it is opened, and page by page afterwards.

use std::{collections::BTreeMap, pin::pin, time::SystemTime};

use futures_util::TryStreamExt;
use gc_store::{
    Bounds, ClaimToken, ClientKey, DeadLetter, Entry, Epoch, Kept, OutboxLine, Page,
    stored::{Found, Letter, Log},
};
use serde::de::DeserializeOwned;
use tokio_postgres::{Client, Row, types::Type};
use uuid::Uuid;

use crate::{
    events,
    fault::Fault,
    text::{number, number_read, read},
};

/// An outbox, as it goes on.
pub(crate) type Resumed = (ClientKey, Epoch, Log);

/// The outboxes without what they hold.
pub(crate) async fn outboxes(client: &Client) -> Result<Vec<OutboxLine>, Fault> {
    let text =
        "select client, epoch, last, settled, given_up, lost, sender, claim from gc.outbox order by client";
    client.query_typed(text, &[]).await?.iter().map(line).collect()
}

fn line(row: &Row) -> Result<OutboxLine, Fault> {
    let token = match (row.try_get::<_, Option<Uuid>>(6)?, row.try_get::<_, Option<i64>>(7)?) {
        (Some(sender), Some(claim)) => Some(ClaimToken { sender, number: number_read(claim) }),
        _ => None,
    };
    Ok(OutboxLine {
        client: ClientKey::from(read(row.try_get(0)?)),
        epoch: Epoch::from(row.try_get::<_, Uuid>(1)?),
        last: number_read(row.try_get(2)?),
        settled: serde_json::from_str(row.try_get(3)?)?,
        given_up: number_read(row.try_get(4)?),
        lost: number_read(row.try_get(5)?),
        token,
    })
}

/// The outboxes with their logs: everything but the contents of the entries.
pub(crate) async fn found(client: &Client, bounds: Bounds) -> Result<Vec<Resumed>, Fault> {
    let lines = outboxes(client).await?;
    let mut all: BTreeMap<Epoch, Found> =
        lines.into_iter().map(|line| (line.epoch, Found::new(line, bounds))).collect();
    let none: [(i64, Type); 0] = [];
    let entries = "select outbox, seq, size from gc.event order by outbox, seq";
    let mut rows = pin!(client.query_typed_raw(entries, none.clone()).await?);
    while let Some(row) = rows.try_next().await? {
        let (epoch, sequence, size) = sized(&row)?;
        all.get_mut(&epoch).ok_or_else(orphan)?.entry(sequence, size)?;
    }
    let letters = "select outbox, number, size, own_seq from gc.dead_letter order by outbox, number";
    let mut rows = pin!(client.query_typed_raw(letters, none).await?);
    while let Some(row) = rows.try_next().await? {
        let (epoch, place, size) = sized(&row)?;
        let letter = Letter { number: place, sequence: number_read(row.try_get(3)?) };
        all.get_mut(&epoch).ok_or_else(orphan)?.letter(letter, size);
    }
    all.into_values().map(|found| Ok(found.whole()?)).collect()
}

fn sized(row: &Row) -> Result<(Epoch, u64, usize), Fault> {
    let size = usize::try_from(row.try_get::<_, i64>(2)?).unwrap_or_default();
    Ok((Epoch::from(row.try_get::<_, Uuid>(0)?), number_read(row.try_get(1)?), size))
}

fn orphan() -> Fault {
    Fault::Damaged("there are entries without an outbox".into())
}

/// What is kept besides the outboxes. `now`: the time of this machine. The process that lived before may have been at another one, whose clock
/// is another one: how long ago that was is the store's to say, and is given by this machine's clock.
pub(crate) async fn kept(client: &Client, now: SystemTime) -> Result<Kept, Fault> {
    let mut kept = Kept::default();
    for record in records::<gc_store::ClientRecord>(client, "select record from gc.client").await? {
        kept.clients.insert(record.client.clone(), record);
    }
    for record in records::<gc_store::SessionRecord>(client, "select record from gc.session").await? {
        kept.sessions.insert(record.agent.clone(), record);
    }
    for record in records::<gc_store::CommandRecord>(client, "select record from gc.command").await? {
        kept.commands.insert(record.key(), record);
    }
    let text = "select extract(epoch from clock_timestamp())::int8 - alive from gc.store";
    let away: Option<i64> = client.query_typed_one(text, &[]).await?.try_get(0)?;
    let now = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    kept.alive = away.map(|seconds| now.saturating_sub(number_read(seconds)));
    Ok(kept)
}

async fn records<T: DeserializeOwned>(client: &Client, text: &str) -> Result<Vec<T>, Fault> {
    let rows = client.query_typed(text, &[]).await?;
    rows.iter().map(|row| Ok(serde_json::from_str(row.try_get(0)?)?)).collect()
}

/// The entries behind a number, up to the last one whose commit is known.
pub(crate) async fn page(
    client: &Client,
    epoch: Epoch,
    (after, last): (u64, u64),
    max: usize,
    oldest_held: u64,
) -> Result<Page, Fault> {
    let (id, after, last, max) = (epoch.id(), number(after), number(last), number(max));
    let text = include_str!("../sql/page.sql");
    let rows = client
        .query_typed(
            text,
            &[(&id, Type::UUID), (&after, Type::INT8), (&last, Type::INT8), (&max, Type::INT8)],
        )
        .await?;
    let mut page = Page { oldest: oldest_held, entries: Vec::with_capacity(rows.len()) };
    for row in &rows {
        let owner = ClientKey::from(read(row.try_get("client")?));
        if let Some(oldest) = row.try_get::<_, Option<i64>>("oldest")? {
            page.oldest = number_read(oldest);
        }
        if row.try_get::<_, Option<i64>>("seq")?.is_some() {
            page.entries.push(events::entry(row, &owner)?);
        }
    }
    Ok(page)
}

/// The dead letters of an outbox, in their order.
pub(crate) async fn letters(client: &Client, epoch: Epoch) -> Result<Vec<DeadLetter>, Fault> {
    let rows = client.query_typed(include_str!("../sql/letters.sql"), &[(&epoch.id(), Type::UUID)]).await?;
    rows.iter()
        .map(|row| {
            let owner = ClientKey::from(read(row.try_get("client")?));
            let entry: Entry = events::entry(row, &owner)?;
            let reason = serde_json::from_str(row.try_get("reason")?)?;
            Ok(DeadLetter { number: number_read(row.try_get("number")?), entry, reason })
        })
        .collect()
}
