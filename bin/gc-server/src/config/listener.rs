//! What the configuration says of the listener itself.

use std::net::SocketAddr;
use std::num::NonZeroU32;

use axum::http::Uri;
use axum::http::uri::Authority;

use super::faults::all;
use super::{Config, ConfigError, TlsFiles, bad};
use crate::http::{Allowance, Browsers, ConnectionLimits, Console, Limits, Rate, Tls};

/// Connections at once of the listeners for health checks and for administrators.
const FEW_CONNECTIONS: usize = 100;

impl Config {
    /// Whether callers are not identified.
    pub(crate) fn is_open(&self) -> bool {
        self.client.is_empty()
    }

    /// Whether only this machine can reach the listeners for which callers have to be known.
    pub(crate) fn is_local(&self) -> bool {
        self.reachable().is_none()
    }

    /// The first of these listeners that other machines can reach, with its key.
    pub(super) fn reachable(&self) -> Option<(&'static str, SocketAddr)> {
        let listen = ("http.listen", self.http.listen);
        let admin = self.http.admin_listen.map(|address| ("http.admin_listen", address));
        let mut all = [Some(listen), admin].into_iter().flatten();
        all.find(|(_, address)| !address.ip().to_canonical().is_loopback())
    }

    /// The certificate that is presented to clients, and its files.
    pub(crate) fn tls(&self) -> Result<Option<(TlsFiles, Tls)>, ConfigError> {
        let files = self.http.tls.clone();
        files.map(|files| files.read().map(|config| (files, Tls::new(config)))).transpose()
    }

    /// How long connections may take for what, and how many there may be.
    pub(crate) fn connection_limits(&self) -> ConnectionLimits {
        let http = &self.http;
        ConnectionLimits {
            header_timeout: http.header_timeout,
            write_timeout: http.write_timeout,
            connections: http.max_connections,
            connections_per_address: whole(http.limits.connections),
        }
    }

    /// The same of the listeners for health checks and for administrators.
    pub(crate) fn few_connections(&self) -> ConnectionLimits {
        let most = FEW_CONNECTIONS;
        ConnectionLimits { connections: most, connections_per_address: most, ..self.connection_limits() }
    }

    /// The same of the listener for the group: through a follower come the requests of many clients.
    pub(crate) fn connections_of_group(&self) -> ConnectionLimits {
        let most = self.http.max_connections;
        ConnectionLimits { connections: most, connections_per_address: most, ..self.connection_limits() }
    }

    /// What one client or address may ask for.
    pub(crate) fn limits(&self) -> Limits {
        let limits = &self.http.limits;
        Limits::new(Allowance {
            requests: Rate::new(limits.requests_per_second, limits.requests_burst),
            hellos: Rate::new(limits.hellos_per_second, limits.hellos_burst),
            connects: Rate::new(limits.connects_per_second, limits.connects_burst),
            requests_at_once: whole(limits.requests_at_once),
            connections: whole(limits.client_connections),
        })
    }

    /// The console, if it is to be served.
    pub(crate) fn console(&self) -> Option<Console> {
        self.http.console.then(|| Console::new(self.simulator.as_deref()))
    }

    /// What web pages may do.
    pub(crate) fn browsers(&self) -> Result<Browsers, ConfigError> {
        let names: Vec<String> = self.http.hosts.clone();
        let bad_names = names.iter().filter(|name| !is_name(name)).map(|name| {
            let text = format!(
                "{name:?} cannot be used: write a name or an address alone, such as gc.contact.example"
            );
            Err(bad("http.hosts", text))
        });
        let origins: Vec<_> = self.http.origins.iter().map(|origin| origin.to_ascii_lowercase()).collect();
        let bad_origins = origins.iter().filter(|origin| !is_origin(origin)).map(|origin| {
            let text = format!(
                "{origin:?} cannot be used: write scheme and name, such as https://desk.contact.example"
            );
            Err::<(), _>(bad("http.origins", text))
        });
        all(bad_names.chain(bad_origins))?;
        // A page can reach an open listener on this machine through a name of its own.
        let checked = !names.is_empty() || (self.is_open() && self.is_local());
        Ok(Browsers { hosts: checked.then_some(names), origins })
    }
}

fn whole(number: NonZeroU32) -> usize {
    usize::try_from(number.get()).unwrap_or(usize::MAX)
}

fn is_name(name: &str) -> bool {
    name.parse::<Authority>().is_ok_and(|authority| authority.host() == name)
}

fn is_origin(origin: &str) -> bool {
    let Ok(uri) = origin.parse::<Uri>() else { return false };
    let (scheme, authority) = (uri.scheme_str().unwrap_or_default(), uri.authority().map(Authority::as_str));
    // As a browser writes it: nothing behind the name and the port.
    let written = |authority: &str| format!("{scheme}://{authority}") == origin && !authority.contains('@');
    !scheme.is_empty() && authority.is_some_and(written)
}
