//! Two tenants of one connector, acme and bell, who know nothing of each other; and strangers.

use gc_access::Token;
use secrecy::SecretBox;
use serde_json::json;

use super::client::{Answer, Client};
use super::stage::{Settings, Stage};

pub(crate) const ACMES_SESSION: &str = "https://acme.example/s";

pub(crate) struct Tenants {
    pub(crate) stage: Stage,
    pub(crate) acme: Client,
    pub(crate) bell: Client,
}

/// The token of this number.
pub(crate) fn token(number: u8) -> Token {
    Token::new(&SecretBox::new(Box::new([number; 32])))
}

/// An entry that knows the client by the token of this number. An administrator is one of all clients.
pub(crate) fn entry(name: &str, number: u8, right: &str) -> String {
    let hash = token(number).hash();
    let destinations = if right == "admin" { "[]".to_owned() } else { format!("['{name}*']") };
    format!(
        "{{ name = '{name}', token_hashes = ['{hash}'], destinations = {destinations}, rights = ['{right}'] }}"
    )
}

impl Tenants {
    pub(crate) async fn start() -> Self {
        Self::with(&[]).await
    }

    pub(crate) async fn with(settings: Settings<'_>) -> Self {
        let clients = format!("[{}, {}]", entry("acme", 1, "supervisor"), entry("bell", 2, "supervisor"));
        let stage = Stage::with(&[&[("client", clients.as_str())], settings].concat()).await;
        let (acme, bell) = (stage.client().bearing(&token(1)), stage.client().bearing(&token(2)));
        Self { stage, acme, bell }
    }

    /// The same, and acme has signed in agent 1001 from its session.
    pub(crate) async fn at_work() -> Self {
        let tenants = Self::start().await;
        let hello = json!({ "type": "Hello#acme", "sessionUrl": ACMES_SESSION });
        tenants.acme.send_data(hello).await.command_id();
        let mut events = tenants.acme.events("acme", None).await;
        tenants.acme.signs_in("1001", "acme", &mut events).await;
        tenants
    }

    /// Whoever is not acme: nobody, somebody who guesses, and bell.
    pub(crate) fn strangers(&self) -> [(&'static str, Client); 3] {
        let nobody = self.stage.client();
        let guessing = nobody.bearing(&token(9));
        [
            ("without a token", nobody),
            ("with a wrong token", guessing),
            ("with bell's token", self.bell.clone()),
        ]
    }

    /// acme's agent is served as ever, and nobody has changed its state.
    pub(crate) async fn end(self) {
        assert_eq!(self.stage.control().user("1001").await["state"], "NOT_READY");
        let mut events = self.acme.events("acme", None).await;
        self.acme.accepted("GetState#1001", "").await;
        events.of_type("DialogState").await;
        self.stage.end().await;
    }
}

/// It is a refusal: 401 for who is not known, and for a tenant this status and something in its text.
#[track_caller]
pub(crate) fn refuses(who: &str, answer: &Answer, tenant: u16, says: &str) {
    let text = answer.json.to_string();
    match who {
        "with bell's token" => assert!(answer.status == tenant && text.contains(says), "{who}: {answer:?}"),
        _ => assert!(
            answer.status == 401 && text.contains("no token, or one that the connector does not know"),
            "{who}: {answer:?}"
        ),
    }
}
