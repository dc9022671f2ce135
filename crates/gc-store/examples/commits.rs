//! How many batches a second a journal commits, and how long each takes: with 1, 16 and 256 writers, in memory and in a file.
//!
//! ```sh
//! CARGO_PROFILE_RELEASE_OPT_LEVEL=3 cargo run --release -p gc-store --features redb --example commits [DIRECTORY]
//! ```
//!
//! The file is made in the directory (by default a temporary one), which should be on the disk that counts.

use std::{path::Path, sync::Arc, time::Duration};

use gc_environment::{Environment, RealEnvironment};
use gc_store::{
    Batch, Bounds, ClientKey, Journal, MemoryJournal, Message, Record, RedbJournal, Settled, Settlement,
};
use tokio::time::Instant;

const SECONDS: u64 = 3;

/// What a step of an agent leaves: an event of 800 bytes.
fn batch(client: &ClientKey, journal: &dyn Journal) -> Batch {
    let record = Record {
        client: client.clone(),
        epoch: journal.open(client).epoch(),
        id: RealEnvironment.id(),
        at: RealEnvironment.now(),
        message: Message::new("State", "x".repeat(800)),
    };
    [record].into_iter().collect()
}

/// Appends one batch after the other, and settles each hundred; gives how long each took.
async fn write(journal: Arc<dyn Journal>, name: String) -> Result<Vec<Duration>, gc_store::JournalError> {
    let client = ClientKey::from(name.as_str());
    let outbox = journal.open(&client);
    let token = outbox.claim(RealEnvironment.id()).await?.token;
    let (mut times, end) = (Vec::new(), Instant::now() + Duration::from_secs(SECONDS));
    while Instant::now() < end {
        let batch = batch(&client, &*journal);
        let before = Instant::now();
        journal.append(batch).await?;
        times.push(before.elapsed());
        if times.len() % 100 == 0 {
            let settled = Settled::up_to(outbox.counts().get().last);
            outbox.settle(token, Settlement { settled, ..Settlement::default() }).await?;
        }
        tokio::task::yield_now().await;
    }
    Ok(times)
}

/// Batches a second, and the times that half and 99 of 100 do not exceed.
async fn measure(
    journal: Arc<dyn Journal>,
    writers: usize,
) -> Result<(f64, Duration, Duration), Box<dyn std::error::Error>> {
    let tasks: Vec<_> = (0..writers)
        .map(|number| tokio::spawn(write(Arc::clone(&journal), format!("client-{number}"))))
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await??);
    }
    times.sort_unstable();
    let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
    let count = u32::try_from(times.len())?;
    Ok((f64::from(count) / Duration::from_secs(SECONDS).as_secs_f64(), at(50), at(99)))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let temporary = tempfile::tempdir()?;
    let given = std::env::args().nth(1);
    let directory = given.as_deref().map_or(temporary.path(), Path::new);
    println!("writers  journal  batches/s       p50       p99  of memory");
    for writers in [1, 16, 256] {
        let (memory, p50, p99) = measure(Arc::new(MemoryJournal::default()), writers).await?;
        println!("{writers:>7}  memory   {memory:>9.0} {p50:>9.1?} {p99:>9.1?}");
        let path = directory.join(format!("commits-{writers}.redb"));
        let journal = Arc::new(RedbJournal::open(&path, Bounds::default(), Arc::new(RealEnvironment))?);
        let (redb, p50, p99) = measure(journal, writers).await?;
        println!("{writers:>7}  redb     {redb:>9.0} {p50:>9.1?} {p99:>9.1?}  {:.4}", redb / memory);
        std::fs::remove_file(path)?;
    }
    Ok(())
}
