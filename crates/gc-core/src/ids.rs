//! Names of the things that meet in the core.

use std::fmt;
use std::sync::Arc;

/// A cluster of Finesse nodes, by its name in the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClusterId(Arc<str>);

/// An agent, who is the login id within a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AgentKey {
    cluster: ClusterId,
    agent: Arc<str>,
}

/// A client: the destination that it chose with Hello or Connect, unique among all clusters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClientKey(Arc<str>);

/// One command as it was accepted; the `commandId` of the HTTP answer and the `gc-command-id` of the events
/// that answer it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CommandId(Arc<str>);

/// One request to Finesse, unique within its agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AskId(pub(crate) u64);

macro_rules! name_of {
    ($type:ident) => {
        impl $type {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $type {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl From<String> for $type {
            fn from(text: String) -> Self {
                Self(text.into())
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

impl AgentKey {
    /// The agent with this login id.
    pub fn new(cluster: ClusterId, agent: impl Into<Arc<str>>) -> Self {
        Self { cluster, agent: agent.into() }
    }

    /// Where the agent is.
    pub fn cluster(&self) -> &ClusterId {
        &self.cluster
    }

    /// The login id.
    pub fn agent(&self) -> &str {
        &self.agent
    }

    /// Another agent of the same cluster.
    pub fn colleague(&self, agent: impl Into<Arc<str>>) -> Self {
        Self::new(self.cluster.clone(), agent)
    }
}

impl fmt::Display for AgentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.cluster, self.agent)
    }
}

name_of!(ClusterId);
name_of!(ClientKey);
name_of!(CommandId);

impl fmt::Display for AskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
