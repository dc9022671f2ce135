//! An IPv4 address inside of an IPv6 one.

use std::net::{Ipv4Addr, Ipv6Addr};

use gc_guard::{Class, Guard};
use proptest::prelude::*;

use crate::spellings::{address, verdicts};

fn segments(address: Ipv4Addr) -> [u16; 2] {
    let [a, b, c, d] = address.octets();
    [u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])]
}

/// The address behind this prefix.
fn behind(prefix: [u16; 6], address: Ipv4Addr) -> Ipv6Addr {
    let ([a, b, c, d, e, f], [g, h]) = (prefix, segments(address));
    Ipv6Addr::new(a, b, c, d, e, f, g, h)
}

/// Every form that is global but for the address in it.
fn tunnels(address: Ipv4Addr, site: u16) -> [Ipv6Addr; 5] {
    let [high, low] = segments(address);
    [
        behind([0x64, 0xff9b, 0, 0, 0, 0], address),
        Ipv6Addr::new(0x2002, high, low, site, 0, 0, 0, 1),
        Ipv6Addr::new(0x2001, 0, 0x4136, 0xe378, 0x8000, site, !high, !low),
        behind([0x2606, 0x4700, 0, site, 0, 0x5efe], address),
        behind([0x2606, 0x4700, 0, site, 0x200, 0x5efe], address),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_mapped_address_is_the_ipv4_address(address in address()) {
        let expected = verdicts(&address.to_string());
        let mapped = address.to_ipv6_mapped();
        let [high, low] = segments(address);
        for host in [
            format!("[{mapped}]"),
            format!("[0:0:0:0:0:FFFF:{high:04X}:{low:x}]"),
            format!("[::ffff:{address}]"),
        ] {
            prop_assert_eq!(verdicts(&host), expected, "{}", host);
        }
    }

    #[test]
    fn a_tunnel_is_as_good_as_where_it_ends(address in address(), site: u16) {
        let [other, _] = verdicts(&address.to_string());
        for tunnel in tunnels(address, site) {
            prop_assert_eq!(Class::of(tunnel.into()), Class::of(address.into()), "{}", tunnel);
            prop_assert_eq!(verdicts(&format!("[{tunnel}]")), [other, other], "{}", tunnel);
            let resolved = Guard::default().check_resolved("h.example", [(tunnel, 0).into()]);
            prop_assert_eq!(resolved.map(drop), other, "{}", tunnel);
        }
    }

    #[test]
    fn an_address_of_an_abandoned_form_is_never_allowed(address in address()) {
        for prefix in [[0; 6], [0, 0, 0, 0, 0xffff, 0], [0x64, 0xff9b, 1, 0, 0, 0]] {
            let whole = behind(prefix, address);
            let [other, loopback] = verdicts(&format!("[{whole}]"));
            prop_assert!(other.is_err(), "{}", whole);
            prop_assert!(loopback.is_err() || whole.is_loopback(), "{}", whole);
        }
    }

    #[test]
    fn a_literal_and_a_resolved_address_get_the_same_verdict(bits: u128) {
        let address = Ipv6Addr::from(bits);
        let [other, _] = verdicts(&format!("[{address}]"));
        let resolved = Guard::default().check_resolved("h.example", [(address, 9000).into()]);
        prop_assert_eq!(resolved.map(drop), other);
    }
}
