//! The span of an agent: whatever is logged in it names the agent, and more of it can be logged at run time.

use gc_rules::AgentKey;
use tracing::Span;

/// It is of the highest level, so that it is there whatever the filter lets through.
pub(crate) fn span_of(agent: &AgentKey) -> Span {
    tracing::error_span!("agent", id = %agent.agent(), cluster = %agent.cluster())
}
