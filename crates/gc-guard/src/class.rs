//! What kind of address an IP address is.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::embedded::embedded_in;

/// What kind of address an IP address is, as far as it matters for a callback. Ordered: the later, the worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Class {
    /// Of the internet, or not known to be anything else.
    Global,
    /// Of a private network (RFC 1918, RFC 4193), or shared behind a provider (RFC 6598).
    Private,
    /// This machine itself.
    Loopback,
    /// For documentation, benchmarks and protocols (RFC 6890), or not assigned to anything.
    Reserved,
    /// All machines of the local network.
    Broadcast,
    /// A group of machines.
    Multicast,
    /// No address; many systems connect to themselves then.
    Unspecified,
    /// Of the local network segment only (RFC 3927, RFC 4291).
    LinkLocal,
    /// A cloud's service from which a machine gets its credentials.
    Metadata,
}

/// Metadata services, of most clouds; then tasks and pods of AWS, Alibaba, Azure; AWS, Google, Linode, Scaleway, Oracle.
pub(crate) const METADATA: [IpAddr; 10] = [
    IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)),
    IpAddr::V4(Ipv4Addr::new(169, 254, 170, 2)),
    IpAddr::V4(Ipv4Addr::new(169, 254, 170, 23)),
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254)),
    IpAddr::V6(Ipv6Addr::new(0xfd20, 0x00ce, 0, 0, 0, 0, 0, 0x0254)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xa9fe, 0xa9fe, 0, 0, 0, 0, 0x0001)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0x0042, 0, 0, 0, 0, 0, 0x0042)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0x00c1, 0, 0, 0, 0, 0xa9fe, 0xa9fe)),
];

impl Class {
    /// The class of an address. Where an IPv6 address holds an IPv4 one (IPv4-mapped, NAT64, 6to4, Teredo, ISATAP), the
    /// worse of both counts, since the packets may end at either.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => of_v4(address),
            IpAddr::V6(address) => embedded_in(address).map(of_v4).fold(of_v6(address), Self::max),
        }
    }

    /// Whether a callback may go there without being on the list.
    #[must_use]
    pub fn is_allowed(self) -> bool {
        matches!(self, Self::Global | Self::Private)
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Global => "global",
            Self::Private => "private",
            Self::Loopback => "loopback",
            Self::Reserved => "reserved",
            Self::Broadcast => "broadcast",
            Self::Multicast => "multicast",
            Self::Unspecified => "unspecified",
            Self::LinkLocal => "link-local",
            Self::Metadata => "of a metadata service",
        })
    }
}

/// The registry of special addresses (IANA), and the metadata services that are outside of link-local networks.
fn of_v4(address: Ipv4Addr) -> Class {
    match address.octets() {
        _ if METADATA.contains(&address.into()) => Class::Metadata,
        [0, ..] => Class::Unspecified,
        [127, ..] => Class::Loopback,
        [169, 254, ..] => Class::LinkLocal,
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] => Class::Private,
        // Protocols, the former anycast of 6to4, benchmarks.
        [192, 0, 0, _] | [192, 88, 99, _] | [198, 18..=19, ..] => Class::Reserved,
        // Documentation.
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => Class::Reserved,
        [224..=239, ..] => Class::Multicast,
        [255, 255, 255, 255] => Class::Broadcast,
        [240..=255, ..] => Class::Reserved,
        _ => Class::Global,
    }
}

/// The address itself, whatever it holds.
fn of_v6(address: Ipv6Addr) -> Class {
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => Class::Unspecified,
        [0, 0, 0, 0, 0, 0, 0, 1] => Class::Loopback,
        // All of AWS's network for such services.
        [0xfd00, 0x0ec2, ..] => Class::Metadata,
        _ if METADATA.contains(&address.into()) => Class::Metadata,
        [0xfc00..=0xfdff, ..] => Class::Private,
        [0xfe80..=0xfebf, ..] => Class::LinkLocal,
        [0xff00..=0xffff, ..] => Class::Multicast,
        // NAT64: what is reached is the IPv4 address in it.
        [0x0064, 0xff9b, 0, 0, 0, 0, ..] => Class::Global,
        // Teredo, inside of the block for protocols; then the blocks for documentation.
        [0x2001, 0, ..] => Class::Global,
        [0x2001, 0x0001..=0x01ff, ..] | [0x2001, 0x0db8, ..] | [0x3fff, 0..=0x0fff, ..] => Class::Reserved,
        [0x2000..=0x3fff, ..] => Class::Global,
        // Nothing else is assigned to hosts. This includes 64:ff9b:1::/48 (RFC 8215): only the operator of that
        // network knows which bits are the IPv4 address.
        _ => Class::Reserved,
    }
}

#[cfg(test)]
mod tests;
