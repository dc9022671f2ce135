//! Agents whose stream another program has taken, for operators: their sessions are over, and nothing else shows them.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use gc_rules::{AgentKey, ClientKey};
use tokio::time::Instant;

use crate::lock::lock;

/// For how long it is known of an agent who does not come back.
const KNOWN_FOR: Duration = Duration::from_secs(60 * 60);

/// Which agents these are, whose they were, and since when.
#[derive(Debug, Default)]
pub(crate) struct TakenStreams(Mutex<BTreeMap<AgentKey, (ClientKey, Instant)>>);

impl TakenStreams {
    /// The stream of this client's agent was taken.
    pub(crate) fn note(&self, agent: &AgentKey, owner: ClientKey) {
        let mut taken = lock(&self.0);
        taken.retain(|_, (_, at)| at.elapsed() < KNOWN_FOR);
        taken.insert(agent.clone(), (owner, Instant::now()));
    }

    /// The agent has a stream again.
    pub(crate) fn over(&self, agent: &AgentKey) {
        lock(&self.0).remove(agent);
    }

    /// The agents, and whose they were.
    pub(crate) fn all(&self) -> Vec<(AgentKey, ClientKey)> {
        let taken = lock(&self.0);
        let recent = taken.iter().filter(|(_, (_, at))| at.elapsed() < KNOWN_FOR);
        recent.map(|(agent, (owner, _))| (agent.clone(), owner.clone())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gc_rules::ClusterId;

    #[tokio::test(start_paused = true)]
    async fn it_is_known_for_an_hour_or_until_the_agent_is_back() {
        let [one, other] = ["1001", "1002"].map(|id| AgentKey::new(ClusterId::from("default"), id));
        let (taken, desk) = (TakenStreams::default(), ClientKey::from("desk"));
        taken.note(&one, desk.clone());
        tokio::time::advance(KNOWN_FOR / 2).await;
        taken.note(&other, desk.clone());
        let both = [(one.clone(), desk.clone()), (other.clone(), desk.clone())];
        assert_eq!(taken.all(), both);
        tokio::time::advance(KNOWN_FOR / 2).await;
        assert_eq!(taken.all(), both[1..]);
        taken.over(&other);
        assert_eq!(taken.all(), []);
    }
}
