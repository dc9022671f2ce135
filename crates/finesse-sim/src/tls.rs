//! The simulator's own certificate authority: new at every start, or stored in a directory.

use std::error::Error;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::{OtherError, RootCertStore};
use tokio_rustls::TlsAcceptor;

/// The files of a stored authority: its certificate, which clients trust, and its private key.
const CERTIFICATE: &str = "ca.pem";
const KEY: &str = "ca.key";

/// Why a certificate could not be created.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum TlsError {
    #[error("certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    #[error("TLS: {0}")]
    Tls(#[from] rustls::Error),
}

/// Why a stored authority cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum StoredAuthorityError {
    #[error("{path}: {source}")]
    File { path: PathBuf, source: io::Error },
    #[error("{present} exists but {missing} does not: restore it, or remove both for a new authority")]
    Incomplete { present: &'static str, missing: &'static str },
    #[error("{file} cannot be read ({source}): restore the right one, or remove both for a new authority")]
    Unreadable { file: &'static str, source: Box<dyn Error + Send + Sync> },
    #[error("{CERTIFICATE} is not the certificate of {KEY} ({0}): remove both for a new authority")]
    Mismatch(#[source] TlsError),
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// The authority that clients need to trust.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    /// An authority that lasts as long as the process.
    pub(crate) fn new() -> Result<Self, TlsError> {
        Self::of(KeyPair::generate()?)
    }

    fn of(key: KeyPair) -> Result<Self, TlsError> {
        let params = params();
        let pem = params.self_signed(&key)?.pem();
        Ok(Self { issuer: Issuer::new(params, key), pem })
    }

    /// The authority stored in this directory; created there the first time.
    pub(crate) fn load_or_create(directory: &Path) -> Result<Self, StoredAuthorityError> {
        let (certificate, key) = (directory.join(CERTIFICATE), directory.join(KEY));
        match (read(&certificate)?, read(&key)?) {
            (None, None) => {
                let pair = KeyPair::generate().map_err(TlsError::from)?;
                let pair_pem = pair.serialize_pem();
                let authority = Self::of(pair)?;
                fs::create_dir_all(directory)
                    .map_err(|source| StoredAuthorityError::File { path: directory.to_owned(), source })?;
                write(&key, &pair_pem, 0o600)?;
                write(&certificate, &authority.pem, 0o644)?;
                Ok(authority)
            }
            (Some(pem), Some(pair)) => {
                let unreadable = |file, source| StoredAuthorityError::Unreadable { file, source };
                let root = CertificateDer::from_pem_slice(pem.as_bytes())
                    .map_err(|error| unreadable(CERTIFICATE, error.into()))?;
                let pair = KeyPair::from_pem(&pair).map_err(|error| unreadable(KEY, error.into()))?;
                let authority = Self { issuer: Issuer::new(params(), pair), pem };
                authority.check(root).map_err(StoredAuthorityError::Mismatch)?;
                Ok(authority)
            }
            (Some(_), None) => Err(StoredAuthorityError::Incomplete { present: CERTIFICATE, missing: KEY }),
            (None, Some(_)) => Err(StoredAuthorityError::Incomplete { present: KEY, missing: CERTIFICATE }),
        }
    }

    /// Checks that a client that trusts this certificate accepts what the authority signs.
    fn check(&self, root: CertificateDer<'static>) -> Result<(), TlsError> {
        fn other(error: impl Error + Send + Sync + 'static) -> rustls::Error {
            rustls::Error::Other(OtherError(Arc::new(error)))
        }
        let mut roots = RootCertStore::empty();
        roots.add(root)?;
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider())
            .build()
            .map_err(other)?;
        let (certificate, _) = self.sign("localhost")?;
        let name = ServerName::try_from("localhost").map_err(other)?;
        verifier.verify_server_cert(&certificate, &[], &name, &[], UnixTime::now())?;
        Ok(())
    }

    /// Its certificate.
    pub(crate) fn pem(self) -> String {
        self.pem
    }

    /// A certificate for the host, `localhost` and the loopback addresses, with its key.
    fn sign(&self, host: &str) -> Result<(CertificateDer<'static>, PrivateKeyDer<'static>), TlsError> {
        let mut names = vec![host.to_owned()];
        for name in ["localhost", "127.0.0.1", "::1"] {
            if name != host {
                names.push(name.to_owned());
            }
        }
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(names)?;
        params.distinguished_name.push(DnType::CommonName, host);
        params.use_authority_key_identifier_extension = true;
        let certificate = params.signed_by(&key, &self.issuer)?;
        Ok((certificate.der().clone(), PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()))))
    }

    /// A server's side of TLS.
    pub(crate) fn acceptor(&self, host: &str) -> Result<TlsAcceptor, TlsError> {
        let (certificate, key) = self.sign(host)?;
        let config = rustls::ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)?;
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

/// The authority's own parameters; the certificates it signs name it as issuer by these.
fn params() -> CertificateParams {
    let mut authority = CertificateParams::default();
    authority.distinguished_name.push(DnType::CommonName, "finesse-sim authority");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    authority
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// The text of a file; `None` if there is no such file.
fn read(path: &Path) -> Result<Option<String>, StoredAuthorityError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(StoredAuthorityError::File { path: path.to_owned(), source }),
    }
}

/// Writes a new file with these permissions.
#[cfg_attr(not(unix), allow(unused_variables))]
fn write(path: &Path, text: &str, mode: u32) -> Result<(), StoredAuthorityError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    let written = options.open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|source| StoredAuthorityError::File { path: path.to_owned(), source })
}
