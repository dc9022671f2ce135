//! What signs callbacks.

use gc_access::Destinations;
use gc_delivery::{InvalidSecrets, Secrets};

use super::sections::Signing;
use super::{Config, ConfigError, bad};
use crate::private::read_private;

impl Config {
    /// The secrets of each client, from the files as they are now.
    pub(crate) fn signing(&self) -> Result<gc_delivery::Signing, ConfigError> {
        let default = self.callback.signing.as_ref().map(|signing| secrets("callback.signing", signing));
        let default = default.transpose()?.unwrap_or_default();
        let own = self.client.iter().filter_map(|client| {
            let key = format!("client.{}.signing", client.name);
            let secrets = secrets(&key, client.signing.as_ref()?);
            Some(secrets.map(|secrets| (Destinations::new(&client.destinations), secrets)))
        });
        let own = own.collect::<Result<Vec<_>, _>>()?;
        Ok(gc_delivery::Signing::by(move |client| {
            // Where several share a destination, each of them can verify its events.
            let of_client = own.iter().filter(|(destinations, _)| destinations.matches(client.as_str()));
            let secrets: Secrets = of_client.map(|(_, secrets)| secrets.clone()).collect();
            if secrets.is_empty() { default.clone() } else { secrets }
        }))
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
