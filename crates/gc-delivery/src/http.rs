//! The one HTTP client of all delivery tasks.

use gc_net::{Trust, TrustError, causes, http_client};
use reqwest::Client;

use crate::Config;

/// Why callbacks cannot be sent at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The configured certificates cannot be used.
    #[error("the trusted certificates for callbacks cannot be used: {0}")]
    Trust(#[from] TrustError),
    /// The HTTP client cannot be set up.
    #[error("the HTTP client for callbacks cannot be set up: {0}")]
    Client(String),
    /// Delivery runs in tasks, which need a runtime.
    #[error("callbacks need a tokio runtime: {0}")]
    Runtime(#[from] tokio::runtime::TryCurrentError),
}

/// HTTP/1.1. The pool is left at its default, since a smaller one throws connections away under load.
pub(crate) fn client(config: &Config) -> Result<Client, BuildError> {
    let tls = match config.trust.client_config() {
        // Callbacks over plain HTTP need none.
        Err(TrustError::NoSystemAuthorities) => {
            tracing::warn!("the system has no certificate authorities: https callbacks will fail");
            Trust::Pinned(Vec::new()).client_config()?
        }
        tls => tls?,
    };
    http_client(&tls)
        .http1_only()
        .connect_timeout(config.connect_timeout)
        .timeout(config.attempt_timeout)
        .user_agent(concat!("gc-delivery/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| BuildError::Client(causes(&error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built_with(trust: Trust) -> Result<Client, BuildError> {
        client(&Config { trust, ..Config::default() })
    }

    #[test]
    fn no_further_certificates_are_needed() {
        assert!(built_with(Trust::System).is_ok());
    }

    #[test]
    fn certificates_that_are_none_are_refused() {
        for pem in ["-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "not PEM", ""] {
            let built = built_with(Trust::SystemAnd(pem.to_owned()));
            assert!(matches!(built, Err(BuildError::Trust(_))), "{pem}");
        }
    }
}
