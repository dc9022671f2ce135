//! The login that some recorders require. Its answer contains the token for all other requests.

use std::sync::{Mutex, PoisonError};

use gc_rules::LookupError;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;

use super::call::{BodyFormat, Call, CallConfig};
use super::template::Slot;
use crate::connection::{HttpConfig, SourceFaults, basic, header_name};
use crate::http::Http;

const SECTION: &str = "directory.recorder.login";

/// `[directory.recorder.login]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoginConfig {
    /// The URL of the login.
    pub url: String,
    /// The HTTP method.
    #[serde(default = "super::post")]
    pub method: String,
    /// The account.
    pub username: String,
    /// Its password.
    pub password: SecretString,
    /// The body, with `{username}` and `{password}`. Without a body, they are sent as Basic authentication.
    pub body: Option<SecretString>,
    /// The format of the body.
    #[serde(default)]
    pub format: BodyFormat,
    /// A JSON pointer to the token in the answer, such as `/data/token`.
    pub token: String,
    /// The header for the token; by default `Authorization: Bearer <token>`.
    pub header: Option<String>,
}

pub(super) struct Login {
    call: Call,
    username: String,
    password: SecretString,
    pointer: String,
    header: HeaderName,
    prefix: &'static str,
    token: Mutex<Option<HeaderValue>>,
}

impl Login {
    pub(super) fn new(config: &LoginConfig, http: &HttpConfig) -> Result<Self, SourceFaults> {
        let mut faults = SourceFaults::default();
        let mut headers = HeaderMap::new();
        if config.body.is_none() {
            let basic = basic(&format!("{SECTION}.username"), &config.username, &config.password);
            headers.extend(faults.keep(basic).map(|basic| (AUTHORIZATION, basic)));
        }
        let call = CallConfig {
            section: SECTION,
            method: &config.method,
            url: &config.url,
            headers,
            body: config.body.as_ref(),
            format: config.format,
            http,
        };
        let (header, prefix) = match &config.header {
            Some(name) => (header_name("directory.recorder.login.header", name), ""),
            None => (Ok(AUTHORIZATION), "Bearer "),
        };
        let header = faults.keep(header);
        let call = faults.keep_all(Call::new(call, &[Slot::Username, Slot::Password]));
        faults.or(call.zip(header).map(|(call, header)| Self {
            call,
            username: config.username.clone(),
            password: config.password.clone(),
            pointer: config.token.clone(),
            header,
            prefix,
            token: Mutex::new(None),
        }))
    }

    pub(super) fn header(&self) -> &HeaderName {
        &self.header
    }

    /// The header value with the token: the known one, or one from a new login.
    pub(super) async fn token(&self, http: &Http) -> Result<HeaderValue, LookupError> {
        let known = self.known().clone();
        if let Some(token) = known {
            return Ok(token);
        }
        let token = self.log_in(http).await?;
        *self.known() = Some(token.clone());
        Ok(token)
    }

    /// Forgets a refused token, unless a newer one has replaced it.
    pub(super) fn forget(&self, refused: &HeaderValue) {
        self.known().take_if(|token| token == refused);
    }

    async fn log_in(&self, http: &Http) -> Result<HeaderValue, LookupError> {
        let value = |slot| match slot {
            Slot::Username => self.username.as_str(),
            Slot::Password => self.password.expose_secret(),
            _ => "",
        };
        let request =
            self.call.fill(http, value).ok_or_else(|| http.unreadable("its login URL cannot be used"))?;
        let answer = http.send(request).await?;
        if !answer.is_success() {
            // Its text is left out, because some servers repeat the password in it.
            return Err(answer.refusal(Some("login")));
        }
        let json: Value = answer.json()?;
        let token = json.pointer(&self.pointer).and_then(Value::as_str);
        let token = token.ok_or_else(|| answer.unreadable("the login returned no token"))?;
        let mut token = HeaderValue::from_str(&format!("{}{token}", self.prefix))
            .map_err(|_| answer.unreadable("the login's token is not a valid header value"))?;
        token.set_sensitive(true);
        Ok(token)
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Option<HeaderValue>> {
        self.token.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
