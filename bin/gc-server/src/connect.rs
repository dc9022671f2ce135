//! Tries what the configuration names: nodes, administrators, sources, the store, callbacks.

use std::fs::{File, TryLockError};
use std::io::{self, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use gc_net::{CertificateFault, causes};
use gc_private::Unreadable;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;

/// How a file of the store begins (redb).
const MAGIC: &[u8] = b"redb\x1A\x0A\xA9\x0D\x0A";

/// Something that was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// The key that it is about, and what was tried.
    pub what: String,
    /// What there is, or why it was left alone; or why it does not work.
    pub result: Result<String, String>,
    /// Whether it was not left alone.
    pub is_tried: bool,
}

impl Trial {
    pub(crate) fn new(what: impl Into<String>, result: Result<String, String>) -> Self {
        Self { what: what.into(), result, is_tried: true }
    }

    fn left_alone(what: String, because: String) -> Self {
        Self { what, result: Ok(because), is_tried: false }
    }
}

/// Where a server is dialled.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) host: String,
    pub(crate) port: u16,
    /// What is dialled instead of the host, which stays the name in the certificate.
    address: Option<String>,
}

impl Target {
    /// Of a URL, with the usual port of its scheme.
    pub(crate) fn of(url: &str, usual_port: u16) -> Option<Self> {
        let (_, rest) = url.split_once("://")?;
        let authority = rest.split(['/', '?', '#']).next()?.rsplit('@').next()?;
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, port.parse().ok()?),
            _ => (authority, usual_port),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        (!host.is_empty()).then_some(Self { host, port, address: None })
    }

    /// The same, dialled at another name or address.
    pub(crate) fn dialled_at(self, address: &str) -> Self {
        Self { address: Some(address.to_owned()), ..self }
    }
}

/// Connects, with TLS if there is a configuration for it; one trial for each step that was taken.
pub(crate) async fn dial(
    key: &str,
    target: &Target,
    tls: Option<Arc<ClientConfig>>,
    within: Duration,
) -> Vec<Trial> {
    let Target { host, port, address } = target;
    let dialled = address.as_ref().unwrap_or(host);
    let what = format!("{key}: connection to {dialled}:{port}");
    let connected = timeout(within, TcpStream::connect((dialled.as_str(), *port))).await;
    let stream = match connected {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return vec![Trial::new(what, Err(error.to_string()))],
        Err(_) => return vec![Trial::new(what, Err(format!("no answer within {within:?}")))],
    };
    let mut trials = vec![Trial::new(what, Ok(String::new()))];
    if let Some(tls) = tls {
        let name =
            ServerName::try_from(host.clone()).map_err(|_| "its name can have no certificate".to_owned());
        let result = match name {
            Err(error) => Err(error),
            Ok(name) => match timeout(within, TlsConnector::from(tls).connect(name, stream)).await {
                Ok(Ok(_)) => Ok(String::new()),
                Ok(Err(error)) => Err(certificate_error(&error)),
                Err(_) => Err(format!("no TLS within {within:?}")),
            },
        };
        trials.push(Trial::new(format!("{key}: certificate of {host}:{port}"), result));
    }
    trials
}

/// What is wrong with a certificate, and what to do.
fn certificate_error(error: &io::Error) -> String {
    if let Some(fault) = CertificateFault::in_error(error) {
        return match what_to_do(&fault) {
            Some(what_to_do) => format!("{fault}: {what_to_do}"),
            None => fault.to_string(),
        };
    }
    let text = causes(error);
    match ["InvalidContentType", "eof", "corrupt message"].iter().any(|part| text.contains(part)) {
        true => "the server does not speak TLS there".to_owned(),
        false => text,
    }
}

fn what_to_do(fault: &CertificateFault) -> Option<&'static str> {
    Some(match fault {
        CertificateFault::Expired(_) => "renew it on the server, or correct the clock of this machine",
        CertificateFault::NotYetValid(_) => {
            "correct the clock of this machine, or give the server a certificate that is valid now"
        }
        CertificateFault::OtherName { .. } => {
            "write a name that it is for, or give the server a certificate for this one"
        }
        CertificateFault::UnknownAuthority => "write the ca_file or pinned_sha256 that it needs",
        CertificateFault::Usage | CertificateFault::OfAuthority => {
            "give the server another certificate, or write the fingerprint of this one into pinned_sha256"
        }
        CertificateFault::NotPinned => {
            "compare pinned_sha256 with what `openssl x509 -noout -fingerprint -sha256` prints of it"
        }
        _ => return None,
    })
}

/// Whether the file of a store can be opened, without changing it. One that is in use is left alone.
pub(crate) fn try_store(path: &Path) -> Trial {
    let what = format!("store.path: {}", path.display());
    let opened = File::options().read(true).write(true).open(path);
    let locked = opened.and_then(|file| match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    });
    match locked {
        Ok(Some(file)) => Trial::new(what, is_store(file)),
        Ok(None) => Trial::left_alone(what, format!("in use by {}", gc_store::holder(path))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Trial::new(what, Ok("it is not there yet, and will be made".to_owned()))
        }
        Err(error) => Trial::new(what, Err(Unreadable::from(error).to_string())),
    }
}

fn is_store(file: File) -> Result<String, String> {
    let mut begin = Vec::new();
    match file.take(MAGIC.len() as u64).read_to_end(&mut begin) {
        Err(error) => Err(Unreadable::from(error).to_string()),
        Ok(0) => Ok("it is empty, and will be made".to_owned()),
        Ok(_) if begin == MAGIC => Ok(String::new()),
        Ok(_) => Err("this is no store".to_owned()),
    }
}

/// The addresses of a name.
pub(crate) async fn resolve(host: &str, port: u16, within: Duration) -> Result<Vec<SocketAddr>, String> {
    match timeout(within, lookup_host((host, port))).await {
        Ok(Ok(found)) => Ok(found.collect()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("the name is not resolved within {within:?}")),
    }
}
