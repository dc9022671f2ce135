//! An authority, and what it signs.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gc_access::Token;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use reqwest::header::{AUTHORIZATION, HeaderMap};
use reqwest::{Certificate, ClientBuilder, Identity};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::client::Client;
use super::soon;

pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(crate) pem: String,
}

/// A certificate and its key, as PEM.
pub(crate) struct Signed {
    pub(crate) certificate: String,
    pub(crate) key: String,
    pub(crate) der: Vec<u8>,
}

/// The files of a server.
pub(crate) struct Files {
    pub(crate) directory: TempDir,
}

impl Authority {
    pub(crate) fn new() -> Self {
        Self::of(CertificateParams::default())
    }

    /// One with this name.
    pub(crate) fn named(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        Self::of(params)
    }

    fn of(mut params: CertificateParams) -> Self {
        let key = KeyPair::generate().unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// A certificate for these names.
    pub(crate) fn sign(&self, names: &[&str]) -> Signed {
        self.sign_until(names, CertificateParams::default().not_after.year())
    }

    /// The same, good until the first day of this year.
    pub(crate) fn sign_until(&self, names: &[&str], year: i32) -> Signed {
        self.sign_between(names, CertificateParams::default().not_before.year(), year)
    }

    /// The same, good from the first day of one year until that of another.
    pub(crate) fn sign_between(&self, names: &[&str], from: i32, until: i32) -> Signed {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(names).unwrap();
        params.not_before = rcgen::date_time_ymd(from, 1, 1);
        params.not_after = rcgen::date_time_ymd(until, 1, 1);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Signed { certificate: certificate.pem(), key: key.serialize_pem(), der: certificate.der().to_vec() }
    }

    /// A connection that trusts this authority and offers these protocols.
    pub(crate) async fn shake_hands(&self, listener: SocketAddr, protocols: &[&str]) -> TlsStream<TcpStream> {
        gc_server::choose_crypto();
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.pem.as_bytes()).unwrap()).unwrap();
        let mut config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        let stream = TcpStream::connect(listener).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        soon("the handshake", TlsConnector::from(Arc::new(config)).connect(name, stream)).await.unwrap()
    }

    /// A client that trusts this authority, and presents this certificate.
    pub(crate) fn client(&self, listener: SocketAddr, own: Option<&Signed>) -> Client {
        let mut http = self.http();
        if let Some(Signed { certificate, key, .. }) = own {
            http = http.identity(Identity::from_pem(format!("{certificate}{key}").as_bytes()).unwrap());
        }
        at(listener, http)
    }

    /// The same without a place.
    pub(crate) fn presenting(&self, own: Option<&Signed>) -> reqwest::Client {
        self.client(SocketAddr::from(([127, 0, 0, 1], 0)), own).http
    }

    /// What a server accepts connections with that has these files.
    pub(crate) fn acceptor(&self, files: &Files) -> TlsAcceptor {
        gc_server::choose_crypto();
        let read = |name| fs::read(files.path(name)).unwrap();
        let certificate = CertificateDer::from_pem_slice(&read("server.pem")).unwrap();
        let key = PrivateKeyDer::from_pem_slice(&read("server.key")).unwrap();
        let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate], key);
        TlsAcceptor::from(Arc::new(config.unwrap()))
    }

    /// A client that trusts this authority, and sends this token.
    pub(crate) fn bearing(&self, listener: SocketAddr, token: &Token) -> Client {
        let bearer = format!("Bearer {}", token.expose()).parse().unwrap();
        at(listener, self.http().default_headers(HeaderMap::from_iter([(AUTHORIZATION, bearer)])))
    }

    fn http(&self) -> ClientBuilder {
        gc_server::choose_crypto();
        let trusted = Certificate::from_pem(self.pem.as_bytes()).unwrap();
        reqwest::Client::builder().tls_certs_only([trusted])
    }
}

fn at(listener: SocketAddr, http: ClientBuilder) -> Client {
    Client { http: http.build().unwrap(), url: format!("https://localhost:{}", listener.port()) }
}

impl Files {
    /// Certificate and key of a server at localhost, and the authority of its clients.
    pub(crate) fn of(authority: &Authority) -> Self {
        let files = Self { directory: tempfile::tempdir().unwrap() };
        fs::write(files.path("clients.pem"), &authority.pem).unwrap();
        files.exchange(&authority.sign(&["localhost"]));
        files
    }

    /// Puts another certificate in the place of the present one.
    pub(crate) fn exchange(&self, signed: &Signed) {
        fs::write(self.path("server.pem"), &signed.certificate).unwrap();
        fs::write(self.path("server.key"), &signed.key).unwrap();
        self.mode_of_key(0o600);
    }

    pub(crate) fn mode_of_key(&self, mode: u32) {
        fs::set_permissions(self.path("server.key"), fs::Permissions::from_mode(mode)).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        Path::join(self.directory.path(), name)
    }

    /// The value of `http.tls`.
    pub(crate) fn setting(&self) -> String {
        let [certificate, key, clients] =
            ["server.pem", "server.key", "clients.pem"].map(|name| self.path(name).display().to_string());
        format!("{{ certificate = '{certificate}', key = '{key}', client_ca = '{clients}' }}")
    }
}
