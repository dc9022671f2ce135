//! The files of `http.tls`: certificate, key and the clients' authorities.

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use secrecy::ExposeSecret;

use super::{ConfigError, TlsFiles, bad, read_private, unreadable};
use crate::http::{HTTP1, HTTP2};

impl TlsFiles {
    /// Reads them as they are now.
    pub(crate) fn read(&self) -> Result<Arc<ServerConfig>, ConfigError> {
        let provider = Arc::new(ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider));
        let builder =
            builder.with_safe_default_protocol_versions().map_err(|error| bad("http.tls", error))?;
        let builder = match &self.client_ca {
            None => builder.with_no_client_auth(),
            Some(path) => {
                let roots = Arc::new(authorities(path)?);
                // Whoever has a token needs no certificate; one that is presented has to be good.
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(roots, provider).allow_unauthenticated();
                let verifier = verifier.build().map_err(|error| bad("http.tls.client_ca", error))?;
                builder.with_client_cert_verifier(verifier)
            }
        };
        let chain = certificates("http.tls.certificate", &self.certificate)?;
        let config = builder.with_single_cert(chain, private_key(&self.key)?);
        let mut config = config.map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => {
                bad("http.tls.key", "is not the key of http.tls.certificate")
            }
            error => bad("http.tls", error),
        })?;
        config.alpn_protocols = vec![HTTP2.to_vec(), HTTP1.to_vec()];
        Ok(Arc::new(config))
    }
}

fn authorities(path: &Path) -> Result<RootCertStore, ConfigError> {
    let key = "http.tls.client_ca";
    let mut roots = RootCertStore::empty();
    for certificate in certificates(key, path)? {
        roots.add(certificate).map_err(|error| bad(key, format!("{}: {error}", path.display())))?;
    }
    Ok(roots)
}

fn certificates(key: &str, path: &Path) -> Result<Vec<CertificateDer<'static>>, ConfigError> {
    let pem = std::fs::read(path).map_err(|reason| unreadable(key, path, reason))?;
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match read {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(bad(key, format!("{}: has no certificate in PEM", path.display()))),
    }
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, ConfigError> {
    let key = "http.tls.key";
    let pem = read_private(key, path)?;
    // What the reader says of a key that it cannot read is not repeated.
    PrivateKeyDer::from_pem_slice(pem.expose_secret().as_bytes())
        .map_err(|_| bad(key, format!("{}: has no private key in PEM", path.display())))
}
