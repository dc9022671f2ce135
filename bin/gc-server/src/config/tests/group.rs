//! What the connectors of a group need of each other.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::SystemTime;

use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use tempfile::TempDir;

use super::*;

/// An authority, and a certificate of it for this name.
fn files(name: &str) -> TempDir {
    files_with(name, |_| {})
}

/// The same with these properties.
fn files_with(name: &str, with: impl FnOnce(&mut CertificateParams)) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |file: &str, text: String| {
        let path = folder.path().join(file);
        fs::write(&path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    };
    let authority_key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    write("ca.pem", authority.self_signed(&authority_key).unwrap().pem());
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    with(&mut params);
    let signed = params.signed_by(&key, &Issuer::new(authority, authority_key)).unwrap();
    write("gc.pem", signed.pem());
    write("gc.key", key.serialize_pem());
    folder
}

fn section(folder: &TempDir, url: &str) -> String {
    let folder = folder.path().display();
    format!(
        "store.url = 'postgresql://localhost/gc'\n[group]\nurl = '{url}'\nlisten = '127.0.0.1:8114'\n\
         certificate = '{folder}/gc.pem'\nkey = '{folder}/gc.key'\nauthorities = '{folder}/ca.pem'\n"
    )
}

fn fault(text: &str) -> Option<String> {
    Config::parse(text).and_then(|config| config.check_group()).err().map(|error| error.to_string())
}

#[test]
fn a_group_needs_a_database_and_an_address_of_its_own() {
    let folder = files("gc-1.example");
    let good = section(&folder, "https://gc-1.example:8114");
    assert_eq!(fault(&good), None);
    let alone = good.split_once('\n').unwrap().1;
    assert_eq!(
        fault(alone).unwrap(),
        "group.url: needs store.url: the connectors of a group are those on one database"
    );
    for url in ["gc-1.example", "http://gc-1.example:8114", "https://gc-1.example/x", "https://a:b@gc-1"] {
        let error = fault(&section(&folder, url)).unwrap();
        assert!(error.starts_with("group.url: cannot be used: write https, a name and a port"), "{error}");
    }
}

#[test]
fn a_certificate_that_the_others_would_refuse_is_found_before_the_start() {
    let folder = files("gc-1.example");
    let good = section(&folder, "https://gc-1.example:8114");
    let other = fault(&section(&folder, "https://gc-2.example:8114")).unwrap();
    assert_eq!(other, "group.certificate: is not for the name in group.url (gc-2.example)");
    let strange = files("gc-1.example");
    fs::copy(strange.path().join("ca.pem"), folder.path().join("ca.pem")).unwrap();
    assert_eq!(fault(&good).unwrap(), "group.certificate: is not signed by one of group.authorities");
    fs::copy(strange.path().join("gc.key"), folder.path().join("gc.key")).unwrap();
    assert_eq!(
        fault(&good).unwrap(),
        "group.certificate: the key is not that of the certificate; group.certificate: is not signed by one of \
         group.authorities"
    );
    fs::set_permissions(folder.path().join("gc.key"), fs::Permissions::from_mode(0o644)).unwrap();
    assert!(fault(&good).unwrap().starts_with("group.key: "));
}

/// It is what the listener presents, and what this connector presents to the others.
#[test]
fn the_certificate_of_a_group_is_good_for_servers_and_for_clients() {
    use ExtendedKeyUsagePurpose::{ClientAuth, ServerAuth};
    for (usages, missing) in [
        (vec![ServerAuth, ClientAuth], None),
        (vec![ServerAuth], Some("clientAuth")),
        (vec![ClientAuth], Some("serverAuth")),
    ] {
        // Also one that has expired.
        for year in [4000, 2001] {
            let folder = files_with("gc-1.example", |params| {
                params.extended_key_usages.clone_from(&usages);
                params.not_before = rcgen::date_time_ymd(2000, 1, 1);
                params.not_after = rcgen::date_time_ymd(year, 1, 1);
            });
            let found = fault(&section(&folder, "https://gc-1.example:8114"));
            let wanted = missing.map(|usage| format!("group.certificate: lacks the usage {usage}: "));
            assert_eq!(found.is_some(), wanted.is_some(), "{found:?}");
            assert!(found.unwrap_or_default().starts_with(&wanted.unwrap_or_default()));
        }
    }
}

#[test]
fn a_certificate_that_is_not_valid_now_is_a_warning_with_its_date() {
    for (from, until, says) in [
        (2000, 4000, None),
        (2000, 2001, Some("group.certificate: expired on 2001-01-01: ")),
        (3999, 4000, Some("group.certificate: is not valid before 3999-01-01: ")),
    ] {
        let folder = files_with("gc-1.example", |params| {
            params.not_before = rcgen::date_time_ymd(from, 1, 1);
            params.not_after = rcgen::date_time_ymd(until, 1, 1);
        });
        let text = section(&folder, "https://gc-1.example:8114");
        assert_eq!(fault(&text), None);
        let warnings = Config::parse(&text).unwrap().warnings();
        let of_group: Vec<_> = warnings.iter().filter(|text| text.starts_with("group.")).collect();
        assert_eq!(of_group.len(), usize::from(says.is_some()), "{warnings:?}");
        assert!(of_group.iter().all(|text| text.starts_with(says.unwrap())), "{warnings:?}");
    }
}

#[test]
fn two_listeners_at_one_place_are_found_with_that_of_the_group_too() {
    let text = section(&files("gc-1.example"), "https://gc-1.example:8114").replace("8114'\nc", "8112'\nc");
    let faults = Config::parse(&text).unwrap().contradictions();
    let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
    assert_eq!(faults, ["group.listen: 127.0.0.1:8112 is where http.listen is already: write another port"]);
}

#[test]
fn a_certificate_that_expires_soon_is_spoken_of_while_it_is_still_valid() {
    let folder = files_with("gc-1.example", |params| {
        params.not_before = rcgen::date_time_ymd(2000, 1, 1);
        params.not_after = rcgen::date_time_ymd(2030, 1, 1);
    });
    let config = Config::parse(&section(&folder, "https://gc-1.example:8114")).unwrap();
    let certificate = config.group().unwrap().server_certificate().unwrap();
    let end = SystemTime::UNIX_EPOCH + Duration::from_secs(1_893_456_000);
    let days = |days: u64| Duration::from_secs(days * 24 * 3600);
    let ending = Dates::Ending("expires on 2030-01-01".to_owned());
    for (now, dates) in [
        (end - days(15), Dates::Valid),
        (end - days(13), ending.clone()),
        (end - days(1), ending),
        (end + days(1), Dates::Invalid("expired on 2030-01-01".to_owned())),
    ] {
        assert_eq!(certificate.dates(now).unwrap(), dates);
    }
}
