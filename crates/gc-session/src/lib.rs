#![doc = include_str!("../README.md")]
//!
//! Begin with [`Engine::start`] and [`Engine::submit`]; an [`EngineCluster`] is a cluster with its link.
//!
//! Of other crates its interface shows `gc-access`, `gc-rules`, `gc-delivery`, `gc-environment`, `gc-events`, `gc-group`, `gc-measure`, `gc-protocol`,
//! `gc-store` and `finesse-client`.

mod agent_span;
mod agent_status;
mod agent_task;
mod cluster;
mod config;
mod crowd;
mod engine;
mod forgetting;
mod keeper;
mod leased;
mod lock;
mod measures;
mod message;
mod outlet;
mod pending;
mod recent_errors;
mod recordings;
mod resolution;
mod restore;
mod shared;
mod submit_error;
mod taken_streams;

pub use agent_status::{AgentStatus, PendingStatus, StreamStatus};
pub use cluster::Readiness;
pub use config::{EngineCluster, EngineConfig};
pub use engine::{ClusterMeasures, ClusterStatus, Connected, Engine, Receipt};
pub use forgetting::ForgetError;
pub use gc_recording::{Limits as LimitsOfRecording, State as RecordingState};
pub use leased::Leased;
pub use recent_errors::{ErrorCount, RecentError};
pub use recordings::{AgentRecording, RecordError, RecordingLimits, RecordingStatus};
pub use resolution::{Resolution, RestoredCommand};
pub use submit_error::SubmitError;
