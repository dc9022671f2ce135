use proptest::prelude::*;

use super::*;

fn entry(text: &str) -> Entry {
    text.parse().unwrap()
}

fn refused(text: &str) -> String {
    text.parse::<Entry>().unwrap_err().to_string()
}

#[test]
fn a_host_is_allowed_by_its_name_alone() {
    let entry = entry(" CRM.Example.com. ");
    assert!(entry.allows_name("crm.example.com"));
    assert!(!entry.allows_name("a.crm.example.com"));
    assert!(!entry.allows_name("example.com"));
    assert!(!entry.allows_address("10.0.0.1".parse().unwrap()));
}

#[test]
fn a_domain_is_every_host_below_it() {
    let entry = entry("*.example.com");
    assert!(entry.allows_name("crm.example.com"));
    assert!(entry.allows_name("a.crm.example.com"));
    assert!(!entry.allows_name("example.com"));
    assert!(!entry.allows_name("badexample.com"));
    assert!(!entry.allows_name("crm.example.com.evil.example"));
}

#[test]
fn a_network_is_every_address_in_it() {
    let in_it = |entry: &Entry, address: &str| entry.allows_address(address.parse().unwrap());
    let ten = entry("10.0.0.0/8");
    assert!(in_it(&ten, "10.0.0.0") && in_it(&ten, "10.255.255.255"));
    assert!(!in_it(&ten, "9.255.255.255") && !in_it(&ten, "11.0.0.0") && !in_it(&ten, "::10.0.0.1"));
    let one = entry("fd12::7");
    assert!(in_it(&one, "fd12::7") && !in_it(&one, "fd12::8"));
}

#[test]
fn a_mapped_address_is_the_ipv4_address() {
    assert_eq!(entry("::ffff:10.0.0.1"), entry("10.0.0.1"));
}

#[test]
fn networks_with_metadata_services_are_known_in_every_form() {
    for (text, allows) in [
        ("169.254.0.0/16", true),
        ("fd00::/8", true),
        ("64:ff9b::/96", true),
        ("64:ff9b::a9fe:a9fe", true),
        ("64:ff9b::10.0.0.0/104", false),
        ("2002:a9fe:a9fe::1", true),
        ("2002::/16", true),
        ("2002:a00::/24", false),
        ("2001:0:a9fe:a9fe::/64", true),
        ("::/96", true),
        ("::ffff:0:0:0/96", true),
        ("10.0.0.0/8", false),
        ("fd12::/32", false),
        ("*.internal", false),
    ] {
        assert_eq!(entry(text).allows_metadata(), allows, "{text}");
    }
}

#[test]
fn a_refusal_repeats_no_password() {
    for text in
        ["https://agent:hush@crm.example.com/", "agent:hush@crm", "agent:hush@x@crm", "crm/events?token=hush"]
    {
        let error = refused(text);
        assert!(!error.contains("hush") && error.contains("crm"), "{error}");
    }
}

#[test]
fn a_name_in_other_letters_is_its_ascii_form() {
    assert_eq!(entry("Bücher.example"), entry("xn--bcher-kva.example"));
}

#[test]
fn other_texts_are_refused_with_what_to_write() {
    for text in [
        "",
        "*",
        "*.",
        "*.*.example.com",
        "crm-*.example.com",
        "a..b",
        "http://crm.example.com",
        "crm.example.com:8080",
        "crm.example.com/events",
        "two words",
        "10.0.0.0/33",
        "10.0.0.1:80",
        "1::/129",
        "/8",
    ] {
        assert_eq!(text.parse::<Entry>(), Err(InvalidEntry::Unreadable(text.to_owned())));
    }
    assert_eq!(
        refused(".example.com"),
        "\".example.com\" has no meaning here; write *.example.com for all hosts below the domain"
    );
    assert_eq!(refused("127.1"), "\"127.1\" is an unusual spelling; write 127.0.0.1");
    assert_eq!(refused("[fd12::7]"), "\"[fd12::7]\" is an unusual spelling; write fd12::7");
    assert_eq!(refused("10.1.2.3/8"), "\"10.1.2.3/8\" has bits behind its prefix; the network is 10.0.0.0/8");
    assert_eq!(
        refused("::ffff:10.0.0.0/104"),
        "\"::ffff:10.0.0.0/104\" is a network of IPv4-mapped addresses; write the IPv4 network"
    );
}

proptest! {
    #[test]
    fn what_is_written_can_be_read_back(text in r"(\*\.)?[a-zA-Zü0-9_.:/-]{1,20}|[0-9.:a-f]{2,12}/[0-9]{1,3}") {
        if let Ok(entry) = text.parse::<Entry>() {
            prop_assert_eq!(entry.to_string().parse(), Ok(entry));
        }
    }

    #[test]
    fn networks_can_be_read_back(bits: u128, is_v4: bool, prefix in 0u8..=128) {
        let address: IpAddr = match is_v4 {
            true => std::net::Ipv4Addr::from(bits.to_be_bytes().last_chunk::<4>().copied().unwrap()).into(),
            false => std::net::Ipv6Addr::from(bits).into(),
        };
        let Ok(network) = IpNet::new(address, prefix) else { return Ok(()) };
        let text = network.trunc().to_string();
        let read: Entry = text.parse().unwrap();
        prop_assert!(read.allows_address(address), "{}", text);
        prop_assert_eq!(read.to_string().parse(), Ok(read));
    }
}
