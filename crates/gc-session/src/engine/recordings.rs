//! Recording an agent, for the administrators of its client.

use gc_access::Principal;
use gc_recording::Recorder;
use gc_rules::{AgentKey, ClientKey};

use super::Engine;
use crate::recordings::{AgentRecording, RecordError, RecordingStatus};

impl Engine {
    /// Records an agent of a client that this principal administers, from its next quiet moment on. `cluster`: its cluster, if
    /// agents of several have this id.
    ///
    /// # Errors
    /// When there is no such agent, or no room for another recording, or one of the agent already.
    pub fn record(
        &self,
        who: &Principal,
        cluster: Option<&str>,
        id: &str,
    ) -> Result<RecordingStatus, RecordError> {
        let shared = &self.shared;
        let roster = shared.roster();
        let board = &roster.switchboard;
        let is_meant = |agent: &AgentKey| {
            agent.agent() == id && cluster.is_none_or(|cluster| agent.cluster().as_str() == cluster)
        };
        let mut own =
            board.owners().filter(|(agent, owner)| is_meant(agent) && board.may_administer(who, owner));
        let (agent, owner) = own.next().ok_or(RecordError::UnknownAgent)?;
        if own.next().is_some() {
            return Err(RecordError::WhichCluster);
        }
        let link = shared.clusters.get(agent.cluster()).ok_or(RecordError::UnknownAgent)?;
        let new = |limits| Recorder::new(id, &link.settings(), board.serves(agent.cluster()), limits);
        shared.recordings.start(agent, owner, who, new)
    }

    /// The recordings of agents with this id that this principal may have: those of the clients that it administers. They are read
    /// after this has returned, so that nobody waits for the roster meanwhile.
    pub fn recordings(&self, who: &Principal, cluster: Option<&str>, id: &str) -> Vec<AgentRecording> {
        let roster = self.shared.roster();
        let board = &roster.switchboard;
        self.shared.recordings.those_of(id, |agent: &AgentKey, owner: &ClientKey| {
            cluster.is_none_or(|cluster| agent.cluster().as_str() == cluster)
                && board.may_administer(who, owner)
        })
    }

    /// Ends and drops the recording of an agent.
    pub fn drop_recording(&self, agent: &AgentKey) {
        self.shared.recordings.drop_of(agent);
    }
}
