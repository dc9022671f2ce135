//! The connectors of a group among each other: one leads, and the others pass on to it what clients ask of them.

mod arrivals;
mod follower;
mod forwarded;
mod forwarder;
mod leader;

pub(crate) use arrivals::Arrivals;
pub(crate) use follower::{Follower, follower_health_router, follower_router, not_leading};
pub(super) use forwarded::Forwarded;
pub(crate) use forwarder::{Forwarder, Own, Way};
pub(super) use leader::{introduce, misdirected, once};
