//! What callbacks present, as the configuration says it.

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tempfile::NamedTempFile;

use super::*;

fn with(text: &str) -> NamedTempFile {
    let file = NamedTempFile::new().unwrap();
    fs::write(file.path(), text).unwrap();
    file
}

#[test]
fn certificate_and_key_of_callbacks_have_to_fit_and_the_error_names_key_and_file() {
    crate::choose_crypto();
    let made = || generate_simple_self_signed(["gc".to_owned()]).unwrap();
    let CertifiedKey { cert, signing_key } = made();
    let certificate = with(&cert.pem());
    let key = with(&signing_key.serialize_pem());
    let other = with(&made().signing_key.serialize_pem());
    let identity = |certificate: &NamedTempFile, key: &NamedTempFile| {
        let (certificate, key) = (certificate.path().display(), key.path().display());
        let tls = format!("callback.tls = {{ certificate_file = '{certificate}', key_file = '{key}' }}");
        let config = Config::parse(&tls).unwrap().delivery().map_err(|error| error.to_string());
        config.map(|config| config.identity.is_some())
    };
    assert_eq!(identity(&certificate, &key), Ok(true));
    let says = |key: &str, file: &NamedTempFile, what| {
        Err(format!("callback.tls.{key}: {}: {what}", file.path().display()))
    };
    let mismatch = "the key is not that of the certificate";
    assert_eq!(identity(&certificate, &other), says("key_file", &other, mismatch));
    let no_key = "there is no private key in PEM format that can be used";
    assert_eq!(identity(&certificate, &certificate), says("key_file", &certificate, no_key));
    let no_certificate = "there is no certificate in PEM format";
    assert_eq!(identity(&key, &key), says("certificate_file", &key, no_certificate));

    fs::set_permissions(key.path(), std::os::unix::fs::PermissionsExt::from_mode(0o640)).unwrap();
    let refused = identity(&certificate, &key).unwrap_err();
    assert!(refused.starts_with("callback.tls.key_file") && refused.contains("mode 0640"), "{refused}");
}

#[test]
fn the_key_of_the_token_has_to_be_an_rsa_key() {
    let elliptic = with(&generate_simple_self_signed(["gc".to_owned()]).unwrap().signing_key.serialize_pem());
    let path = elliptic.path().display();
    let jwt = format!("callback.jwt = {{ issuer = 'gc', key_file = '{path}' }}");
    let error = Config::parse(&jwt).unwrap().delivery().unwrap_err().to_string();
    let expected = format!("callback.jwt.key_file: {path}: there is no RSA private key");
    assert!(error.starts_with(&expected), "{error}");
}
