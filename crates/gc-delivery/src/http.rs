//! The one HTTP client of all delivery tasks.

use std::sync::Arc;

use gc_guard::Guard;
use gc_net::{Trust, TrustError, causes, http_client};
use reqwest::Client;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::net::lookup_host;

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
    client_with(config, SystemResolver)
}

fn client_with(config: &Config, resolver: impl Resolve + 'static) -> Result<Client, BuildError> {
    let identity = config.identity.as_ref();
    let tls = match config.trust.client_config_as(identity) {
        // Callbacks over plain HTTP need none.
        Err(TrustError::NoSystemAuthorities) => {
            tracing::warn!("the system has no certificate authorities: https callbacks will fail");
            Trust::Pinned(Vec::new()).client_config_as(identity)?
        }
        tls => tls?,
    };
    http_client(&tls)
        .http1_only()
        .dns_resolver(Arc::new(Guarded { resolver, guard: config.guard.clone() }))
        .connect_timeout(config.connect_timeout)
        .timeout(config.attempt_timeout)
        .user_agent(concat!("gc-delivery/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| BuildError::Client(causes(&error)))
}

/// Gives no address that the guard refuses: those that are dialled are those that were checked.
struct Guarded<R> {
    resolver: R,
    guard: Guard,
}

impl<R: Resolve> Resolve for Guarded<R> {
    fn resolve(&self, name: Name) -> Resolving {
        let (guard, host) = (self.guard.clone(), name.as_str().to_owned());
        let found = self.resolver.resolve(name);
        Box::pin(async move {
            let addresses = guard.check_resolved(&host, found.await?)?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<_> = lookup_host((name.as_str(), 0)).await?.collect();
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built_with(trust: Trust) -> Result<Client, BuildError> {
        client(&Config { trust, ..Config::default() })
    }

    /// Every name is this machine.
    struct Here;

    impl Resolve for Here {
        fn resolve(&self, _: Name) -> Resolving {
            let here = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
            Box::pin(std::future::ready(Ok(Box::new(std::iter::once(here)) as Addrs)))
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_to_this_machine_is_not_called_unless_it_is_allowed() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://crm.example:{}/", listener.local_addr().unwrap().port());
        let failure = async |guard: Guard| {
            let config =
                Config { guard, attempt_timeout: std::time::Duration::from_millis(200), ..Config::default() };
            let client = client_with(&config, Here).unwrap();
            crate::attempt::failure(client.get(&url).send().await.unwrap_err())
        };
        let refused = failure(Guard::default()).await;
        assert!(matches!(refused, crate::Failure::Forbidden(_)), "{refused}");
        // Nobody answers, but somebody is called.
        assert_eq!(failure(Guard::new(["crm.example".parse().unwrap()])).await, crate::Failure::TimedOut);
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
