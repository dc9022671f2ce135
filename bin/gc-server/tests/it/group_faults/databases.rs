//! A database with a standby that knows whatever it has acknowledged, and takes its place again and again.

use gc_store_postgres::testing::{PASSWORD, SUPERUSER, Server};
use tokio::time::Instant;

use crate::history::database;
use crate::support::PATIENCE;
use crate::support::group::Group;

pub(super) struct Databases {
    pub(super) group: Group,
    standby: Server,
    /// The ports of both; the first one is not always the primary's.
    pub(super) ports: [u16; 2],
}

/// A standby that has lost its primary looks for it as often.
const RETRIES: &str = "wal_retrieve_retry_interval = 200ms";

impl Databases {
    /// None where there is no PostgreSQL.
    pub(super) fn new() -> Option<Self> {
        let group = Group::with(&[database::SETTING, RETRIES])?;
        let standby = standby_of(&group.database);
        let ports = [group.database.port(), standby.port()];
        Some(Self { group, standby, ports })
    }

    /// A URL with both hosts, at these ports, for a member of this name.
    pub(super) fn url([one, other]: [u16; 2], member: &str) -> String {
        format!(
            "postgresql://{SUPERUSER}:{PASSWORD}@127.0.0.1:{one},127.0.0.1:{other}/gc\
             ?application_name={member}&sslmode=disable"
        )
    }

    /// The primary dies, and the standby takes its place; which of the ports has another server behind it then.
    pub(super) fn fail_over(&mut self) -> usize {
        self.group.database.crash().unwrap();
        self.standby.promote().unwrap();
        let standby = standby_of(&self.standby);
        let primary = std::mem::replace(&mut self.standby, standby);
        let old = std::mem::replace(&mut self.group.database, primary).port();
        let place = self.ports.iter().position(|port| *port == old).unwrap();
        self.ports[place] = self.standby.port();
        place
    }
}

/// Makes a standby. From then on the primary acknowledges nothing that it does not have.
fn standby_of(primary: &Server) -> Server {
    let standby = primary.standby("standby", &[]).unwrap();
    primary.waits_for("*").unwrap();
    let is_synchronous = "select count(*) from pg_stat_replication where sync_state = 'sync'";
    let deadline = Instant::now() + PATIENCE;
    while primary.sql("gc", is_synchronous).unwrap() != "1" {
        assert!(Instant::now() < deadline, "the standby does not follow");
    }
    standby
}
