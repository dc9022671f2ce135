//! Gives the inputs of a scenario to the core.

use std::time::Duration;

use finesse_types::{Answer, Failure, Request as Ask, Update, read_answer};
use gc_protocol::Request;
use gc_rules::{
    AgentKey, CommandId, Input, Refusal, Refused, ServiceChange, StreamEnd, StreamFault, Submission,
};
use gc_scenario::{Finesse, Notice, Object, Reply, Step, StreamChange};
use serde_json::json;

use super::outputs::value;
use super::{OpenRequest, Stage, here};
use crate::directory;

impl Stage {
    pub(super) fn give(&mut self, step: &Step) -> Result<(), String> {
        match step {
            Step::Send { client, command, body } => self.send(client, command, body),
            Step::Reply(reply) => self.reply(reply),
            Step::Stream { agent, change } => {
                let input = match change {
                    StreamChange::Open => Input::StreamOpened,
                    StreamChange::Refused => Input::StreamFailed(StreamFault::Refused),
                    StreamChange::Failed => Input::StreamFailed(StreamFault::Failed),
                    StreamChange::Leaving => Input::StreamLeaving,
                    StreamChange::Moved => Input::StreamMoved,
                    StreamChange::Lost => Input::StreamEnded(StreamEnd::Lost),
                    StreamChange::Conflict => Input::StreamEnded(StreamEnd::Conflict),
                };
                self.feed(agent, input)
            }
            Step::Found(found) => {
                let (agent, ask) = self.look_ups.pop_front().ok_or("no query is open")?;
                self.feed(&agent, Input::LookedUp { ask, result: directory::found(found)? })
            }
            Step::Subscribed { agent, node } => {
                self.feed(agent, Input::Subscribed { node: format!("/finesse/api{node}") })
            }
            Step::Service { in_service } => {
                let ServiceChange { events, outputs } = self.core.service_changed(&here(), *in_service);
                for (client, event) in events {
                    self.emitted(&client, &event, None);
                }
                self.carry_out_all(outputs);
                Ok(())
            }
            Step::Notify { agent, notice, echo, .. } => {
                let state = self.agents.entry(agent.clone()).or_default();
                let request_id = if *echo { state.echo.as_str() } else { "" };
                let xml = self.finesse.update(agent, notice, request_id, &self.bindings);
                let xml = xml.map_err(|error| error.to_string())?;
                self.items += 1;
                let item = format!("item-{}", self.items);
                state.last = Some((item.clone(), xml.clone()));
                match notice {
                    Notice::Member { .. } => {
                        let update = Box::new(update(&xml)?);
                        self.feed(agent, Input::TeamNotified { item_id: Some(item), update })
                    }
                    _ => self.notify(agent, item, &xml),
                }
            }
            Step::NotifyAgain { agent } => {
                if let Some(item_id) = self.agents.get(agent).and_then(|state| state.repeated.clone()) {
                    // What it says does not matter.
                    let update = Box::new(update("<Update/>")?);
                    return self.feed(agent, Input::Notified { item_id: Some(item_id), update });
                }
                let last = self.agents.get(agent).and_then(|state| state.last.clone());
                let (item, xml) = last.ok_or("there was no notification")?;
                self.notify(agent, item, &xml)
            }
            Step::Wait(time) => self.wait(*time),
            Step::Recorded(line) => self.recorded(line),
            other => Err(format!("{other:?} is not an input")),
        }
    }

    fn send(&mut self, client: &str, command: &str, body: &str) -> Result<(), String> {
        let body = self.bindings.fill(body).map_err(|error| error.to_string())?;
        let url = |path: &str| format!("https://{client}.example/{path}");
        let mut data = json!({"type": command, "body": body, "sessionUrl": url("session")});
        if command.to_ascii_lowercase().starts_with("hello") {
            data["callbackFqdn"] = json!(format!("{client}.example"));
            data["callbackEndpoint"] = json!("/events");
        }
        let request = Request::from_json(json!({ "data": data }).to_string().as_bytes());
        let request = request.map_err(|error| error.to_string())?;
        let name = command.split('#').next().unwrap_or_default().to_owned();
        let id = format!("{name}-{}", self.commands.len() + 1);
        self.commands.insert(id.clone(), (name, 0));
        match self.core.submit(&request, None, CommandId::from(id.clone())) {
            Submission::Refused(Refused { reason, event, client }) => {
                self.commands.remove(&id);
                let status = match reason {
                    Refusal::BadArguments => 400,
                    Refusal::UnknownClient
                    | Refusal::UnknownAgent
                    | Refusal::NotOwner
                    | Refusal::WhichCluster => 409,
                    Refusal::RightMissing | Refusal::NotItsOwn => 403,
                    Refusal::TooManyClients => 429,
                };
                self.http = Some((status, value(&event)));
                if let Some(client) = client {
                    self.emitted(&client, &event, None);
                }
            }
            Submission::Answered { client, event } => {
                self.emitted(&client, &event, Some(id.clone()));
                self.commands.get_mut(&id).expect("a command").1 = 1;
            }
            Submission::Taken { outputs } => self.carry_out_all(outputs),
        }
        Ok(())
    }

    /// Answers the oldest open request that the reply fits.
    fn reply(&mut self, reply: &Reply) -> Result<(), String> {
        let at = self.open_requests.iter().position(|asked| fits(reply, &asked.request));
        let OpenRequest { agent, ask, request } =
            self.open_requests.remove(at.ok_or("no such request is open")?);
        let result = self.result(&agent, &request, reply)?;
        self.feed(&agent, Input::Answered { ask, result })
    }

    /// The answer is parsed like a real one.
    fn result(
        &mut self,
        agent: &str,
        request: &Ask,
        reply: &Reply,
    ) -> Result<Result<Answer, Failure>, String> {
        let read = |status, kind: &str, body: &str| read_answer(request, status, Some(kind), body.as_bytes());
        Ok(match reply {
            Reply::Accepted => read(202, "application/xml", ""),
            Reply::Object(object) => {
                let about = if let Ask::User { id } = request { id } else { agent };
                let body = self.finesse.object(about, object, &self.bindings);
                let answer = read(200, "application/xml", &body.map_err(|error| error.to_string())?);
                Ok(answer.map_err(|failure| format!("Finesse's answer is not understood: {failure}"))?)
            }
            Reply::Error { status, error } => read(*status, "application/xml", &Finesse::api_errors(error)),
            Reply::Page { status } => read(*status, "text/html", "<html><body>No.</body></html>"),
            Reply::TimedOut => Err(Failure::TimedOut { sent: true }),
            Reply::Broken => Err(Failure::Unreachable { sent: true, reason: "reset".into() }),
        })
    }

    fn notify(&mut self, agent: &str, item: String, xml: &str) -> Result<(), String> {
        let update = Box::new(update(xml)?);
        self.feed(agent, Input::Notified { item_id: Some(item), update })
    }

    fn wait(&mut self, time: Duration) -> Result<(), String> {
        self.finesse.advance(time);
        self.now += time;
        self.core.advance(self.now);
        while !self.is_recording
            && let Some(next) = (0..self.timers.len()).min_by_key(|at| self.timers[*at].0)
        {
            if self.timers[next].0 > self.now {
                break;
            }
            let (_, agent, timer) = self.timers.remove(next);
            self.feed(&agent, Input::TimerFired(timer))?;
        }
        Ok(())
    }

    pub(super) fn feed(&mut self, agent: &str, input: Input) -> Result<(), String> {
        let outputs = self.core.step(&AgentKey::new(here(), agent), input);
        self.carry_out_all(outputs);
        Ok(())
    }
}

/// Whether a reply can be the answer to a request.
fn fits(reply: &Reply, request: &Ask) -> bool {
    match reply {
        Reply::Accepted => !request.is_read(),
        Reply::Object(object) => match (object, request) {
            (Object::User(_), Ask::User { .. })
            | (Object::Dialogs(_), Ask::Dialogs { .. })
            | (Object::WrapUpReasons { .. }, Ask::WrapUpReasons { .. }) => true,
            (Object::ReasonCodes { category, .. }, Ask::ReasonCodes { category: asked, .. }) => {
                asked.as_str() == category
            }
            (Object::List(list), Ask::Users) => list.name() == "Users",
            (Object::List(list), Ask::Team { .. }) => list.name() == "Team",
            (Object::List(list), Ask::Queues { .. }) => list.name() == "Queues",
            (Object::List(list), Ask::PhoneBooks { .. } | Ask::TeamPhoneBooks { .. }) => {
                list.name() == "PhoneBooks"
            }
            (Object::List(list), Ask::PhoneBookContacts { .. }) => list.name() == "Contacts",
            _ => false,
        },
        _ => true,
    }
}

fn update(xml: &str) -> Result<Update, String> {
    Update::parse(xml).map_err(|error| format!("{error}\nin {xml}"))
}
