//! The agent's session: its credentials, its notification stream, its state and its desired state.
//!
//! - `connect`: Connect, the stream, and the owner of the agent; `attempt`: whether its password may be used;
//! - `login`, `state`, `force_logout`: commands that change the agent's state; `user`: how a change is reported;
//! - `moving`: the stream moves to another node; `token`: single sign-on;
//! - `recover`: restoring the agent's state after the stream was lost.

mod attempt;
mod connect;
mod force_logout;
mod login;
mod moving;
mod recover;
mod state;
mod token;
mod user;

use finesse_types::{Token, User, UserState};
use gc_events::State;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use self::connect::Stream;
use self::force_logout::DeferredLogout;
pub(in crate::agent) use self::recover::LINK_LOSS;
use self::recover::Recovery;
use self::token::TokenWatch;
use crate::{AskId, Credentials};

/// One agent's session at Finesse. What is skipped ends with the process (`agent::kept`).
#[derive(Debug, Default, Serialize, Deserialize)]
pub(in crate::agent) struct Session {
    #[serde(skip)]
    credentials: Option<Credentials>,
    /// Whether they hold a token of single sign-on, and not a password.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    sso: bool,
    #[serde(skip)]
    token: TokenWatch,
    /// The last request that was sent before the password changed.
    #[serde(skip)]
    held_since: Option<AskId>,
    #[serde(skip)]
    stream: Stream,
    /// With what the stream's successor is being opened.
    #[serde(skip)]
    moves_with: Option<Credentials>,
    /// As Finesse reported it last.
    user: Option<User>,
    /// The agent's extension; kept after a sign-out, for signing in again.
    extension: String,
    /// The State event emitted last.
    #[serde(with = "crate::event_json::state")]
    last_emitted: Option<State>,
    /// The state that the agent itself requested last; a lost stream must not change it.
    desired_state: Option<UserState>,
    signed_in: bool,
    #[serde(skip)]
    recovery: Recovery,
    /// The stream was lost, and Finesse may still sign the agent out because of that.
    #[serde(skip)]
    link_was_lost: bool,
    /// A force_logout whose sign-out waits for the end of a call.
    deferred_logout: Option<DeferredLogout>,
}

impl Session {
    /// The agent's own credentials; none before the first Connect and after the end of the session.
    pub(in crate::agent) fn credentials(&self) -> Option<&Credentials> {
        self.credentials.as_ref()
    }

    /// The same session with these credentials; `kept`: the text of [`Credentials::to_kept`].
    pub(in crate::agent) fn with(self, user: &str, kept: &SecretString) -> Self {
        let credentials = match self.sso {
            true => Credentials::with_token(user, Token::read(kept.expose_secret())),
            false => Credentials::new(user, kept.clone()),
        };
        Self { credentials: Some(credentials), ..self }
    }

    /// Whether this is the password that Finesse accepted last, or the token that the held one was renewed from. How long
    /// the comparison takes does not show where they differ.
    pub(in crate::agent) fn holds(&self, credentials: &Credentials) -> bool {
        let secret = credentials.password().expose_secret().as_bytes();
        let equals = |held: &SecretString| bool::from(held.expose_secret().as_bytes().ct_eq(secret));
        self.credentials.as_ref().is_some_and(|held| {
            held.token().is_some() == credentials.token().is_some()
                && (equals(held.password()) || self.token.given().is_some_and(equals))
        })
    }

    /// Whether the request was sent before the password changed.
    pub(in crate::agent) fn held_another_at(&self, ask: AskId) -> bool {
        self.held_since.is_some_and(|last| ask <= last)
    }

    pub(in crate::agent) fn user(&self) -> Option<&User> {
        self.user.as_ref()
    }

    pub(in crate::agent) fn extension(&self) -> &str {
        &self.extension
    }

    pub(in crate::agent) fn is_signed_in(&self) -> bool {
        self.signed_in
    }

    pub(in crate::agent) fn stream_is_open(&self) -> bool {
        self.stream.is_open()
    }

    /// Whether no client has connected the agent.
    pub(in crate::agent) fn has_not_begun(&self) -> bool {
        self.credentials.is_none() && self.stream == Stream::Closed
    }

    /// Whether the stream is open, and nothing has to be restored.
    pub(in crate::agent) fn is_quiet(&self) -> bool {
        let recovers = !matches!(self.recovery, Recovery::Idle);
        self.stream.is_open() && !recovers && !self.link_was_lost && self.held_since.is_none()
    }

    /// The stream has been open for long.
    pub(in crate::agent) fn resume_stream(&mut self) {
        self.stream = Stream::Open { failures: 0 };
    }

    /// Ends the session, of which nothing is kept. Returns whether the agent was signed in.
    pub(in crate::agent) fn end(&mut self) -> bool {
        std::mem::take(self).signed_in
    }
}
