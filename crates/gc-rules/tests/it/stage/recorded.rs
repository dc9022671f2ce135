//! The lines that only recordings have.

use std::sync::Arc;

use finesse_types::{Answer, Failure};
use gc_rules::{Agent, AgentKey, CommandId, Credentials, Input, StreamFault, Timer};
use gc_scenario::{Recorded, RecordedAnswer};
use serde::de::DeserializeOwned;

use super::{OpenRequest, Stage, here};

impl Stage {
    pub(super) fn recorded(&mut self, line: &Recorded) -> Result<(), String> {
        match line {
            Recorded::Session { agent, client, state } => self.resume(agent, client, state),
            Recorded::Colleague { agent } => {
                let machine = Agent::new(agent.as_str(), Arc::new(self.settings.clone()));
                let elsewhere = "https://elsewhere.example/session";
                self.core.resume(
                    &AgentKey::new(here(), agent.as_str()),
                    machine,
                    &"elsewhere".into(),
                    elsewhere,
                );
                Ok(())
            }
            Recorded::Notified { agent, of_team, update } => {
                let update = Box::new(self.read(update)?);
                self.items += 1;
                let item_id = Some(format!("item-{}", self.items));
                self.agents.entry(agent.clone()).or_default().repeated = item_id.clone();
                self.feed(
                    agent,
                    match of_team {
                        true => Input::TeamNotified { item_id, update },
                        false => Input::Notified { item_id, update },
                    },
                )
            }
            Recorded::Unreadable { agent } => self.feed(agent, Input::Unreadable),
            Recorded::Presence { agent, available } => {
                self.feed(agent, Input::FinessePresence { available: *available })
            }
            Recorded::NotSubscribed { agent, node } => {
                self.feed(agent, Input::NotSubscribed { node: format!("/finesse/api{node}") })
            }
            Recorded::Replaced { agent } => self.feed(agent, Input::StreamFailed(StreamFault::Conflict)),
            Recorded::Answered { number, answer } => {
                let at = number.checked_sub(1).filter(|at| *at < self.open_requests.len());
                let OpenRequest { agent, ask, .. } =
                    self.open_requests.remove(at.ok_or("no such request is open")?);
                let result = match answer {
                    RecordedAnswer::Accepted => Ok(Answer::Accepted),
                    RecordedAnswer::TimedOut => Err(Failure::TimedOut { sent: true }),
                    RecordedAnswer::Value(json) => Ok(self.read(json)?),
                    RecordedAnswer::Failure(json) => Err(self.read(json)?),
                };
                self.feed(&agent, Input::Answered { ask, result })
            }
            Recorded::Timer { agent, timer, of } => {
                let timer = timer_of(timer, of)?;
                self.timers.retain(|(_, whose, known)| whose != agent || *known != timer);
                self.feed(agent, Input::TimerFired(timer))
            }
        }
    }

    /// The client said Hello, and its agent's session is this one.
    fn resume(&mut self, agent: &str, client: &str, state: &str) -> Result<(), String> {
        let (settings, credentials) = (Arc::new(self.settings.clone()), Credentials::new(agent, "demo"));
        let machine = Agent::resume(agent, settings, client.into(), credentials, state);
        let machine = machine.map_err(|error| format!("{error}: {:?}", std::error::Error::source(&error)))?;
        let url = format!("https://{client}.example/session");
        self.core.resume(&AgentKey::new(here(), agent), machine, &client.into(), &url);
        self.agents.entry(agent.to_owned()).or_default();
        Ok(())
    }

    fn read<T: DeserializeOwned>(&self, json: &str) -> Result<T, String> {
        let json = self.bindings.fill(json).map_err(|error| error.to_string())?;
        serde_json::from_str(&json).map_err(|error| format!("{error} in {json}"))
    }
}

fn timer_of(timer: &str, of: &str) -> Result<Timer, String> {
    let command = || CommandId::from(of);
    Ok(match timer {
        "deadline" => Timer::Deadline(command()),
        "call_control" => Timer::CallControl(command()),
        "read_member" => Timer::ReadMember(command()),
        "held_back" => Timer::HeldBack(of.to_owned()),
        "reconnect" => Timer::Reconnect,
        "reread" => Timer::Reread,
        "resync" => Timer::Resync,
        "steady" => Timer::Steady,
        "link_loss" => Timer::LinkLoss,
        "recovery" => Timer::Recovery,
        "forget" => Timer::Forget,
        other => return Err(format!("there is no timer {other}")),
    })
}
