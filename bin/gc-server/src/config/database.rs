//! The store in PostgreSQL, if this build has it.

#[cfg(feature = "postgres")]
pub use with::{PostgresStore, database_store, may_pass};
#[cfg(feature = "postgres")]
pub(super) use with::{check, has_password, is_readable, join, journal, look, members, say};
#[cfg(not(feature = "postgres"))]
pub(super) use without::{check, has_password, is_readable, join, journal, look, members, say};

#[cfg(feature = "postgres")]
mod with {
    use std::{path::Path, sync::Arc};

    use gc_delivery::Journal;
    use gc_environment::{Environment, RealEnvironment};
    use gc_group::Member;
    use gc_net::Trust;
    use gc_store::StoreBounds;
    pub use gc_store_postgres::PostgresStore;
    use gc_store_postgres::{Address, Membership, OpenError, PostgresJournal};
    use secrecy::SecretString;

    use crate::SharedStore;
    use crate::config::faults::both;
    use crate::config::files::read_authorities;
    use crate::config::{ConfigError, bad};

    fn address(url: &SecretString, ca_file: Option<&Path>) -> Result<Address, ConfigError> {
        let made = |trust: Trust| trust.client_config().map_err(|error| bad("store.ca_file", error));
        let nobody = || made(Trust::Pinned(Vec::new()));
        let tls = match ca_file {
            // Without authorities nobody is trusted, and a database on this machine needs none.
            None => made(Trust::System).or_else(|_| nobody()),
            Some(path) => read_authorities("store.ca_file", path).and_then(|pem| made(Trust::SystemAnd(pem))),
        };
        // Whoever is trusted, the address can be judged.
        let address = tls.as_ref().map_or_else(|_| nobody(), |tls| Ok(tls.clone()));
        let address =
            address.and_then(|tls| Address::parse(url, &tls).map_err(|error| bad("store.url", error)));
        both(tls, address).map(|(_, address)| address)
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

    pub(in crate::config) async fn join(
        url: &SecretString,
        ca_file: Option<&Path>,
        me: Member,
        bounds: StoreBounds,
    ) -> Result<Arc<SharedStore>, ConfigError> {
        let joined = Membership::join(address(url, ca_file)?, me, bounds, Arc::new(RealEnvironment)).await;
        Ok(Arc::new(joined.map_err(|error| unusable(&error))?))
    }

    pub(in crate::config) fn check(url: &SecretString, ca_file: Option<&Path>) -> Result<(), ConfigError> {
        address(url, ca_file).map(drop)
    }

    pub(in crate::config) fn say(url: &SecretString, ca_file: Option<&Path>) {
        let Ok(address) = address(url, ca_file) else { return };
        tracing::info!(store = %address, "clients, sessions, commands and events are kept");
    }

    pub(in crate::config) fn is_readable(url: &SecretString) -> bool {
        address(url, None).is_ok_and(|address| address.is_readable())
    }

    pub(in crate::config) fn look(url: &SecretString, ca_file: Option<&Path>) -> Result<String, ConfigError> {
        let store = database_store(url, ca_file)?;
        store.look().map_err(|error| unusable(&error))
    }

    pub(in crate::config) fn members(
        url: &SecretString,
        ca_file: Option<&Path>,
    ) -> Result<Vec<Member>, ConfigError> {
        let store = database_store(url, ca_file)?;
        store.members().map_err(|error| unusable(&error))
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
    use std::{path::Path, sync::Arc};

    use gc_delivery::Journal;
    use gc_group::Member;
    use gc_store::StoreBounds;
    use secrecy::SecretString;

    use crate::SharedStore;
    use crate::config::{ConfigError, bad};

    pub(in crate::config) async fn join(
        _: &SecretString,
        _: Option<&Path>,
        _: Member,
        _: StoreBounds,
    ) -> Result<Arc<SharedStore>, ConfigError> {
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

    pub(in crate::config) fn is_readable(_: &SecretString) -> bool {
        false
    }

    pub(in crate::config) fn look(_: &SecretString, _: Option<&Path>) -> Result<String, ConfigError> {
        Err(missing())
    }

    pub(in crate::config) fn members(_: &SecretString, _: Option<&Path>) -> Result<Vec<Member>, ConfigError> {
        Err(missing())
    }

    pub(in crate::config) fn has_password(_: &SecretString) -> bool {
        true
    }
}
