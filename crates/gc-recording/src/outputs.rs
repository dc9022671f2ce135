//! What the machine does, as lines.

use finesse_types::Request;
use gc_protocol::SkillGroupRange;
use gc_rules::{Output, Query, RecordingAction, SessionChange};
use gc_scenario::ExpectedRequest;

use crate::mask::{Form, Mask};
use crate::recorder::{Recorder, State};

impl Recorder {
    /// The machine has answered the input that was recorded before with these outputs.
    pub fn after(&mut self, outputs: &[Output]) {
        if self.state != State::Recording {
            return;
        }
        outputs.iter().for_each(|output| self.output(output));
        self.ends_if_full();
    }

    fn output(&mut self, output: &Output) {
        let agent = self.agent.clone();
        match output {
            Output::Ask { ask, request, request_id, .. } => {
                self.asked += 1;
                self.open.push(*ask);
                self.requests.insert(request_id.clone(), self.asked);
                let request = self.request(request);
                if let Request::Login { extension, device: Some(device), .. } = &request
                    && let Some(configured) = self.device_of.get_mut(extension)
                {
                    *configured = Some(device.clone());
                }
                let shown = ExpectedRequest::show(
                    request.method().as_str(),
                    &target(&request),
                    request.body().as_deref(),
                );
                self.push(&format!("gc> {shown}"));
            }
            Output::LookUp { query, .. } => {
                let query = self.mask.query(query);
                self.push(&format!("gc> look up {query}"));
            }
            Output::OpenStream(_) => self.push(&format!("gc> stream {agent}")),
            Output::MoveStream(_) => self.push(&format!("gc> move {agent}")),
            Output::CloseStream => self.push(&format!("gc> close {agent}")),
            Output::Subscribe { node } => self.on_node("subscribe", node),
            Output::Unsubscribe { node } => self.on_node("unsubscribe", node),
            Output::Emit { client, event, command } => {
                let client = self.mask.client(client.as_str());
                let name = command.as_ref().map(|id| match self.commands.get(id) {
                    Some((_, name)) => name.clone(),
                    None => "earlier".to_owned(),
                });
                let event = self.mask.event(event, name.as_deref());
                self.push(&format!("{client}< {event}"));
            }
            Output::Forward { agent: colleague, .. } => {
                let colleague = self.mask.word(colleague, Form::Agent);
                self.colleagues.insert(colleague);
            }
            // What follows from a renewed token cannot be replayed.
            Output::RenewToken { .. } => self.state = State::Over,
            Output::Session(SessionChange::Forgotten) => self.open.clear(),
            Output::Session(_)
            | Output::StartTimer(..)
            | Output::StopTimer(_)
            | Output::Finished { .. }
            | Output::RequestAttempt { .. } => {}
        }
    }

    fn on_node(&mut self, what: &str, node: &str) {
        let node = self.node(node);
        self.push(&format!("gc> {what} {} {node}", self.agent));
    }

    /// A node below `/finesse/api`.
    pub(crate) fn node(&mut self, node: &str) -> String {
        let node = self.mask.path(node);
        node.strip_prefix("/finesse/api").map(str::to_owned).unwrap_or(node)
    }
}

impl Mask {
    fn query(&mut self, query: &Query) -> String {
        match query {
            Query::SkillGroups(SkillGroupRange::All) => "skillGroups ALL".to_owned(),
            Query::SkillGroups(SkillGroupRange::Indexing { from, count }) => {
                format!("skillGroups INDEXING {from} {count}")
            }
            Query::Supervisors => "supervisors".to_owned(),
            Query::AgentExtension { number } => format!("agentExtension {}", self.text(number)),
            Query::QueueStatistics => "queueStatistics".to_owned(),
            Query::Recording { action, agent_id, extension, .. } => {
                let action = match action {
                    RecordingAction::Pause => "pause",
                    RecordingAction::Resume => "resume",
                };
                format!("recording {action} {} {}", self.word(agent_id, Form::Agent), self.text(extension))
            }
        }
    }
}

fn target(request: &Request) -> String {
    match request.query() {
        Some(query) => format!("{}?{query}", request.path()),
        None => request.path(),
    }
}
