//! Signatures of callbacks, as Standard Webhooks 1.0.0 defines them: `v1`, HMAC-SHA256 with shared secrets.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use gc_ids::ClientKey;
use http::HeaderMap;
use ring::hmac::{HMAC_SHA256, Key, sign, verify};
use secrecy::{ExposeSecret, SecretString, zeroize::Zeroizing};

pub(crate) const ID: &str = "webhook-id";
pub(crate) const TIMESTAMP: &str = "webhook-timestamp";
pub(crate) const SIGNATURE: &str = "webhook-signature";

const PREFIX: &str = "whsec_";
const VERSION: &str = "v1";
/// Bytes of a secret that the specification accepts.
const LENGTHS: std::ops::RangeInclusive<usize> = 24..=64;
/// How far a timestamp may be from the receiver's clock.
const TOLERANCE: Duration = Duration::from_secs(5 * 60);

/// Secrets that a sender and a receiver share. A sender signs with all of them, and a receiver accepts a signature of any:
/// to replace a secret, both have the old and the new one for a while.
#[derive(Clone, Default)]
pub struct Secrets(Arc<[Key]>);

/// Why a text cannot be used as secrets. Nothing of the text is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidSecrets {
    /// There is none.
    #[error("there is no secret: write one whsec_… on each line")]
    None,
    /// One of them, counted from 1, is not a secret.
    #[error("secret {0} cannot be used: write whsec_ and then 24 to 64 random bytes in base64")]
    Unusable(usize),
}

/// Why a request was not, or not certainly, sent by somebody who knows the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotGenuine {
    /// A header is missing, or is not text.
    #[error("the header {0} is missing")]
    Header(&'static str),
    /// The request is older or newer than five minutes by this clock: it may be a repetition of an old one.
    #[error("the timestamp is not within five minutes of the receiver's clock")]
    Time,
    /// No signature fits a secret.
    #[error("no signature is right")]
    Signature,
}

impl Secrets {
    /// Reads secrets (`whsec_` and base64), separated by spaces or line breaks. Lines that begin with `#` do not count.
    ///
    /// # Errors
    /// When there is none, or one is not a secret of 24 to 64 bytes.
    pub fn parse(text: &SecretString) -> Result<Self, InvalidSecrets> {
        let lines = text.expose_secret().lines().filter(|line| !line.trim_start().starts_with('#'));
        let secrets = (1..).zip(lines.flat_map(str::split_whitespace));
        let keys = secrets.map(|(number, secret)| key(secret).ok_or(InvalidSecrets::Unusable(number)));
        let keys = keys.collect::<Result<Arc<[_]>, _>>()?;
        if keys.is_empty() { Err(InvalidSecrets::None) } else { Ok(Self(keys)) }
    }

    /// Whether there is none, so that nothing is signed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of `webhook-signature`, one signature for each secret; `None` without secrets.
    #[must_use]
    pub fn sign(&self, id: &str, timestamp: u64, body: &[u8]) -> Option<String> {
        if self.is_empty() {
            return None;
        }
        let content = content(id, &timestamp.to_string(), body);
        let signatures =
            self.0.iter().map(|key| format!("{VERSION},{}", BASE64_STANDARD.encode(sign(key, &content))));
        Some(signatures.collect::<Vec<_>>().join(" "))
    }

    /// Checks a request that was received: the body as it came, before anything has read or changed it.
    ///
    /// # Errors
    /// When it was not signed with one of the secrets, or not within five minutes of `now`.
    pub fn verify(&self, headers: &HeaderMap, body: &[u8], now: SystemTime) -> Result<(), NotGenuine> {
        let header = |name: &'static str| {
            headers.get(name).and_then(|value| value.to_str().ok()).ok_or(NotGenuine::Header(name))
        };
        let (id, timestamp, signatures) = (header(ID)?, header(TIMESTAMP)?, header(SIGNATURE)?);
        let sent =
            timestamp.parse().ok().and_then(|seconds| UNIX_EPOCH.checked_add(Duration::from_secs(seconds)));
        let sent = sent.ok_or(NotGenuine::Time)?;
        let apart = now.duration_since(sent).unwrap_or_else(|later| later.duration());
        if apart > TOLERANCE {
            return Err(NotGenuine::Time);
        }
        let content = content(id, timestamp, body);
        let is_right = |signature: &str| {
            let tag = signature.strip_prefix(VERSION).and_then(|rest| rest.strip_prefix(','));
            let tag = tag.and_then(|tag| BASE64_STANDARD.decode(tag).ok());
            // In constant time, so that nobody can guess a signature byte by byte.
            tag.is_some_and(|tag| self.0.iter().any(|key| verify(key, &content, &tag).is_ok()))
        };
        if signatures.split(' ').any(is_right) { Ok(()) } else { Err(NotGenuine::Signature) }
    }
}

/// All secrets of several.
impl FromIterator<Self> for Secrets {
    fn from_iter<I: IntoIterator<Item = Self>>(all: I) -> Self {
        Self(all.into_iter().flat_map(|secrets| secrets.0.to_vec()).collect())
    }
}

/// How many there are, and nothing else.
impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({})", self.0.len())
    }
}

fn key(secret: &str) -> Option<Key> {
    let bytes = Zeroizing::new(BASE64_STANDARD.decode(secret.strip_prefix(PREFIX)?).ok()?);
    LENGTHS.contains(&bytes.len()).then(|| Key::new(HMAC_SHA256, &bytes))
}

/// What is signed.
fn content(id: &str, timestamp: &str, body: &[u8]) -> Vec<u8> {
    [id.as_bytes(), b".", timestamp.as_bytes(), b".", body].concat()
}

/// Which secrets sign the callbacks of which client. By default nothing is signed.
#[derive(Clone, Default)]
pub struct Signing(Option<Arc<SecretsOf>>);

type SecretsOf = dyn Fn(&ClientKey) -> Secrets + Send + Sync;

impl Signing {
    /// Asks this function before each attempt.
    pub fn by(secrets_of: impl Fn(&ClientKey) -> Secrets + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(secrets_of)))
    }

    /// The same secrets for every client.
    #[must_use]
    pub fn with(secrets: Secrets) -> Self {
        Self::by(move |_| secrets.clone())
    }

    pub(crate) fn secrets_of(&self, client: &ClientKey) -> Secrets {
        self.0.as_ref().map(|secrets_of| secrets_of(client)).unwrap_or_default()
    }
}

impl fmt::Debug for Signing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Signing(..)" } else { "Signing" })
    }
}

#[cfg(test)]
mod tests;
