//! The token service, which renews tokens of single sign-on: Finesse's own `/desktop/sso/token` or one that answers like it
//! ("Finesse REST API with SSO"; only the documents were read, no such server was tried).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use finesse_types::{ApiErrors, Failure, Token};
use futures_util::TryStreamExt;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, timeout};
use url::Url;

use crate::config::{ConfigError, ConfigFaults, TokenService};
use crate::http::Http;
use crate::turns::{Kind, Turns};
use finesse_types::Credentials;

/// The longest answer. Tokens have some thousand bytes.
const LONGEST: usize = 64 * 1024;

/// Where tokens are renewed.
#[derive(Debug)]
pub(crate) struct Tokens {
    url: Url,
    authorization: Option<SecretString>,
    /// Limits the renewals: after a restart all agents ask for one.
    turns: Arc<Turns>,
    /// The log has said that its tokens are too short.
    warned: AtomicBool,
}

impl Tokens {
    pub(crate) fn new(
        service: &TokenService,
        allow_plaintext: bool,
        turns: Arc<Turns>,
    ) -> Result<Self, ConfigFaults> {
        let mut faults = ConfigFaults::default();
        let url = faults.keep("url", url(&service.url, allow_plaintext));
        let authorization = service.authorization.as_ref().map_or(Ok(()), |authorization| {
            let value = HeaderValue::from_str(authorization.expose_secret()).map(drop);
            value.map_err(|_| ConfigError::TokenService("has characters that no header can hold"))
        });
        faults.keep("authorization", authorization);
        let authorization = service.authorization.clone();
        faults.or(url.map(|url| Self { url, authorization, turns, warned: AtomicBool::new(false) }))
    }

    pub(crate) fn url(&self) -> &str {
        self.url.as_str()
    }

    /// A form with the user as `cc_username`, the token, and its refresh token if there is one.
    fn request(&self, credentials: &Credentials, token: &Token) -> http::Result<http::Request<String>> {
        let mut form = self.url.clone();
        {
            let mut pairs = form.query_pairs_mut();
            pairs.clear().append_pair("cc_username", credentials.user());
            pairs.append_pair("token", token.value().expose_secret());
            if let Some(refresh) = token.refresh() {
                pairs.append_pair("refresh-token", refresh.expose_secret());
            }
        }
        let mut request = http::Request::post(self.url.as_str())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json");
        if let Some(authorization) = &self.authorization {
            let mut value = HeaderValue::from_str(authorization.expose_secret())?;
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        request.body(form.query().unwrap_or_default().to_owned())
    }

    /// Asks for another token, once, when it is its turn, and from then on until the deadline.
    pub(crate) async fn renew(
        &self,
        http: &dyn Http,
        deadline: Duration,
        credentials: &Credentials,
    ) -> Result<Token, Failure> {
        let not_sent = |reason: String| Failure::Unreachable { sent: false, reason };
        let token = credentials.token().ok_or_else(|| not_sent("there is no token".to_owned()))?;
        let request = self.request(credentials, token).map_err(|error| not_sent(error.to_string()))?;
        let _turn = self.turns.turn(Kind::Background, Instant::now()).await;
        let answer = timeout(deadline, issued(http, request));
        let answer = answer.await.unwrap_or(Err(Failure::TimedOut { sent: true }));
        match &answer {
            Ok(token) => {
                let expires_in = token.life().map(|life| life.as_secs());
                if token.is_too_short() {
                    self.warn_once(expires_in);
                }
                tracing::info!(expires_in, "token renewed");
            }
            // Whoever asked says it: a service that is away has this for every agent.
            Err(failure) => tracing::debug!(%failure, "token not renewed"),
        }
        answer
    }

    /// A service whose tokens end before they are to be renewed is at fault, or configured wrongly: one entry says so, not one for each
    /// token.
    fn warn_once(&self, expires_in: Option<u64>) {
        if !self.warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                service = self.url(),
                expires_in,
                "the token service issues tokens that end too soon: each is renewed after 30 s, and when Finesse refuses it"
            );
        }
    }
}

fn url(text: &str, allow_plaintext: bool) -> Result<Url, ConfigError> {
    let bad = |reason| Err(ConfigError::TokenService(reason));
    let Ok(url) = Url::parse(text) else {
        return bad("is not a URL: write one such as https://finesse-a.example.com:8445/desktop/sso/token");
    };
    match url.scheme() {
        "https" => {}
        "http" if allow_plaintext => {}
        "http" => return bad("is not encrypted: use https, or set allow_plaintext"),
        _ => return bad("is not an https URL"),
    }
    match url.username().is_empty() && url.password().is_none() {
        true => Ok(url),
        false => bad("holds a password: write it into authorization"),
    }
}

async fn issued(http: &dyn Http, request: http::Request<String>) -> Result<Token, Failure> {
    let mut answer = http.exchange(request).await?;
    let status = answer.status();
    if !status.is_success() {
        return Err(Failure::Refused { status: status.as_u16(), errors: ApiErrors::default() });
    }
    let unreadable = |reason: &str| Failure::Unreadable { status: status.as_u16(), reason: reason.into() };
    let mut body = Vec::new();
    while let Some(part) = answer.body_mut().try_next().await? {
        body.extend_from_slice(&part);
        if body.len() > LONGEST {
            return Err(unreadable("too long for a token"));
        }
    }
    let text = std::str::from_utf8(&body).map_err(|_| unreadable("no text"))?;
    Token::issued(text).ok_or_else(|| unreadable("no token"))
}
