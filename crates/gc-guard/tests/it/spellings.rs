//! However an IPv4 address is spelled, the verdict is the same.

use std::net::Ipv4Addr;

use gc_guard::{Caller, Class, Forbidden, Guard};
use proptest::prelude::*;
use proptest::sample::select;
use url::Url;

/// What the guard says to the host as it stands in a URL, for both kinds of callers.
pub(crate) fn verdicts(host: &str) -> [Result<(), Forbidden>; 2] {
    let url = Url::parse(&format!("http://{host}:9000/e")).unwrap_or_else(|error| panic!("{host}: {error}"));
    [Caller::Other, Caller::Loopback].map(|caller| Guard::default().check_url(&url, caller))
}

/// Any address, and often one of those that matter.
pub(crate) fn address() -> impl Strategy<Value = Ipv4Addr> {
    let first_two = select(vec![
        [0, 0],
        [10, 0],
        [127, 0],
        [169, 254],
        [172, 16],
        [192, 168],
        [100, 100],
        [168, 63],
        [198, 18],
        [224, 0],
        [255, 255],
    ]);
    prop_oneof![
        any::<u32>().prop_map(Ipv4Addr::from),
        (first_two, any::<[u8; 2]>()).prop_map(|([a, b], [c, d])| Ipv4Addr::new(a, b, c, d)),
        select(vec!["127.0.0.1", "169.254.169.254", "100.100.100.200", "168.63.129.16", "255.255.255.255"])
            .prop_map(|address| address.parse().unwrap()),
    ]
}

/// One number of an address: decimal, octal or hexadecimal, with zeros before it.
fn number(value: u32, base: u8, zeros: usize) -> String {
    let zeros = "0".repeat(zeros);
    match base {
        0 => value.to_string(),
        1 => format!("0{zeros}{value:o}"),
        2 => format!("0x{zeros}{value:x}"),
        _ => format!("0X{zeros}{value:X}"),
    }
}

/// One to four numbers, of which the last holds all bytes that are left, each in a base of its own.
fn parts(address: Ipv4Addr, count: usize, bases: [u8; 4], zeros: usize) -> String {
    let octets = address.octets();
    let (single, rest) = octets.split_at(count - 1);
    let last = rest.iter().fold(0, |all, octet| (all << 8) | u32::from(*octet));
    let numbers = single.iter().map(|octet| u32::from(*octet)).chain([last]);
    numbers.zip(bases).map(|(value, base)| number(value, base, zeros)).collect::<Vec<_>>().join(".")
}

/// The same text in characters that are read as the ASCII ones.
fn disguised(text: &str, kinds: &[u8]) -> String {
    let mut kinds = kinds.iter().cycle();
    text.chars()
        .map(|character| match (kinds.next().unwrap_or(&0), character) {
            (1, '.') => "。".to_owned(),
            (2, '.') => "．".to_owned(),
            (3, '.') => "｡".to_owned(),
            (1 | 2, '!'..='~') => char::from_u32(u32::from(character) + 0xfee0).unwrap().to_string(),
            // A soft hyphen is left out of host names.
            (3, _) => format!("\u{ad}{character}"),
            (4, _) => format!("%{:02x}", u32::from(character)),
            _ => character.to_string(),
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn every_spelling_of_an_address_gets_the_same_verdict(
        address in address(),
        count in 1usize..=4,
        bases in prop::array::uniform4(0u8..4),
        zeros in 0usize..4,
        kinds in prop::collection::vec(0u8..5, 1..8),
        dot: bool,
    ) {
        let expected = verdicts(&address.to_string());
        let dot = if dot { "." } else { "" };
        let spelled = format!("{}{dot}", parts(address, count, bases, zeros));
        prop_assert_eq!(verdicts(&spelled), expected, "{}", spelled);
        let disguised = disguised(&spelled, &kinds);
        prop_assert_eq!(verdicts(&disguised), expected, "{}", disguised);
    }

    #[test]
    fn the_verdict_follows_the_class(address in address()) {
        let class = Class::of(address.into());
        let refused = Err(Forbidden::Address(class));
        let expected = match class {
            Class::Global | Class::Private => [Ok(()), Ok(())],
            Class::Loopback => [refused, Ok(())],
            _ => [refused, refused],
        };
        prop_assert_eq!(verdicts(&address.to_string()), expected);
    }

    #[test]
    fn the_class_agrees_with_the_standard_library(address in address()) {
        let class = Class::of(address.into());
        let is_allowed = !(address.is_loopback() || address.is_link_local() || address.is_multicast()
            || address.is_broadcast() || address.is_unspecified() || address.is_documentation());
        prop_assert!(is_allowed || !class.is_allowed(), "{}", class);
        prop_assert!(!address.is_private() || class == Class::Private, "{}", class);
    }
}
