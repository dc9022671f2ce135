//! What the sources' sections have in common: the connection, the credentials, and errors.

use std::error;
use std::fmt::{self, Display};
use std::path::PathBuf;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use gc_net::{NamedTrust, Trust, TrustFault};
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

/// Why a configuration cannot be used: everything that is wrong with it.
#[derive(Debug, Default)]
pub struct SourceFaults(Vec<SourceFault>);

/// One of them.
#[derive(Debug, Error)]
#[error("{key}: {reason}")]
pub struct SourceFault {
    /// The key, from `directory` on: `directory.cce.url`.
    pub key: String,
    /// What is wrong with it.
    pub reason: String,
    source: Option<Box<dyn error::Error + Send + Sync>>,
}

impl SourceFault {
    pub(crate) fn new(key: impl Display, reason: impl Display) -> Self {
        Self { key: key.to_string(), reason: reason.to_string(), source: None }
    }

    /// The same, because of this error.
    pub(crate) fn because(self, error: impl error::Error + Send + Sync + 'static) -> Self {
        Self { source: Some(error.into()), ..self }
    }
}

impl SourceFaults {
    pub(crate) fn push(&mut self, fault: SourceFault) {
        self.0.push(fault);
    }

    /// What is good. What is not becomes a fault.
    pub(crate) fn keep<T>(&mut self, result: Result<T, SourceFault>) -> Option<T> {
        result.map_err(|fault| self.push(fault)).ok()
    }

    /// The same of what may have several.
    pub(crate) fn keep_all<T>(&mut self, result: Result<T, Self>) -> Option<T> {
        result.map_err(|faults| self.0.extend(faults)).ok()
    }

    /// What was made, if nothing is wrong.
    pub(crate) fn or<T>(self, made: Option<T>) -> Result<T, Self> {
        match made {
            Some(made) if self.0.is_empty() => Ok(made),
            _ => Err(self),
        }
    }
}

impl IntoIterator for SourceFaults {
    type Item = SourceFault;
    type IntoIter = std::vec::IntoIter<SourceFault>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl fmt::Display for SourceFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&said.join("; "))
    }
}

impl error::Error for SourceFaults {}

impl HttpConfig {
    /// Which servers are trusted. `section`: the key of the source, for the faults.
    ///
    /// # Errors
    /// When the file or the text has no certificate, or more than one key says it.
    pub fn trust(&self, section: &str) -> Result<Trust, SourceFaults> {
        let (ca_file, ca_pem) = (self.ca_file.as_deref(), self.ca_pem.as_deref());
        let keys = NamedTrust { ca_file, ca_pem, pinned_sha256: self.pinned_sha256.as_slice() };
        Trust::named(&keys).map_err(|faults| {
            let fault = |fault: TrustFault| {
                let key = fault.key().map(|key| format!(".{key}")).unwrap_or_default();
                SourceFault::new(format_args!("{section}.http{key}"), &fault).because(fault)
            };
            SourceFaults(faults.into_iter().map(fault).collect())
        })
    }

    /// The URL, if secrets may be sent to it. It must not contain a password, which has its own key and is never printed.
    pub(crate) fn url(&self, key: &str, text: &str) -> Result<Url, SourceFault> {
        let unusable = "cannot be used: write a URL such as https://server.example.com";
        let url = Url::parse(text).map_err(|error| SourceFault::new(key, unusable).because(error))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(SourceFault::new(
                key,
                "must not contain a user name or a password; they have their own keys",
            ));
        }
        match url.scheme() {
            "https" => Ok(url),
            "http" if self.allow_plaintext => Ok(url),
            "http" => {
                Err(SourceFault::new(key, "http is not encrypted: set http.allow_plaintext or use https"))
            }
            _ => Err(SourceFault::new(key, "must be an https URL")),
        }
    }
}

impl Auth {
    /// The header with the credentials.
    pub(crate) fn header(&self, key: &str) -> Result<(HeaderName, HeaderValue), SourceFaults> {
        let mut faults = SourceFaults::default();
        let (name, value) = match self {
            Self::Basic { username, password } => (Ok(AUTHORIZATION), basic(key, username, password)),
            Self::Bearer { token } => {
                (Ok(AUTHORIZATION), header_value(key, &format!("Bearer {}", token.expose_secret())))
            }
            Self::Header { name, value } => {
                (header_name(key, name), header_value(key, value.expose_secret()))
            }
        };
        let (name, value) = (faults.keep(name), faults.keep(value));
        faults.or(name.zip(value))
    }
}

/// A header map with only Basic authentication.
pub(crate) fn basic_only(key: &str, user: &str, password: &SecretString) -> Result<HeaderMap, SourceFault> {
    Ok(HeaderMap::from_iter([(AUTHORIZATION, basic(key, user, password)?)]))
}

pub(crate) fn basic(key: &str, user: &str, password: &SecretString) -> Result<HeaderValue, SourceFault> {
    if user.contains(':') {
        return Err(SourceFault::new(
            key,
            "must not contain a colon, which Basic authentication does not allow",
        ));
    }
    let credentials = BASE64_STANDARD.encode(format!("{user}:{}", password.expose_secret()));
    header_value(key, &format!("Basic {credentials}"))
}

pub(crate) fn header_name(key: &str, name: &str) -> Result<HeaderName, SourceFault> {
    name.parse().map_err(|error: InvalidHeaderName| {
        SourceFault::new(key, format_args!("{name:?} is not a valid header name")).because(error)
    })
}

/// A header value, marked as sensitive so that it is never printed.
pub(crate) fn header_value(key: &str, value: &str) -> Result<HeaderValue, SourceFault> {
    let mut value = HeaderValue::from_str(value).map_err(|error| {
        SourceFault::new(key, "contains characters that a header does not allow").because(error)
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
