//! How many groups of events are committed in a second, beside pgbench with the same statements: `cargo bench -p gc-store-postgres --bench
//! appends -- [SECONDS] [ROUNDS]`. Each run has a database of its own, on a PostgreSQL that is started for them, with `fsync`.
//!
//! As in the connector, one commit of 64 events is under way while the next one gathers. pgbench has one connection, and sends the same rows: one
//! statement after the other, or all of a transaction at once (a pipeline), which is how the journal does it.

use std::{
    collections::VecDeque, env, error::Error, fmt::Write as _, fs, process::Command, sync::Arc,
    time::Duration,
};

use gc_environment::{Environment, RealEnvironment};
use gc_net::Trust;
use gc_store::{Batch, Bounds, ClientKey, Journal, Limits, Message, Record};
use gc_store_postgres::{Address, PostgresJournal, testing};
use secrecy::SecretString;
use tokio::time::Instant;
use uuid::Uuid;

const GROUP: usize = 64;
/// About as long as an event of a call.
const BODY: usize = 500;
const CLIENTS: [usize; 2] = [1, 100];
/// Who writes when pgbench does.
const HOLDER: Uuid = Uuid::from_u128(1);

type Outcome<T> = Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Outcome<()> {
    if let Some(reason) = testing::missing() {
        return Err(reason.into());
    }
    // cargo adds an option of its own.
    let mut numbers = env::args().skip(1).filter_map(|argument| argument.parse().ok());
    let seconds = Duration::from_secs(numbers.next().unwrap_or(6));
    let rounds = numbers.next().unwrap_or(3);
    let server = testing::Server::on_disk(&[])?;
    println!(
        "| commits/s | this journal | pgbench, one statement after the other | ratio | pgbench, all in one pipeline | ratio |"
    );
    println!("|---|---|---|---|---|---|");
    for clients in CLIENTS {
        let mut rates: [Vec<f64>; 3] = Default::default();
        for round in 0..rounds {
            let name = |kind: &str| format!("{kind}_{clients}_{round}");
            let [journal, simple, pipelined] = &mut rates;
            journal.push(journal_rate(&server.database(&name("journal"))?, clients, seconds).await?);
            simple.push(pgbench_rate(&server, &name("simple"), clients, seconds, false).await?);
            pipelined.push(pgbench_rate(&server, &name("pipelined"), clients, seconds, true).await?);
        }
        let [journal, simple, pipelined] = &rates;
        let (all, beside) = (|rates: &[f64]| list(rates, 0), |other: &[f64]| ratios(journal, other));
        let plural = if clients == 1 { "one busy client".to_owned() } else { format!("{clients} clients") };
        println!(
            "| {plural} | {} | {} | {} | {} | {} |",
            all(journal),
            all(simple),
            beside(simple),
            all(pipelined),
            beside(pipelined)
        );
    }
    Ok(())
}

fn list(numbers: &[f64], digits: usize) -> String {
    numbers.iter().map(|number| format!("{number:.digits$}")).collect::<Vec<_>>().join(", ")
}

fn ratios(ours: &[f64], theirs: &[f64]) -> String {
    list(&ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs).collect::<Vec<_>>(), 2)
}

fn open(url: &str) -> Outcome<PostgresJournal> {
    let tls = Trust::Pinned(Vec::new()).client_config()?;
    let address = Address::parse(&SecretString::from(url), &tls)?;
    // Nobody receives: everything waits.
    let much = Limits { entries: usize::MAX, bytes: usize::MAX };
    let bounds = Bounds { undelivered: much, ..Bounds::default() };
    Ok(PostgresJournal::open(address, bounds, Arc::new(RealEnvironment))?)
}

/// The commits of the journal in a second.
async fn journal_rate(url: &str, clients: usize, time: Duration) -> Outcome<f64> {
    let journal = open(url)?;
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
    while began.elapsed() < time {
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
    Ok(f64::from(commits) / began.elapsed().as_secs_f64())
}

/// The transactions of pgbench in a second, on a schema that the journal has made.
async fn pgbench_rate(
    server: &testing::Server,
    database: &str,
    clients: usize,
    time: Duration,
    pipelined: bool,
) -> Outcome<f64> {
    let journal = open(&server.database(database)?)?;
    // The first commit shows that the schema is there; then the store has another holder.
    let client = ClientKey::from("first");
    let first = Record {
        epoch: journal.open(&client).epoch(),
        client,
        id: RealEnvironment.id(),
        at: RealEnvironment.now(),
        message: Message::new("State", "{}"),
    };
    journal.append(vec![first].into_iter().collect()).await?;
    let hold = format!(
        "delete from gc.event; delete from gc.outbox; update gc.store set holder = '{HOLDER}', commits = 0"
    );
    server.sql(database, &hold)?;
    let file = tempfile::NamedTempFile::new()?;
    fs::write(file.path(), script(clients, pipelined))?;
    let output = Command::new("pgbench")
        .args(["-n", "-c", "1", "-D", "known=0", "-D", "last=0", "-U", testing::SUPERUSER])
        .args(["-M", if pipelined { "extended" } else { "simple" }, "-T", &time.as_secs().to_string()])
        .arg("-h")
        .arg(server.directory())
        .args(["-p", &server.port().to_string(), "-f"])
        .arg(file.path())
        .arg(database)
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let rate = text.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
    rate.ok_or_else(|| format!("pgbench: {text}{}", String::from_utf8_lossy(&output.stderr)).into())
}

/// A transaction as the journal writes it, for pgbench.
fn script(clients: usize, pipelined: bool) -> String {
    let outboxes = clients.min(GROUP);
    let rows_each = GROUP.div_ceil(outboxes);
    let literal = |rows: usize, type_: &str, value: &dyn Fn(usize) -> String| {
        let values: Vec<_> = (0..rows).map(value).collect();
        format!("'{{{}}}'::{type_}[]", values.join(","))
    };
    let numbers = |rows: usize, of: &dyn Fn(usize) -> usize| {
        let values: Vec<_> = (0..rows).map(|row| format!(":last + {}", of(row))).collect();
        format!("array[{}]::int8[]", values.join(", "))
    };
    let (uuid, null) = (|row: usize| Uuid::from_u128(row as u128 + 1).to_string(), |_| "NULL".to_owned());
    let same = |text: &'static str| move |_| text.to_owned();
    let body = "x".repeat(BODY);
    let events = [
        literal(GROUP, "uuid", &|row| uuid(row % outboxes)),
        numbers(GROUP, &|row| row / outboxes + 1),
        literal(GROUP, "uuid", &uuid),
        literal(GROUP, "int8", &same("1790000000000000000")),
        literal(GROUP, "int8", &same("600")),
        literal(GROUP, "text", &same("State")),
        literal(GROUP, "text", &|_| body.clone()),
        literal(GROUP, "text", &same("1001")),
        literal(GROUP, "text", &null),
        literal(GROUP, "text", &null),
        literal(GROUP, "text", &null),
        literal(GROUP, "bool", &same("f")),
    ];
    let lines = [
        literal(outboxes, "uuid", &uuid),
        literal(outboxes, "bytea", &|row| format!("\"\\\\x{:064x}\"", row + 1)),
        literal(outboxes, "text", &|row| format!("client-{row}")),
        numbers(outboxes, &|_| rows_each),
        literal(outboxes, "text", &same("[]")),
        literal(outboxes, "int8", &same("0")),
        literal(outboxes, "int8", &same("0")),
        literal(outboxes, "uuid", &null),
        literal(outboxes, "int8", &null),
    ];
    let mut text = String::new();
    let (start, end) = if pipelined { ("\\startpipeline\n", "\\endpipeline\n") } else { ("", "") };
    // Writing to a string does not fail.
    _ = write!(
        text,
        "{start}begin;\nselect gc.fence('{HOLDER}', :known, '15 s', null);\n{};\n{};\ncommit;\n{end}\
         \\set known :known + 1\n\\set last :last + {rows_each}\n",
        with(include_str!("../sql/insert_events.sql"), &events),
        with(include_str!("../sql/insert_outboxes.sql"), &lines),
    );
    text
}

/// The statement with literals in place of its parameters, on one line.
fn with(statement: &str, values: &[String]) -> String {
    let mut text = statement.split_whitespace().collect::<Vec<_>>().join(" ");
    for (index, value) in values.iter().enumerate().rev() {
        let type_ = value.rsplit_once("::").map_or("", |(_, type_)| type_);
        text = text.replace(&format!("${}::{type_}", index + 1), value);
    }
    text
}
