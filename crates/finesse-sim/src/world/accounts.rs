//! Authentication and authorization: passwords, locked accounts, tokens, and who may act on whom.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};

use super::{Refusal, User, World};
use crate::Platform;

/// How many wrong passwords in a row lock an account (guide, "User - Sign in to Finesse").
const MAX_ATTEMPTS: u32 = 5;

/// The wrong passwords in a row of an account, and the end of its lock.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LoginAttempts {
    wrong: u32,
    locked_until: Option<Timestamp>,
}

/// An access token for single sign-on.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    user: String,
    until: Timestamp,
    lifetime: Duration,
    /// Renews it once, even when it has ended.
    refresh: Option<String>,
}

/// A token and what its client learns of it.
#[derive(Clone, Debug)]
pub(crate) struct IssuedToken {
    pub(crate) token: String,
    pub(crate) refresh: String,
    pub(crate) user: String,
    pub(crate) lifetime: Duration,
}

/// The sender of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    Administrator,
    User(String),
}

impl World {
    /// Checks a password, for both REST and XMPP, which share the counter. A token is accepted in place of its user's
    /// password, because that is how it is sent over XMPP.
    pub(crate) fn sign_in(&mut self, name: &str, password: &str) -> Result<Caller, Refusal> {
        let administrator = &self.file.administrator;
        let (caller, right) = if name == administrator.name {
            (Caller::Administrator, administrator.password.expose_secret())
        } else {
            let Some(user) = self.user_by_name(name) else {
                return Err(Refusal::unauthorized(name));
            };
            let own = user.profile.password.as_ref().unwrap_or(&self.file.password);
            (Caller::User(user.id().to_owned()), own.expose_secret())
        };
        let right = right == password || self.bearer(password).is_ok_and(|bearer| bearer == caller);
        let account = match &caller {
            Caller::Administrator => name.to_owned(),
            Caller::User(id) => id.clone(),
        };
        let tries = self.tries.entry(account).or_default();
        if tries.locked_until.is_some_and(|until| self.now < until) {
            return Err(Refusal::locked());
        }
        if right {
            *tries = LoginAttempts::default();
            return Ok(caller);
        }
        tries.locked_until = None;
        tries.wrong += 1;
        if tries.wrong >= MAX_ATTEMPTS {
            tries.wrong = 0;
            tries.locked_until = Some(self.now + self.file.timers.lock);
        }
        Err(Refusal::unauthorized(name))
    }

    /// Changes a user's password; `false` if there is no such user.
    pub(crate) fn change_password(&mut self, user: &str, password: SecretString) -> bool {
        let id = self.user_by_name(user).map(|user| user.id().to_owned());
        let Some(user) = id.and_then(|id| self.users.get_mut(&id)) else { return false };
        Arc::make_mut(&mut user.profile).password = Some(password);
        true
    }

    /// The user of this token, until it expires.
    pub(crate) fn bearer(&self, token: &str) -> Result<Caller, Refusal> {
        match self.tokens.get(token) {
            Some(Token { user, until, .. }) if self.now < *until => Ok(Caller::User(user.clone())),
            _ => Err(Refusal::unauthorized("")),
        }
    }

    /// Issues a token to a user, under these names; `None` if there is no such user.
    pub(crate) fn issue_token(
        &mut self,
        token: &str,
        refresh: &str,
        user: &str,
        lifetime: Duration,
    ) -> Option<IssuedToken> {
        let user = self.user_by_name(user)?.id().to_owned();
        let until = self.now.saturating_add(lifetime).unwrap_or(Timestamp::MAX);
        let (token, refresh) = (token.to_owned(), refresh.to_owned());
        let new = Token { user: user.clone(), until, lifetime, refresh: Some(refresh.clone()) };
        self.tokens.insert(token.clone(), new);
        Some(IssuedToken { token, refresh, user, lifetime })
    }

    /// Issues another token, under these names, in place of one; `None` unless `by` is that one's refresh token. It can be
    /// used once. The old token lives on until its own end.
    pub(crate) fn renew_token(
        &mut self,
        old: &str,
        by: &str,
        token: &str,
        refresh: &str,
    ) -> Option<IssuedToken> {
        let old = self.tokens.get_mut(old).filter(|old| old.refresh.as_deref() == Some(by))?;
        old.refresh = None;
        let (user, lifetime) = (old.user.clone(), old.lifetime);
        self.issue_token(token, refresh, &user, lifetime)
    }

    /// Revokes a token; `false` if there is no such token.
    pub(crate) fn revoke_token(&mut self, token: &str) -> bool {
        self.tokens.remove(token).is_some()
    }

    /// A user by login id or login name.
    pub(crate) fn user_by_name(&self, name: &str) -> Option<&User> {
        self.users.get(name).or_else(|| self.names.get(name).and_then(|id| self.users.get(id)))
    }

    /// The login id of the user named in a write request or a subscription. UCCX also accepts the login name there;
    /// UCCE accepts it for reading only.
    pub(crate) fn resolve_user(&self, name: &str) -> Result<String, Refusal> {
        let user = match self.platform {
            Platform::Ucce => self.users.get(name),
            Platform::Uccx => self.user_by_name(name),
        };
        user.map(|user| user.id().to_owned()).ok_or_else(Refusal::no_user)
    }

    /// Whether the caller supervises the user's team.
    pub(crate) fn supervises(&self, caller: &Caller, user: &User) -> bool {
        self.supervises_team(caller, &user.profile.team)
    }

    pub(crate) fn supervises_team(&self, caller: &Caller, team: &str) -> bool {
        match caller {
            Caller::Administrator => false,
            Caller::User(id) => self
                .users
                .get(id)
                .is_some_and(|supervisor| supervisor.profile.supervises.iter().any(|own| own == team)),
        }
    }

    /// The user named in a URI, if the caller may read it: the user, a supervisor of the team, or the administrator.
    pub(crate) fn readable_user(&self, caller: &Caller, name: &str) -> Result<&User, Refusal> {
        let user = self.user_by_name(name).ok_or_else(Refusal::no_user)?;
        let own = matches!(caller, Caller::User(id) if id == user.id());
        if own || *caller == Caller::Administrator || self.supervises(caller, user) {
            Ok(user)
        } else {
            Err(Refusal::other_user())
        }
    }
}
