//! A token that says who posts: a JSON Web Token (RFC 7519), signed with RSA (RS256).

use std::{
    fmt,
    sync::{Mutex, PoisonError},
};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http::HeaderValue;
use ring::{
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use rustls::pki_types::{PrivateKeyDer, pem::PemObject};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

const HEADER: &[u8] = br#"{"alg":"RS256","typ":"JWT"}"#;
/// Seconds for which a token is good.
const LIFETIME: u64 = 300;
/// How many seconds a token is reused, because an RSA signature costs about a millisecond.
const REUSE: u64 = 120;

/// Makes the tokens that callbacks carry as `Authorization: Bearer`. A token is good for five minutes, and the same for all
/// clients and events: it says who posts, not what.
pub struct Bearer {
    issuer: String,
    key: RsaKeyPair,
    current: Mutex<Option<(u64, HeaderValue)>>,
}

/// The key cannot be used. Nothing of it is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no RSA private key of 2048 to 4096 bits in PEM format (PKCS #8 or PKCS #1)")]
pub struct InvalidKey;

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    iat: u64,
    exp: u64,
}

impl Bearer {
    /// Makes tokens of this issuer with this key, in PEM.
    ///
    /// # Errors
    /// When there is no RSA key that can be used.
    pub fn new(issuer: impl Into<String>, key: &SecretString) -> Result<Self, InvalidKey> {
        let key = PrivateKeyDer::from_pem_slice(key.expose_secret().as_bytes()).map_err(|_| InvalidKey)?;
        let key = match &key {
            PrivateKeyDer::Pkcs8(key) => RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()),
            PrivateKeyDer::Pkcs1(key) => RsaKeyPair::from_der(key.secret_pkcs1_der()),
            _ => return Err(InvalidKey),
        };
        let key = key.map_err(|_| InvalidKey)?;
        Ok(Self { issuer: issuer.into(), key, current: Mutex::default() })
    }

    /// The value of `Authorization` at this time, in seconds since 1970; `None` only if the system gives no randomness.
    pub(crate) fn authorization(&self, now: u64) -> Option<HeaderValue> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((made, value)) = current.as_ref()
            && (*made..made.saturating_add(REUSE)).contains(&now)
        {
            return Some(value.clone());
        }
        let claims = Claims { iss: &self.issuer, iat: now, exp: now.saturating_add(LIFETIME) };
        let token = sign(&self.key, HEADER, &serde_json::to_vec(&claims).ok()?)?;
        let mut value = HeaderValue::from_str(&format!("Bearer {token}")).ok()?;
        value.set_sensitive(true);
        *current = Some((now, value.clone()));
        Some(value)
    }
}

/// Without the key.
impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bearer({:?})", self.issuer)
    }
}

/// Header, payload and signature (RFC 7515, compact serialization).
fn sign(key: &RsaKeyPair, header: &[u8], payload: &[u8]) -> Option<String> {
    let [header, payload] = [header, payload].map(|part| BASE64_URL_SAFE_NO_PAD.encode(part));
    let signed = format!("{header}.{payload}");
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).ok()?;
    Some(format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature)))
}

#[cfg(test)]
mod tests;
