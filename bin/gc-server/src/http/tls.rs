//! TLS at the listener. What it presents and asks for may change while it runs.

use std::sync::{Arc, Mutex, PoisonError};

use gc_access::ClientCertificate;
use rustls::ServerConfig;
use rustls::pki_types::CertificateDer;
use tokio_rustls::TlsAcceptor;
use webpki::EndEntityCert;

/// What HTTP/2 is called in the handshake.
pub(crate) const HTTP2: &[u8] = b"h2";
/// And HTTP/1.1.
pub(crate) const HTTP1: &[u8] = b"http/1.1";

/// The certificate that is presented to clients, and what is asked of theirs.
pub(crate) struct Tls(Mutex<Arc<ServerConfig>>);

impl Tls {
    pub(crate) fn new(config: Arc<ServerConfig>) -> Self {
        Self(Mutex::new(config))
    }

    /// Uses this for connections that begin from now on.
    pub(crate) fn replace(&self, new: Arc<ServerConfig>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = new;
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}

/// The certificate of a client, which the handshake has verified.
pub(super) fn client_certificate(chain: &[CertificateDer<'_>]) -> Option<ClientCertificate> {
    let der = chain.first()?;
    let certificate = EndEntityCert::try_from(der).ok()?;
    // Compared as they stand: by the rules for servers `*.example` would be every client of that domain.
    Some(ClientCertificate::new(der, certificate.valid_dns_names().map(str::to_owned)))
}
