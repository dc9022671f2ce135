//! What the connectors of a group need of each other.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tempfile::TempDir;

use super::*;

/// An authority, and a certificate of it for this name.
fn files(name: &str) -> TempDir {
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
    let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
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
    assert_eq!(fault(&good).unwrap(), "group.certificate: the key is not that of the certificate");
    fs::set_permissions(folder.path().join("gc.key"), fs::Permissions::from_mode(0o644)).unwrap();
    assert!(fault(&good).unwrap().starts_with("group.key: "));
}

#[test]
fn two_listeners_at_one_place_are_found_with_that_of_the_group_too() {
    let text = section(&files("gc-1.example"), "https://gc-1.example:8114").replace("8114'\nc", "8112'\nc");
    let faults = Config::parse(&text).unwrap().contradictions();
    let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
    assert_eq!(faults, ["group.listen: 127.0.0.1:8112 is where http.listen is already: write another port"]);
}
