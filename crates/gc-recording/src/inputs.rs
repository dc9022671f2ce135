//! What comes to the machine, as lines.

use std::time::Duration;

use finesse_types::{Answer, Failure, Update};
use gc_protocol::{ArgumentError, Command, CommandName, Kind};
use gc_rules::{AskId, ClientKey, CommandId, Found, Input, LookupError, StreamEnd, StreamFault, Timer};
use serde::Serialize;

use crate::mask::{Form, Mask};
use crate::recorder::{Recorder, State};

/// Bodies of which one cannot be read for the reason that a command's arguments cannot. The real ones are not known.
const UNREADABLE: [&str; 12] =
    ["", "x", "x,", ",x", ",", "x,x", "1,", "1,x", "x,1", "x,x,x", "1,1,x", "x,x,x,x,x,x,x"];

impl Recorder {
    /// The machine is about to take this input. `now`: on the clock of [`Recorder::begin`].
    pub fn before(&mut self, input: &Input, now: Duration) {
        // What follows from the line before has none of its own, and no time passes before it.
        let follows = matches!(input, Input::AttemptDecided { .. } | Input::Unclaimed { .. });
        if !self.time(now, follows) {
            return;
        }
        let agent = self.agent.clone();
        match input {
            Input::Command { id, client, command } => self.command(id, client, &agent, command.as_ref()),
            Input::ForMember { id, client, member, command } => {
                let member = self.mask.word(member, Form::Agent);
                self.command(id, client, &member, Ok(command));
            }
            Input::Answered { ask, result } => self.answered(*ask, result),
            Input::StreamOpened => self.push(&format!("finesse> stream {agent} open")),
            Input::StreamFailed(fault) => {
                let how = match fault {
                    StreamFault::Refused => "refused",
                    StreamFault::Conflict => "replaced",
                    StreamFault::Failed => "failed",
                };
                self.push(&format!("finesse> stream {agent} {how}"));
            }
            Input::StreamEnded(end) => {
                let how = match end {
                    StreamEnd::Conflict => "conflict",
                    StreamEnd::Lost => "lost",
                };
                self.push(&format!("finesse> stream {agent} {how}"));
            }
            Input::StreamLeaving => self.push(&format!("finesse> stream {agent} leaving")),
            Input::StreamMoved => self.push(&format!("finesse> stream {agent} moved")),
            Input::Notified { item_id, update } => self.notified(item_id.as_deref(), "", update),
            Input::TeamNotified { item_id, update } => self.notified(item_id.as_deref(), "team ", update),
            Input::Subscribed { node } => {
                let node = self.node(node);
                self.push(&format!("finesse> subscribed {agent} {node}"));
            }
            Input::NotSubscribed { node } => {
                let node = self.node(node);
                self.push(&format!("finesse> not subscribed {agent} {node}"));
            }
            Input::LookedUp { result, .. } => {
                let found = self.mask.found(result);
                self.push(&format!("directory> {found}"));
            }
            // The replay has no token service.
            Input::TokenRenewed { .. } | Input::TimerFired(Timer::RenewToken) => self.state = State::Over,
            Input::TimerFired(timer) => {
                let timer = self.timer(timer);
                self.push(&format!("timer> {agent} {timer}"));
            }
            Input::Unreadable => self.push(&format!("finesse~ {agent} unreadable")),
            Input::Service { available } => self.service(*available),
            Input::FinessePresence { available } => {
                let word = if *available { "present" } else { "absent" };
                self.push(&format!("finesse> {word} {agent}"));
            }
            // The refusal that was passed on came back: in the replay, too, there is nobody to take it.
            Input::Unclaimed { .. } => self.colleagues.clear(),
            // Follows from the recorded commands.
            Input::AttemptDecided { .. } => {}
            Input::Restored { .. } | Input::Stop => self.state = State::Over,
        }
    }

    fn command(
        &mut self,
        id: &CommandId,
        client: &ClientKey,
        agent: &str,
        command: Result<&Command, &ArgumentError>,
    ) {
        let client = self.client(client);
        self.sent += 1;
        if let Ok(Command::Login { extension, device, .. }) = command {
            let extension = self.mask.text(extension);
            match device {
                None => _ = self.device_of.entry(extension).or_default(),
                Some(_) => _ = self.device_of.remove(&extension),
            }
        }
        let (name, body) = match command {
            Ok(command) => (command.name(), self.mask.body(command)),
            Err(error) => (error.command, unreadable(error).to_owned()),
        };
        self.commands.insert(id.clone(), (format!("{name}-{}", self.sent), name.to_string()));
        self.push(&format!("{client}> {name}#{agent} {body}"));
    }

    fn answered(&mut self, ask: AskId, result: &Result<Answer, Failure>) {
        // An answer for a session that is over.
        let Some(at) = self.open.iter().position(|open| *open == ask) else { return };
        self.open.remove(at);
        let number = if at == 0 { String::new() } else { format!("#{} ", at + 1) };
        let answer = match result {
            Ok(Answer::Accepted) => "202".to_owned(),
            Ok(answer) => format!("200 {}", self.masked(answer)),
            Err(Failure::TimedOut { sent: true }) => "timed out".to_owned(),
            Err(failure) => format!("failed {}", self.masked(failure)),
        };
        self.push(&format!("finesse> {number}{answer}"));
    }

    fn notified(&mut self, item_id: Option<&str>, node: &str, update: &Update) {
        let agent = self.agent.clone();
        if let Some(id) = item_id
            && !self.items.insert(id.to_owned())
        {
            // The machine drops it.
            return match self.last_item.as_deref() == Some(id) {
                true => self.push(&format!("finesse~ {agent} again")),
                false => self.push("# An earlier notification came again."),
            };
        }
        self.last_item = item_id.map(str::to_owned);
        let request_id = update.request_id.as_deref().map(|id| self.request_id(id));
        let update = Update { request_id, ..update.clone() };
        let update = self.masked(&update);
        self.push(&format!("finesse~ {agent} {node}{update}"));
    }

    /// An echoed `requestId`: that of a recorded request, or of another one.
    fn request_id(&mut self, id: &str) -> String {
        if let Some(number) = self.requests.get(id) {
            return format!("{{ask{number}}}");
        }
        let parts: Vec<_> = id.split('.').collect();
        match parts.as_slice() {
            [agent, _, number] => {
                let agent = agent.rsplit("%2F").next().unwrap_or_default();
                let agent = self.mask.word(agent, Form::Agent);
                format!("{agent}.earlier.{}", number.parse::<u64>().unwrap_or_default())
            }
            _ => self.mask.text(id),
        }
    }

    fn service(&mut self, available: bool) {
        let changed = std::mem::replace(&mut self.in_service, available) != available;
        let (word, status) = if available { ("in", "IN_SERVICE") } else { ("out", "OUT_OF_SERVICE") };
        self.push(&format!("finesse> service {word}"));
        if changed {
            for client in self.clients.clone() {
                self.push(&format!("{client}< System {status}"));
            }
        }
    }

    fn timer(&mut self, timer: &Timer) -> String {
        let of = |id: &CommandId| match self.commands.get(id) {
            Some((id, _)) => id.clone(),
            None => "earlier".to_owned(),
        };
        match timer {
            Timer::Deadline(id) => format!("deadline {}", of(id)),
            Timer::CallControl(id) => format!("call_control {}", of(id)),
            Timer::ReadMember(id) => format!("read_member {}", of(id)),
            Timer::HeldBack(dialog) => format!("held_back {}", self.mask.word(dialog, Form::Dialog)),
            Timer::Reconnect => "reconnect".to_owned(),
            Timer::Reread => "reread".to_owned(),
            Timer::Resync => "resync".to_owned(),
            Timer::Steady => "steady".to_owned(),
            Timer::LinkLoss => "link_loss".to_owned(),
            Timer::Recovery => "recovery".to_owned(),
            Timer::RenewToken => "renew_token".to_owned(),
            Timer::Forget => "forget".to_owned(),
        }
    }

    /// A value with everything personal replaced, as JSON.
    fn masked(&mut self, value: &impl Serialize) -> String {
        // Keys are texts and numbers are finite: there is nothing that JSON cannot hold.
        serde_json::to_value(value).map(|value| self.mask.value("", value)).unwrap_or_default().to_string()
    }
}

impl Mask {
    fn body(&mut self, command: &Command) -> String {
        command.to_body_with(|argument, text| match (argument.kind, argument.name) {
            (Kind::Secret, _) => self.password(text),
            (_, "destination") => self.client(text),
            (_, "dialogId") => self.word(text, Form::Dialog),
            (_, "agentId") => self.word(text, Form::Agent),
            (Kind::Text, "reasonCode" | "teamId" | "phonebookId" | "range")
                if crate::mask::is_vocabulary(text) =>
            {
                text.to_owned()
            }
            (Kind::Text | Kind::Extension | Kind::Device | Kind::FreeText, _) => self.text(text),
            (Kind::Variables, _) => self.variables(text),
            (Kind::Word(_) | Kind::Count | Kind::Time, _) => text.to_owned(),
        })
    }

    fn found(&mut self, result: &Result<Found, LookupError>) -> String {
        let quoted = |text: String| if text.contains(' ') { format!("\"{text}\"") } else { text };
        match result {
            Ok(Found::SkillGroups(names)) => {
                let names: Vec<_> =
                    names.iter().map(|name| format!(" {}", quoted(self.text(name)))).collect();
                format!("skillGroups{}", names.concat())
            }
            Ok(Found::Supervisors(list)) => {
                let one = |each: &gc_events::Supervisor| {
                    let name = self.text(&each.supervisor_name);
                    format!(" {}", quoted(format!("{name}:{}", self.word(&each.supervisor_id, Form::Agent))))
                };
                format!("supervisors{}", list.iter().map(one).collect::<String>())
            }
            Ok(Found::AgentExtension(found)) => {
                let [port, number] =
                    [found.port, found.dial_number].map(|number| self.text(&number.to_string()));
                format!("agentExtension {port} {number}")
            }
            Ok(Found::QueueStatistics(list)) => {
                let one = |queue: &gc_events::UccxQueue| {
                    let name = self.text(&queue.queue_name);
                    format!(" {}", quoted(format!("{name}:{}", queue.snapshot.waiting_calls)))
                };
                format!("queueStatistics{}", list.iter().map(one).collect::<String>())
            }
            Ok(Found::Recording(text)) => format!("recording \"{}\"", self.text(text)),
            Err(LookupError::TimedOut { .. }) => "timed out".to_owned(),
            Err(_) => "not found".to_owned(),
        }
    }

    /// `name=value|name=value`
    fn variables(&mut self, text: &str) -> String {
        let masked = text.split('|').map(|pair| match pair.split_once('=') {
            Some((name @ ("BAStatus" | "BAResponse"), value)) if crate::mask::is_vocabulary(value) => {
                format!("{name}={value}")
            }
            Some((name, value)) => format!("{name}={}", self.text(value)),
            None => self.text(pair),
        });
        masked.collect::<Vec<_>>().join("|")
    }
}

/// A body that cannot be read for the same reason.
fn unreadable(error: &ArgumentError) -> &'static str {
    let same = |body: &&str| Command::parse(name(error), body).is_err_and(|other| other == *error);
    UNREADABLE.into_iter().find(same).unwrap_or_default()
}

fn name(error: &ArgumentError) -> CommandName {
    error.command
}
