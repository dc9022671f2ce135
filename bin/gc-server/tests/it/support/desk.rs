//! A client at work: it sends commands, and knows of each what came of it.

use std::collections::BTreeSet;
use std::time::Duration;

use finesse_sim::{Config as SimConfig, Sim};
use serde_json::{Value, json};
use tokio::task::yield_now;

use super::client::{Answer, Client};
use super::events::Events;
use super::soon;
use super::stage::{Control, Settings, Stage, connector, gc_toml};

/// The codes of all errors that a client heard.
pub(crate) type Codes = BTreeSet<String>;

pub(crate) struct Desk {
    pub(crate) stage: Stage,
    pub(crate) client: Client,
    events: Events,
    /// Everything since Hello, each with the command that it answers.
    heard: Vec<Value>,
    /// Where [`Desk::hears`] begins to look: behind what it found last, and not before the last command.
    from: usize,
    /// The commands that were taken.
    taken: Vec<String>,
    /// The errors that no command asked for and that the test waited for, by their places in `heard`.
    expected: Vec<usize>,
}

impl Desk {
    /// Says Hello to a connector with these settings.
    pub(crate) async fn with(settings: Settings<'_>) -> Self {
        Self::in_world(settings, |_| ()).await
    }

    /// The same, in another world than the demo's.
    pub(crate) async fn in_world(settings: Settings<'_>, change: impl FnOnce(&mut SimConfig)) -> Self {
        gc_server::choose_crypto();
        let mut config = SimConfig { tls: false, ..SimConfig::demo().unwrap() };
        config.world.timers.event_delay = Duration::from_millis(1);
        config.world.timers.customer_answers = Duration::from_millis(1);
        // However slow the machine is, a call rings until it is answered.
        config.world.timers.rona = Duration::from_secs(3600);
        change(&mut config);
        let sim = Sim::start(config).await.unwrap();
        let server = connector(&gc_toml(&sim, settings)).await;
        Self::at(Stage::of(sim, server)).await
    }

    pub(crate) async fn at(stage: Stage) -> Self {
        let client = stage.client();
        client.send_data(in_session("Hello#desk", "")).await.command_id();
        let events = client.events_at("/gc/events/desk?envelope=true", None).await;
        Self { stage, client, events, heard: Vec::new(), from: 0, taken: Vec::new(), expected: Vec::new() }
    }

    /// These agents sign in at their own extensions.
    pub(crate) async fn of(agents: &[&str]) -> Self {
        let mut desk = Self::with(&[]).await;
        for agent in agents {
            desk.signs_in(agent).await;
        }
        desk
    }

    pub(crate) fn control(&self) -> &Control {
        self.stage.control()
    }

    /// Finesse takes the next request of this kind and then refuses it.
    pub(crate) async fn refused_later(&mut self, action: &str, error: [&str; 3]) {
        let [error_type, error_message, error_data] = error;
        let then = json!({
            "do": "apiError", "errorType": error_type, "errorMessage": error_message, "errorData": error_data,
        });
        self.control().fault(json!({ "when": { "action": action }, "then": then })).await;
    }

    pub(crate) async fn connects(&mut self, agent: &str) {
        self.does(&format!("Connect#{agent}"), "desk,demo").await;
    }

    pub(crate) async fn signs_in(&mut self, agent: &str) {
        self.connects(agent).await;
        let extension = format!("2{}", &agent[1..]);
        self.does(&format!("Login#{agent}"), &format!("demo,{extension}")).await;
        self.hears(|event| event["type"] == "DialogState" && event["agentId"] == agent).await;
    }

    /// A customer calls an agent, who answers; the dialog's id.
    pub(crate) async fn talks(&mut self, agent: &str) -> String {
        let extension = format!("2{}", &agent[1..]);
        let call = self.control().call("5550100", &extension).await;
        self.hears(|event| event["type"] == "NewInboundCall" && event["dialogId"] == call.as_str()).await;
        self.does(&format!("AnswerCall#{agent}"), &call).await;
        call
    }

    /// The command has success; the first event that answers it.
    pub(crate) async fn does(&mut self, command: &str, body: &str) -> Value {
        let answer = self.outcome(command, body).await;
        assert_ne!(answer["type"], "Error", "{command} {body}: {answer}");
        answer
    }

    /// The command ends with this error, which says something to the agent; its text.
    pub(crate) async fn fails(&mut self, command: &str, body: &str, code: &str) -> String {
        let answer = self.outcome(command, body).await;
        is_error(&answer, code);
        assert_eq!(answer["agentId"].as_str(), command.split('#').nth(1), "{command}: {answer}");
        answer["errorMessage"].as_str().unwrap().to_owned()
    }

    /// What answers the command first.
    async fn outcome(&mut self, command: &str, body: &str) -> Value {
        let outcome = self.tries(command, body).await;
        outcome.unwrap_or_else(|answer| panic!("{command} {body}: {answer:?}"))
    }

    /// What answers the command first; or HTTP's answer, if it is not taken.
    pub(crate) async fn tries(&mut self, command: &str, body: &str) -> Result<Value, Answer> {
        self.from = self.heard.len();
        let answer = self.client.send_data(in_session(command, body)).await;
        if answer.status != 202 {
            return Err(answer);
        }
        let id = answer.command_id();
        self.taken.push(id.clone());
        let (_, event) = self.find(self.from, |heard| heard["commandId"] == id.as_str()).await;
        Ok(event)
    }

    /// The next event for which this holds.
    pub(crate) async fn hears(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        let (at, event) = self.find(self.from, |heard| wanted(&heard["event"])).await;
        self.from = at + 1;
        event
    }

    /// An error about the agent that answers no command.
    pub(crate) async fn hears_error(&mut self, agent: &str, code: &str) {
        let unasked = |heard: &Value| heard["event"]["type"] == "Error" && heard["commandId"].is_null();
        let (at, error) = self.find(self.from, unasked).await;
        is_error(&error, code);
        assert_eq!(error["agentId"], agent, "{error}");
        self.from = at + 1;
        self.expected.push(at);
    }

    async fn find(&mut self, mut at: usize, wanted: impl Fn(&Value) -> bool) -> (usize, Value) {
        loop {
            if at == self.heard.len() {
                self.heard.push(self.events.next().await.expect("the stream ended").data);
            }
            if wanted(&self.heard[at]) {
                return (at, self.heard[at]["event"].clone());
            }
            at += 1;
        }
    }

    /// An error, or an answer to the client itself, was the only outcome of its command; none came unasked,
    /// nothing is left open, and the client is served as ever.
    pub(crate) async fn end(mut self) -> Codes {
        self.does("Beat#desk", "").await;
        soon("every outcome", async {
            while self.stage.server.pending_commands() > 0 {
                yield_now().await
            }
        })
        .await;
        let ((), late) = tokio::join!(self.stage.end(), self.events.rest());
        self.heard.extend(late.into_iter().map(|event| event.data));
        for id in &self.taken {
            // A call that fails names the command that began it, which may have had its outcome.
            let failed = |heard: &Value| {
                heard["event"]["errorType"] == "BAD_DESTINATION" && !heard["dialogId"].is_null()
            };
            let answers = self.heard.iter().filter(|heard| heard["commandId"] == id.as_str());
            let outcome: Vec<_> = answers.filter(|heard| !failed(heard)).collect();
            let mut types = outcome.iter().map(|heard| &heard["event"]["type"]);
            let stands_alone = types.any(|name| name == "Error" || name == "System");
            assert!(!stands_alone || outcome.len() == 1, "{outcome:?}");
        }
        let is_answer = |heard: &Value| self.taken.iter().any(|id| heard["commandId"] == id.as_str());
        let mut errors = Codes::new();
        for (at, heard) in self.heard.iter().enumerate() {
            if let Some(code) = heard["event"]["errorType"].as_str() {
                assert!(is_answer(heard) || self.expected.contains(&at), "nobody asked for {heard}");
                errors.insert(code.to_owned());
            }
        }
        errors
    }

    /// The agent's session goes on, and then everything ends.
    pub(crate) async fn goes_on(mut self, agent: &str) -> Codes {
        self.does(&format!("GetState#{agent}"), "").await;
        self.hears(|event| event["type"] == "DialogState" && event["agentId"] == agent).await;
        self.end().await
    }
}

fn in_session(command: &str, body: &str) -> Value {
    json!({ "type": command, "body": body, "sessionUrl": "session/desk" })
}

/// An `Error` of this code, with a text that an agent can read.
#[track_caller]
pub(crate) fn is_error(event: &Value, code: &str) {
    assert_eq!((&event["type"], &event["errorType"]), (&json!("Error"), &json!(code)), "{event}");
    let text = event["errorMessage"].as_str().unwrap();
    let readable = text.len() > 10 && text.ends_with('.');
    assert!(readable && !text.contains("</") && !text.contains(['{', '\n']), "{text}");
}
