//! What clients send.

use std::sync::atomic::Ordering;
use std::time::Duration;

use gc_delivery::Commit;
use gc_protocol::Request;
use gc_session::Receipt;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{STRANGER, STRANGERS_TRIES, Site, desk, extension};

impl Site {
    fn submit(&self, command: &str, body: &str) -> Result<(String, Commit), String> {
        self.submit_with(command, body, json!({}))
    }

    /// A command with these members beside it.
    pub(super) fn submit_with(
        &self,
        command: &str,
        body: &str,
        mut data: Value,
    ) -> Result<(String, Commit), String> {
        (data["type"], data["body"]) = (command.into(), body.into());
        let request = json!({ "data": data }).to_string();
        let life = self.life().ok_or("the process is dead")?;
        let before = life.engine.licences_in_use();
        let receipt = life.engine.submit(&Request::from_json(request.as_bytes()).unwrap(), None);
        let in_use = life.engine.licences_in_use();
        // Agents who sign in elsewhere count as well, so more licences may be in use than there are.
        if in_use > before.max(self.plan.licences()) || in_use > life.engine.sessions() {
            self.licences_overbooked.fetch_add(1, Ordering::Relaxed);
        }
        match receipt {
            Ok(Receipt::Accepted { command_id, commit, .. }) => Ok((command_id.to_string(), commit)),
            Ok(Receipt::Refused { reason, .. }) => Err(format!("{reason:?}")),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Sends an agent's command; its id if it is taken.
    pub(crate) fn sends(&self, agent: &str, command: &str, body: &str) -> Option<String> {
        match self.submit(&format!("{command}#{agent}"), body) {
            Ok((id, commit)) => {
                self.journal.took(agent, command, body, &id);
                self.alive().took(&id, commit);
                Some(id)
            }
            Err(why) => {
                self.journal.note(format!("> {command}#{agent} {body}: {why}"));
                None
            }
        }
    }

    pub(crate) fn connects(&self, agent: &str) -> Option<String> {
        let number: u32 = agent.parse().unwrap();
        self.sends(agent, "Connect", &format!("{},demo", desk(number % self.plan.clients)))
    }

    /// What a client does that may have missed something.
    pub(crate) fn connects_and_reads(&self, agent: &str) {
        self.connects(agent);
        self.sends(agent, "refresh", "");
    }

    pub(crate) fn logs_in(&self, agent: &str) -> Option<String> {
        self.sends(agent, "Login", &format!("demo,{}", extension(agent)))
    }

    pub(crate) fn stranger_tries(&self) {
        if self.strangers_tries.fetch_add(1, Ordering::Relaxed) < STRANGERS_TRIES {
            self.sends(STRANGER, "Connect", &format!("{},wrong", desk(0)));
        }
    }

    /// How often a wrong password may have been refused.
    pub(crate) fn wrong_passwords(&self) -> u32 {
        self.strangers_tries.load(Ordering::Relaxed).min(STRANGERS_TRIES)
    }

    pub(crate) fn licences_overbooked(&self) -> u32 {
        self.licences_overbooked.load(Ordering::Relaxed)
    }

    /// Waits until a command has its first answer, or for so long.
    pub(crate) async fn answered(&self, id: &str, patience: Duration) {
        _ = timeout(patience, self.journal.until(|book| book.is_answered(id))).await;
    }
}
