//! The recorder: an HTTP request from the configuration, with a login before it if needed.

mod call;
mod login;
mod template;

use std::collections::BTreeMap;

use gc_rules::{LookupError, RecordingAction, Source};
use reqwest::header::HeaderMap;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

pub use call::BodyFormat;
pub use login::LoginConfig;

use crate::connection::{Auth, HttpConfig, SourceFault, SourceFaults, header_name, header_value};
use crate::http::{Answer, Clients, Http};
use call::{Call, CallConfig};
use login::Login;
use template::Slot;

const SECTION: &str = "directory.recorder";

/// The placeholders for the URL and the body.
const SLOTS: [Slot; 4] = [Slot::Action, Slot::AgentId, Slot::DialogId, Slot::Extension];

/// `[directory.recorder]`. The URL and the body can contain `{action}`, `{agentId}`, `{extension}` and `{dialogId}`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecorderConfig {
    /// The URL, with placeholders in the path or the query.
    pub url: String,
    /// The HTTP method.
    #[serde(default = "post")]
    pub method: String,
    /// Fixed headers.
    #[serde(default)]
    pub headers: BTreeMap<String, SecretString>,
    /// The body; by default there is none.
    pub body: Option<SecretString>,
    /// The format of the body.
    #[serde(default)]
    pub format: BodyFormat,
    /// The recorder's word for pause.
    #[serde(default = "pause")]
    pub pause: String,
    /// The recorder's word for resume.
    #[serde(default = "resume")]
    pub resume: String,
    /// Fixed credentials.
    pub auth: Option<Auth>,
    /// A login that returns a token.
    pub login: Option<LoginConfig>,
    /// The connection to the recorder.
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

/// A request to pause or resume a recording.
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
    pub(crate) fn new(config: &RecorderConfig, clients: &mut Clients) -> Result<Self, SourceFaults> {
        let mut faults = SourceFaults::default();
        let mut headers = HeaderMap::new();
        for (name, value) in &config.headers {
            let key = format!("{SECTION}.headers.{name}");
            let value = faults.keep(header_value(&key, value.expose_secret()));
            headers.extend(faults.keep(header_name(&key, name)).zip(value));
        }
        if config.auth.is_some() && config.login.is_some() {
            faults.push(SourceFault::new(SECTION, "set either auth or login, not both"));
        }
        let login = config.login.as_ref();
        let login = login.and_then(|login| faults.keep_all(Login::new(login, &config.http)));
        if login.as_ref().is_some_and(|login| headers.contains_key(login.header())) {
            let text = "headers contains the header of the login's token; remove it there";
            faults.push(SourceFault::new(SECTION, text));
        }
        let auth = config.auth.as_ref();
        headers.extend(auth.and_then(|auth| faults.keep_all(auth.header("directory.recorder.auth"))));
        let call = CallConfig {
            section: SECTION,
            method: &config.method,
            url: &config.url,
            headers,
            body: config.body.as_ref(),
            format: config.format,
            http: &config.http,
        };
        let call = faults.keep_all(Call::new(call, &SLOTS));
        let http = clients.http(Source::Recorder, SECTION, &config.http, HeaderMap::new());
        let (pause, resume) = (config.pause.clone(), config.resume.clone());
        let made = call.zip(faults.keep_all(http));
        faults.or(made.map(|(call, http)| Self { http, call, pause, resume, login }))
    }

    /// Pauses or resumes a recording. The text is for the agent.
    pub(crate) async fn record(&self, recording: &Recording<'_>) -> Result<String, LookupError> {
        if recording.dialog_id.is_none() && self.call.has(Slot::DialogId) {
            return Err(not_found("call of this agent"));
        }
        let answer = self.http.in_time(self.send(recording)).await?;
        if !answer.is_success() {
            return Err(answer.plain_refusal());
        }
        // A login page has status 200, but must not count as a pause.
        if answer.is_html() {
            return Err(answer.unreadable("it is an HTML page"));
        }
        Ok(match recording.action {
            RecordingAction::Pause => "Recording paused.".to_owned(),
            RecordingAction::Resume => "Recording resumed.".to_owned(),
        })
    }

    /// Sends the request. If its token is refused, nothing was done, and it is sent once more with a new token.
    async fn send(&self, recording: &Recording<'_>) -> Result<Answer, LookupError> {
        let Some(login) = &self.login else {
            return self.http.send(self.request(recording)?).await;
        };
        let token = login.token(&self.http).await?;
        let request = self.request(recording)?.header(login.header(), token.clone());
        let answer = self.http.send(request).await?;
        if answer.status != 401 {
            return Ok(answer);
        }
        login.forget(&token);
        let token = login.token(&self.http).await?;
        self.http.send(self.request(recording)?.header(login.header(), token)).await
    }

    fn request(&self, recording: &Recording<'_>) -> Result<reqwest::RequestBuilder, LookupError> {
        let value = |slot| match slot {
            Slot::Action => match recording.action {
                RecordingAction::Pause => self.pause.as_str(),
                RecordingAction::Resume => self.resume.as_str(),
            },
            Slot::AgentId => recording.agent_id,
            Slot::Extension => recording.extension,
            Slot::DialogId => recording.dialog_id.unwrap_or_default(),
            Slot::Username | Slot::Password => "",
        };
        self.call.fill(&self.http, value).ok_or_else(|| not_found("agent of this name"))
    }
}

fn not_found(what: &str) -> LookupError {
    LookupError::NotFound { from: Source::Recorder, what: what.to_owned() }
}
