//! A login at Finesse: a password, or a token of single sign-on.

use std::borrow::Cow;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

/// A user and the password or token, for REST and for notifications alike. Neither can be printed.
#[derive(Clone, Debug)]
pub struct Credentials {
    user: String,
    secret: Secret,
}

#[derive(Clone, Debug)]
enum Secret {
    Password(SecretString),
    Token(Token),
}

impl Credentials {
    /// The credentials of a user: the login id (on UCCX the login name) and the password.
    pub fn new(user: impl Into<String>, password: impl Into<SecretString>) -> Self {
        Self { user: user.into(), secret: Secret::Password(password.into()) }
    }

    /// The same with a token of single sign-on in place of the password.
    pub fn with_token(user: impl Into<String>, token: Token) -> Self {
        Self { user: user.into(), secret: Secret::Token(token) }
    }

    /// The user.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The password, or the token, which is the password of the notification service ("Finesse REST API with SSO").
    pub fn password(&self) -> &SecretString {
        match &self.secret {
            Secret::Password(password) => password,
            Secret::Token(token) => &token.value,
        }
    }

    /// The token; `None` for a password.
    pub fn token(&self) -> Option<&Token> {
        match &self.secret {
            Secret::Password(_) => None,
            Secret::Token(token) => Some(token),
        }
    }

    /// What has to be kept secretly to make the same credentials again: the password, or the text that [`Token::read`]
    /// reads.
    pub fn to_kept(&self) -> SecretString {
        match &self.secret {
            Secret::Password(password) => password.clone(),
            Secret::Token(token) => token.to_kept(),
        }
    }
}

/// A token of single sign-on, as Finesse's `/desktop/sso/token` issues it. How long it lives, and with what it is
/// renewed, is known only where its issuer says so.
#[derive(Clone, Debug)]
pub struct Token {
    value: SecretString,
    refresh: Option<SecretString>,
    life: Option<Duration>,
}

/// The answer of `/desktop/sso/token`; members that are not here (`user_id`, `realm`, …) do not matter.
#[derive(Serialize, Deserialize)]
struct Issued<'a> {
    #[serde(borrow)]
    token: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    refresh_token: Option<Cow<'a, str>>,
    /// In seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_in: Option<u64>,
}

impl Token {
    /// Reads a token: the JSON with which Finesse, or a token service, has issued it, or the token alone.
    pub fn read(text: &str) -> Self {
        Self::issued(text).unwrap_or_else(|| Self { value: text.into(), refresh: None, life: None })
    }

    /// Reads the JSON with which it was issued; `None` if it is not that.
    pub fn issued(text: &str) -> Option<Self> {
        let issued: Issued<'_> = serde_json::from_str(text).ok()?;
        if issued.token.is_empty() {
            return None;
        }
        Some(Self {
            value: issued.token.into_owned().into(),
            refresh: issued
                .refresh_token
                .filter(|token| !token.is_empty())
                .map(|token| token.into_owned().into()),
            life: issued.expires_in.map(Duration::from_secs),
        })
    }

    /// The token itself.
    pub fn value(&self) -> &SecretString {
        &self.value
    }

    /// What a new one is issued for.
    pub fn refresh(&self) -> Option<&SecretString> {
        self.refresh.as_ref()
    }

    /// How long it lives, counted from its issue.
    pub fn life(&self) -> Option<Duration> {
        self.life
    }

    /// The same with another token's means of renewal, if it has none itself: a service need not issue a new one each
    /// time.
    pub fn or_refresh_of(self, other: &Self) -> Self {
        Self { refresh: self.refresh.or_else(|| other.refresh.clone()), ..self }
    }

    /// Without the life, which goes on meanwhile.
    fn to_kept(&self) -> SecretString {
        let issued = Issued {
            token: self.value.expose_secret().into(),
            refresh_token: self.refresh.as_ref().map(|token| token.expose_secret().into()),
            expires_in: None,
        };
        // Texts only: there is nothing that JSON cannot hold.
        serde_json::to_string(&issued).map_or_else(|_| self.value.clone(), Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_alone_or_as_it_was_issued() {
        let alone = Token::read("abc.def");
        assert_eq!((alone.value().expose_secret(), alone.life()), ("abc.def", None));
        let answer = r#"{"token":"abc","refresh_token":"r1","expires_in":3600,"user_id":"1001","realm":"x"}"#;
        let issued = Token::read(answer);
        assert_eq!(issued.value().expose_secret(), "abc");
        assert_eq!(issued.refresh().map(ExposeSecret::expose_secret), Some("r1"));
        assert_eq!(issued.life(), Some(Duration::from_secs(3600)));
        for no_token in ["", "{}", r#"{"token":""}"#, r#"{"token":7}"#, "[]", "null"] {
            assert!(Token::issued(no_token).is_none(), "{no_token}");
        }
    }

    #[test]
    fn what_is_kept_makes_the_same_token_but_not_its_life() {
        let token = Token::read(r#"{"token":"a\"b","refresh_token":"r1","expires_in":60}"#);
        let kept = Credentials::with_token("1001", token).to_kept();
        let again = Token::read(kept.expose_secret());
        assert_eq!(again.value().expose_secret(), "a\"b");
        assert_eq!(again.refresh().map(ExposeSecret::expose_secret), Some("r1"));
        assert_eq!(again.life(), None);
        assert_eq!(Credentials::new("1001", "pass").to_kept().expose_secret(), "pass");
    }

    #[test]
    fn neither_a_password_nor_a_token_is_printed() {
        let token = Token::read(r#"{"token":"hush1","refresh_token":"hush2"}"#);
        let printed =
            format!("{:?} {:?}", Credentials::with_token("1001", token), Credentials::new("1001", "hush3"));
        assert!(!printed.contains("hush"), "{printed}");
    }
}
