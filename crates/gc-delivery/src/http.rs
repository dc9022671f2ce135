//! The one HTTP client of all delivery tasks.

use std::sync::Arc;

use reqwest::{Client, redirect::Policy};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject},
};

use crate::Config;

/// Why callbacks cannot be sent at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The configured certificates are no PEM, or no certificates.
    #[error("the trusted certificates for callbacks cannot be read: {0}")]
    Certificates(String),
    /// TLS cannot be set up.
    #[error("TLS for callbacks cannot be set up: {0}")]
    Tls(#[from] rustls::Error),
    /// The HTTP client cannot be set up.
    #[error("the HTTP client for callbacks cannot be set up: {0}")]
    Client(#[from] reqwest::Error),
    /// Delivery runs in tasks, which need a runtime.
    #[error("callbacks need a tokio runtime: {0}")]
    Runtime(#[from] tokio::runtime::TryCurrentError),
}

/// HTTP/1.1, no proxy from the environment, no redirects: a callback goes where the client said.
/// The pool is left at its default, since a smaller one throws connections away under load.
pub(crate) fn client(config: &Config) -> Result<Client, BuildError> {
    Ok(Client::builder()
        .tls_backend_preconfigured(tls(&config.extra_roots_pem)?)
        .http1_only()
        .no_proxy()
        .redirect(Policy::none())
        .connect_timeout(config.connect_timeout)
        .timeout(config.attempt_timeout)
        .user_agent(concat!("gc-delivery/", env!("CARGO_PKG_VERSION")))
        .build()?)
}

fn tls(extra_roots_pem: &[u8]) -> Result<ClientConfig, BuildError> {
    let system = rustls_native_certs::load_native_certs();
    for error in system.errors {
        tracing::warn!(%error, "a trusted certificate of the system cannot be read");
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(system.certs);
    let mut extra = 0;
    for certificate in CertificateDer::pem_slice_iter(extra_roots_pem) {
        roots.add(certificate.map_err(|error| BuildError::Certificates(error.to_string()))?)?;
        extra += 1;
    }
    if extra == 0 && !extra_roots_pem.is_empty() {
        return Err(BuildError::Certificates("there is no certificate in it".to_owned()));
    }
    Ok(ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built_with(pem: &str) -> Result<Client, BuildError> {
        client(&Config { extra_roots_pem: pem.into(), ..Config::default() })
    }

    #[test]
    fn no_further_certificates_are_needed() {
        assert!(built_with("").is_ok());
    }

    #[test]
    fn certificates_that_are_none_are_refused() {
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(matches!(built_with(broken), Err(BuildError::Tls(_))));
        assert!(matches!(built_with("-----BEGIN CERTIFICATE-----\n"), Err(BuildError::Certificates(_))));
        assert!(matches!(built_with("not PEM"), Err(BuildError::Certificates(_))));
    }
}
