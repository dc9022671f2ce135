//! `gc-server healthcheck`: asks the connector that runs with a configuration how it is.

use std::error::Error;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use thiserror::Error as ThisError;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::Config;

/// For everything together: less than what Docker and Kubernetes wait by default would be too impatient for a busy machine.
const PATIENCE: Duration = Duration::from_secs(5);
/// Its answer is a line.
const LONGEST: usize = 4096;

/// Why the connector is not well, as far as one knows.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum HealthcheckError {
    /// The configuration does not say where it listens.
    #[error("http.listen has port 0, which is any free port: nobody knows which")]
    AnyPort,
    /// It does not answer.
    #[error("the connector does not answer at {0}: {1}")]
    Unreachable(SocketAddr, Box<dyn Error + Send + Sync>),
    /// It answers something else than 200.
    #[error("{0}: {1}")]
    Unwell(StatusCode, String),
}

impl HealthcheckError {
    /// Whether the configuration is at fault.
    pub fn is_configured(&self) -> bool {
        matches!(self, Self::AnyPort)
    }
}

/// Asks the listener of this configuration for `/health/live`, or for `/health/ready`; what it says if all is well. Its certificate
/// may be any: on the way to this process itself there is nothing to learn, and no secret is sent.
///
/// # Errors
/// When it does not answer within five seconds, or not with 200.
pub async fn healthcheck(config: &Config, ready: bool) -> Result<String, HealthcheckError> {
    // The listener for health checks speaks no TLS.
    let (address, is_tls) = match config.http.health_listen {
        Some(address) => (reachable(address), false),
        None => (reachable(config.http.listen), config.http.tls.is_some()),
    };
    if address.port() == 0 {
        return Err(HealthcheckError::AnyPort);
    }
    let path = if ready { "/health/ready" } else { "/health/live" };
    let unreachable = |error| HealthcheckError::Unreachable(address, error);
    let asked = timeout(PATIENCE, ask(address, is_tls, path)).await;
    let (status, text) = asked.map_err(|late| unreachable(late.into()))?.map_err(unreachable)?;
    match status {
        StatusCode::OK => Ok(text),
        _ => Err(HealthcheckError::Unwell(status, text)),
    }
}

/// Where the same machine reaches what listens there.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

type Answer = Result<(StatusCode, String), Box<dyn Error + Send + Sync>>;

async fn ask(address: SocketAddr, is_tls: bool, path: &str) -> Answer {
    let stream = TcpStream::connect(address).await?;
    if !is_tls {
        return exchange(stream, path).await;
    }
    let provider = Arc::new(ring::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)))
        .with_no_client_auth();
    let name = ServerName::from(address.ip());
    exchange(TlsConnector::from(Arc::new(config)).connect(name, stream).await?, path).await
}

async fn exchange<S: AsyncRead + AsyncWrite + Send + Unpin + 'static>(stream: S, path: &str) -> Answer {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // Always one of the listener's names, whatever http.hosts says.
    let request = Request::get(path).header(header::HOST, "localhost").body(Empty::<Bytes>::new())?;
    let answer = async {
        let answer = sender.send_request(request).await?;
        let status = answer.status();
        let body = Limited::new(answer.into_body(), LONGEST).collect().await?.to_bytes();
        Ok((status, String::from_utf8_lossy(&body).trim_end().to_owned()))
    };
    tokio::select! {
        // The answer first: the connection may end with it.
        biased;
        answer = answer => answer,
        // It ends first only if it has failed.
        ended = connection => Err(ended.err().map_or_else(|| "it closed the connection".into(), Into::into)),
    }
}

/// Accepts every certificate whose key the other end has.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_listens_everywhere_is_reached_at_the_loopback_address() {
        for (listen, reached) in [
            ("0.0.0.0:8112", "127.0.0.1:8112"),
            ("[::]:8112", "[::1]:8112"),
            ("10.20.0.12:8112", "10.20.0.12:8112"),
        ] {
            assert_eq!(reachable(listen.parse().unwrap()), reached.parse().unwrap());
        }
    }
}
