//! The addresses that a caller comes from.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use thiserror::Error;

/// One address or a range of them: `10.20.0.7`, `10.20.0.0/24`, `2001:db8::/48`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AddressRange(IpNet);

/// The text is not a range of addresses.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidRange {
    /// It is something else.
    #[error("write an address such as 10.20.0.7, or a range such as 10.20.0.0/24")]
    NotARange,
    /// Bits are set that the prefix leaves out: either the address or the prefix is a mistake.
    #[error("a range begins with its first address: write {0} for the range, or {1} for the one address")]
    NotTheFirst(IpNet, IpAddr),
    /// An IPv4 range in IPv6 notation.
    #[error("write a range of IPv4 addresses as IPv4, such as 10.20.0.0/24")]
    Mapped,
}

impl AddressRange {
    /// Whether the address is in it. An IPv4 peer of a socket that listens on IPv6 counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }

    /// How many leading bits are fixed: of two ranges that hold an address, the one with more is the narrower.
    pub fn prefix(&self) -> u8 {
        self.0.prefix_len()
    }
}

impl FromStr for AddressRange {
    type Err = InvalidRange;

    fn from_str(text: &str) -> Result<Self, InvalidRange> {
        let one = || text.parse::<IpAddr>().map(|address| IpNet::from(address.to_canonical()));
        let range = one().or_else(|_| text.parse::<IpNet>()).map_err(|_| InvalidRange::NotARange)?;
        match range {
            IpNet::V6(range) if range.addr().to_ipv4_mapped().is_some() => Err(InvalidRange::Mapped),
            range if range.trunc() != range => Err(InvalidRange::NotTheFirst(range.trunc(), range.addr())),
            range => Ok(Self(range)),
        }
    }
}

impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> AddressRange {
        text.parse().unwrap()
    }

    #[test]
    fn a_range_holds_its_addresses_in_either_notation() {
        for (wanted, address, inside) in [
            ("10.20.0.0/24", "10.20.0.255", true),
            ("10.20.0.0/24", "10.20.1.0", false),
            ("10.20.0.0/24", "::ffff:10.20.0.7", true),
            ("10.20.0.7", "10.20.0.7", true),
            ("10.20.0.7", "10.20.0.8", false),
            ("::ffff:10.20.0.7", "10.20.0.7", true),
            ("2001:db8::/48", "2001:db8::1", true),
            ("2001:db8::/48", "2001:db8:1::1", false),
            ("0.0.0.0/0", "2001:db8::1", false),
        ] {
            assert_eq!(range(wanted).contains(address.parse().unwrap()), inside, "{wanted} {address}");
        }
    }

    #[test]
    fn what_is_no_range_is_refused_with_what_to_write() {
        for text in ["", "crm.example.com", "10.20.0", "10.20.0.0/33", "10.20.0.0/", "10.20.0.0-10.20.0.9"] {
            assert_eq!(text.parse::<AddressRange>(), Err(InvalidRange::NotARange), "{text}");
        }
        let error = "10.20.0.7/24".parse::<AddressRange>().unwrap_err().to_string();
        assert!(error.contains("write 10.20.0.0/24") && error.contains("or 10.20.0.7 "), "{error}");
        assert_eq!("::ffff:10.0.0.0/104".parse::<AddressRange>(), Err(InvalidRange::Mapped));
    }
}
