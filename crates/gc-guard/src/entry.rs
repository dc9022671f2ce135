//! What an operator allows.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use thiserror::Error;
use url::Host;

use crate::class::METADATA;
use crate::embedded::embedding;

/// One entry of the list of what is allowed, read from a text:
///
/// | text | allows |
/// |---|---|
/// | `crm.example.com` | this host, wherever its name resolves to |
/// | `*.example.com` | every host below this domain, at any depth, but not `example.com` itself |
/// | `10.1.2.3`, `fd12::7` | this address, also where a name resolves to it |
/// | `10.0.0.0/8`, `fd12::/32` | every address of this network, likewise |
///
/// An entry overrules everything else, also for the server's own listeners and for IPv4 addresses inside of a listed IPv6
/// network. Names compare as DNS does: without regard to case, `bücher.example` is `xn--bcher-kva.example`, and a dot at
/// the end means nothing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Entry(Allowed);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Allowed {
    Host(String),
    /// The domain without `*.`.
    Domain(String),
    Network(IpNet),
}

/// Why a text is no entry.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidEntry {
    /// It is none of the forms of [`Entry`].
    #[error(
        "\"{0}\" is no host name, *.domain, IP address or network; scheme, port and path do not belong here"
    )]
    Unreadable(String),
    /// There are two usual ways to write a domain; one is enough.
    #[error("\"{0}\" has no meaning here; write *{0} for all hosts below the domain")]
    LeadingDot(String),
    /// Such as `127.1` or `0x7f000001`.
    #[error("\"{text}\" is an unusual spelling; write {address}")]
    Spelling {
        /// The entry.
        text: String,
        /// The address that it means.
        address: IpAddr,
    },
    /// It is not clear whether the network or the prefix is wrong.
    #[error("\"{text}\" has bits behind its prefix; the network is {network}")]
    HostBits {
        /// The entry.
        text: String,
        /// The network without these bits.
        network: IpNet,
    },
    /// These addresses are treated as the IPv4 addresses that they stand for.
    #[error("\"{0}\" is a network of IPv4-mapped addresses; write the IPv4 network")]
    Mapped(String),
}

impl InvalidEntry {
    /// Without what comes before an `@`, which may be a password, and without a query.
    fn unreadable(text: &str) -> Self {
        let text = text.split(['?', '#']).next().unwrap_or_default();
        Self::Unreadable(text.rsplit_once('@').map_or(text.to_owned(), |(_, host)| format!("…@{host}")))
    }
}

impl Entry {
    /// Whether it allows the address of a cloud's metadata service, as every network that contains one does, also inside of an
    /// IPv6 address (NAT64, 6to4 …). From there a caller can read the credentials of the machine.
    #[must_use]
    pub fn allows_metadata(&self) -> bool {
        let Allowed::Network(network) = &self.0 else { return false };
        let overlaps = |other: IpNet| network.contains(&other) || other.contains(network);
        METADATA.iter().any(|address| match address {
            IpAddr::V4(v4) => {
                overlaps((*address).into()) || embedding(*v4).any(|other| overlaps(other.into()))
            }
            IpAddr::V6(_) => overlaps((*address).into()),
        })
    }

    /// The host, if it allows one host by its name.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        match &self.0 {
            Allowed::Host(host) => Some(host),
            Allowed::Domain(_) | Allowed::Network(_) => None,
        }
    }

    /// Whether it allows this host, whose name is written as [`normalised`] does.
    pub(crate) fn allows_name(&self, name: &str) -> bool {
        match &self.0 {
            Allowed::Host(host) => host == name,
            Allowed::Domain(domain) => {
                name.strip_suffix(domain.as_str()).is_some_and(|host| host.ends_with('.'))
            }
            Allowed::Network(_) => false,
        }
    }

    /// Whether it allows this address, which is no IPv4-mapped one.
    pub(crate) fn allows_address(&self, address: IpAddr) -> bool {
        matches!(&self.0, Allowed::Network(network) if network.contains(&address))
    }
}

/// A host name as it is compared.
pub(crate) fn normalised(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

impl FromStr for Entry {
    type Err = InvalidEntry;

    fn from_str(text: &str) -> Result<Self, InvalidEntry> {
        let text = text.trim();
        if text.contains('/') {
            return network(text);
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self(Allowed::Network(address.to_canonical().into())));
        }
        if text.starts_with('.') {
            return Err(InvalidEntry::LeadingDot(text.to_owned()));
        }
        match text.strip_prefix("*.") {
            Some(domain) => Ok(Self(Allowed::Domain(host(domain, text)?))),
            None => Ok(Self(Allowed::Host(host(text, text)?))),
        }
    }
}

fn network(text: &str) -> Result<Entry, InvalidEntry> {
    let network: IpNet = text.parse().map_err(|_| InvalidEntry::unreadable(text))?;
    if network != network.trunc() {
        return Err(InvalidEntry::HostBits { text: text.to_owned(), network: network.trunc() });
    }
    // A shorter prefix contains other addresses, too.
    if network.addr().to_canonical() != network.addr() && network.prefix_len() >= 96 {
        return Err(InvalidEntry::Mapped(text.to_owned()));
    }
    Ok(Entry(Allowed::Network(network)))
}

fn host(name: &str, entry: &str) -> Result<String, InvalidEntry> {
    let address = |address| InvalidEntry::Spelling { text: entry.to_owned(), address };
    match Host::parse(name) {
        Ok(Host::Domain(name)) => {
            let name = normalised(&name);
            // Such names can be read, but no host has them: `crm-*.example.com` looks as if it meant many.
            let is_none = name.contains('*') || name.split('.').any(str::is_empty);
            if is_none { Err(InvalidEntry::unreadable(entry)) } else { Ok(name) }
        }
        Ok(Host::Ipv4(ip)) => Err(address(ip.into())),
        Ok(Host::Ipv6(ip)) => Err(address(ip.into())),
        Err(_) => Err(InvalidEntry::unreadable(entry)),
    }
}

/// As it is written in a configuration; reading it gives the same entry.
impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Allowed::Host(host) => f.write_str(host),
            Allowed::Domain(domain) => write!(f, "*.{domain}"),
            Allowed::Network(one) if one.prefix_len() == one.max_prefix_len() => one.addr().fmt(f),
            Allowed::Network(network) => network.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests;
