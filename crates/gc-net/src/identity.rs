//! What this side presents to servers that ask for a certificate.

use std::fmt;
use std::sync::Arc;

use rustls::Error;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use thiserror::Error as ThisError;

/// A client certificate, the chain behind it, and its private key.
#[derive(Clone)]
pub struct Identity(pub(crate) Arc<CertifiedKey>);

/// Why a certificate and a key cannot be used. Nothing of the key is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum IdentityError {
    /// There is no certificate, or one that cannot be read.
    #[error("there is no certificate in PEM format")]
    NoCertificate,
    /// There is no private key, or one that cannot be read or is of a kind that cannot sign.
    #[error("there is no private key in PEM format that can be used")]
    NoKey,
    /// The key belongs to another certificate.
    #[error("the key is not that of the certificate")]
    Mismatch,
}

impl Identity {
    /// Reads PEM texts: the certificate with the chain behind it, and its key.
    ///
    /// # Errors
    /// When one of them cannot be used, or the key is that of another certificate.
    pub fn from_pem(certificate: &str, key: &str) -> Result<Self, IdentityError> {
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificate.as_bytes()).collect();
        let chain = chain.ok().filter(|chain| !chain.is_empty()).ok_or(IdentityError::NoCertificate)?;
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|_| IdentityError::NoKey)?;
        let key = CertifiedKey::from_der(chain, key, &ring::default_provider());
        key.map(|key| Self(Arc::new(key))).map_err(|error| match error {
            Error::InconsistentKeys(_) => IdentityError::Mismatch,
            Error::InvalidCertificate(_) => IdentityError::NoCertificate,
            _ => IdentityError::NoKey,
        })
    }
}

/// The same certificates, which have the same key.
impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        self.0.cert == other.0.cert
    }
}

impl Eq for Identity {}

/// Without the key.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({} certificates)", self.0.cert.len())
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertifiedKey, generate_simple_self_signed};

    use super::*;

    fn made() -> (String, String) {
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["gc".to_owned()]).unwrap();
        (cert.pem(), signing_key.serialize_pem())
    }

    #[test]
    fn a_certificate_and_its_key_are_an_identity_that_prints_no_key() {
        let ((certificate, key), (other, others_key)) = (made(), made());
        let identity = Identity::from_pem(&certificate, &key).unwrap();
        assert_eq!(format!("{identity:?}"), "Identity(1 certificates)");
        assert_eq!(identity, Identity::from_pem(&certificate, &key).unwrap());
        assert_ne!(identity, Identity::from_pem(&other, &others_key).unwrap());
    }

    #[test]
    fn what_does_not_belong_together_or_cannot_be_read_is_refused() {
        let ((certificate, key), (_, others_key)) = (made(), made());
        let garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        for (certificate, key, error) in [
            (certificate.as_str(), others_key.as_str(), IdentityError::Mismatch),
            ("", &key, IdentityError::NoCertificate),
            (garbage, &key, IdentityError::NoCertificate),
            (&certificate, "", IdentityError::NoKey),
            (&certificate, &certificate, IdentityError::NoKey),
        ] {
            assert_eq!(Identity::from_pem(certificate, key).err(), Some(error));
        }
    }
}
