//! The policy.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use url::{Host, Url};

use crate::embedded::embedded_in;
use crate::entry::normalised;
use crate::{Class, Entry, Forbidden};

/// Who names the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Caller {
    /// Somebody on this machine, who may be called there.
    Loopback,
    /// Anybody else.
    Other,
}

/// By the address that the request came from.
impl From<IpAddr> for Caller {
    fn from(peer: IpAddr) -> Self {
        if peer.to_canonical().is_loopback() { Self::Loopback } else { Self::Other }
    }
}

/// Decides which addresses may be called: see the [crate] for the rules. The default allows nothing in addition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guard {
    allowed: Vec<Entry>,
    listeners: Vec<SocketAddr>,
    local: Vec<IpAddr>,
}

impl Guard {
    /// A guard that allows these entries in addition.
    #[must_use]
    pub fn new(allowed: impl IntoIterator<Item = Entry>) -> Self {
        Self { allowed: allowed.into_iter().collect(), ..Self::default() }
    }

    /// The same guard for a server that listens at these addresses.
    ///
    /// A listener at an unspecified address (`0.0.0.0:8112`) has its port on every address of the machine. A pure rule
    /// cannot know these, so `local` has to list them: from the system, or from the local ends of connections that
    /// were accepted. An address of the machine that is not listed is not recognised, except loopback.
    #[must_use]
    pub fn with_listeners(
        mut self,
        listeners: impl IntoIterator<Item = SocketAddr>,
        local: impl IntoIterator<Item = IpAddr>,
    ) -> Self {
        let canonical = |listener: SocketAddr| SocketAddr::new(listener.ip().to_canonical(), listener.port());
        self.listeners.extend(listeners.into_iter().map(canonical));
        self.local.extend(local.into_iter().map(|address| address.to_canonical()));
        self
    }

    /// Decides what a URL shows: its scheme, credentials, and a host that is an address. `localhost` and the names below
    /// it are loopback (RFC 6761). Any other host name passes here: it is decided when it is resolved.
    ///
    /// # Errors
    /// When the URL must not be called, with the reason.
    pub fn check_url(&self, url: &Url, caller: Caller) -> Result<(), Forbidden> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Forbidden::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Forbidden::Credentials);
        }
        let port = url.port_or_known_default().unwrap_or_default();
        let check = |address: IpAddr| self.check_address(address, port, caller);
        match url.host().ok_or(Forbidden::NoHost)? {
            Host::Ipv4(address) => check(address.into()),
            Host::Ipv6(address) => check(address.into()),
            Host::Domain(name) => {
                let name = normalised(name);
                if is_localhost(&name) && !self.allows_name(&name) {
                    check(Ipv4Addr::LOCALHOST.into())?;
                    check(Ipv6Addr::LOCALHOST.into())?;
                }
                Ok(())
            }
        }
    }

    /// Decides what a host name has resolved to, for a URL that has passed [`Guard::check_url`]. A name on the list may
    /// resolve to anything.
    ///
    /// One forbidden address forbids all: whoever controls the name's DNS could otherwise mix a permitted address that
    /// does not answer with a forbidden one, and no honest name resolves to both. Loopback is forbidden for every name but
    /// `localhost`, also to a caller on loopback: an HTTP client shares its connections among all callers, so the caller is
    /// unknown here.
    ///
    /// The port of each address is the one that will be dialled. Port 0 means that it is not known, as in a
    /// [`reqwest` resolver]: then an address counts as the server's own if the server listens there at any port.
    ///
    /// [`reqwest` resolver]: https://docs.rs/reqwest/latest/reqwest/dns/trait.Resolve.html
    ///
    /// # Errors
    /// When an address must not be called, with the reason.
    pub fn check_resolved(
        &self,
        host: &str,
        addresses: impl IntoIterator<Item = SocketAddr>,
    ) -> Result<Vec<SocketAddr>, Forbidden> {
        let addresses: Vec<_> = addresses.into_iter().collect();
        let name = normalised(host);
        if !self.allows_name(&name) {
            for address in &addresses {
                let ip = address.ip().to_canonical();
                // Whether this caller may be called there was decided with the URL, which knew the port.
                if !(ip.is_loopback() && is_localhost(&name)) {
                    self.check_address(ip, address.port(), Caller::Other)?;
                }
            }
        }
        Ok(addresses)
    }

    fn check_address(&self, address: IpAddr, port: u16, caller: Caller) -> Result<(), Forbidden> {
        let address = address.to_canonical();
        if self.allowed.iter().any(|entry| entry.allows_address(address)) {
            return Ok(());
        }
        let class = Class::of(address);
        // Not by the class alone: an address that only holds a loopback one leads to another machine.
        let is_callers_own = caller == Caller::Loopback && class == Class::Loopback && address.is_loopback();
        if !class.is_allowed() && !is_callers_own {
            return Err(Forbidden::Address(class));
        }
        if self.is_own(address, port) { Err(Forbidden::OwnListener) } else { Ok(()) }
    }

    fn allows_name(&self, name: &str) -> bool {
        self.allowed.iter().any(|entry| entry.allows_name(name))
    }

    fn is_own(&self, address: IpAddr, port: u16) -> bool {
        let listens_at = |address: IpAddr| {
            let is_local = address.is_loopback() || self.local.contains(&address);
            self.listeners.iter().any(|listener| {
                (listener.port() == port || port == 0)
                    && (listener.ip() == address || (listener.ip().is_unspecified() && is_local))
            })
        };
        let is_one_inside = match address {
            IpAddr::V4(_) => false,
            IpAddr::V6(address) => embedded_in(address).any(|inner| listens_at(inner.into())),
        };
        is_one_inside || listens_at(address)
    }
}

/// RFC 6761: these names never leave the machine.
fn is_localhost(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests;
