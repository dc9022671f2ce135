//! The recorder: an HTTP request that the configuration describes, with a log-in first where one is needed.

mod call;
mod login;
mod template;

use std::collections::BTreeMap;

use gc_core::{LookupError, RecordingAction, Source};
use reqwest::header::HeaderMap;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

pub use call::BodyFormat;
pub use login::LoginConfig;

use crate::config::{header_name, header_value};
use crate::http::{Answer, Clients, Http};
use crate::{Auth, ConfigError, HttpConfig};
use call::{Call, CallConfig};
use login::Login;
use template::Slot;

const SECTION: &str = "directory.recorder";

/// What the URL and the body may have.
const SLOTS: [Slot; 4] = [Slot::Action, Slot::AgentId, Slot::DialogId, Slot::Extension];

/// `[directory.recorder]`. The URL and the body may have `{action}`, `{agentId}`, `{extension}` and
/// `{dialogId}`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecorderConfig {
    /// Where to ask; placeholders in the path or the query.
    pub url: String,
    /// The HTTP method.
    #[serde(default = "post")]
    pub method: String,
    /// Fixed headers.
    #[serde(default)]
    pub headers: BTreeMap<String, SecretString>,
    /// The body; none by default.
    pub body: Option<SecretString>,
    /// How the body is written.
    #[serde(default)]
    pub format: BodyFormat,
    /// The recorder's word for pausing.
    #[serde(default = "pause")]
    pub pause: String,
    /// The recorder's word for going on.
    #[serde(default = "resume")]
    pub resume: String,
    /// How the recorder knows us, when that is fixed.
    pub auth: Option<Auth>,
    /// The log-in that gives a token, when there is one.
    pub login: Option<LoginConfig>,
    /// How the recorder is reached.
    #[serde(default)]
    pub http: HttpConfig,
}

pub(super) fn post() -> String {
    "POST".to_owned()
}

fn pause() -> String {
    "pause".to_owned()
}

fn resume() -> String {
    "resume".to_owned()
}

/// What the recorder is asked about.
pub(crate) struct Recording<'a> {
    pub(crate) action: RecordingAction,
    pub(crate) agent_id: &'a str,
    pub(crate) extension: &'a str,
    pub(crate) dialog_id: Option<&'a str>,
}

pub(crate) struct Recorder {
    http: Http,
    call: Call,
    pause: String,
    resume: String,
    login: Option<Login>,
}

impl Recorder {
    pub(crate) fn new(config: &RecorderConfig, clients: &mut Clients) -> Result<Self, ConfigError> {
        let mut headers = HeaderMap::new();
        for (name, value) in &config.headers {
            let key = format!("{SECTION}.headers.{name}");
            headers.insert(header_name(&key, name)?, header_value(&key, value.expose_secret())?);
        }
        if config.auth.is_some() && config.login.is_some() {
            return Err(ConfigError::new(SECTION, "either auth or login says how the recorder knows us"));
        }
        if let Some(auth) = &config.auth {
            headers.extend([auth.header("directory.recorder.auth")?]);
        }
        let login = config.login.as_ref().map(|login| Login::new(login, &config.http)).transpose()?;
        if login.as_ref().is_some_and(|login| headers.contains_key(login.header())) {
            return Err(ConfigError::new(SECTION, "the header of the log-in's token is fixed in headers"));
        }
        let call = CallConfig {
            section: SECTION,
            method: &config.method,
            url: &config.url,
            headers,
            body: config.body.as_ref(),
            format: config.format,
            http: &config.http,
        };
        Ok(Self {
            call: Call::new(call, &SLOTS)?,
            http: clients.http(Source::Recorder, SECTION, &config.http, HeaderMap::new())?,
            pause: config.pause.clone(),
            resume: config.resume.clone(),
            login,
        })
    }

    /// Pauses or resumes; the text is for the agent.
    pub(crate) async fn record(&self, wish: &Recording<'_>) -> Result<String, LookupError> {
        if wish.dialog_id.is_none() && self.call.has(Slot::DialogId) {
            return Err(not_found("call of this agent"));
        }
        let answer = self.http.in_time(self.ask(wish)).await?;
        if !answer.is_success() {
            return Err(answer.plain_refusal());
        }
        // A log-in page comes with 200: it must not pass for a pause.
        if answer.is_html() {
            return Err(answer.unreadable("it is a page of HTML"));
        }
        Ok(match wish.action {
            RecordingAction::Pause => "Recording paused.".to_owned(),
            RecordingAction::Resume => "Recording resumed.".to_owned(),
        })
    }

    /// Asks once; once more with a new token when the old one is refused, for then nothing was done.
    async fn ask(&self, wish: &Recording<'_>) -> Result<Answer, LookupError> {
        let Some(login) = &self.login else {
            return self.http.send(self.request(wish)?).await;
        };
        let token = login.token(&self.http).await?;
        let request = self.request(wish)?.header(login.header(), token.clone());
        let answer = self.http.send(request).await?;
        if answer.status != 401 {
            return Ok(answer);
        }
        login.forget(&token);
        let token = login.token(&self.http).await?;
        self.http.send(self.request(wish)?.header(login.header(), token)).await
    }

    fn request(&self, wish: &Recording<'_>) -> Result<reqwest::RequestBuilder, LookupError> {
        let value = |slot| match slot {
            Slot::Action => match wish.action {
                RecordingAction::Pause => self.pause.as_str(),
                RecordingAction::Resume => self.resume.as_str(),
            },
            Slot::AgentId => wish.agent_id,
            Slot::Extension => wish.extension,
            Slot::DialogId => wish.dialog_id.unwrap_or_default(),
            Slot::Username | Slot::Password => "",
        };
        self.call.fill(&self.http, value).ok_or_else(|| not_found("agent of this name"))
    }
}

fn not_found(what: &str) -> LookupError {
    LookupError::NotFound { from: Source::Recorder, what: what.to_owned() }
}
