//! Which requests a page of somebody else could have sent.

use super::*;

fn browsers(hosts: Option<&[&str]>) -> Browsers {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    Browsers { hosts: hosts.map(texts), origins: texts(&["https://desk.example", "http://127.0.0.1:3000"]) }
}

fn headers(named: &[(&'static str, &str)]) -> HeaderMap {
    let mut all = HeaderMap::new();
    for (name, value) in named {
        all.append(*name, value.parse().unwrap());
    }
    all
}

fn page(hosts: Option<&[&str]>, named: &[(&'static str, &str)]) -> Page {
    browsers(hosts).page_of(&Uri::from_static("/gc/command"), &headers(named))
}

#[test]
fn this_machine_is_reached_by_its_names_and_by_those_that_are_listed() {
    for (host, ours) in [
        ("localhost", true),
        ("LOCALHOST:8112", true),
        ("127.0.0.1:8112", true),
        ("127.0.0.1", true),
        ("127.9.9.9", true),
        ("[::1]:8112", true),
        ("[::ffff:127.0.0.1]", true),
        ("gc.example:8112", true),
        ("GC.example", true),
        ("evil.example", false),
        ("evil.example:8112", false),
        ("localhost.evil.example", false),
        ("127.0.0.1.evil.example", false),
        ("127.0.0.1@evil.example", false),
        ("10.20.0.7", false),
        ("0.0.0.0:8112", false),
        ("", false),
        ("[::1", false),
    ] {
        let headers = headers(&[("host", host)]);
        let reached = |hosts| browsers(hosts).is_reached_by_its_name(&Uri::from_static("/"), &headers);
        assert_eq!(reached(Some(&["gc.example"])), ours, "{host}");
        assert!(reached(None), "{host}: where names are not looked at, none is wrong");
    }
}

#[test]
fn every_name_of_a_request_has_to_be_ours() {
    let reached = |uri: &'static str, named: &[(&'static str, &str)]| {
        browsers(Some(&[])).is_reached_by_its_name(&Uri::from_static(uri), &headers(named))
    };
    assert!(reached("/", &[]), "no browser leaves the name out");
    assert!(reached("http://localhost/", &[("host", "localhost")]));
    assert!(!reached("http://evil.example/", &[("host", "localhost")]));
    assert!(!reached("/", &[("host", "localhost"), ("host", "evil.example")]));
}

#[test]
fn a_page_is_allowed_by_its_whole_origin() {
    for (origin, expected) in [
        ("https://desk.example", Page::Allowed),
        ("HTTPS://Desk.example", Page::Allowed),
        ("http://127.0.0.1:3000", Page::Allowed),
        ("http://desk.example", Page::Foreign),
        ("https://desk.example:8443", Page::Foreign),
        ("https://desk.example.evil.example", Page::Foreign),
        ("https://evil.example", Page::Foreign),
        ("null", Page::Foreign),
        ("", Page::Foreign),
    ] {
        // What the browser says of the site does not matter beside it.
        assert_eq!(page(None, &[("origin", origin), (SITE, "cross-site")]), expected, "{origin}");
    }
    assert_eq!(
        page(None, &[("origin", "https://desk.example"), ("origin", "https://evil.example")]),
        Page::Foreign
    );
}

#[test]
fn a_page_of_our_own_is_one_from_this_very_name_and_port_where_names_are_looked_at() {
    let from = |origin| [("host", "localhost:8112"), ("origin", origin)];
    assert_eq!(page(Some(&[]), &from("http://localhost:8112")), Page::None);
    assert_eq!(
        page(Some(&[]), &from("http://localhost:3001")),
        Page::Foreign,
        "another program of this machine"
    );
    assert_eq!(page(None, &from("http://localhost:8112")), Page::Foreign, "the name may be anybody's");
}

#[test]
fn without_an_origin_the_browser_says_whether_a_page_is_of_another_site() {
    assert_eq!(page(None, &[]), Page::None);
    for (site, expected) in [
        ("none", Page::None),
        ("same-origin", Page::None),
        ("same-site", Page::Foreign),
        ("cross-site", Page::Foreign),
        ("whatever", Page::Foreign),
    ] {
        assert_eq!(page(None, &[(SITE, site)]), expected, "{site}");
    }
}
