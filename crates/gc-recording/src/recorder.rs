//! The recorder of one agent.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use finesse_types::Request;
use gc_rules::{AskId, ClientKey, CommandId, Settings};
use serde_json::Value;

use crate::head::head;
use crate::mask::{Form, Mask};

/// How much is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long the text may become, in bytes.
    pub bytes: usize,
    /// How long is recorded.
    pub time: Duration,
}

/// What the recorder does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It waits for a moment in which nothing is under way, to begin.
    Waiting,
    /// It records.
    Recording,
    /// It has stopped: the text is as long as it may be.
    Full,
    /// It has stopped: the time is over.
    Over,
}

/// Records one agent.
#[derive(Debug)]
pub struct Recorder {
    /// The agent's name in the recording.
    pub(crate) agent: String,
    pub(crate) mask: Mask,
    pub(crate) state: State,
    pub(crate) in_service: bool,
    limits: Limits,
    /// Comments and settings.
    head: String,
    /// The session at the beginning, if there was one.
    pub(crate) session: String,
    /// Agents to whom refusals were passed on.
    pub(crate) colleagues: BTreeSet<String>,
    body: String,
    begun: Option<Duration>,
    last: Duration,
    /// The clients that are known by now.
    pub(crate) clients: BTreeSet<String>,
    /// The commands of the recording: their ids in it, and their names.
    pub(crate) commands: BTreeMap<CommandId, (String, String)>,
    /// Requests in flight, oldest first.
    pub(crate) open: Vec<AskId>,
    /// How many requests were sent.
    pub(crate) asked: usize,
    /// The `requestId`s of the requests, by their numbers in the recording.
    pub(crate) requests: BTreeMap<String, usize>,
    /// How many commands were sent.
    pub(crate) sent: usize,
    /// Extensions with which the agent logs in without naming a device, and the devices that the configuration names for them.
    pub(crate) device_of: BTreeMap<String, Option<String>>,
    /// The notifications by their item ids, and the last of them.
    pub(crate) items: BTreeSet<String>,
    pub(crate) last_item: Option<String>,
}

impl Recorder {
    /// A recorder that begins at the next quiet moment. `agent`: the login id; `in_service`: whether Finesse is.
    pub fn new(agent: &str, settings: &Settings, in_service: bool, limits: Limits) -> Self {
        let mut mask = Mask::default();
        let name = mask.word(agent, Form::Agent);
        Self {
            agent: name,
            mask,
            state: State::Waiting,
            in_service,
            limits,
            head: head(settings),
            session: String::new(),
            colleagues: BTreeSet::new(),
            body: String::new(),
            begun: None,
            last: Duration::ZERO,
            clients: BTreeSet::new(),
            commands: BTreeMap::new(),
            open: Vec::new(),
            asked: 0,
            requests: BTreeMap::new(),
            sent: 0,
            device_of: BTreeMap::new(),
            items: BTreeSet::new(),
            last_item: None,
        }
    }

    /// What it does now.
    pub fn state(&self) -> State {
        self.state
    }

    /// The scenario as it was recorded so far.
    pub fn text(&self) -> String {
        self.parts().concat()
    }

    /// How long that is, in bytes.
    pub fn bytes(&self) -> usize {
        self.parts().iter().map(|part| part.len()).sum()
    }

    fn parts(&self) -> [Cow<'_, str>; 6] {
        let colleagues: String =
            self.colleagues.iter().map(|agent| format!("given> colleague {agent}\n")).collect();
        let devices: Vec<_> = self
            .device_of
            .iter()
            .filter_map(|(extension, device)| {
                device.as_ref().map(|device| format!("\"{extension}={device}\""))
            })
            .collect();
        let devices = match devices.as_slice() {
            [] => String::new(),
            devices => format!("given> setting finesse.active_devices = [{}]\n", devices.join(", ")),
        };
        let end = match self.state {
            State::Waiting => "# It has not begun: something is under way.\n",
            State::Recording => "",
            State::Full => "# It ended here, because it was as long as it may be (recording.max_kib).\n",
            State::Over => "# It ended here, because the time was over (recording.max_time).\n",
        };
        [
            self.head.as_str().into(),
            devices.into(),
            colleagues.into(),
            self.session.as_str().into(),
            self.body.as_str().into(),
            end.into(),
        ]
    }

    /// The recording begins. `now`: on any clock that never goes back.
    pub(crate) fn begins(&mut self, now: Duration) {
        (self.begun, self.last, self.state) = (Some(now), now, State::Recording);
        if !self.in_service {
            self.push("finesse> service out");
        }
    }

    /// Time has come to this. True while it records. `silently`: without a line.
    pub(crate) fn time(&mut self, now: Duration, silently: bool) -> bool {
        let Some(begun) = self.begun else { return false };
        if self.state == State::Recording && now.saturating_sub(begun) > self.limits.time {
            self.state = State::Over;
        }
        if self.state != State::Recording {
            return false;
        }
        let passed = now.saturating_sub(self.last);
        if !silently && passed >= Duration::from_millis(100) {
            self.last = now;
            self.push(&format!("time> {}ms", passed.as_millis()));
        }
        true
    }

    /// Writes a line. The recording ends with whole steps: what is too long ends it before the next input.
    pub(crate) fn push(&mut self, line: &str) {
        self.body.push_str(line);
        self.body.push('\n');
    }

    /// Whether it is as long as it may be.
    pub(crate) fn ends_if_full(&mut self) {
        if self.state == State::Recording && self.body.len() + self.session.len() > self.limits.bytes {
            self.state = State::Full;
        }
    }

    /// The client's name in the recording. One that has not been seen says Hello first.
    pub(crate) fn client(&mut self, client: &ClientKey) -> String {
        let name = self.mask.client(client.as_str());
        if self.clients.insert(name.clone()) {
            self.sent += 1;
            let status = if self.in_service { "IN_SERVICE" } else { "OUT_OF_SERVICE" };
            self.push(&format!("{name}> Hello#{name}"));
            self.push(&format!("{name}< System {status} (Hello)"));
        }
        name
    }

    /// A request with everything personal replaced.
    pub(crate) fn request(&mut self, request: &Request) -> Request {
        let masked = match serde_json::to_value(request) {
            // One without anything in it.
            Ok(Value::String(_)) | Err(_) => return request.clone(),
            Ok(value) => self.mask.value("", value),
        };
        serde_json::from_value(masked).unwrap_or(Request::SystemInfo)
    }
}
