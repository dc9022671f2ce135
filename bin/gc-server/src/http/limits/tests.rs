use std::net::Ipv4Addr;
use std::num::NonZeroU32;

use gc_access::{Destinations, Right};

use super::super::peer::User;
use super::accounts::KEPT;
use super::*;

const HOME: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn rate(per_second: u32, burst: u32) -> Rate {
    Rate::new(NonZeroU32::new(per_second).unwrap(), NonZeroU32::new(burst).unwrap())
}

fn limits(at_once: usize) -> Arc<Limits> {
    let (requests, hellos, connects) = (rate(10, 5), rate(1, 2), rate(2, 3));
    let connections = at_once;
    Arc::new(Limits::new(Allowance { requests, hellos, connects, requests_at_once: at_once, connections }))
}

fn client(name: &str) -> Principal {
    Principal::new(name, Destinations::new(["*"]), [Right::Agent])
}

/// The refusal of an address, or of the client acme.
fn of_address(limit: Limit, ms: u64) -> TooMany {
    TooMany { subject: Subject::Address(HOME), limit, wait: Duration::from_millis(ms) }
}

fn of_acme(limit: Limit, ms: u64) -> TooMany {
    TooMany { subject: Subject::Client("acme".to_owned()), ..of_address(limit, ms) }
}

/// Until it is refused.
fn use_up<T>(mut take: impl FnMut() -> Result<T, TooMany>) {
    assert!((0..1000).any(|_| take().is_err()), "nothing is refused");
}

#[tokio::test(start_paused = true)]
async fn so_many_come_at_once_and_then_one_at_a_time() {
    let limits = limits(1);
    for _ in 0..3 {
        for _ in 0..5 {
            limits.request_from(HOME).unwrap();
        }
        assert_eq!(limits.request_from(HOME), Err(of_address(Limit::Requests, 100)));
        tokio::time::advance(Duration::from_millis(99)).await;
        // Whoever goes on asking does not wait longer for it.
        assert_eq!(limits.request_from(HOME), Err(of_address(Limit::Requests, 1)));
        tokio::time::advance(Duration::from_millis(1)).await;
        limits.request_from(HOME).unwrap();
        assert_eq!(limits.request_from(HOME), Err(of_address(Limit::Requests, 100)));
        tokio::time::advance(Duration::from_millis(500)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn each_address_and_each_client_has_limits_of_its_own() {
    let limits = limits(100);
    let other = IpAddr::from([192, 0, 2, 1]);
    use_up(|| limits.request_from(HOME));
    limits.request_from(other).unwrap();
    use_up(|| limits.request_of(&client("acme")));
    limits.request_of(&client("bell")).unwrap();
    for (name, limit, ms) in
        [(CommandName::Hello, Limit::Hellos, 1000), (CommandName::Connect, Limit::Connects, 500)]
    {
        let take = |address, who| limits.command(name, address, &client(who));
        use_up(|| take(HOME, "acme"));
        assert_eq!(take(other, "acme"), Err(of_acme(limit, ms)), "its client has none left");
        assert_eq!(take(HOME, "bell"), Err(of_address(limit, ms)), "its address has none left");
        take(other, "bell").unwrap();
        // What is refused does not count for the other one either.
        for _ in 0..10 {
            take(other, "acme").unwrap_err();
        }
        take(other, "bell").unwrap();
    }
    for _ in 0..10 {
        limits.command(CommandName::Beat, HOME, &client("acme")).unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_has_so_many_requests_at_once() {
    let limits = limits(2);
    let (one, _two) =
        (limits.request_of(&client("acme")).unwrap(), limits.request_of(&client("acme")).unwrap());
    assert_eq!(limits.request_of(&client("acme")).unwrap_err(), of_acme(Limit::RequestsAtOnce, 1000));
    limits.request_of(&client("bell")).unwrap();
    drop(one);
    limits.request_of(&client("acme")).unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_thousand_agents_of_one_client_behind_one_address_start_together() {
    let limits = Arc::new(crate::Config::default().limits());
    let (who, mut in_use) = (client("crm"), Vec::new());
    for _agent in 0..1000 {
        for command in [Some(CommandName::Hello), Some(CommandName::Connect), Some(CommandName::Login), None]
        {
            limits.request_from(HOME).unwrap();
            in_use.push(limits.request_of(&who).unwrap());
            if let Some(name) = command {
                limits.command(name, HOME, &who).unwrap();
            }
        }
        in_use.extend((0..6).map(|_| limits.connection_of(&who).unwrap()));
    }
    // Again, twice; but whoever goes on trying passwords is slowed down.
    for _again in 0..2000 {
        limits.command(CommandName::Connect, HOME, &who).unwrap();
    }
    let refused = limits.command(CommandName::Connect, HOME, &who).unwrap_err();
    assert_eq!(refused, of_address(Limit::Connects, 20));
}

#[tokio::test(start_paused = true)]
async fn a_connection_counts_for_whoever_used_it_last() {
    let limits = limits(1);
    let (one, two) = (User::default(), User::default());
    one.is(&client("acme"), &limits).unwrap();
    one.is(&client("acme"), &limits).unwrap();
    assert_eq!(two.is(&client("acme"), &limits), Err(of_acme(Limit::ClientConnections, 1000)));
    one.is(&client("bell"), &limits).unwrap();
    two.is(&client("acme"), &limits).unwrap();
    // Who is refused leaves the connection to whom it was.
    one.is(&client("acme"), &limits).unwrap_err();
    User::default().is(&client("bell"), &limits).unwrap_err();
    drop(two);
    User::default().is(&client("acme"), &limits).unwrap();
}

#[tokio::test(start_paused = true)]
async fn callers_who_are_not_identified_are_not_taken_for_one_client() {
    let limits = limits(0);
    let anyone = Principal::open([Right::Agent]);
    for _ in 0..100 {
        limits.request_of(&anyone).unwrap();
    }
    use_up(|| limits.command(CommandName::Hello, HOME, &anyone));
    limits.command(CommandName::Hello, IpAddr::from([192, 0, 2, 1]), &anyone).unwrap();
    assert!(limits.connection_of(&anyone).unwrap().is_none());
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
    use_up(|| limits.request_from(HOME));
    for number in 20_000..30_000 {
        limits.request_from(address(number)).unwrap();
    }
    assert!(limits.request_from(HOME).is_err());
}
