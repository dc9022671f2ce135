//! Where the database is.

use std::{fmt, net::IpAddr, str::FromStr, sync::Arc, time::Duration};

use rustls::ClientConfig;
use secrecy::{ExposeSecret, SecretString};
use tokio_postgres::{
    Config,
    config::{Host, SslMode, TargetSessionAttrs},
};
use tokio_postgres_rustls::MakeRustlsConnect;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// A connection whose peer is gone ends after about this. Nothing else ends a statement that is under way.
const SILENCE: Duration = Duration::from_secs(15);
const KEEPALIVE: Duration = Duration::from_secs(5);

/// The address of a database with its password, which is never shown.
#[derive(Clone)]
pub struct Address {
    pub(crate) config: Config,
    pub(crate) tls: MakeRustlsConnect,
}

/// Why a text is no address.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub struct InvalidAddress {
    reason: String,
    source: Option<tokio_postgres::Error>,
}

impl InvalidAddress {
    fn new(reason: &str) -> Self {
        Self { reason: reason.to_owned(), source: None }
    }

    fn because(error: tokio_postgres::Error) -> Self {
        Self { reason: in_words(&gc_net::causes(&error)), source: Some(error) }
    }
}

/// What the driver says of an address, for those who have written it.
fn in_words(said: &str) -> String {
    let option = said.split('`').nth(1);
    match (option, said.contains("unknown option")) {
        (Some("port"), _) => "its port cannot be used: write a number from 1 to 65535".to_owned(),
        (Some("host"), false) => {
            "its host cannot be used: write a name or an address, IPv6 as in [2001:db8::7]".to_owned()
        }
        (Some("sslmode"), false) => "its sslmode cannot be used: write require, prefer or disable".to_owned(),
        (Some(option), false) => format!("the value of its option {option} cannot be used"),
        (Some(option), true) => {
            format!("there is no option {option}: sslmode and connect_timeout are those that are needed most")
        }
        (None, _) => "it cannot be read: write postgresql://user:password@host:5432/database".to_owned(),
    }
}

impl Address {
    /// Reads `postgresql://user:password@host,host:port/database?sslmode=…`. Several hosts are tried in turn; the one that can be
    /// written to is taken. Without `sslmode`, TLS is required for every host but those of this machine; its certificate is always
    /// verified with `tls`.
    ///
    /// # Errors
    /// When it cannot be read. The error does not repeat the text.
    pub fn parse(url: &SecretString, tls: &Arc<ClientConfig>) -> Result<Self, InvalidAddress> {
        let text = url.expose_secret();
        if !text.starts_with("postgresql://") && !text.starts_with("postgres://") {
            return Err(InvalidAddress::new("it does not begin with postgresql://"));
        }
        // Part of a password whose `@` is not escaped would be shown as a host, or as an option.
        if text.matches('@').count() > 1 {
            return Err(InvalidAddress::new("there are two @: write one in the password as %40"));
        }
        let mut config = Config::from_str(text).map_err(InvalidAddress::because)?;
        if config.get_dbname().is_none() {
            return Err(InvalidAddress::new("it names no database"));
        }
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(InvalidAddress::new("it names no host"));
        }
        if config.get_ssl_mode() == SslMode::Prefer && !Self::is_local(&config) {
            config.ssl_mode(SslMode::Require);
        }
        if config.get_application_name().is_none() {
            config.application_name("gc-server");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        config.keepalives(true).keepalives_idle(KEEPALIVE).keepalives_interval(KEEPALIVE);
        config.tcp_user_timeout(SILENCE).target_session_attrs(TargetSessionAttrs::ReadWrite);
        Ok(Self { config, tls: MakeRustlsConnect::new(ClientConfig::clone(tls)) })
    }

    /// Whether what is kept goes over a network without TLS.
    #[must_use]
    pub fn is_readable(&self) -> bool {
        self.config.get_ssl_mode() == SslMode::Disable && !Self::is_local(&self.config)
    }

    /// Whether the URL contains a password.
    #[must_use]
    pub fn has_password(&self) -> bool {
        self.config.get_password().is_some()
    }

    fn is_local(config: &Config) -> bool {
        let local = |host: &Host| match host {
            Host::Tcp(name) => name == "localhost" || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback()),
            Host::Unix(_) => true,
        };
        config.get_hosts().iter().all(local) && config.get_hostaddrs().iter().all(IpAddr::is_loopback)
    }
}

/// Without the password.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("postgresql://")?;
        if let Some(user) = self.config.get_user() {
            write!(f, "{user}@")?;
        }
        let (hosts, ports) = (self.config.get_hosts(), self.config.get_ports());
        let named = hosts.iter().map(|host| match host {
            Host::Tcp(name) => name.clone(),
            Host::Unix(path) => path.display().to_string(),
        });
        let addresses = self.config.get_hostaddrs().iter().map(IpAddr::to_string);
        let all: Vec<_> = if hosts.is_empty() { addresses.collect() } else { named.collect() };
        for (place, host) in all.iter().enumerate() {
            let port = ports.get(place).or(ports.first()).copied().unwrap_or(5432);
            write!(f, "{}{host}:{port}", if place == 0 { "" } else { "," })?;
        }
        write!(f, "/{}", self.config.get_dbname().unwrap_or_default())
    }
}

/// Without the password.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use gc_net::Trust;

    use super::*;

    fn parse(url: &str) -> Result<Address, InvalidAddress> {
        // Any trust will do: nothing is connected to.
        let tls = Trust::Pinned(Vec::new()).client_config().unwrap();
        Address::parse(&SecretString::from(url), &tls)
    }

    #[test]
    fn the_password_is_not_shown() {
        let address = parse("postgresql://gc:hunter2@db-a,db-b:6432/gc").unwrap();
        assert_eq!(address.to_string(), "postgresql://gc@db-a:5432,db-b:6432/gc");
        assert!(!format!("{address:?}").contains("hunter2") && address.has_password());
        for wrong in [
            "mysql://gc:hunter2@db/gc",
            "postgresql://gc:hunter2@db/gc?nonsense=1",
            "postgresql://gc:hunter2@db",
            "postgresql://gc:a@hunter2@db/gc",
            "postgresql://gc:a@b?hunter2=c@db/gc",
        ] {
            let error = parse(wrong).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{wrong}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_said_in_our_words() {
        for (url, says) in [
            ("postgresql://gc@db:x/gc", "its port cannot be used: write a number from 1 to 65535"),
            (
                "postgresql://gc@[2001:db8::7/gc",
                "its host cannot be used: write a name or an address, IPv6 as in [2001:db8::7]",
            ),
            (
                "postgresql://gc@db/gc?sslmode=some",
                "its sslmode cannot be used: write require, prefer or disable",
            ),
            (
                "postgresql://gc@db/gc?connect_timeout=soon",
                "the value of its option connect_timeout cannot be used",
            ),
            (
                "postgresql://gc@db/gc?nonsense=1",
                "there is no option nonsense: sslmode and connect_timeout are those that are needed most",
            ),
            (
                "postgresql://%ff@db/gc",
                "it cannot be read: write postgresql://user:password@host:5432/database",
            ),
        ] {
            assert_eq!(parse(url).unwrap_err().to_string(), says, "{url}");
        }
    }

    #[test]
    fn what_the_driver_says_of_an_address_is_the_source_of_the_error() {
        let source =
            |url| parse(url).unwrap_err().source().is_some_and(|source| source.is::<tokio_postgres::Error>());
        assert!(source("postgresql://gc@db/gc?nonsense=1"));
        assert!(!source("mysql://gc@db/gc"), "that is our own rule");
    }

    #[test]
    fn another_machine_needs_tls_unless_it_is_forgone_in_words() {
        let mode = |url| parse(url).unwrap().config.get_ssl_mode();
        assert_eq!(mode("postgresql://db/gc"), SslMode::Require);
        assert_eq!(mode("postgresql://localhost/gc"), SslMode::Prefer);
        assert_eq!(mode("postgresql://%2Frun%2Fpostgresql/gc"), SslMode::Prefer);
        assert_eq!(mode("postgresql://localhost,db/gc"), SslMode::Require);
        let readable = parse("postgresql://db/gc?sslmode=disable").unwrap();
        assert!(readable.is_readable() && !parse("postgresql://db/gc").unwrap().is_readable());
    }
}
