//! The configuration of all sources, and its common parts.

use std::fmt::Display;
use std::path::PathBuf;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use gc_net::{Fingerprint, Trust};
use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};
use thiserror::Error;

use crate::{AxlConfig, CceConfig, CcxConfig, RecorderConfig};

/// The section `[directory]`: all sources.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The configuration API of Unified CCE.
    pub cce: Option<CceConfig>,
    /// Administrative XML of Unified Communications Manager.
    pub axl: Option<AxlConfig>,
    /// Queue statistics of UCCX.
    pub ccx: Option<CcxConfig>,
    /// The recorder.
    pub recorder: Option<RecorderConfig>,
}

impl Config {
    /// The keys that hold secrets.
    pub fn secrets(&self) -> Vec<&'static str> {
        let Self { cce, axl, ccx, recorder } = self;
        let recorder = recorder.as_ref();
        let login = recorder.and_then(|recorder| recorder.login.as_ref());
        let keys = [
            cce.as_ref().map(|_| "cce.password"),
            axl.as_ref().map(|_| "axl.password"),
            ccx.as_ref().and_then(|ccx| ccx.auth.as_ref()).map(|_| "ccx.auth"),
            recorder.and_then(|recorder| recorder.auth.as_ref()).map(|_| "recorder.auth"),
            recorder.filter(|recorder| !recorder.headers.is_empty()).map(|_| "recorder.headers"),
            recorder.and_then(|recorder| recorder.body.as_ref()).map(|_| "recorder.body"),
            login.map(|_| "recorder.login.password"),
            login.and_then(|login| login.body.as_ref()).map(|_| "recorder.login.body"),
        ];
        keys.into_iter().flatten().collect()
    }
}

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
}

impl ConfigError {
    pub(crate) fn new(key: impl Display, reason: impl Display) -> Self {
        Self { key: key.to_string(), reason: reason.to_string() }
    }
}

impl HttpConfig {
    pub(crate) fn trust(&self, section: &str) -> Result<Trust, ConfigError> {
        match (&self.ca_file, &self.ca_pem, &self.pinned_sha256) {
            (None, None, None) => Ok(Trust::System),
            (Some(file), None, None) => {
                std::fs::read_to_string(file).map(Trust::Authority).map_err(|error| {
                    ConfigError::new(
                        format_args!("{section}.http.ca_file"),
                        format_args!("{}: {error}", file.display()),
                    )
                })
            }
            (None, Some(pem), None) => Ok(Trust::Authority(pem.clone())),
            (None, None, Some(pin)) => pin
                .parse::<Fingerprint>()
                .map(|pin| Trust::Pinned(vec![pin]))
                .map_err(|error| ConfigError::new(format_args!("{section}.http.pinned_sha256"), error)),
            _ => Err(ConfigError::new(
                format_args!("{section}.http"),
                "set only one of ca_file, ca_pem and pinned_sha256",
            )),
        }
    }

    /// The URL, if secrets may be sent to it. It must not contain a password, which has its own key and is never printed.
    pub(crate) fn url(&self, key: &str, text: &str) -> Result<Url, ConfigError> {
        let url = Url::parse(text).map_err(|error| ConfigError::new(key, error))?;
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
    name.parse().map_err(|_| ConfigError::new(key, format_args!("{name:?} is not a valid header name")))
}

/// A header value, marked as sensitive so that it is never printed.
pub(crate) fn header_value(key: &str, value: &str) -> Result<HeaderValue, ConfigError> {
    let mut value = HeaderValue::from_str(value)
        .map_err(|_| ConfigError::new(key, "contains characters that a header does not allow"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// `20s`, `250ms`, `1m30s`. A number without a unit is refused.
fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    jiff::fmt::serde::unsigned_duration::friendly::compact::required::deserialize(deserializer)
}
