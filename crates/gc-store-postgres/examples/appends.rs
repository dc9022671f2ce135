//! Measures how many events a second are appended: `appends URL CLIENTS SECONDS`.
//!
//! As in the connector, one commit of 64 events is under way while the next one gathers. Prints events/s, and commits/s.

use std::{collections::VecDeque, env, error::Error, sync::Arc, time::Duration};

use gc_environment::{Environment, RealEnvironment};
use gc_net::Trust;
use gc_store::{Batch, Bounds, ClientKey, Journal, Limits, Message, Record};
use gc_store_postgres::{Address, PostgresJournal};
use secrecy::SecretString;
use tokio::time::Instant;

const GROUP: usize = 64;
/// About as long as an event of a call.
const BODY: usize = 500;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [url, clients, seconds] = &arguments[..] else { return Err("appends URL CLIENTS SECONDS".into()) };
    let (clients, seconds) = (clients.parse::<usize>()?, Duration::from_secs(seconds.parse()?));
    let address =
        Address::parse(&SecretString::from(url.as_str()), &Trust::Pinned(Vec::new()).client_config()?)?;
    // Nobody receives: everything waits.
    let much = Limits { entries: usize::MAX, bytes: usize::MAX };
    let bounds = Bounds { undelivered: much, ..Bounds::default() };
    let journal = PostgresJournal::open(address, bounds, Arc::new(RealEnvironment))?;
    let clients: Vec<_> = (0..clients).map(|number| ClientKey::from(format!("client-{number}"))).collect();
    let outboxes: Vec<_> = clients.iter().map(|client| (client, journal.open(client).epoch())).collect();
    let mut turns = outboxes.iter().cycle();
    let body = "x".repeat(BODY);
    let mut batch = || -> Batch {
        let record = |(client, epoch): &(&ClientKey, _)| Record {
            client: ClientKey::clone(client),
            epoch: *epoch,
            id: RealEnvironment.id(),
            at: RealEnvironment.now(),
            message: Message { agent_id: Some("1001".to_owned()), ..Message::new("State", body.as_str()) },
        };
        turns.by_ref().take(GROUP).map(record).collect()
    };
    let (began, mut commits, mut under_way) = (Instant::now(), 0_u32, VecDeque::new());
    while began.elapsed() < seconds {
        under_way.push_back(journal.append(batch()));
        if under_way.len() > 1
            && let Some(oldest) = under_way.pop_front()
        {
            oldest.await?;
            commits += 1;
        }
    }
    for last in under_way {
        last.await?;
        commits += 1;
    }
    let rate = f64::from(commits) / began.elapsed().as_secs_f64();
    println!("{:.0} events/s in {rate:.0} commits/s", rate * 64.0);
    Ok(())
}
