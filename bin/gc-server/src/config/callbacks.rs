//! How the connector identifies itself to receivers of callbacks: signatures, a token, and a certificate.

use std::sync::Arc;

use gc_access::Destinations;
use gc_delivery::{Bearer, Identity, IdentityError, InvalidSecrets, Secrets};
use secrecy::ExposeSecret;

use super::faults::{all, both};
use super::files::read_public;
use super::sections::{CallbackTls, Jwt, Signing};
use super::{Config, ConfigError, bad, read_private};

impl Config {
    /// The secrets of each client, from the files as they are now.
    pub(super) fn signing(&self) -> Result<gc_delivery::Signing, ConfigError> {
        let default = self.callback.signing.as_ref().map(|signing| secrets("callback.signing", signing));
        let default = default.transpose();
        let own = self.client.iter().filter_map(|client| {
            let key = format!("client.{}.signing", client.name);
            let secrets = secrets(&key, client.signing.as_ref()?);
            Some(secrets.map(|secrets| (Destinations::new(&client.destinations), secrets)))
        });
        let (default, own) = both(default, all(own))?;
        let default = default.unwrap_or_default();
        Ok(gc_delivery::Signing::by(move |client| {
            // Where several share a destination, each of them can verify its events.
            let of_client = own.iter().filter(|(destinations, _)| destinations.matches(client.as_str()));
            let secrets: Secrets = of_client.map(|(_, secrets)| secrets.clone()).collect();
            if secrets.is_empty() { default.clone() } else { secrets }
        }))
    }

    /// What makes the token in `Authorization`.
    pub(super) fn bearer(&self) -> Result<Option<Arc<Bearer>>, ConfigError> {
        let Some(Jwt { issuer, key_file }) = &self.callback.jwt else { return Ok(None) };
        let key = "callback.jwt.key_file";
        let bearer = Bearer::new(issuer, &read_private(key, key_file)?);
        let bearer = bearer.map_err(|error| bad(key, format!("{}: {error}", key_file.display())))?;
        Ok(Some(Arc::new(bearer)))
    }

    /// What is presented to receivers that ask for a certificate.
    pub(super) fn identity(&self) -> Result<Option<Identity>, ConfigError> {
        const CERTIFICATE: &str = "callback.tls.certificate_file";
        const KEY: &str = "callback.tls.key_file";
        let CallbackTls { certificate_file, key_file, .. } = &self.callback.tls;
        let (certificate, key) = match (certificate_file, key_file) {
            (None, None) => return Ok(None),
            (Some(certificate), Some(key)) => (certificate, key),
            (Some(_), None) => return Err(bad(KEY, "is missing: write the file with the certificate's key")),
            (None, Some(_)) => return Err(bad(CERTIFICATE, "is missing: without it no key is needed")),
        };
        let (chain, secret) = both(read_public(CERTIFICATE, certificate), read_private(KEY, key))?;
        Identity::from_pem(&chain, secret.expose_secret()).map(Some).map_err(|error| match error {
            IdentityError::NoCertificate => bad(CERTIFICATE, format!("{}: {error}", certificate.display())),
            error => bad(KEY, format!("{}: {error}", key.display())),
        })
    }
}

fn secrets(key: &str, signing: &Signing) -> Result<Secrets, ConfigError> {
    let wrong = |key: String| move |error: InvalidSecrets| bad(key, error);
    let (text, file) = (format!("{key}.secrets"), format!("{key}.secrets_file"));
    match (&signing.secrets, &signing.secrets_file) {
        (None, None) => Err(bad(file, "is missing: write the file with the secrets")),
        (Some(_), Some(_)) => Err(bad(text, "cannot stand beside secrets_file: choose one")),
        (Some(secrets), None) => Secrets::parse(secrets).map_err(wrong(text)),
        (None, Some(path)) => Secrets::parse(&read_private(&file, path)?).map_err(wrong(file)),
    }
}
