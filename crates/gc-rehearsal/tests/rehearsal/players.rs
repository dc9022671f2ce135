//! What agents and customers do.

use std::time::Duration;

use gc_scenario::choices;
use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until};

use crate::site::{STRANGER, Site, extension, text};

const QUEUES: [&str; 2] = ["8001", "8002"];

/// One of those who do something again and again until the run is over, each by choices of its own.
pub(crate) struct Player<'a> {
    pub(crate) site: &'a Site,
    pub(crate) dice: StdRng,
    pub(crate) end: Instant,
}

impl Player<'_> {
    /// Waits for at most this long; false when the run is over.
    pub(crate) async fn pause(&mut self, most: Duration) -> bool {
        let pause = self.dice.random_range(Duration::from_millis(1)..=most);
        sleep_until(self.end.min(Instant::now() + pause)).await;
        Instant::now() < self.end
    }

    /// One of the agents.
    pub(crate) fn agent(&mut self) -> String {
        (1001 + self.dice.random_range(0..self.site.plan.agents)).to_string()
    }

    /// An agent works: with what its client knows, it does what may be possible.
    pub(crate) async fn works(mut self, agent: String) {
        let site = self.site;
        while self.pause(Duration::from_millis(1500)).await {
            let view = site.journal.book().view(&agent);
            let number = self.number(&agent).await;
            let choices = choices(&view, &number);
            let (_, command, body) = choices.choose_weighted(&mut self.dice, |choice| choice.0).unwrap();
            let sent = match *command {
                "Connect" => site.connects(&agent),
                "Login" => site.logs_in(&agent),
                command => site.sends(&agent, command, body),
            };
            match sent {
                // Most look at what became of it, others are in a hurry.
                Some(id) if self.dice.random_bool(0.7) => site.answered(&id, Duration::from_secs(25)).await,
                Some(_) => {}
                None => {
                    site.connects(&agent);
                    site.logs_in(&agent);
                }
            }
        }
    }

    /// A number to call: of another agent, a customer, one that is busy, one that does not answer, a queue, or nobody.
    async fn number(&mut self, agent: &str) -> String {
        match self.dice.random_range(0..12) {
            0..5 => {
                // Nobody is in a call twice.
                let calls = self.site.get("/sim/calls").await;
                let meets = |other: &str| calls.iter().any(|call| is_in(call, agent) && is_in(call, other));
                let others = self.site.agents().filter(|other| other != agent && !meets(other));
                let others: Vec<_> = others.collect();
                others.choose(&mut self.dice).map_or_else(|| "5550142".to_owned(), |other| extension(other))
            }
            5..8 => "5550142".to_owned(),
            8 => "5550199".to_owned(),
            9 => "5550198".to_owned(),
            10 => (*QUEUES.choose(&mut self.dice).unwrap()).to_owned(),
            _ => "4711".to_owned(),
        }
    }

    /// Customers call agents and queues, hang up, and are handed over; the dialer brings others.
    pub(crate) async fn calls(mut self) {
        let site = self.site;
        while self.pause(Duration::from_millis(1500)).await {
            let (agent, from) = (self.agent(), format!("55501{:02}", self.dice.random_range(0..90)));
            let roll = self.dice.random_range(0..20);
            let calls = if roll < 12 { Vec::new() } else { site.get("/sim/calls").await };
            let (method, path, body) = match roll {
                0..8 => {
                    let to = *[agent.as_str(), QUEUES[0], QUEUES[1]].choose(&mut self.dice).unwrap();
                    ("POST", "/sim/calls".to_owned(), json!({ "from": from, "to": to }))
                }
                8..12 => {
                    let kinds = ["progressive", "predictive", "preview", "direct_preview"];
                    let (kind, first) = (kinds.choose(&mut self.dice).unwrap(), self.dice.random_bool(0.5));
                    let campaign =
                        json!({ "kind": kind, "agent": agent, "customer": from, "firstOtherIn": first });
                    ("POST", "/sim/campaign".to_owned(), campaign)
                }
                12..18 => match calls.choose(&mut self.dice) {
                    Some(call) => ("DELETE", format!("/sim/calls/{}", text(call, "dialogId")), Value::Null),
                    None => continue,
                },
                _ => {
                    // Nobody is in a call twice.
                    let others: Vec<_> = calls.iter().filter(|call| !is_in(call, &agent)).collect();
                    let Some(call) = others.choose(&mut self.dice) else { continue };
                    let path = format!("/sim/calls/{}/transfer", text(call, "dialogId"));
                    ("POST", path, json!({ "to": agent }))
                }
            };
            let (done, answer) = site.control(method, &path, &body).await;
            site.journal
                .note(format!("-- {method} {path} {body}: {}", if done { &answer } else { &Value::Null }));
        }
    }
}

fn is_in(call: &Value, agent: &str) -> bool {
    call["parties"].as_array().unwrap().iter().any(|party| party["user"] == agent)
}

/// Whether a rule may be broken here: a session that ends is a fault of the plan's for these.
pub(crate) fn is_stranger(agent: &str) -> bool {
    agent == STRANGER
}
