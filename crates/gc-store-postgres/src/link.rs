//! One connection.

use tokio::task::JoinHandle;
use tokio_postgres::{Client, types::Type};
use uuid::Uuid;

use crate::{address::Address, fault::Fault, statement::Statement, text::number};

/// The oldest PostgreSQL that is tested.
const OLDEST: i32 = 150_000;
/// As long a holder is believed to live after its last commit, and a member after its last renewal: [`gc_group::TTL`].
pub(crate) const LEASE: &str = "15 s";

/// A connection to a database that can be written to.
pub(crate) struct Link {
    pub(crate) client: Client,
    driver: JoinHandle<()>,
}

impl Link {
    pub(crate) async fn open(address: &Address) -> Result<Self, Fault> {
        let (client, connection) = address.config.connect(address.tls.clone()).await?;
        let driver = tokio::spawn(async move {
            // Whoever waits for an answer gets the error, too.
            if let Err(error) = connection.await {
                tracing::debug!(error = gc_net::causes(&error), "the connection to PostgreSQL ended");
            }
        });
        let link = Self { client, driver };
        link.check().await?;
        Ok(link)
    }

    /// A statement that waits for a lock ends in the database, too, when its connection does, where the database's system can tell: they
    /// would be one more with each attempt, until there is no place left.
    async fn check(&self) -> Result<(), Fault> {
        let settings = "select current_setting('server_version_num')::int, current_setting('server_encoding'), \
            current_setting('fsync') <> 'off' and current_setting('full_page_writes') <> 'off' \
            and current_setting('synchronous_commit') <> 'off', \
            case when version() like '%linux%' then set_config('client_connection_check_interval', '1s', false) end";
        let row = self.client.query_typed_one(settings, &[]).await?;
        let (version, encoding, is_durable): (i32, String, bool) =
            (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        if version < OLDEST {
            return Err(Fault::Unfit(format!("PostgreSQL {} is older than 15", version / 10_000)));
        }
        if encoding != "UTF8" {
            return Err(Fault::Unfit(format!("the database's encoding is {encoding}, not UTF8")));
        }
        if !is_durable {
            tracing::warn!(
                "this PostgreSQL may lose what it has acknowledged: fsync, full_page_writes or synchronous_commit is off"
            );
        }
        Ok(())
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// The database system and its timeline, the database and the table: another one after a failover, a point-in-time recovery, a copy of
/// the database or a dump that was restored. A dump of the contents alone, restored into the same tables, is not noticed.
pub(crate) async fn lineage(client: &Client) -> Result<String, Fault> {
    // Not by pg_control_checkpoint(), whose timeline is the old one for a while after a promotion.
    let text = "select system_identifier || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8) \
        || '/' || (select oid from pg_database where datname = current_database()) || '/' || 'gc.store'::regclass::oid \
        from pg_control_system()";
    Ok(client.query_typed_one(text, &[]).await?.try_get(0)?)
}

/// What must stand first in each transaction that writes: it fails if the store has another holder, or commits of which `known` does
/// not know. Nobody else can become the holder before the transaction ends. `certain`: the present lineage, when it is known that
/// nothing was lost.
pub(crate) fn fence<'a>(holder: Uuid, known: u64, certain: Option<String>) -> Statement<'a> {
    let fence = Statement::new("select gc.fence($1, $2, $3::text::interval, $4)").with(Type::UUID, holder);
    fence.with(Type::INT8, number(known)).with(Type::TEXT, LEASE).with(Type::TEXT, certain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_store_and_the_connectors_mean_the_same_lease() {
        assert_eq!(LEASE, format!("{} s", gc_group::TTL.as_secs()));
    }
}
