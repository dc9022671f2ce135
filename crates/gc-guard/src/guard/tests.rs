use super::*;

const LOOPBACK: Forbidden = Forbidden::Address(Class::Loopback);
const LINK_LOCAL: Forbidden = Forbidden::Address(Class::LinkLocal);

fn allowing(entries: &[&str]) -> Guard {
    Guard::new(entries.iter().map(|entry| entry.parse().unwrap()))
}

fn check(guard: &Guard, url: &str, caller: Caller) -> Result<(), Forbidden> {
    guard.check_url(&Url::parse(url).unwrap(), caller)
}

/// For somebody on another machine.
fn other(guard: &Guard, url: &str) -> Result<(), Forbidden> {
    check(guard, url, Caller::Other)
}

fn resolved(guard: &Guard, host: &str, addresses: &[&str]) -> Result<(), Forbidden> {
    let addresses: Vec<SocketAddr> = addresses.iter().map(|address| address.parse().unwrap()).collect();
    let passed = guard.check_resolved(host, addresses.iter().copied())?;
    assert_eq!(passed, addresses, "none is left out");
    Ok(())
}

#[test]
fn public_and_private_addresses_and_names_pass() {
    let guard = Guard::default();
    for url in
        ["http://8.8.8.8/", "https://10.1.2.3:9000/e", "http://[fd12::7]/", "https://crm.example/e?t=1"]
    {
        assert_eq!(other(&guard, url), Ok(()), "{url}");
    }
}

#[test]
fn a_url_that_is_no_callback_is_refused() {
    let guard = allowing(&["h.example"]);
    assert_eq!(other(&guard, "ftp://h.example/"), Err(Forbidden::Scheme));
    assert_eq!(other(&guard, "file:///etc/passwd"), Err(Forbidden::Scheme));
    assert_eq!(other(&guard, "http://user@h.example/"), Err(Forbidden::Credentials));
    assert_eq!(other(&guard, "http://:pw@h.example/"), Err(Forbidden::Credentials));
}

#[test]
fn loopback_is_for_callers_on_loopback() {
    let guard = Guard::default();
    for url in ["http://127.0.0.1:9000/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://127.1/"] {
        assert_eq!(other(&guard, url), Err(LOOPBACK), "{url}");
        assert_eq!(check(&guard, url, Caller::Loopback), Ok(()), "{url}");
    }
}

#[test]
fn localhost_is_loopback_without_being_resolved() {
    let guard = Guard::default();
    for url in ["http://localhost:9000/", "http://LOCALHOST./", "http://crm.localhost/"] {
        assert_eq!(other(&guard, url), Err(LOOPBACK), "{url}");
        assert_eq!(check(&guard, url, Caller::Loopback), Ok(()), "{url}");
    }
    assert_eq!(other(&guard, "http://notlocalhost/"), Ok(()), "decided when it is resolved");
    assert_eq!(other(&allowing(&["localhost"]), "http://localhost:9000/"), Ok(()));
    assert_eq!(other(&allowing(&["127.0.0.1", "::1"]), "http://localhost:9000/"), Ok(()));
    assert_eq!(other(&allowing(&["127.0.0.1"]), "http://localhost:9000/"), Err(LOOPBACK), "it may be ::1");
}

#[test]
fn an_address_that_holds_loopback_is_not_the_callers_own() {
    for url in ["http://[64:ff9b::127.0.0.1]/", "http://[2002:7f00:1::]/"] {
        assert_eq!(check(&Guard::default(), url, Caller::Loopback), Err(LOOPBACK), "{url}");
    }
}

#[test]
fn a_caller_is_on_loopback_by_the_address_it_comes_from() {
    for (peer, caller) in [
        ("127.0.0.1", Caller::Loopback),
        ("::1", Caller::Loopback),
        ("::ffff:127.0.0.1", Caller::Loopback),
        ("10.0.0.1", Caller::Other),
        ("64:ff9b::127.0.0.1", Caller::Other),
    ] {
        assert_eq!(Caller::from(peer.parse::<IpAddr>().unwrap()), caller, "{peer}");
    }
}

#[test]
fn a_listed_address_is_allowed_as_a_literal_and_when_resolved() {
    let guard = allowing(&["169.254.7.0/24"]);
    for url in ["http://169.254.7.9/", "http://[::ffff:169.254.7.9]/"] {
        assert_eq!(other(&guard, url), Ok(()), "{url}");
    }
    assert_eq!(other(&guard, "http://169.254.8.9/"), Err(LINK_LOCAL));
    assert_eq!(other(&guard, "http://[64:ff9b::169.254.7.9]/"), Err(LINK_LOCAL), "it is not listed itself");
    assert_eq!(resolved(&guard, "crm.example", &["169.254.7.9:80"]), Ok(()));
    assert_eq!(resolved(&guard, "crm.example", &["[::ffff:169.254.7.9]:80"]), Ok(()));
}

#[test]
fn a_listed_name_may_resolve_to_anything() {
    let guard = allowing(&["crm.example", "*.lan.example"]);
    for host in ["crm.example", "CRM.example.", "a.lan.example"] {
        assert_eq!(resolved(&guard, host, &["169.254.7.9:0", "127.0.0.1:0"]), Ok(()), "{host}");
    }
    assert_eq!(resolved(&guard, "lan.example", &["127.0.0.1:0"]), Err(LOOPBACK));
}

#[test]
fn a_name_is_decided_by_every_address_it_resolves_to() {
    let guard = Guard::default();
    assert_eq!(resolved(&guard, "crm.example", &["10.0.0.7:443", "[fd12::7]:443"]), Ok(()));
    assert_eq!(resolved(&guard, "crm.example", &["10.0.0.7:443", "[fe80::7]:443"]), Err(LINK_LOCAL));
    assert_eq!(resolved(&guard, "crm.example", &["[fe80::7]:443", "10.0.0.7:443"]), Err(LINK_LOCAL));
    assert_eq!(resolved(&guard, "crm.example", &["[64:ff9b::169.254.1.1]:0"]), Err(LINK_LOCAL));
    assert_eq!(resolved(&guard, "crm.example", &[]), Ok(()), "whoever dials will find nothing");
}

#[test]
fn only_localhost_may_resolve_to_loopback() {
    let guard = Guard::default();
    assert_eq!(resolved(&guard, "localhost", &["127.0.0.1:0", "[::1]:0"]), Ok(()));
    assert_eq!(resolved(&guard, "rebound.example", &["127.0.0.1:0"]), Err(LOOPBACK));
    assert_eq!(resolved(&guard, "localhost", &["169.254.1.1:0"]), Err(LINK_LOCAL));
}

#[test]
fn the_server_does_not_call_its_own_listener() {
    let guard = Guard::default().with_listeners(["10.0.0.5:8112".parse().unwrap()], []);
    assert_eq!(other(&guard, "http://10.0.0.5:8112/gc/command"), Err(Forbidden::OwnListener));
    assert_eq!(other(&guard, "http://[::ffff:10.0.0.5]:8112/"), Err(Forbidden::OwnListener));
    assert_eq!(other(&guard, "http://[64:ff9b::10.0.0.5]:8112/"), Err(Forbidden::OwnListener));
    assert_eq!(other(&guard, "http://10.0.0.5:9000/"), Ok(()), "somebody else's port");
    assert_eq!(other(&guard, "http://10.0.0.6:8112/"), Ok(()), "another machine");
    assert_eq!(resolved(&guard, "crm.example", &["10.0.0.5:8112"]), Err(Forbidden::OwnListener));
    assert_eq!(resolved(&guard, "crm.example", &["10.0.0.5:9000"]), Ok(()));
    assert_eq!(resolved(&guard, "crm.example", &["10.0.0.5:0"]), Err(Forbidden::OwnListener), "any port");
}

#[test]
fn a_listener_at_every_address_is_at_loopback_and_at_the_known_addresses() {
    let local = ["10.0.0.5", "fd12::5"].map(|address| address.parse().unwrap());
    for any in ["0.0.0.0:8112", "[::]:8112", "[::ffff:0.0.0.0]:8112"] {
        let guard = Guard::default().with_listeners([any.parse().unwrap()], local);
        for url in [
            "http://127.0.0.1:8112/",
            "http://127.9.9.9:8112/",
            "http://[::1]:8112/",
            "http://localhost:8112/",
        ] {
            assert_eq!(check(&guard, url, Caller::Loopback), Err(Forbidden::OwnListener), "{url}");
            assert_eq!(other(&guard, url), Err(LOOPBACK), "a stranger does not learn our ports");
        }
        assert_eq!(other(&guard, "http://10.0.0.5:8112/"), Err(Forbidden::OwnListener));
        assert_eq!(other(&guard, "http://[fd12::5]:8112/"), Err(Forbidden::OwnListener));
        assert_eq!(other(&guard, "http://10.0.0.6:8112/"), Ok(()));
        assert_eq!(check(&guard, "http://127.0.0.1:9000/", Caller::Loopback), Ok(()));
    }
}

#[test]
fn a_url_without_a_port_has_the_one_of_its_scheme() {
    let guard = Guard::default().with_listeners(["10.0.0.5:443".parse().unwrap()], []);
    assert_eq!(other(&guard, "https://10.0.0.5/"), Err(Forbidden::OwnListener));
    assert_eq!(other(&guard, "http://10.0.0.5/"), Ok(()));
}

#[test]
fn an_own_listener_can_be_allowed() {
    let guard = allowing(&["10.0.0.5"]).with_listeners(["10.0.0.5:8112".parse().unwrap()], []);
    assert_eq!(other(&guard, "http://10.0.0.5:8112/"), Ok(()));
}

#[test]
fn a_refusal_names_the_class_and_nothing_else() {
    let text = other(&Guard::default(), "http://169.254.169.254/").unwrap_err().to_string();
    assert_eq!(text, "the address is not allowed: it is of a metadata service");
}
