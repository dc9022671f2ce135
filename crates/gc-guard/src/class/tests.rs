use super::*;

/// The first and the last address of each block, and its neighbours.
#[test]
fn every_block_begins_and_ends_where_the_registry_says() {
    use Class::*;
    let table: &[(Class, &[&str])] = &[
        (Unspecified, &["0.0.0.0", "0.255.255.255", "::"]),
        (Private, &["10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255"]),
        (Private, &["192.168.0.0", "192.168.255.255", "100.64.0.0", "100.127.255.255"]),
        (Private, &["fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"]),
        (Loopback, &["127.0.0.0", "127.0.0.1", "127.255.255.255", "::1"]),
        (LinkLocal, &["169.254.0.0", "169.254.255.255", "fe80::", "febf:ffff::1"]),
        (Metadata, &["169.254.169.254", "169.254.170.2", "169.254.170.23"]),
        (Metadata, &["100.100.100.200", "168.63.129.16"]),
        (Metadata, &["fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254", "fd00:a9fe:a9fe::1", "fd00:42::42"]),
        (Metadata, &["fd00:c1::a9fe:a9fe"]),
        (Reserved, &["192.0.0.0", "192.0.0.255", "192.88.99.0", "198.18.0.0", "198.19.255.255"]),
        (Reserved, &["192.0.2.0", "192.0.2.255", "198.51.100.1", "203.0.113.1"]),
        (Reserved, &["240.0.0.0", "255.255.255.254"]),
        (Reserved, &["2001:db8::", "2001:db8:ffff::1", "3fff::", "3fff:fff:ffff::1"]),
        (Reserved, &["2001:2::1", "2001:1ff::1", "100::1", "fec0::1", "64:ff9b:1::1", "5f00::1", "4000::"]),
        (Broadcast, &["255.255.255.255"]),
        (Multicast, &["224.0.0.0", "239.255.255.255", "ff00::", "ff02::1", "ffff::"]),
        (Global, &["1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0"]),
        (Global, &["126.255.255.255", "128.0.0.0", "169.253.255.255", "169.255.0.0"]),
        (Global, &["172.15.255.255", "172.32.0.0", "191.255.255.255", "192.0.1.0", "192.0.3.0"]),
        (Global, &["192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255"]),
        (Global, &["2001:200::1", "2001:db7::1", "2001:db9::1", "2606:4700::1111", "3ffe::1", "3fff:1000::"]),
    ];
    for (class, addresses) in table {
        for address in *addresses {
            assert_eq!(Class::of(address.parse().unwrap()), *class, "{address}");
        }
    }
}

#[test]
fn the_worse_of_both_counts() {
    use Class::*;
    for (address, class) in [
        ("::ffff:8.8.8.8", Global),
        ("::ffff:127.0.0.1", Loopback),
        ("64:ff9b::8.8.8.8", Global),
        ("64:ff9b::10.1.2.3", Private),
        ("64:ff9b::169.254.169.254", Metadata),
        ("2002:a9fe:1::1", LinkLocal),
        ("2001:0:4136:e378:8000:63bf:80ff:fffe", Loopback),
        ("2001:0:7f00:1:8000:63bf:f7f7:f7f7", Loopback),
        ("2606:4700::5efe:224.0.0.1", Multicast),
        ("::8.8.8.8", Reserved),
        ("::127.0.0.1", Reserved),
        ("::169.254.0.1", LinkLocal),
        ("fe80::5efe:8.8.8.8", LinkLocal),
        ("::ffff:0:8.8.8.8", Reserved),
    ] {
        assert_eq!(Class::of(address.parse().unwrap()), class, "{address}");
    }
}

#[test]
fn only_public_and_private_networks_are_allowed_by_default() {
    use Class::*;
    let allowed: Vec<Class> =
        [Global, Private, Loopback, Reserved, Broadcast, Multicast, Unspecified, LinkLocal, Metadata]
            .into_iter()
            .filter(|class| class.is_allowed())
            .collect();
    assert_eq!(allowed, [Global, Private]);
}
