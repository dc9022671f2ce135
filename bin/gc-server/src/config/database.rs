//! The store in PostgreSQL, if this build has it.

#[cfg(feature = "postgres")]
pub(crate) use with::Membership;
#[cfg(feature = "postgres")]
pub use with::{PostgresStore, database_store, may_pass};
#[cfg(feature = "postgres")]
pub(super) use with::{check, has_password, join, journal, look, say};
#[cfg(not(feature = "postgres"))]
pub(crate) use without::Membership;
#[cfg(not(feature = "postgres"))]
pub(super) use without::{check, has_password, join, journal, look, say};

#[cfg(feature = "postgres")]
mod with {
    use std::{collections::BTreeSet, path::Path, sync::Arc};

    use gc_delivery::Journal;
    use gc_environment::{Environment, RealEnvironment, Watcher};
    use gc_group::{Lease, Member, View};
    use gc_net::Trust;
    use gc_store::StoreBounds;
    pub use gc_store_postgres::PostgresStore;
    use gc_store_postgres::{Address, OpenError, PostgresJournal};
    use secrecy::SecretString;
    use uuid::Uuid;

    use crate::config::{ConfigError, bad, files::read_authorities};

    fn address(url: &SecretString, ca_file: Option<&Path>) -> Result<Address, ConfigError> {
        let tls = match ca_file {
            // Without authorities nobody is trusted, and a database on this machine needs none.
            None => Trust::System.client_config().or_else(|_| Trust::Pinned(Vec::new()).client_config()),
            Some(path) => Trust::SystemAnd(read_authorities("store.ca_file", path)?).client_config(),
        };
        let tls = tls.map_err(|error| bad("store.ca_file", error))?;
        Address::parse(url, &tls).map_err(|error| bad("store.url", error))
    }

    fn unusable(error: &OpenError) -> ConfigError {
        ConfigError::Database { reason: error.to_string(), may_pass: error.may_pass() }
    }

    pub(in crate::config) fn journal(
        url: &SecretString,
        ca_file: Option<&Path>,
        bounds: StoreBounds,
    ) -> Result<Arc<dyn Journal>, ConfigError> {
        let journal = PostgresJournal::open(address(url, ca_file)?, bounds, Arc::new(RealEnvironment));
        Ok(Arc::new(journal.map_err(|error| unusable(&error))?))
    }

    /// This connector's place among those on the same database.
    pub(crate) struct Membership(gc_store_postgres::Membership);

    impl Membership {
        pub(crate) fn id(&self) -> Uuid {
            self.0.id()
        }

        pub(crate) fn view(&self) -> Watcher<View> {
            self.0.view()
        }

        pub(crate) async fn until_free(&self) -> &'static str {
            self.0.until_free().await
        }

        pub(crate) fn publish(&self, sees: BTreeSet<String>) {
            self.0.publish(sees);
        }

        pub(crate) async fn hand_over(&self) -> Result<bool, ConfigError> {
            self.0.hand_over().await.map_err(|error| unusable(&error))
        }

        /// Takes the store; how long this connector may lead comes with it. None: another connector was first.
        pub(crate) async fn lead(
            &self,
            bounds: StoreBounds,
        ) -> Result<Option<(Arc<dyn Journal>, Lease)>, ConfigError> {
            let journal = match self.0.lead(bounds).await {
                Ok(journal) => journal,
                Err(error) if error.is_in_use() => return Ok(None),
                Err(error) => return Err(unusable(&error)),
            };
            let lease = journal.lease();
            Ok(Some((Arc::new(journal), lease)))
        }

        pub(crate) async fn leave(&self) {
            self.0.leave().await;
        }
    }

    pub(in crate::config) async fn join(
        url: &SecretString,
        ca_file: Option<&Path>,
        me: Member,
    ) -> Result<Membership, ConfigError> {
        let joined =
            gc_store_postgres::Membership::join(address(url, ca_file)?, me, Arc::new(RealEnvironment)).await;
        joined.map(Membership).map_err(|error| unusable(&error))
    }

    pub(in crate::config) fn check(url: &SecretString, ca_file: Option<&Path>) -> Result<(), ConfigError> {
        address(url, ca_file).map(drop)
    }

    pub(in crate::config) fn say(url: &SecretString, ca_file: Option<&Path>) {
        let Ok(address) = address(url, ca_file) else { return };
        tracing::info!(store = %address, "clients, sessions, commands and events are kept");
        if address.is_readable() {
            tracing::warn!("events and sealed passwords travel readable: store.url has sslmode=disable");
        }
    }

    pub(in crate::config) fn look(url: &SecretString, ca_file: Option<&Path>) -> Result<String, ConfigError> {
        let store = database_store(url, ca_file)?;
        store.look().map_err(|error| unusable(&error))
    }

    pub(in crate::config) fn has_password(url: &SecretString) -> bool {
        // Of one that cannot be read nothing is shown.
        address(url, None).map_or(true, |address| address.has_password())
    }

    /// The store in the database of this address, for `gc-server store …`. `ca_file`: authorities that its certificate is trusted
    /// for, beside those of the system.
    ///
    /// # Errors
    /// When the address or the file cannot be read.
    pub fn database_store(url: &SecretString, ca_file: Option<&Path>) -> Result<PostgresStore, ConfigError> {
        Ok(PostgresStore::at(address(url, ca_file)?, RealEnvironment.id()))
    }

    /// Whether what a [`PostgresStore`] has failed with may pass, without anybody changing anything.
    #[must_use]
    pub fn may_pass(error: &(dyn std::error::Error + Send + Sync + 'static)) -> bool {
        error.downcast_ref::<OpenError>().is_some_and(OpenError::may_pass)
    }
}

#[cfg(not(feature = "postgres"))]
mod without {
    use std::{collections::BTreeSet, path::Path, sync::Arc};

    use gc_delivery::Journal;
    use gc_environment::Watcher;
    use gc_group::{Lease, Member, View};
    use gc_store::StoreBounds;
    use secrecy::SecretString;
    use uuid::Uuid;

    use crate::config::{ConfigError, bad};

    /// There is none.
    pub(crate) enum Membership {}

    impl Membership {
        pub(crate) fn id(&self) -> Uuid {
            match *self {}
        }

        pub(crate) fn view(&self) -> Watcher<View> {
            match *self {}
        }

        pub(crate) async fn until_free(&self) -> &'static str {
            match *self {}
        }

        pub(crate) fn publish(&self, _: BTreeSet<String>) {
            match *self {}
        }

        pub(crate) async fn hand_over(&self) -> Result<bool, ConfigError> {
            match *self {}
        }

        pub(crate) async fn lead(
            &self,
            _: StoreBounds,
        ) -> Result<Option<(Arc<dyn Journal>, Lease)>, ConfigError> {
            match *self {}
        }

        pub(crate) async fn leave(&self) {
            match *self {}
        }
    }

    pub(in crate::config) async fn join(
        _: &SecretString,
        _: Option<&Path>,
        _: Member,
    ) -> Result<Membership, ConfigError> {
        Err(missing())
    }

    fn missing() -> ConfigError {
        bad("store.url", "this build has no PostgreSQL: build it with --features postgres, or use store.path")
    }

    pub(in crate::config) fn journal(
        _: &SecretString,
        _: Option<&Path>,
        _: StoreBounds,
    ) -> Result<Arc<dyn Journal>, ConfigError> {
        Err(missing())
    }

    pub(in crate::config) fn check(_: &SecretString, _: Option<&Path>) -> Result<(), ConfigError> {
        Err(missing())
    }

    pub(in crate::config) fn say(_: &SecretString, _: Option<&Path>) {}

    pub(in crate::config) fn look(_: &SecretString, _: Option<&Path>) -> Result<String, ConfigError> {
        Err(missing())
    }

    pub(in crate::config) fn has_password(_: &SecretString) -> bool {
        true
    }
}
