//! IPv4 addresses inside of IPv6 ones.

use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::Ipv6Net;

/// The IPv4 addresses that an IPv6 address holds, by the forms that can be recognised.
pub(crate) fn embedded_in(address: Ipv6Addr) -> impl Iterator<Item = Ipv4Addr> {
    let segments = address.segments();
    let at_the_end = match segments {
        // `::` and `::1` hold nothing.
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => None,
        // IPv4-compatible and IPv4-mapped (RFC 4291), IPv4-translated (RFC 2765), NAT64 (RFC 6052), ISATAP (RFC 5214).
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x0064, 0xff9b, 0, 0, 0, 0, high, low]
        | [_, _, _, _, 0 | 0x0200, 0x5efe, high, low] => Some(ipv4(high, low)),
        _ => None,
    };
    let at_the_start = match segments {
        // 6to4 (RFC 3056).
        [0x2002, high, low, ..] => [Some(ipv4(high, low)), None],
        // Teredo (RFC 4380): the server, and the client with inverted bits.
        [0x2001, 0, high, low, _, _, client_high, client_low] => {
            [Some(ipv4(high, low)), Some(ipv4(!client_high, !client_low))]
        }
        _ => [None, None],
    };
    at_the_start.into_iter().chain([at_the_end]).flatten()
}

/// The IPv6 networks that hold this IPv4 address, of the forms that begin with it or with a fixed prefix: not ISATAP, and of
/// Teredo only the server.
pub(crate) fn embedding(address: Ipv4Addr) -> impl Iterator<Item = Ipv6Net> {
    let [a, b, c, d] = address.octets().map(u16::from);
    let (high, low) = (a << 8 | b, c << 8 | d);
    let forms = [
        (Ipv6Addr::new(0, 0, 0, 0, 0, 0, high, low), 128),
        (Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, high, low), 128),
        (Ipv6Addr::new(0x0064, 0xff9b, 0, 0, 0, 0, high, low), 128),
        (Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 0), 48),
        // Teredo's server.
        (Ipv6Addr::new(0x2001, 0, high, low, 0, 0, 0, 0), 64),
    ];
    forms.into_iter().filter_map(|(network, prefix)| Ipv6Net::new(network, prefix).ok())
}

fn ipv4(high: u16, low: u16) -> Ipv4Addr {
    let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
    Ipv4Addr::new(a, b, c, d)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(address: &str) -> Vec<String> {
        embedded_in(address.parse().unwrap()).map(|address| address.to_string()).collect()
    }

    #[test]
    fn every_form_shows_what_it_holds() {
        for form in [
            "::192.0.2.33",
            "::ffff:192.0.2.33",
            "::ffff:0:192.0.2.33",
            "64:ff9b::192.0.2.33",
            "2002:c000:221::1",
            "2001:db8::5efe:192.0.2.33",
            "2001:db8::200:5efe:192.0.2.33",
        ] {
            assert_eq!(found(form), ["192.0.2.33"], "{form}");
        }
    }

    #[test]
    fn what_holds_an_address_shows_it() {
        let address = Ipv4Addr::new(192, 0, 2, 33);
        for network in embedding(address) {
            assert!(embedded_in(network.addr()).any(|found| found == address), "{network}");
        }
    }

    /// The example of RFC 4380, section 4.
    #[test]
    fn teredo_holds_its_server_and_its_client() {
        assert_eq!(found("2001:0:4136:e378:8000:63bf:3fff:fdd2"), ["65.54.227.120", "192.0.2.45"]);
    }

    #[test]
    fn an_address_can_have_two_forms_at_once() {
        assert_eq!(found("2002:c000:221::5efe:192.0.2.34"), ["192.0.2.33", "192.0.2.34"]);
    }

    #[test]
    fn other_addresses_hold_none() {
        for address in ["::", "::1", "2001:db8::192.0.2.33", "fe80::1", "64:ff9b:1::192.0.2.33"] {
            assert!(found(address).is_empty(), "{address}");
        }
    }
}
