//! The password of a Connect or a Login. The switchboard decides whether it may be used, since refusals of an agent are
//! limited however often its session begins and ends (docs/sessions.md, "Passwords").

use std::time::Duration;

use gc_events::ErrorCode;
use gc_protocol::Command;

use super::Stream;
use crate::agent::Agent;
use crate::agent::commands::{PendingCommand, Route, route};
use crate::{CommandId, Credentials, Output, Timer};

impl Agent {
    /// Requests the permission to use a password, the held one too: otherwise it could be guessed without limit.
    pub(in crate::agent) fn request_attempt(&mut self, id: &CommandId, credentials: &Credentials) {
        let asks_finesse = !self.session.holds(credentials);
        let Some(pending) = self.commands.get_mut(id) else { return };
        pending.request_attempt(asks_finesse);
        let client = pending.client().clone();
        self.out.push(Output::RequestAttempt { command: id.clone(), client, asks_finesse });
    }

    pub(in crate::agent) fn attempt_decided(&mut self, id: &CommandId, allowed: Result<(), Duration>) {
        // It may have ended meanwhile.
        let Some(pending) = self.commands.get_mut(id).filter(|pending| pending.waits_for_attempt()) else {
            return;
        };
        if let Err(wait) = allowed {
            let has_token = match pending.command() {
                Command::Connect { sso, .. } => *sso,
                _ => self.session.sso,
            };
            return self.fail(id, ErrorCode::PleaseRetry, too_many(wait, has_token));
        }
        pending.allow_attempt();
        match route(&pending.command().clone()) {
            Route::Connect { secret, sso } => self.connect_with(id, self.credentials_of(&secret, sso)),
            Route::Login(login) => self.login(id, login),
            // Nothing else asks for an attempt; if it did, it would end and not be swallowed.
            _ => self.fail_with(id, ErrorCode::GeneralError),
        }
    }

    /// Finesse has accepted this password, which may be another one than before.
    pub(super) fn hold(&mut self, credentials: Credentials) {
        if !self.session.holds(&credentials) {
            self.replace_credentials(credentials);
            self.watch_token();
        }
    }

    /// The session goes on with other credentials.
    pub(super) fn replace_credentials(&mut self, credentials: Credentials) {
        self.session.held_since = self.in_flight.last();
        self.session.sso = credentials.token().is_some();
        self.session.credentials = Some(credentials.clone());
        // A stream that is being reopened with the one before would be refused.
        if matches!(self.session.stream, Stream::Lost { .. }) {
            self.out.stop_timer(Timer::Reconnect);
            self.out.push(Output::OpenStream(credentials));
        }
        self.token_replaced();
    }

    /// The pending Connect with another password than the held one.
    pub(super) fn connecting_with_another(&self) -> Option<&PendingCommand> {
        let with_another = |pending: &&PendingCommand| match pending.command() {
            Command::Connect { password, sso, .. } => {
                !self.session.holds(&self.credentials_of(password, *sso))
            }
            _ => false,
        };
        self.commands.iter().find(with_another)
    }
}

fn too_many(wait: Duration, has_token: bool) -> String {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    let (refused, then) = match has_token {
        true => ("tokens or passwords", "connect with a new token"),
        false => ("passwords", "enter the correct password"),
    };
    format!(
        "Too many {refused} were refused, and Finesse was not asked again, because that may lock the account. Wait \
         {seconds} s, then {then}."
    )
}
