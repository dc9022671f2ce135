//! Several connectors on one database.

use gc_environment::RealEnvironment;
use gc_store::Sealer;
use gc_store_postgres::testing;
use secrecy::ExposeSecret;
use serde_json::Value;

use super::pki::{Authority, Files};
use super::process::Process;
use super::until;

/// Whether there is no PostgreSQL, which is printed; where it is required that is an error.
pub(crate) fn is_without_postgres() -> bool {
    let Some(reason) = testing::missing() else { return false };
    assert!(std::env::var("INTEROP_REQUIRED").as_deref() != Ok("1"), "PostgreSQL is required: {reason}");
    eprintln!("skipped: {reason}");
    true
}

/// What the one does that finds a lease over.
const LEASE_OVER: &str = "update gc.store set left_by = holder, left_at = greatest(since, now() - interval '15 s'), \
    left_for = 'lease_over', holder = null where holder is not null";

/// A database, and what its connectors have in common.
pub(crate) struct Group {
    pub(crate) database: testing::Server,
    url: String,
    key: String,
    pub(crate) authority: Authority,
    files: Files,
}

impl Group {
    /// None where there is no PostgreSQL.
    pub(crate) fn new() -> Option<Self> {
        Self::with(&[])
    }

    /// The same, with these settings of the database.
    pub(crate) fn with(settings: &[&str]) -> Option<Self> {
        if is_without_postgres() {
            return None;
        }
        gc_server::choose_crypto();
        let database = testing::Server::start(&[&["fsync = off"], settings].concat()).unwrap();
        let url = database.database("gc").unwrap();
        let key = Sealer::new_key("first", &RealEnvironment).expose_secret().to_owned();
        let authority = Authority::new();
        let files = Files::of(&authority);
        Some(Self { database, url, key, authority, files })
    }

    /// The gc.toml of another member, with these settings.
    pub(crate) fn config(&self, settings: &str) -> String {
        self.config_with(&self.files, settings)
    }

    /// The same with these files.
    pub(crate) fn config_with(&self, files: &Files, settings: &str) -> String {
        let port = free_port();
        self.config_of(files, &self.url, (port, port), settings)
    }

    /// The same of one that reaches the database by this URL. The others reach it at the second port, and it listens at the first one.
    pub(crate) fn config_by(&self, store: &str, ports: (u16, u16), settings: &str) -> String {
        self.config_of(&self.files, store, ports, settings)
    }

    fn config_of(&self, files: &Files, store: &str, (listen, reached): (u16, u16), settings: &str) -> String {
        let [certificate, key, authorities] =
            ["server.pem", "server.key", "clients.pem"].map(|name| files.path(name).display().to_string());
        format!(
            "store.url = '{store}'\nstore.key = '{}'\ngroup.url = 'https://localhost:{reached}'\n\
             group.listen = '127.0.0.1:{listen}'\ngroup.certificate = '{certificate}'\ngroup.key = '{key}'\n\
             group.authorities = '{authorities}'\n{settings}",
            self.key
        )
    }

    /// Starts another member; returns when it listens.
    pub(crate) async fn member(&self, settings: &str) -> Process {
        Process::listening(&self.config(settings), "info").await
    }

    /// What 15 s would do that nobody has to wait for here: the holder has died.
    pub(crate) fn ends_the_lease(&self) {
        let over = || self.database.sql("gc", LEASE_OVER);
        // A connector that takes the store at this moment ends whoever else is about to write to its row.
        over().or_else(|_| over()).unwrap();
    }
}

pub(crate) fn free_port() -> u16 {
    testing::free_port().unwrap()
}

/// It leads.
pub(crate) fn leads(process: &Process) -> bool {
    process.has_logged("this connector leads now")
}

/// Waits until it does.
pub(crate) async fn until_it_leads(process: &Process) {
    until("a leader", async || leads(process)).await;
}

/// Waits until it follows another one.
pub(crate) async fn until_it_follows(process: &Process) {
    process.logged("another connector leads").await;
    process.client().is_ready().await;
}

/// Waits until it knows that the last takeover was for this reason, and that another member led before.
pub(crate) async fn until_taken_over_for(process: &Process, reason: &str) {
    let has_led = async || {
        let members: Value = process.client().get("/admin/members").await.json().await.unwrap();
        let last = &members["takeovers"][0];
        last["reason"] == reason && last["from"]["url"].is_string() && last["leaderlessMs"].is_u64()
    };
    until(reason, has_led).await;
}
