//! Accounts, teams and agents.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// An account other than an agent's: the administrator's or the recorder's.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// User name.
    pub name: String,
    /// Password.
    pub password: SecretString,
}

impl Account {
    pub(crate) fn is(&self, name: &str, password: &str) -> bool {
        self.name == name && self.password.expose_secret() == password
    }
}

/// A team.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Team {
    /// The number in `/Team/{id}`.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// An agent; a supervisor if the agent supervises teams.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agent {
    /// The login id: the agent peripheral number, on UCCX the login name.
    pub id: String,
    /// The login name, which is accepted for authentication as well. It may be the same as the login id.
    pub login_name: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// The agent's own extension; any other existing telephone can be used as well.
    pub extension: String,
    /// The team the agent belongs to.
    pub team: String,
    /// The teams the agent supervises.
    #[serde(default)]
    pub supervises: Vec<String>,
    /// The agent's own password.
    pub password: Option<SecretString>,
    /// `OPTIONAL`, `REQUIRED`, `REQUIRED_WITH_WRAP_UP_DATA` or `NOT_ALLOWED`.
    #[serde(default = "optional")]
    pub wrap_up_on_incoming: String,
    /// The same for outgoing calls.
    #[serde(default = "not_allowed")]
    pub wrap_up_on_outgoing: String,
    /// The maximum duration of wrap-up, in seconds.
    #[serde(default = "wrap_up_timer")]
    pub wrap_up_timer: u64,
}

impl Agent {
    /// Login id and login name, which are the same on UCCX.
    pub(super) fn names(&self) -> impl Iterator<Item = &String> {
        let name = Some(&self.login_name).filter(|name| **name != self.id);
        std::iter::once(&self.id).chain(name)
    }
}

fn optional() -> String {
    "OPTIONAL".to_owned()
}

fn not_allowed() -> String {
    "NOT_ALLOWED".to_owned()
}

fn wrap_up_timer() -> u64 {
    7200
}
