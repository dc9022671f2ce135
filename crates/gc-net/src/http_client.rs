//! The one way to build a client of reqwest.

use reqwest::ClientBuilder;
use reqwest::redirect::Policy;
use rustls::ClientConfig;

/// A client that trusts so, and goes where it is sent and nowhere else: it follows no redirect and uses no proxy of
/// the environment, so that neither a password nor an event ends somewhere else. The caller adds its deadlines; there
/// are none yet.
pub fn http_client(tls: &ClientConfig) -> ClientBuilder {
    reqwest::Client::builder().tls_backend_preconfigured(tls.clone()).no_proxy().redirect(Policy::none())
}
