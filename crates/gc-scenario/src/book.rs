//! What each client knows by its events alone, and the rules that must hold whatever fails: each command has one
//! outcome, each call begins and ends once, events are numbered without gaps.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// An agent as a client knows it, or as the simulator has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// The state, such as `READY`.
    pub state: String,
    /// The open calls, each with its state as an event would have it.
    pub calls: BTreeMap<String, String>,
}

/// What a client knows of an agent.
#[derive(Debug, Default)]
struct AgentRecord {
    view: View,
    /// A Connect had success, so that there is a session to lose.
    connected: bool,
    /// Those of the open calls that are ConsultCalls.
    legs: BTreeSet<String>,
}

/// A command that was taken, and the events that answer it.
#[derive(Debug)]
struct Taken {
    agent: String,
    command: String,
    body: String,
    answers: Vec<Value>,
    /// Its outcome was forgotten, so that it may have another one.
    again: bool,
}

impl Taken {
    /// The calls that the command began, by the events that answer it. The call that it names was there before; it may be a
    /// ConsultCall, too.
    fn begun(&self) -> impl Iterator<Item = &str> {
        let event_type = match self.command.as_str() {
            "MakeCall" => "InboundCall",
            "ConsultCall" => "ConsultCall",
            _ => "",
        };
        let answers = if self.again { &[][..] } else { &self.answers };
        answers
            .iter()
            .filter(move |event| self::event_type(event) == event_type)
            .filter_map(dialog)
            .filter(|id| !self.names(id))
    }

    fn names(&self, dialog: &str) -> bool {
        self.body.split(',').any(|argument| argument.trim() == dialog)
    }

    /// One outcome: events of success, or one Error. An error names the rule that is broken.
    fn outcome(&self) -> Result<(), &'static str> {
        // That a call failed is reported with the call, and does not undo that it began.
        let failed_call = |event: &Value| text(event, "errorType") == Some("BAD_DESTINATION");
        // Answering one call holds another one, whether or not the first is there still.
        let held_other = |event: &Value| {
            self.command == "AnswerCall" && dialog(event).is_some_and(|dialog| !self.names(dialog))
        };
        let of_command = |event: &&Value| !failed_call(event) && !held_other(event);
        let (errors, successes): (Vec<_>, Vec<_>) =
            self.answers.iter().filter(of_command).partition(|event| event_type(event) == "Error");
        // Once a call is over for the client, what is written to it is confirmed without an event.
        let may_be_silent = matches!(self.command.as_str(), "wrapup" | "update_call_variable");
        match (errors.len(), successes.len()) {
            _ if self.again && !self.answers.is_empty() => Ok(()),
            (0, 0) if self.answers.is_empty() && !may_be_silent => Err("has no outcome"),
            (0, _) | (1, 0) => Ok(()),
            (1, _) => Err("has both success and an Error"),
            _ => Err("has more than one Error"),
        }
    }
}

/// Everything that clients heard and asked for in a run. It serves whatever drives the product and reads its events.
#[derive(Debug, Default)]
pub struct Book {
    /// The number of the last event of each client.
    sequences: BTreeMap<String, u64>,
    /// What each client heard last of Finesse's service.
    services: BTreeMap<String, Value>,
    restarted: bool,
    went_back: bool,
    agents: BTreeMap<String, AgentRecord>,
    taken: BTreeMap<String, Taken>,
    /// Answers to commands of which it is not known yet that they were taken.
    early: BTreeMap<String, Vec<Value>>,
    /// The errors that no command asked for: agent and text.
    unasked: BTreeSet<(String, String)>,
    /// The rules that were broken, each with the agent concerned.
    broken: Vec<(String, String)>,
}

/// One event as a client received it.
#[derive(Clone, Copy, Debug)]
pub struct Heard<'a> {
    /// Who received it.
    pub client: &'a str,
    /// Its number among the client's events.
    pub sequence: u64,
    /// The agent concerned.
    pub agent: Option<&'a str>,
    /// The command that it answers.
    pub command: Option<&'a str>,
    /// What it says.
    pub event: &'a Value,
}

impl Book {
    /// The command was taken under this id.
    pub fn took(&mut self, agent: &str, command: &str, body: &str, id: &str) {
        let answers = self.early.remove(id).unwrap_or_default();
        let (agent, command, body) = (agent.to_owned(), command.to_owned(), body.to_owned());
        self.taken.insert(id.to_owned(), Taken { agent, command, body, answers, again: false });
    }

    /// The process begins again: from now on each client may hear once more whether Finesse is in service.
    pub fn restarted(&mut self) {
        self.restarted = true;
    }

    /// The process died before it answered for this command: it may have an outcome or none.
    pub fn lost(&mut self, id: &str) {
        self.taken.remove(id);
    }

    /// The process went on with what it had kept some time ago: its disk had failed before it died. What it has reported since may
    /// be reported again, and what has ended since is known after a refresh. These commands were open then: those that have
    /// an outcome may have another one.
    pub fn went_back<'a>(&mut self, open: impl IntoIterator<Item = &'a str>) {
        self.went_back = true;
        for id in open {
            if let Some(taken) = self.taken.get_mut(id) {
                taken.again = true;
            }
        }
    }

    /// A client received an event. One that it has already comes again when the answer to it was lost.
    pub fn hears(&mut self, heard: &Heard<'_>) {
        let Heard { client, sequence, agent, command, event } = *heard;
        let last = self.sequences.entry(client.to_owned()).or_default();
        if sequence <= *last {
            return;
        }
        if sequence != *last + 1 {
            let gap = format!("{client}: event {sequence} comes after {last}");
            self.broken.push((agent.unwrap_or_default().to_owned(), gap));
        }
        *last = sequence;
        if event_type(event) == "System" {
            let before = self.services.insert(client.to_owned(), event.clone());
            if command.is_none() && !self.restarted && before.as_ref() == Some(event) {
                let again = format!("{client}: {} comes twice in a row", brief(event));
                self.broken.push((String::new(), again));
            }
        }
        self.takes_in(agent, command, event);
    }

    /// The agent as its client knows it.
    pub fn view(&self, agent: &str) -> View {
        self.agents.get(agent).map(|known| known.view.clone()).unwrap_or_default()
    }

    /// How much happened: commands, those that ended in an Error, and events.
    pub fn summary(&self) -> String {
        let failed = self
            .taken
            .values()
            .filter(|taken| taken.answers.iter().any(|event| event_type(event) == "Error"));
        let (commands, failed, events) =
            (self.taken.len(), failed.count(), self.sequences.values().sum::<u64>());
        format!("{commands} commands, {failed} of them with an Error, {events} events")
    }

    /// The command has its first answer.
    pub fn is_answered(&self, id: &str) -> bool {
        self.taken.get(id).is_some_and(|taken| !taken.answers.is_empty())
    }

    /// An error about the agent that no command asked for has this text in it.
    pub fn was_heard(&self, agent: &str, text: &str) -> bool {
        self.unasked.iter().any(|(about, said)| about == agent && said.contains(text))
    }

    /// The rules that were broken, each with the agent concerned. When no command is open any more.
    pub fn broken(&self) -> Vec<(String, String)> {
        let outcome = |(id, taken): (&String, &Taken)| {
            let (rule, answers) =
                (taken.outcome().err()?, taken.answers.iter().map(brief).collect::<Vec<_>>());
            Some((
                taken.agent.clone(),
                format!("{} {} [{id}] {rule}: {answers:?}", taken.command, taken.body),
            ))
        };
        let outcomes = self.taken.iter().filter_map(outcome);
        self.broken.iter().cloned().chain(outcomes).chain(self.begun_twice()).collect()
    }

    /// The commands that claim a call which another one began, or more than one call.
    fn begun_twice(&self) -> Vec<(String, String)> {
        let mut beginners: BTreeMap<(&str, &str), &String> = BTreeMap::new();
        let mut twice = Vec::new();
        for (id, taken) in &self.taken {
            let mut begun: Vec<_> = taken.begun().collect();
            begun.dedup();
            if begun.len() > 1 {
                twice.push((taken.agent.clone(), format!("{} [{id}] began {begun:?}", taken.command)));
            }
            for call in begun {
                if let Some(other) = beginners.insert((&taken.agent, call), id) {
                    twice.push((taken.agent.clone(), format!("[{other}] and [{id}] both began {call}")));
                }
            }
        }
        twice
    }

    fn takes_in(&mut self, agent: Option<&str>, command: Option<&str>, event: &Value) {
        if let Some(id) = command {
            let answers = match self.taken.get_mut(id) {
                Some(taken) => &mut taken.answers,
                None => self.early.entry(id.to_owned()).or_default(),
            };
            answers.push(event.clone());
        }
        let Some(agent) = agent else { return };
        if let (None, Some(text)) = (command, text(event, "errorMessage")) {
            self.unasked.insert((agent.to_owned(), text.to_owned()));
        }
        let known = self.agents.entry(agent.to_owned()).or_default();
        if self.went_back && event_type(event) == "AgentInfo" {
            // The answer to a refresh: what follows is all there is.
            known.view.calls.clear();
            known.legs.clear();
        }
        let was_heard = known.hears(event, command.is_some());
        if let Err(rule) = was_heard
            && !(self.went_back && is_call(event))
        {
            self.broken.push((agent.to_owned(), rule));
        }
    }
}

impl AgentRecord {
    /// Takes in one event. An error names the rule that the event breaks.
    fn hears(&mut self, event: &Value, is_answer: bool) -> Result<(), String> {
        let event_type = event_type(event);
        let is_open = |id: &str| self.view.calls.contains_key(id);
        match (event_type, dialog(event)) {
            ("ConnectStatus", _) => self.connected |= text(event, "status") == Some("ConnectSuccess"),
            ("State", _) if event.get("teamAgentId").is_none() => {
                text(event, "state").unwrap_or_default().clone_into(&mut self.view.state);
                if self.view.state == "RE_LOGIN" {
                    let was_connected = self.connected;
                    *self = Self {
                        view: View { state: self.view.state.clone(), ..View::default() },
                        ..Self::default()
                    };
                    return if was_connected { Err("the session was lost".to_owned()) } else { Ok(()) };
                }
            }
            ("Error", _) if text(event, "errorType") == Some("SESSION_INVALIDATED") => {
                *self = Self::default();
                return Err("the session was taken away".to_owned());
            }
            ("NewInboundCall" | "NewOutboundCall" | "NewOutboundPreviewCall", Some(id)) => {
                let again = is_open(id) && !is_answer;
                self.view.calls.insert(id.to_owned(), "ALERTING".to_owned());
                if again {
                    return Err(format!("call {id} was announced although it is open"));
                }
            }
            ("InboundCall" | "ConsultCall", Some(id)) => {
                let (was_open, is_leg) = (is_open(id), event_type == "ConsultCall");
                let other_kind = was_open && is_leg != self.legs.contains(id);
                let state = text(event, "state").unwrap_or_default();
                if state == "DROPPED" {
                    self.view.calls.remove(id);
                    self.legs.remove(id);
                    if !was_open {
                        return Err(format!("call {id} ended although it is not open"));
                    }
                } else {
                    self.view.calls.insert(id.to_owned(), state.to_owned());
                    if is_leg {
                        self.legs.insert(id.to_owned());
                    }
                }
                if other_kind {
                    return Err(format!("call {id} changed its kind: {event_type}"));
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// The dialog that the event names.
pub fn dialog(event: &Value) -> Option<&str> {
    ["dialogId", "assDialogId"].into_iter().find_map(|member| text(event, member))
}

/// The state that an event for this user has, of a call as the simulator's control API shows it; none if it is over for
/// the user.
pub fn state_for(call: &Value, user: &str) -> Option<String> {
    let mut own = call.get("parties")?.as_array()?.iter().filter(|party| text(party, "user") == Some(user));
    let live =
        own.find_map(|party| text(party, "state").filter(|state| !matches!(*state, "DROPPED" | "WRAP_UP")))?;
    let shown = if matches!(live, "HELD" | "ALERTING" | "FAILED") { Some(live) } else { text(call, "state") };
    shown.map(str::to_owned)
}

/// The type of an event and what matters most: `State READY`.
pub fn brief(event: &Value) -> String {
    let what = ["state", "status", "errorType"].into_iter().find_map(|member| text(event, member));
    let event_type = event_type(event);
    what.map_or_else(|| event_type.to_owned(), |what| format!("{event_type} {what}"))
}

fn is_call(event: &Value) -> bool {
    dialog(event).is_some()
}

fn event_type(event: &Value) -> &str {
    text(event, "type").unwrap_or_default()
}

fn text<'a>(event: &'a Value, member: &str) -> Option<&'a str> {
    event.get(member)?.as_str()
}

#[cfg(test)]
mod tests;
