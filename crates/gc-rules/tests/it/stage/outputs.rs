//! Carries out the outputs of the core, and compares them with the lines of a scenario.

use std::time::Duration;

use finesse_types::Request as Ask;
use gc_events::{Dialect, ErrorCode, Event};
use gc_rules::{AgentKey, AskId, ClientKey, Output, Query, SessionChange, Timer};
use gc_scenario::{ExpectedEvent, ExpectedRequest, StreamRequest};
use serde_json::Value;

use super::{OpenRequest, Stage};
use crate::directory;

/// An output that no line of the scenario has matched yet.
#[derive(Debug)]
pub(super) enum Unmatched {
    Ask { agent: String, ask: AskId, request: Ask },
    OnStream { agent: String, what: StreamRequest },
    LookUp { agent: String, ask: AskId, query: Query },
    Event { client: String, event: Value, command: Option<String> },
}

impl Stage {
    pub(super) fn expect_event(&mut self, client: &str, wanted: &ExpectedEvent) -> Result<(), String> {
        // Events have an order for each client, but not between clients.
        let first = self
            .unmatched
            .iter()
            .position(|output| matches!(output, Unmatched::Event { client: to, .. } if to == client));
        let output = first.and_then(|first| self.unmatched.remove(first));
        let Some(Unmatched::Event { event, command, .. }) = &output else {
            return Err(instead(self.unmatched.front()));
        };
        wanted.compare(event, &mut self.bindings).map_err(|why| format!("{why}\nin {event}"))?;
        let name = |id| self.commands.get(id).map_or("earlier", |(name, _)| name.as_str());
        let answers = command.as_ref().map(name);
        if answers != wanted.answers() {
            return Err(format!("it answers {answers:?}\nin {event}"));
        }
        Ok(())
    }

    pub(super) fn expect_request(&mut self, wanted: &ExpectedRequest) -> Result<(), String> {
        let first = self.unmatched.iter().position(|output| matches!(output, Unmatched::Ask { .. }));
        let Some(Unmatched::Ask { agent, ask, request }) =
            first.and_then(|first| self.unmatched.remove(first))
        else {
            return Err(instead(self.unmatched.front()));
        };
        let (method, target, body) = (request.method().as_str(), target(&request), request.body());
        wanted
            .compare(method, &target, body.as_deref(), &mut self.bindings)
            .map_err(|why| format!("{why}: {}", ExpectedRequest::show(method, &target, body.as_deref())))?;
        self.open_requests.push(OpenRequest { agent, ask, request });
        Ok(())
    }

    pub(super) fn carry_out_all(&mut self, outputs: Vec<(AgentKey, Output)>) {
        for (agent, output) in outputs {
            self.carry_out(agent.agent(), output);
        }
    }

    fn carry_out(&mut self, agent: &str, output: Output) {
        let same =
            |timer: &Timer, (_, whose, known): &(Duration, String, Timer)| whose == agent && known == timer;
        match output {
            Output::Ask { ask, request, request_id, .. } => {
                self.asked += 1;
                if self.is_recording {
                    self.bindings.bind(format!("ask{}", self.asked), request_id.as_str());
                }
                if !request.is_read() {
                    self.agents.entry(agent.to_owned()).or_default().echo = request_id;
                }
                self.unmatched.push_back(Unmatched::Ask { agent: agent.to_owned(), ask, request });
            }
            Output::OpenStream(_) => self.on_stream(agent, StreamRequest::Open),
            Output::MoveStream(_) => self.on_stream(agent, StreamRequest::Move),
            Output::CloseStream => self.on_stream(agent, StreamRequest::Close),
            Output::Subscribe { node } => self.on_stream(agent, StreamRequest::Subscribe(below_api(&node))),
            Output::Unsubscribe { node } => {
                self.on_stream(agent, StreamRequest::Unsubscribe(below_api(&node)))
            }
            Output::RenewToken { .. } => panic!("there is no token service"),
            Output::LookUp { ask, query } => {
                self.unmatched.push_back(Unmatched::LookUp { agent: agent.to_owned(), ask, query });
            }
            Output::Emit { client, event, command, .. } => {
                let command = command.map(|id| id.to_string());
                // A recording knows nothing of the commands before it.
                if let Some((id, (name, finished))) =
                    command.as_ref().and_then(|id| self.commands.get_key_value(id))
                {
                    // The sign-out after a call names its command, and the failure of a call the command that began it.

                    let failed =
                        matches!(&event, Event::Error(error) if error.code == ErrorCode::BadDestination);
                    let late = failed || name.eq_ignore_ascii_case("force_logout");
                    assert!(late || *finished == 0, "{id} was finished before {event:?}");
                }
                self.emitted(&client, &event, command);
            }
            Output::StartTimer(timer, time) => {
                self.timers.retain(|known| !same(&timer, known));
                self.timers.push((self.now + time.most(), agent.to_owned(), timer));
            }
            Output::StopTimer(timer) => self.timers.retain(|known| !same(&timer, known)),
            Output::Finished { id, .. } => {
                // A recording knows nothing of the commands before it.
                if let Some((_, finished)) = self.commands.get_mut(id.as_str()) {
                    *finished += 1;
                }
            }
            Output::Forward { .. } | Output::RequestAttempt { .. } => panic!("Core answers it"),
            Output::Session(SessionChange::Forgotten) => {
                self.timers.retain(|(_, whose, _)| whose != agent);
                self.open_requests.retain(|asked| asked.agent != agent);
            }
            Output::Session(_) => {}
        }
    }

    fn on_stream(&mut self, agent: &str, what: StreamRequest) {
        self.unmatched.push_back(Unmatched::OnStream { agent: agent.to_owned(), what });
    }

    pub(super) fn emitted(&mut self, client: &ClientKey, event: &Event, command: Option<String>) {
        let (client, event) = (client.to_string(), value(event));
        self.unmatched.push_back(Unmatched::Event { client, event, command });
    }
}

pub(super) fn value(event: &Event) -> Value {
    serde_json::from_str(&event.to_json(Dialect::Gc4412)).unwrap()
}

fn target(request: &Ask) -> String {
    match request.query() {
        Some(query) => format!("{}?{query}", request.path()),
        None => request.path(),
    }
}

fn below_api(node: &str) -> String {
    node.strip_prefix("/finesse/api").unwrap_or(node).to_owned()
}

pub(super) fn instead(output: Option<&Unmatched>) -> String {
    output.map_or_else(|| "nothing came".to_owned(), show)
}

pub(super) fn show(output: &Unmatched) -> String {
    match output {
        Unmatched::Ask { request, .. } => {
            let shown =
                ExpectedRequest::show(request.method().as_str(), &target(request), request.body().as_deref());
            format!("gc> {shown}")
        }
        Unmatched::OnStream { agent, what } => match what {
            StreamRequest::Open => format!("gc> stream {agent}"),
            StreamRequest::Move => format!("gc> move {agent}"),
            StreamRequest::Close => format!("gc> close {agent}"),
            StreamRequest::Subscribe(node) => format!("gc> subscribe {agent} {node}"),
            StreamRequest::Unsubscribe(node) => format!("gc> unsubscribe {agent} {node}"),
        },
        Unmatched::LookUp { query, .. } => format!("gc> look up {}", directory::shown(query)),
        Unmatched::Event { client, event, command } => {
            format!("{client}< {event} {}", command.as_deref().unwrap_or_default())
        }
    }
}
