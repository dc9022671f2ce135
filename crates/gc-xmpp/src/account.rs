//! Who logs in.

use secrecy::SecretString;
use thiserror::Error;

/// The account of one session. Its password cannot be printed.
#[derive(Clone, Debug)]
pub struct Account {
    user: String,
    domain: String,
    resource: String,
    pubsub_service: String,
    password: SecretString,
}

/// Why an account cannot be used.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidAccount {
    /// Logging in needs a user, a domain and a resource. Without a resource of our own each login would
    /// be a second session instead of replacing the last one.
    #[error("the account has no {0}")]
    Missing(&'static str),
    /// SASL PLAIN separates its parts with NUL.
    #[error("the account's {0} has a NUL character")]
    Nul(&'static str),
}

impl Account {
    /// An account `user@domain/resource`. Its publish-subscribe service is `pubsub.<domain>` until
    /// [`Self::with_pubsub_service`] says otherwise.
    pub fn new(
        user: impl Into<String>,
        domain: impl Into<String>,
        resource: impl Into<String>,
        password: SecretString,
    ) -> Result<Self, InvalidAccount> {
        use secrecy::ExposeSecret;
        let (user, domain, resource) = (user.into(), domain.into(), resource.into());
        for (what, value) in [("user", &user), ("domain", &domain), ("resource", &resource)] {
            if value.is_empty() {
                return Err(InvalidAccount::Missing(what));
            }
        }
        for (what, value) in [("user", user.as_str()), ("password", password.expose_secret())] {
            if value.contains('\0') {
                return Err(InvalidAccount::Nul(what));
            }
        }
        let pubsub_service = format!("pubsub.{domain}");
        Ok(Self { user, domain, resource, pubsub_service, password })
    }

    /// The same account with another publish-subscribe service.
    #[must_use]
    pub fn with_pubsub_service(mut self, service: impl Into<String>) -> Self {
        self.pubsub_service = service.into();
        self
    }

    /// The user's name, the local part of the JID.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The server's XMPP domain, which need not be the host that is dialled.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The resource that is asked for.
    pub fn resource(&self) -> &str {
        &self.resource
    }

    /// The address of the publish-subscribe service.
    pub fn pubsub_service(&self) -> &str {
        &self.pubsub_service
    }

    pub(crate) fn password(&self) -> &SecretString {
        &self.password
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(user: &str, resource: &str, password: &str) -> Result<Account, InvalidAccount> {
        Account::new(user, "chat.example", resource, SecretString::from(password))
    }

    #[test]
    fn a_resource_is_mandatory() {
        assert_eq!(account("maya", "", "x").err(), Some(InvalidAccount::Missing("resource")));
    }

    #[test]
    fn a_nul_cannot_forge_another_user_in_sasl_plain() {
        assert_eq!(account("maya\0root", "gc", "x").err(), Some(InvalidAccount::Nul("user")));
        assert_eq!(account("maya", "gc", "x\0y").err(), Some(InvalidAccount::Nul("password")));
    }

    #[test]
    fn the_password_is_not_printed() {
        let printed = format!("{:?}", account("maya", "gc", "hunter2").unwrap());
        assert!(!printed.contains("hunter2"), "{printed}");
    }
}
