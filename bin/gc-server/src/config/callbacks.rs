//! How the connector identifies itself to receivers of callbacks: signatures, a token, and a certificate.

use std::sync::Arc;

use gc_access::Destinations;
use gc_delivery::{Bearer, Identity, IdentityError, InvalidSecrets, Secrets};
use secrecy::{ExposeSecret, SecretString};

use super::faults::{all, both};
use super::files::{read_certificates, read_private};
use super::sections::{CallbackTls, Jwt, Signing};
use super::{Config, ConfigError, bad};

impl Config {
    /// The secrets of each client, from the files as they are now.
    pub(super) fn signing(&self) -> Result<gc_delivery::Signing, ConfigError> {
        let default = self.callback.signing.as_ref().map(|signing| secrets("callback.signing", signing));
        let default = default.transpose();
        let own = self.clients().filter_map(|(section, client)| {
            let secrets = secrets(&format!("{section}.signing"), client.signing.as_ref()?);
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
        if certificate_file.is_none() && key_file.is_none() {
            return Ok(None);
        }
        let missing = "is missing: without it no key is needed";
        let certificate = certificate_file.as_ref().ok_or_else(|| bad(CERTIFICATE, missing));
        let missing = "is missing: write the file with the certificate's key";
        let key = key_file.as_ref().ok_or_else(|| bad(KEY, missing));
        let chain = certificate.and_then(|path| Ok((path, read_certificates(CERTIFICATE, path)?)));
        let secret = key.and_then(|path| Ok((path, read_private(KEY, path)?)));
        let ((certificate, chain), (key, secret)) = both(chain, secret)?;
        Identity::from_pem(&chain, secret.expose_secret()).map(Some).map_err(|error| match error {
            IdentityError::NoCertificate => bad(CERTIFICATE, format!("{}: {error}", certificate.display())),
            error => bad(KEY, format!("{}: {error}", key.display())),
        })
    }
}

fn secrets(key: &str, signing: &Signing) -> Result<Secrets, ConfigError> {
    let (of_text, of_file) = (format!("{key}.secrets"), format!("{key}.secrets_file"));
    let parsed = |key: &str, text: &SecretString| {
        Secrets::parse(text).map_err(|error: InvalidSecrets| bad(key, error))
    };
    let text = signing.secrets.as_ref().map(|text| parsed(&of_text, text));
    let file = signing.secrets_file.as_ref();
    let file = file.map(|path| read_private(&of_file, path).and_then(|text| parsed(&of_file, &text)));
    match (text, file) {
        (None, None) => Err(bad(of_file, "is missing: write the file with the secrets")),
        (Some(secrets), None) | (None, Some(secrets)) => secrets,
        (Some(text), Some(file)) => {
            let choose = Err(bad(of_text, "cannot stand beside secrets_file: choose one"));
            both(choose, both(text, file)).map(|(secrets, _)| secrets)
        }
    }
}
