use std::net::Ipv4Addr;

use gc_access::{Destinations, Right};

use super::*;

const HOME: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn rate(per_second: u32, burst: u32) -> Rate {
    Rate::new(NonZeroU32::new(per_second).unwrap(), NonZeroU32::new(burst).unwrap())
}

fn limits(at_once: usize) -> Arc<Limits> {
    Arc::new(Limits::new(rate(10, 5), rate(1, 2), at_once))
}

fn client(name: &str) -> Principal {
    Principal::new(name, Destinations::new(["*"]), [Right::Agent])
}

fn in_ms(ms: u64) -> TooMany {
    TooMany { wait: Duration::from_millis(ms) }
}

#[tokio::test(start_paused = true)]
async fn so_many_come_at_once_and_then_one_at_a_time() {
    let limits = limits(1);
    for _ in 0..3 {
        for _ in 0..5 {
            limits.request_from(HOME).unwrap();
        }
        assert_eq!(limits.request_from(HOME), Err(in_ms(100)));
        tokio::time::advance(Duration::from_millis(99)).await;
        // Whoever goes on asking does not wait longer for it.
        assert_eq!(limits.request_from(HOME), Err(in_ms(1)));
        tokio::time::advance(Duration::from_millis(1)).await;
        limits.request_from(HOME).unwrap();
        assert_eq!(limits.request_from(HOME), Err(in_ms(100)));
        tokio::time::advance(Duration::from_millis(500)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn each_address_and_each_client_has_limits_of_its_own() {
    let limits = limits(100);
    let other = IpAddr::from([192, 0, 2, 1]);
    while limits.request_from(HOME).is_ok() {}
    limits.request_from(other).unwrap();
    while limits.request_of(&client("acme")).is_ok() {}
    limits.request_of(&client("bell")).unwrap();
    while limits.hello(HOME, &client("acme")).is_ok() {}
    assert_eq!(limits.hello(other, &client("acme")), Err(in_ms(1000)), "its client has none left");
    assert_eq!(limits.hello(HOME, &client("bell")), Err(in_ms(1000)), "its address has none left");
    limits.hello(other, &client("bell")).unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_client_has_so_many_requests_at_once() {
    let limits = limits(2);
    let (one, _two) =
        (limits.request_of(&client("acme")).unwrap(), limits.request_of(&client("acme")).unwrap());
    assert_eq!(limits.request_of(&client("acme")).unwrap_err(), in_ms(1000));
    limits.request_of(&client("bell")).unwrap();
    drop(one);
    limits.request_of(&client("acme")).unwrap();
}

#[tokio::test(start_paused = true)]
async fn callers_who_are_not_identified_are_not_taken_for_one_client() {
    let limits = limits(0);
    let anyone = Principal::open([Right::Agent]);
    for _ in 0..100 {
        limits.request_of(&anyone).unwrap();
    }
    while limits.hello(HOME, &anyone).is_ok() {}
    limits.hello(IpAddr::from([192, 0, 2, 1]), &anyone).unwrap();
}

#[tokio::test(start_paused = true)]
async fn addresses_that_ask_no_more_are_forgotten_and_others_keep_what_they_used() {
    let limits = limits(1);
    let address = |number: u32| IpAddr::from(number.to_be_bytes());
    let _open = limits.request_of(&client("acme")).unwrap();
    for number in 0..10_000 {
        limits.request_from(address(number)).unwrap();
        tokio::time::advance(Duration::from_millis(1)).await;
    }
    assert!(limits.accounts().of.len() <= 2 * KEPT, "{}", limits.accounts().of.len());
    assert!(limits.request_of(&client("acme")).is_err());
    while limits.request_from(HOME).is_ok() {}
    for number in 20_000..30_000 {
        limits.request_from(address(number)).unwrap();
    }
    assert!(limits.request_from(HOME).is_err());
}

#[test]
fn of_ipv6_a_whole_network_is_one_address() {
    for (address, counted) in [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:3:3:4:5:6", "2001:db8:1:3::"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("192.0.2.7", "192.0.2.7"),
    ] {
        assert_eq!(network(address.parse().unwrap()), counted.parse::<IpAddr>().unwrap(), "{address}");
    }
}

#[test]
fn the_time_to_wait_is_in_whole_seconds_and_never_too_short() {
    for (ms, seconds) in [(1, "1"), (999, "1"), (1000, "1"), (1001, "2")] {
        let answer = retry_after(Response::default(), Duration::from_millis(ms));
        assert_eq!(answer.headers()[header::RETRY_AFTER], seconds, "{ms} ms");
    }
}
