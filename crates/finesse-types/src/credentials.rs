//! A login at Finesse: a password, or a token of single sign-on.

use std::borrow::Cow;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The least time between two renewals of one token, whatever its issuer says of its life.
const LEAST_BETWEEN_RENEWALS: Duration = Duration::from_secs(30);

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
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    expires_in: Option<&'a RawValue>,
}

/// The seconds of `expires_in`. Some issuers write the number as a text, or with a fraction; a negative one has ended already. Of what is no
/// number nothing is known, which is no reason not to take the token.
fn seconds(value: &RawValue) -> Option<u64> {
    let number = value.get().trim_matches('"').trim();
    let whole = number.split_once('.').map_or(number, |(whole, _)| whole);
    match whole.strip_prefix('-') {
        Some(ended) => ended.parse::<u64>().ok().map(|_| 0),
        None => whole.parse().ok(),
    }
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
            life: issued.expires_in.and_then(seconds).map(Duration::from_secs),
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

    /// How long it lives, counted from its issue. `None`: its issuer has not said it.
    pub fn life(&self) -> Option<Duration> {
        self.life
    }

    /// When to renew it, counted from its issue: after three quarters of its life, as Finesse's own desktop does. `None`: its life is not known.
    pub fn due(&self) -> Option<Duration> {
        self.life.map(|life| life - life / 4)
    }

    /// When to renew it if it was renewed itself: as [`due`](Self::due) says, and at the earliest after 30 s. A service that issues tokens
    /// without a life would be asked without end.
    pub fn due_again(&self) -> Option<Duration> {
        self.due().map(|due| due.max(LEAST_BETWEEN_RENEWALS))
    }

    /// Whether it ends before it is to be renewed again.
    pub fn is_too_short(&self) -> bool {
        self.life.zip(self.due_again()).is_some_and(|(life, due)| life < due)
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
    fn a_token_is_taken_whatever_is_said_of_its_life() {
        let life = |text: &str| {
            let token = Token::issued(&format!(r#"{{"token":"abc","expires_in":{text}}}"#)).expect(text);
            assert_eq!(token.value().expose_secret(), "abc");
            token.life().map(|life| life.as_secs())
        };
        for (text, seconds) in [
            ("3600", Some(3600)),
            (r#""3600""#, Some(3600)),
            (r#"" 3599.9 ""#, Some(3599)),
            ("3599.9", Some(3599)),
            ("1", Some(1)),
            ("0", Some(0)),
            ("-1", Some(0)),
            (r#""-3.5""#, Some(0)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", None),
            ("1e400", None),
            ("null", None),
            ("true", None),
            ("[]", None),
            (r#""an hour""#, None),
            (r#""""#, None),
            (r#""--1""#, None),
        ] {
            assert_eq!(life(text), seconds, "{text}");
        }
        assert_eq!(Token::read("abc").life(), None);
    }

    #[test]
    fn a_renewed_token_is_renewed_again_after_half_a_minute_at_the_earliest() {
        let due = |text: &str| {
            let token = Token::read(&format!(r#"{{"token":"abc","expires_in":{text}}}"#));
            let seconds = |due: Option<Duration>| due.map(|due| due.as_secs());
            (seconds(token.due()), seconds(token.due_again()), token.is_too_short())
        };
        assert_eq!(due("3600"), (Some(2700), Some(2700), false));
        assert_eq!(due("40"), (Some(30), Some(30), false));
        assert_eq!(due("32"), (Some(24), Some(30), false));
        assert_eq!(due("29"), (Some(21), Some(30), true));
        assert_eq!(due("0"), (Some(0), Some(30), true));
        assert_eq!(due("null"), (None, None, false));
        let longest = u64::MAX / 4 * 3 + 2;
        assert_eq!(due("18446744073709551615"), (Some(longest), Some(longest), false));
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
