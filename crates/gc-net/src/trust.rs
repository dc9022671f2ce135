//! Which servers are trusted.

use std::error::Error as StdError;
use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, LazyLock};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::sign::SingleCertAndKey;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use sha2::{Digest, Sha256};
use thiserror::Error as ThisError;

use crate::Identity;

/// What makes a TLS server trusted. There is no way to trust everyone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// The certificate authorities of the operating system.
    System,
    /// The same, and those of this PEM text.
    SystemAnd(String),
    /// The certificate authorities of this PEM text, and no other.
    Authority(String),
    /// Exactly the certificates with these fingerprints, whatever name, dates and issuer they have: the way
    /// to live with self-signed certificates, of which each node of a cluster has its own.
    Pinned(Vec<Fingerprint>),
}

/// Why a trust cannot be used.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum TrustError {
    /// The operating system has no authorities.
    #[error("the operating system lists no certificate authority")]
    NoSystemAuthorities,
    /// The PEM text contains no certificate.
    #[error("there is no certificate in PEM format")]
    NoCertificate,
    /// One of the certificates cannot be that of an authority: it is damaged or not complete, or of a kind that is not known.
    #[error("certificate {number} in it is damaged, not complete or of a kind that is not known")]
    BadPem {
        /// Which one, counted from 1.
        number: usize,
        /// What is wrong with it.
        #[source]
        error: Box<dyn StdError + Send + Sync>,
    },
    /// The TLS library refuses the configuration.
    #[error("TLS: {0}")]
    Tls(#[from] Error),
}

impl Trust {
    /// The TLS configuration that trusts so. It serves HTTPS as well. The system's authorities are read once in the life of the process,
    /// because that costs milliseconds and a megabyte.
    pub fn client_config(&self) -> Result<Arc<ClientConfig>, TrustError> {
        self.client_config_as(None)
    }

    /// The same, presenting this identity to servers that ask for one.
    pub fn client_config_as(&self, identity: Option<&Identity>) -> Result<Arc<ClientConfig>, TrustError> {
        let provider = Arc::new(ring::default_provider());
        let verifier: Arc<dyn ServerCertVerifier> = match self {
            Self::System => authorities(system_roots()?, &provider)?,
            Self::SystemAnd(pem) => {
                let mut roots = roots_of(pem)?;
                roots.extend(system_roots().iter().flat_map(|system| system.roots.iter().cloned()));
                authorities(Arc::new(roots), &provider)?
            }
            Self::Authority(pem) => authorities(Arc::new(roots_of(pem)?), &provider)?,
            Self::Pinned(pins) => Arc::new(PinnedVerifier { pins: pins.clone(), provider: provider.clone() }),
        };
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .dangerous() // The name says that a verifier of our own is set; each of the three verifies.
            .with_custom_certificate_verifier(verifier);
        Ok(Arc::new(match identity {
            None => config.with_no_client_auth(),
            Some(Identity(key)) => {
                config.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(Arc::clone(key))))
            }
        }))
    }
}

fn authorities(
    roots: Arc<RootCertStore>,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, TrustError> {
    let verifier = WebPkiServerVerifier::builder_with_provider(roots, provider.clone()).build();
    Ok(verifier.map_err(|error| TrustError::Tls(Error::Other(rustls::OtherError(Arc::new(error)))))?)
}

/// Those of the operating system, read when they are first needed and shared by everybody from then on.
fn system_roots() -> Result<Arc<RootCertStore>, TrustError> {
    static ROOTS: LazyLock<Arc<RootCertStore>> = LazyLock::new(|| {
        let mut roots = RootCertStore::empty();
        // Single unreadable authorities are usual in system stores, and no reason to trust none.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        Arc::new(roots)
    });
    if ROOTS.is_empty() { Err(TrustError::NoSystemAuthorities) } else { Ok(Arc::clone(&ROOTS)) }
}

fn roots_of(pem: &str) -> Result<RootCertStore, TrustError> {
    let mut roots = RootCertStore::empty();
    for (number, certificate) in (1..).zip(CertificateDer::pem_slice_iter(pem.as_bytes())) {
        let certificate = certificate.map_err(|error| TrustError::BadPem { number, error: error.into() })?;
        roots.add(certificate).map_err(|error| TrustError::BadPem { number, error: error.into() })?;
    }
    if roots.is_empty() { Err(TrustError::NoCertificate) } else { Ok(roots) }
}

/// The SHA-256 of a certificate in DER, as `openssl x509 -fingerprint -sha256` prints it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The fingerprint of a certificate in DER.
    pub fn of(der: &[u8]) -> Self {
        Self(Sha256::digest(der).into())
    }
}

/// The text is not a SHA-256 fingerprint.
#[derive(Clone, Copy, Debug, ThisError, PartialEq, Eq)]
#[error("a fingerprint is 64 hexadecimal digits, with or without colons")]
pub struct InvalidFingerprint;

impl FromStr for Fingerprint {
    type Err = InvalidFingerprint;

    fn from_str(text: &str) -> Result<Self, InvalidFingerprint> {
        let digits: Option<Vec<u8>> = text
            .chars()
            .filter(|character| *character != ':')
            .map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
            .collect();
        let bytes: Vec<u8> = digits
            .filter(|digits| digits.len() == 64)
            .ok_or(InvalidFingerprint)?
            .chunks(2)
            .map(|pair| pair.iter().fold(0, |byte, digit| (byte << 4) | digit))
            .collect();
        bytes.try_into().map(Self).map_err(|_| InvalidFingerprint)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().enumerate().try_for_each(|(index, byte)| {
            let colon = if index == 0 { "" } else { ":" };
            write!(f, "{colon}{byte:02X}")
        })
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

/// Trusts some certificates. The handshake's signature is still verified: the peer must own its key.
#[derive(Debug)]
struct PinnedVerifier {
    pins: Vec<Fingerprint>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for PinnedVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.pins.contains(&Fingerprint::of(end_entity)) {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure))
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_reads_what_it_prints() {
        let pin = Fingerprint::of(b"a certificate");
        assert_eq!(pin.to_string().parse(), Ok(pin));
        assert_eq!(pin.to_string().replace(':', "").to_lowercase().parse(), Ok(pin));
        assert_eq!("AB:CD".parse::<Fingerprint>(), Err(InvalidFingerprint));
        assert_eq!("zz".repeat(32).parse::<Fingerprint>(), Err(InvalidFingerprint));
    }

    #[test]
    fn the_systems_authorities_are_read_once() {
        if let (Ok(first), Ok(second)) = (system_roots(), system_roots()) {
            assert!(Arc::ptr_eq(&first, &second));
        }
    }

    #[test]
    fn an_authority_without_certificate_is_refused_when_it_is_read() {
        assert!(matches!(Trust::Authority(String::new()).client_config(), Err(TrustError::NoCertificate)));
        let garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(matches!(
            Trust::Authority(garbage.into()).client_config(),
            Err(TrustError::BadPem { number: 1, .. })
        ));
    }

    #[test]
    fn what_is_wrong_with_a_certificate_is_the_source_of_the_error() {
        let source = |pem: &str| {
            let error = Trust::Authority(pem.into()).client_config().unwrap_err();
            error.source().is_some_and(|source| source.is::<rustls::Error>())
        };
        assert!(source("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"));
        assert!(!source(""), "that there is none is nobody else's error");
    }
}
