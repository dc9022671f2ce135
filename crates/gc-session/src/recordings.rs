//! The recordings of agents: who is recorded, and whose the recordings are.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use gc_access::Principal;
use gc_recording::{Recorder, State};
use gc_rules::{AgentKey, ClientKey, Output, SessionChange};
use thiserror::Error;

use crate::lock::lock;

/// How much is recorded at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordingLimits {
    /// Agents that are recorded, or whose recordings are kept, at the same time.
    pub agents: usize,
    /// How much of each.
    pub each: gc_recording::Limits,
}

impl Default for RecordingLimits {
    fn default() -> Self {
        let each = gc_recording::Limits { bytes: 1 << 20, time: std::time::Duration::from_secs(60 * 60) };
        Self { agents: 8, each }
    }
}

/// Why no recording begins.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecordError {
    /// No agent of this id that the caller administers is connected.
    #[error("no such agent is connected")]
    UnknownAgent,
    /// Agents of several clusters have this id.
    #[error("agents of several clusters have this id")]
    WhichCluster,
    /// The agent is recorded already, or its recording is still there.
    #[error("there is a recording of the agent already")]
    Exists,
    /// There are as many recordings as there may be.
    #[error("there are as many recordings as there may be")]
    TooMany,
}

/// How a recording is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordingStatus {
    /// The agent.
    pub agent: AgentKey,
    /// What the recorder does.
    pub state: State,
    /// The length of the recording, in bytes.
    pub bytes: usize,
}

/// A recording that somebody may have. Reading it keeps nobody waiting but the agent, for as long as the text is copied.
pub struct AgentRecording {
    agent: AgentKey,
    recorder: Arc<Mutex<Recorder>>,
}

impl AgentRecording {
    /// How it is.
    pub fn status(&self) -> RecordingStatus {
        let recorder = lock(&self.recorder);
        RecordingStatus { agent: self.agent.clone(), state: recorder.state(), bytes: recorder.bytes() }
    }

    /// The scenario so far.
    pub fn text(&self) -> String {
        lock(&self.recorder).text()
    }
}

impl fmt::Debug for AgentRecording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentRecording").field("agent", &self.agent).finish_non_exhaustive()
    }
}

/// One recording.
struct Recording {
    recorder: Arc<Mutex<Recorder>>,
    /// Whose agent it is, and has been while it was recorded.
    owners: BTreeSet<ClientKey>,
    /// Who began it.
    who: Principal,
}

/// All recordings.
pub(crate) struct Recordings {
    limits: RecordingLimits,
    /// How many there are, so that nobody else has to look for one at every step.
    count: AtomicUsize,
    by_agent: Mutex<BTreeMap<AgentKey, Recording>>,
}

impl Recordings {
    pub(crate) fn new(limits: RecordingLimits) -> Self {
        Self { limits, count: AtomicUsize::new(0), by_agent: Mutex::default() }
    }

    /// Begins a recording with the recorder that `new` makes.
    pub(crate) fn start(
        &self,
        agent: &AgentKey,
        owner: &ClientKey,
        who: &Principal,
        new: impl FnOnce(gc_recording::Limits) -> Recorder,
    ) -> Result<RecordingStatus, RecordError> {
        let mut recordings = lock(&self.by_agent);
        let is_full = recordings.len() >= self.limits.agents;
        let place = match recordings.entry(agent.clone()) {
            Entry::Occupied(_) => return Err(RecordError::Exists),
            Entry::Vacant(_) if is_full => return Err(RecordError::TooMany),
            Entry::Vacant(place) => place,
        };
        let recorder = Arc::new(Mutex::new(new(self.limits.each)));
        let recording =
            place.insert(Recording { recorder, owners: BTreeSet::from([owner.clone()]), who: who.clone() });
        let status = recording.of(agent).status();
        self.count.store(recordings.len(), Ordering::Release);
        Ok(status)
    }

    /// The recorder of this agent.
    pub(crate) fn of(&self, agent: &AgentKey) -> Option<Arc<Mutex<Recorder>>> {
        if self.count.load(Ordering::Acquire) == 0 {
            return None;
        }
        lock(&self.by_agent).get(agent).map(|recording| Arc::clone(&recording.recorder))
    }

    /// An agent that is recorded did this. When another client takes it over, the recording ends unless whoever began it administers
    /// that client, too. It is then for those who administer all of them.
    pub(crate) fn note(&self, agent: &AgentKey, outputs: &[Output]) {
        for output in outputs {
            let Output::Session(SessionChange::Owned(client)) = output else { continue };
            let mut recordings = lock(&self.by_agent);
            match recordings.get_mut(agent) {
                Some(recording) if recording.who.may_administer(client.as_str()) => {
                    recording.owners.insert(client.clone());
                }
                _ => _ = recordings.remove(agent),
            }
            self.count.store(recordings.len(), Ordering::Release);
        }
    }

    /// The recordings of agents with this id for which `may` says so.
    pub(crate) fn those_of(
        &self,
        id: &str,
        may: impl Fn(&AgentKey, &ClientKey) -> bool,
    ) -> Vec<AgentRecording> {
        let recordings = lock(&self.by_agent);
        let own = recordings
            .iter()
            .filter(|(agent, each)| agent.agent() == id && each.owners.iter().all(|owner| may(agent, owner)));
        own.map(|(agent, recording)| recording.of(agent)).collect()
    }

    /// Drops the recording of this agent.
    pub(crate) fn drop_of(&self, agent: &AgentKey) {
        let mut recordings = lock(&self.by_agent);
        recordings.remove(agent);
        self.count.store(recordings.len(), Ordering::Release);
    }
}

impl Recording {
    fn of(&self, agent: &AgentKey) -> AgentRecording {
        AgentRecording { agent: agent.clone(), recorder: Arc::clone(&self.recorder) }
    }
}
