//! TLS at the listener: certificate, key and the clients' authorities, from files that may change while we run.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use gc_access::ClientCertificate;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use secrecy::ExposeSecret;
use tokio_rustls::TlsAcceptor;
use webpki::EndEntityCert;

use crate::config::{ConfigError, Group, TlsFiles, bad, read_private, unreadable};

/// What HTTP/2 is called in the handshake.
pub(super) const HTTP2: &[u8] = b"h2";
const HTTP1: &[u8] = b"http/1.1";

/// The certificate that is presented to clients, and what is asked of theirs.
pub(crate) struct Tls {
    files: Files,
    current: Mutex<Arc<ServerConfig>>,
}

/// Whose files they are.
enum Files {
    /// `http.tls`.
    Clients(TlsFiles),
    /// `group`: nobody gets in without a certificate.
    Group(Group),
}

impl Tls {
    /// Reads the files for clients.
    pub(crate) fn read(files: TlsFiles) -> Result<Self, ConfigError> {
        Self::of(Files::Clients(files))
    }

    /// Reads the files for the other connectors of the group.
    pub(crate) fn of_group(group: Group) -> Result<Self, ConfigError> {
        Self::of(Files::Group(group))
    }

    fn of(files: Files) -> Result<Self, ConfigError> {
        let current = Mutex::new(Arc::new(server_config(&files)?));
        Ok(Self { files, current })
    }

    /// Reads the files again. Nothing changes before [`Tls::replace`].
    pub(crate) fn read_again(&self) -> Result<Arc<ServerConfig>, ConfigError> {
        server_config(&self.files).map(Arc::new)
    }

    /// Uses this for connections that begin from now on.
    pub(crate) fn replace(&self, new: Arc<ServerConfig>) {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = new;
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.current.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}

/// The certificate of a client, which the handshake has verified.
pub(super) fn client_certificate(chain: &[CertificateDer<'_>]) -> Option<ClientCertificate> {
    let der = chain.first()?;
    let certificate = EndEntityCert::try_from(der).ok()?;
    // Compared as they stand: by the rules for servers `*.example` would be every client of that domain.
    Some(ClientCertificate::new(der, certificate.valid_dns_names().map(str::to_owned)))
}

fn server_config(files: &Files) -> Result<ServerConfig, ConfigError> {
    let (section, certificate, key, authorities_of_callers) = match files {
        Files::Clients(TlsFiles { certificate, key, client_ca }) => {
            ("http.tls", certificate, key, client_ca.as_ref().map(|path| ("http.tls.client_ca", path)))
        }
        Files::Group(Group { certificate, key, authorities, .. }) => {
            ("group", certificate, key, Some(("group.authorities", authorities)))
        }
    };
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider));
    let builder = builder.with_safe_default_protocol_versions().map_err(|error| bad(section, error))?;
    let builder = match authorities_of_callers {
        None => builder.with_no_client_auth(),
        Some((name, path)) => {
            let roots = Arc::new(authorities(name, path)?);
            let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider);
            let verifier = match files {
                // Whoever has a token needs no certificate; one that is presented has to be good.
                Files::Clients(_) => verifier.allow_unauthenticated(),
                Files::Group(_) => verifier,
            };
            builder.with_client_cert_verifier(verifier.build().map_err(|error| bad(name, error))?)
        }
    };
    let chain = certificates(&format!("{section}.certificate"), certificate)?;
    let config = builder.with_single_cert(chain, private_key(&format!("{section}.key"), key)?);
    let mut config = config.map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => {
            bad(format!("{section}.key"), format!("is not the key of {section}.certificate"))
        }
        error => bad(section, error),
    })?;
    config.alpn_protocols = vec![HTTP2.to_vec(), HTTP1.to_vec()];
    Ok(config)
}

fn authorities(key: &str, path: &Path) -> Result<RootCertStore, ConfigError> {
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

fn private_key(key: &str, path: &Path) -> Result<PrivateKeyDer<'static>, ConfigError> {
    let pem = read_private(key, path)?;
    // What the reader says of a key that it cannot read is not repeated.
    PrivateKeyDer::from_pem_slice(pem.expose_secret().as_bytes())
        .map_err(|_| bad(key, format!("{}: has no private key in PEM", path.display())))
}
