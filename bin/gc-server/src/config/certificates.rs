//! The files of listeners, `http.tls` and `[group]`: certificate, key and the callers' authorities.

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use secrecy::ExposeSecret;
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};

use super::faults::both;
use super::files::{read_authorities, read_certificates, read_secret};
use super::group::day;
use super::{ConfigError, Group, TlsFiles, bad};
use crate::http::{HTTP1, HTTP2};

/// The files of one listener, as the configuration names them.
struct Files<'a> {
    /// The section, such as `http.tls`.
    section: &'static str,
    certificate: &'a Path,
    key: &'a Path,
    /// The name of the key and the file.
    authorities: Option<(&'static str, &'a Path)>,
    /// Whether nobody gets in without a certificate.
    all_have_one: bool,
}

impl TlsFiles {
    /// Reads them as they are now. Whoever has a token needs no certificate; one that is presented has to be good.
    pub(crate) fn read(&self) -> Result<Arc<ServerConfig>, ConfigError> {
        let authorities = self.client_ca.as_deref().map(|path| ("http.tls.client_ca", path));
        let (certificate, key) = (&self.certificate, &self.key);
        Files { section: "http.tls", certificate, key, authorities, all_have_one: false }.read()
    }

    /// Why clients will refuse the certificate, whatever authorities they trust; none if they may accept it.
    pub(super) fn warning(&self, now: SystemTime) -> Option<String> {
        let chain = certificates("http.tls.certificate", &self.certificate).ok()?;
        let (first, others) = chain.split_first()?;
        // As a client judges it that trusts it as it stands.
        let certificate = EndEntityCert::try_from(first).ok()?;
        let trusted = [anchor_from_trusted_cert(first).ok()?];
        let now = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let judged = certificate.verify_for_usage(
            ring::default_provider().signature_verification_algorithms.all,
            &trusted,
            others,
            UnixTime::since_unix_epoch(now),
            KeyUsage::server_auth(),
            None,
            None,
        );
        let wrong = match judged.err()? {
            webpki::Error::CaUsedAsEndEntity => {
                "is that of an authority: many clients refuse it from a server (CaUsedAsEndEntity); make one with \
                 basicConstraints = CA:FALSE"
                    .to_owned()
            }
            webpki::Error::CertExpired { not_after, .. } => format!("expired on {}", day(not_after)),
            webpki::Error::CertNotValidYet { not_before, .. } => {
                format!("is not valid before {}", day(not_before))
            }
            webpki::Error::RequiredEkuNotFoundContext(_) => {
                "lacks the usage serverAuth (extendedKeyUsage)".to_owned()
            }
            // Who has signed it is for its clients to judge.
            _ => return None,
        };
        Some(format!("http.tls.certificate: {wrong}"))
    }
}

impl Group {
    /// Reads the files as they are now, for the listener for the others: nobody gets in without a certificate.
    pub(crate) fn server_config(&self) -> Result<Arc<ServerConfig>, ConfigError> {
        let authorities = Some(("group.authorities", &*self.authorities));
        let (certificate, key) = (&self.certificate, &self.key);
        Files { section: "group", certificate, key, authorities, all_have_one: true }.read()
    }
}

impl Files<'_> {
    fn read(&self) -> Result<Arc<ServerConfig>, ConfigError> {
        let section = self.section;
        let provider = Arc::new(ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider));
        let builder = builder.with_safe_default_protocol_versions().map_err(|error| bad(section, error))?;
        let verifier = match self.authorities {
            None => Ok(WebPkiClientVerifier::no_client_auth()),
            Some((name, path)) => authorities(name, path).and_then(|roots| {
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                let verifier = if self.all_have_one { verifier } else { verifier.allow_unauthenticated() };
                verifier.build().map_err(|error| bad(name, error))
            }),
        };
        let name = format!("{section}.key");
        let chain = certificates(&format!("{section}.certificate"), self.certificate);
        let own = both(chain, private_key(&name, self.key));
        let (verifier, (chain, key)) = both(verifier, own)?;
        let config = builder.with_client_cert_verifier(verifier).with_single_cert(chain, key);
        let mut config = config.map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => {
                bad(name, format!("is not the key of {section}.certificate"))
            }
            _ => bad(name, format!("{}: has no private key that can be used", self.key.display())),
        })?;
        config.alpn_protocols = vec![HTTP2.to_vec(), HTTP1.to_vec()];
        Ok(Arc::new(config))
    }
}

fn authorities(key: &str, path: &Path) -> Result<RootCertStore, ConfigError> {
    let pem = read_authorities(key, path)?;
    let mut roots = RootCertStore::empty();
    let certificates = CertificateDer::pem_slice_iter(pem.as_bytes());
    roots.add_parsable_certificates(certificates.filter_map(Result::ok));
    Ok(roots)
}

fn certificates(key: &str, path: &Path) -> Result<Vec<CertificateDer<'static>>, ConfigError> {
    let pem = read_certificates(key, path)?;
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    let certificates = match read {
        Ok(certificates) if !certificates.is_empty() => certificates,
        _ => return Err(bad(key, format!("{}: has no certificate in PEM", path.display()))),
    };
    // Those of authorities may be of versions and kinds that a server's may not be of.
    let unusable = (1..).zip(&certificates).find(|(number, certificate)| match number {
        1 => EndEntityCert::try_from(*certificate).is_err(),
        _ => anchor_from_trusted_cert(certificate).is_err(),
    });
    match unusable {
        None => Ok(certificates),
        Some((number, _)) => {
            let why =
                format!("certificate {number} in it is damaged, not complete or of a kind that is not known");
            Err(bad(key, format!("{}: {why}", path.display())))
        }
    }
}

fn private_key(key: &str, path: &Path) -> Result<PrivateKeyDer<'static>, ConfigError> {
    read_secret(key, path, |pem| {
        let pem = pem.expose_secret().as_bytes();
        // What the reader says of a key that it cannot read is not repeated.
        PrivateKeyDer::from_pem_slice(pem).map_err(|_| {
            let there = match CertificateDer::from_pem_slice(pem) {
                Ok(_) => ", only a certificate: name the file with its key",
                Err(_) => "",
            };
            bad(key, format!("{}: has no private key in PEM{there}", path.display()))
        })
    })
}
