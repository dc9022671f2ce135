//! What the tests share.

use std::{fs, sync::Arc, time::Duration};

use gc_environment::{Environment, RealEnvironment};
use gc_net::Trust;
use gc_store::{Batch, Bounds, ClientKey, Health, Journal, Message, Outbox, Record};
use gc_store_postgres::{Address, OpenError, PostgresJournal, PostgresStore, testing};
use secrecy::SecretString;
use tokio::time::timeout;

/// The tests let servers die, but not machines.
pub(crate) const FAST: [&str; 2] = ["fsync = off", "full_page_writes = off"];
/// Whoever waits longer hangs.
pub(crate) const LONGEST: Duration = Duration::from_secs(60);

/// Why there is no PostgreSQL, or no other program, if that is so.
pub(crate) fn is_skipped(reason: Option<&str>) -> bool {
    let Some(reason) = reason else { return false };
    assert!(std::env::var("INTEROP_REQUIRED").as_deref() != Ok("1"), "this is required: {reason}");
    eprintln!("skipped: {reason}");
    true
}

/// A server that logs the plan of each statement, or none where there is no PostgreSQL that compiles.
pub(crate) fn explaining_server() -> Option<testing::Server> {
    let settings = [
        "session_preload_libraries = 'auto_explain'",
        "auto_explain.log_min_duration = 0",
        "auto_explain.log_nested_statements = on",
    ];
    let server = server(&settings)?;
    let compiles = server.sql("postgres", "select pg_jit_available()").unwrap() == "t";
    (!is_skipped((!compiles).then_some("PostgreSQL has no JIT"))).then_some(server)
}

/// The plans of the statements that it has compiled. All of these are among the statements.
pub(crate) fn compiled(server: &testing::Server, statements: &[&str]) -> Vec<String> {
    let plans = fs::read_to_string(server.directory().join("log")).unwrap();
    for statement in statements {
        assert!(plans.contains(statement), "{statement} is not in {plans}");
    }
    plans.split(" plan:").filter(|plan| plan.contains("JIT:")).map(str::to_owned).collect()
}

/// A server, or none where there is no PostgreSQL.
pub(crate) fn server(settings: &[&str]) -> Option<testing::Server> {
    if is_skipped(testing::missing()) {
        return None;
    }
    Some(testing::Server::start(&[&FAST, settings].concat()).unwrap())
}

pub(crate) fn address(url: &str) -> Address {
    // Nothing of these tests is trusted by the system's authorities.
    let tls = Trust::Pinned(Vec::new()).client_config().unwrap();
    Address::parse(&SecretString::from(url), &tls).unwrap()
}

pub(crate) fn open(url: &str) -> Result<PostgresJournal, OpenError> {
    PostgresJournal::open(address(url), Bounds::default(), Arc::new(RealEnvironment))
}

/// The store of a database that nobody has open.
pub(crate) fn store(url: &str) -> PostgresStore {
    PostgresStore::at(address(url), RealEnvironment.id())
}

pub(crate) fn journal(url: &str) -> Arc<PostgresJournal> {
    Arc::new(open(url).unwrap())
}

pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(LONGEST, future).await.expect("it hangs")
}

/// A client with its outbox.
pub(crate) struct Subject {
    pub(crate) outbox: Arc<dyn Outbox>,
    client: ClientKey,
}

impl Subject {
    pub(crate) fn of(journal: &Arc<impl Journal + ?Sized>) -> Self {
        let client = ClientKey::from("crm");
        Self { outbox: journal.open(&client), client }
    }

    pub(crate) fn batch(&self, body: &str) -> Batch {
        let record = Record {
            client: self.client.clone(),
            epoch: self.outbox.epoch(),
            id: RealEnvironment.id(),
            at: RealEnvironment.now(),
            message: Message::new("State", body),
        };
        [record].into_iter().collect()
    }

    pub(crate) async fn append(&self, journal: &Arc<impl Journal + ?Sized>, body: &str) {
        soon(journal.append(self.batch(body))).await.unwrap();
    }

    /// Numbers and bodies.
    pub(crate) async fn held(&self) -> Vec<(u64, String)> {
        let page = soon(self.outbox.read(0, usize::MAX)).await.unwrap();
        page.entries.iter().map(|entry| (entry.sequence, entry.message.body.clone())).collect()
    }
}

/// Waits until the journal's health is like this.
pub(crate) async fn health(journal: &Arc<impl Journal + ?Sized>, is: impl Fn(&Health) -> bool) -> Health {
    let mut health = journal.health();
    soon(health.until(|health| is(health).then(|| health.clone()))).await
}

/// These bodies with their numbers.
pub(crate) fn numbered(bodies: &[&str]) -> Vec<(u64, String)> {
    (1..).zip(bodies.iter().map(|body| (*body).to_owned())).collect()
}
