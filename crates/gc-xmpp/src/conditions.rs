//! The conditions with which XMPP ends a login or a stream, by their names there.

use std::fmt;

/// What is wrong with a login (RFC 6120, 6.5). The first three are about the account: a person has to change
/// something. No other is the user's fault, whatever its name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SaslCondition {
    /// Unknown user or wrong password.
    NotAuthorized,
    /// The account is disabled or locked.
    AccountDisabled,
    /// The password or token is no longer valid.
    CredentialsExpired,
    /// The server could not judge just now.
    TemporaryAuthFailure,
    /// Another condition, by its name.
    Other(String),
}

impl SaslCondition {
    pub(crate) fn from_name(name: &str) -> Self {
        match name {
            "not-authorized" => Self::NotAuthorized,
            "account-disabled" => Self::AccountDisabled,
            "credentials-expired" => Self::CredentialsExpired,
            "temporary-auth-failure" => Self::TemporaryAuthFailure,
            other => Self::Other(other.to_owned()),
        }
    }
}

/// Its name in XMPP.
impl fmt::Display for SaslCondition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAuthorized => "not-authorized",
            Self::AccountDisabled => "account-disabled",
            Self::CredentialsExpired => "credentials-expired",
            Self::TemporaryAuthFailure => "temporary-auth-failure",
            Self::Other(name) => name,
        })
    }
}

/// Why a server ends a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StreamCondition {
    /// Another session took our full JID.
    Conflict,
    /// Go to this host (`host` or `host:port`; over WebSocket possibly a URI).
    SeeOtherHost(String),
    /// The server goes down.
    SystemShutdown,
    /// We broke a rule of the service.
    PolicyViolation,
    /// We did something that needs a login.
    NotAuthorized,
    /// The server does not serve the domain.
    HostUnknown,
    /// The server heard nothing from us for too long.
    ConnectionTimeout,
    /// The server has no room.
    ResourceConstraint,
    /// Another condition, by its name.
    Other(String),
}

impl StreamCondition {
    pub(crate) fn from_name(name: &str, text: &str) -> Self {
        match name {
            "conflict" => Self::Conflict,
            "see-other-host" => Self::SeeOtherHost(text.trim().to_owned()),
            "system-shutdown" => Self::SystemShutdown,
            "policy-violation" => Self::PolicyViolation,
            "not-authorized" => Self::NotAuthorized,
            "host-unknown" => Self::HostUnknown,
            "connection-timeout" => Self::ConnectionTimeout,
            "resource-constraint" => Self::ResourceConstraint,
            other => Self::Other(other.to_owned()),
        }
    }
}

/// Its name in XMPP, with the host where the server sends us.
impl fmt::Display for StreamCondition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SeeOtherHost(host) => return write!(f, "see-other-host {host}"),
            Self::Conflict => "conflict",
            Self::SystemShutdown => "system-shutdown",
            Self::PolicyViolation => "policy-violation",
            Self::NotAuthorized => "not-authorized",
            Self::HostUnknown => "host-unknown",
            Self::ConnectionTimeout => "connection-timeout",
            Self::ResourceConstraint => "resource-constraint",
            Self::Other(name) => name,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_printed_as_xmpp_names_it() {
        for name in
            ["not-authorized", "account-disabled", "credentials-expired", "temporary-auth-failure", "aborted"]
        {
            assert_eq!(SaslCondition::from_name(name).to_string(), name);
        }
        for name in [
            "conflict",
            "system-shutdown",
            "policy-violation",
            "not-authorized",
            "host-unknown",
            "connection-timeout",
            "resource-constraint",
            "reset",
        ] {
            assert_eq!(StreamCondition::from_name(name, "").to_string(), name);
        }
        let elsewhere = StreamCondition::from_name("see-other-host", " b.example:5223 ");
        assert_eq!(elsewhere.to_string(), "see-other-host b.example:5223");
    }
}
