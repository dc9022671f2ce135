#![doc = include_str!("../README.md")]
//!
//! They are [`ClusterId`], [`AgentKey`], [`ClientKey`] and [`CommandId`].
//!
//! Of other crates its interface shows only the traits of `serde`.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A cluster of Finesse nodes, by its name in the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct ClusterId(Arc<str>);

/// An agent, who is the login id within a cluster. Serialized: `["default","1001"]`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "(ClusterId, String)", into = "(ClusterId, String)")]
pub struct AgentKey {
    cluster: ClusterId,
    agent: Arc<str>,
}

/// A client: the destination that it chose with Hello or Connect, unique among all clusters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct ClientKey(Arc<str>);

/// One command as it was accepted; the `commandId` of the HTTP answer and the `gc-command-id` of the events
/// that answer it. Clients choose these, so two of them may choose the same one: see [`Self::twin`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct CommandId(Arc<str>, usize);

macro_rules! name_of {
    ($type:ident $(, $rest:expr)?) => {
        impl $type {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $type {
            fn from(text: &str) -> Self {
                Self(text.into() $(, $rest)?)
            }
        }

        impl From<String> for $type {
            fn from(text: String) -> Self {
                Self(text.into() $(, $rest)?)
            }
        }

        impl From<$type> for String {
            fn from(name: $type) -> Self {
                name.as_str().to_owned()
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

impl From<(ClusterId, String)> for AgentKey {
    fn from((cluster, agent): (ClusterId, String)) -> Self {
        Self::new(cluster, agent)
    }
}

impl From<AgentKey> for (ClusterId, String) {
    fn from(key: AgentKey) -> Self {
        (key.cluster, key.agent.to_string())
    }
}

impl fmt::Display for AgentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.cluster, self.agent)
    }
}

name_of!(ClusterId);
name_of!(ClientKey);
name_of!(CommandId, 0);

impl CommandId {
    /// The same text for a command of another client: unequal to the others of that text, which have other numbers. An
    /// id made of text has the number 0.
    pub fn twin(&self, number: usize) -> Self {
        Self(Arc::clone(&self.0), number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agents_of_two_clusters_are_two_agents() {
        let agent = |cluster: &str| AgentKey::new(cluster.into(), "1001");
        assert_ne!(agent("west"), agent("east"));
        assert_eq!(agent("west").colleague("1002").to_string(), "west/1002");
    }
}
