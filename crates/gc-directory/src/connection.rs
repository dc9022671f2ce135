//! What the sources' sections have in common: the connection, the credentials, and errors.

use std::error;
use std::fmt::Display;
use std::path::PathBuf;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use gc_net::{Fingerprint, Trust, TrustError};
use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, InvalidHeaderName};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};
use thiserror::Error;

/// The connection to a source: the table `http` of its section.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HttpConfig {
    /// A PEM file with the authority that signed the server's certificate; by default the system's authorities.
    pub ca_file: Option<PathBuf>,
    /// The same, as text instead of a file.
    pub ca_pem: Option<String>,
    /// The SHA-256 fingerprint of the only certificate to trust.
    pub pinned_sha256: Option<String>,
    /// Whether passwords may be sent over `http`, which is not encrypted.
    pub allow_plaintext: bool,
    /// The deadline of a query, including all its pages and a login: `15s`. It should be shorter than the commands'
    /// deadline.
    #[serde(deserialize_with = "duration")]
    pub timeout: Duration,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            ca_file: None,
            ca_pem: None,
            pinned_sha256: None,
            allow_plaintext: false,
            timeout: Duration::from_secs(15),
        }
    }
}

/// The credentials for a source.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "lowercase")]
pub enum Auth {
    /// Basic authentication.
    Basic {
        /// The account.
        username: String,
        /// Its password.
        password: SecretString,
    },
    /// `Authorization: Bearer …`.
    Bearer {
        /// The token.
        token: SecretString,
    },
    /// Another header, such as an API key.
    Header {
        /// The header's name.
        name: String,
        /// Its value.
        value: SecretString,
    },
}

/// Why a configuration cannot be used.
#[derive(Debug, Error)]
#[error("{key}: {reason}")]
pub struct ConfigError {
    key: String,
    reason: String,
    source: Option<Box<dyn error::Error + Send + Sync>>,
}

impl ConfigError {
    pub(crate) fn new(key: impl Display, reason: impl Display) -> Self {
        Self { key: key.to_string(), reason: reason.to_string(), source: None }
    }

    /// The same, because of this error.
    pub(crate) fn because(self, error: impl error::Error + Send + Sync + 'static) -> Self {
        Self { source: Some(error.into()), ..self }
    }
}

impl HttpConfig {
    /// Which servers are trusted. `section`: the key of the source, for the error.
    ///
    /// # Errors
    /// When the file or the text has no certificate, or more than one key says it.
    pub fn trust(&self, section: &str) -> Result<Trust, ConfigError> {
        match (&self.ca_file, &self.ca_pem, &self.pinned_sha256) {
            (None, None, None) => Ok(Trust::System),
            (Some(file), None, None) => {
                let bad = |error: &dyn Display| {
                    let key = format_args!("{section}.http.ca_file");
                    ConfigError::new(key, format_args!("{}: {error}", file.display()))
                };
                let pem = std::fs::read_to_string(file).map_err(|error| bad(&error).because(error))?;
                checked(Trust::Authority(pem)).map_err(|error| bad(&error).because(error))
            }
            (None, Some(pem), None) => checked(Trust::Authority(pem.clone())).map_err(|error| {
                ConfigError::new(format_args!("{section}.http.ca_pem"), &error).because(error)
            }),
            (None, None, Some(pin)) => {
                pin.parse::<Fingerprint>().map(|pin| Trust::Pinned(vec![pin])).map_err(|error| {
                    ConfigError::new(format_args!("{section}.http.pinned_sha256"), error).because(error)
                })
            }
            _ => Err(ConfigError::new(
                format_args!("{section}.http"),
                "set only one of ca_file, ca_pem and pinned_sha256",
            )),
        }
    }

    /// The URL, if secrets may be sent to it. It must not contain a password, which has its own key and is never printed.
    pub(crate) fn url(&self, key: &str, text: &str) -> Result<Url, ConfigError> {
        let unusable = "cannot be used: write a URL such as https://server.example.com";
        let url = Url::parse(text).map_err(|error| ConfigError::new(key, unusable).because(error))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(ConfigError::new(
                key,
                "must not contain a user name or a password; they have their own keys",
            ));
        }
        match url.scheme() {
            "https" => Ok(url),
            "http" if self.allow_plaintext => Ok(url),
            "http" => {
                Err(ConfigError::new(key, "http is not encrypted: set http.allow_plaintext or use https"))
            }
            _ => Err(ConfigError::new(key, "must be an https URL")),
        }
    }
}

/// The trust, if it can be used. Checked here, where the key is known.
fn checked(trust: Trust) -> Result<Trust, TrustError> {
    trust.client_config()?;
    Ok(trust)
}

impl Auth {
    /// The header with the credentials.
    pub(crate) fn header(&self, key: &str) -> Result<(HeaderName, HeaderValue), ConfigError> {
        match self {
            Self::Basic { username, password } => Ok((AUTHORIZATION, basic(key, username, password)?)),
            Self::Bearer { token } => {
                let value = format!("Bearer {}", token.expose_secret());
                Ok((AUTHORIZATION, header_value(key, &value)?))
            }
            Self::Header { name, value } => {
                Ok((header_name(key, name)?, header_value(key, value.expose_secret())?))
            }
        }
    }
}

/// A header map with only Basic authentication.
pub(crate) fn basic_only(key: &str, user: &str, password: &SecretString) -> Result<HeaderMap, ConfigError> {
    Ok(HeaderMap::from_iter([(AUTHORIZATION, basic(key, user, password)?)]))
}

pub(crate) fn basic(key: &str, user: &str, password: &SecretString) -> Result<HeaderValue, ConfigError> {
    if user.contains(':') {
        return Err(ConfigError::new(
            key,
            "must not contain a colon, which Basic authentication does not allow",
        ));
    }
    let credentials = BASE64_STANDARD.encode(format!("{user}:{}", password.expose_secret()));
    header_value(key, &format!("Basic {credentials}"))
}

pub(crate) fn header_name(key: &str, name: &str) -> Result<HeaderName, ConfigError> {
    name.parse().map_err(|error: InvalidHeaderName| {
        ConfigError::new(key, format_args!("{name:?} is not a valid header name")).because(error)
    })
}

/// A header value, marked as sensitive so that it is never printed.
pub(crate) fn header_value(key: &str, value: &str) -> Result<HeaderValue, ConfigError> {
    let mut value = HeaderValue::from_str(value).map_err(|error| {
        ConfigError::new(key, "contains characters that a header does not allow").because(error)
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// `20s`, `250ms`, `1m30s`. A number without a unit is refused.
fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    jiff::fmt::serde::unsigned_duration::friendly::compact::required::deserialize(deserializer).map_err(
        |_: D::Error| {
            serde::de::Error::custom("this cannot be used: write a duration with its unit, such as \"15s\"")
        },
    )
}
