//! The names of the listener, and the pages that may use it.

use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, KeyPair};

use super::*;

#[test]
fn a_certificate_that_every_client_refuses_is_a_warning() {
    type Change = fn(&mut CertificateParams);
    let cases: [(Change, Option<&str>); 5] = [
        (|_| {}, None),
        // What openssl makes by default.
        (
            |params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained),
            Some("is that of an authority: many clients refuse it from a server"),
        ),
        (|params| params.not_after = rcgen::date_time_ymd(2001, 1, 1), Some("expired on 2001-01-01")),
        (
            |params| params.not_before = rcgen::date_time_ymd(3999, 1, 1),
            Some("is not valid before 3999-01-01"),
        ),
        (
            |params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth],
            Some("lacks the usage serverAuth"),
        ),
    ];
    for (change, says) in cases {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut params = CertificateParams::new(vec!["gc.example".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2000, 1, 1);
        change(&mut params);
        let signed = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        std::fs::write(file.path(), signed.pem()).unwrap();
        let text = format!("[http.tls]\ncertificate = '{}'\nkey = '/none'", file.path().display());
        let warnings = Config::parse(&text).unwrap().warnings();
        let of_tls: Vec<_> =
            warnings.iter().filter_map(|text| text.strip_prefix("http.tls.certificate: ")).collect();
        assert_eq!(of_tls.len(), usize::from(says.is_some()), "{warnings:?}");
        assert!(of_tls.iter().all(|text| text.starts_with(says.unwrap())), "{warnings:?}");
    }
}

fn browsers(text: &str) -> Result<crate::http::Browsers, String> {
    Config::parse(text).and_then(|config| config.browsers()).map_err(|error| error.to_string())
}

#[test]
fn names_are_looked_at_where_they_are_listed_and_at_an_open_listener_on_this_machine() {
    let listed = "client = [{ name = 'crm' }]\n";
    for (text, checked) in [
        (String::new(), true),
        ("http.listen = '0.0.0.0:0'".to_owned(), false),
        (listed.to_owned(), false),
        (format!("{listed}http.hosts = ['gc.example']"), true),
        ("http.listen = '0.0.0.0:0'\nhttp.hosts = ['gc.example']".to_owned(), true),
    ] {
        assert_eq!(browsers(&text).unwrap().hosts.is_some(), checked, "{text}");
    }
}

#[test]
fn names_and_origins_are_written_as_a_browser_writes_them() {
    for good in ["gc.example", "10.20.0.7", "[2001:db8::1]", "gc"] {
        browsers(&format!("http.hosts = ['{good}']")).unwrap();
    }
    for bad in ["", "gc.example:8112", "https://gc.example", "a@b", "gc/x", "g c"] {
        let error = browsers(&format!("http.hosts = ['{bad}']")).unwrap_err();
        assert!(error.starts_with(&format!("http.hosts: {bad:?} cannot be used: write a name")), "{error}");
    }
    for good in ["https://desk.example", "http://localhost:3000", "app://desk", "HTTPS://Desk.Example"] {
        browsers(&format!("http.origins = ['{good}']")).unwrap();
    }
    for bad in
        ["", "*", "null", "desk.example", "https://desk.example/", "https://desk.example/x", "https://a@b"]
    {
        let error = browsers(&format!("http.origins = ['{bad}']")).unwrap_err();
        assert!(error.starts_with(&format!("http.origins: {bad:?} cannot be used: write scheme")), "{error}");
    }
}
