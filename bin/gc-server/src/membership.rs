//! Which connector of its group this one is, and what it knows of the others.

use gc_environment::{Environment, RealEnvironment, Watched, Watcher};
use gc_group::View;
use uuid::Uuid;

/// A connector among those on one database.
#[derive(Clone, Debug)]
pub struct Membership {
    /// This connector's id among the members.
    pub id: Uuid,
    /// What is known of the group, kept up to date by somebody else.
    pub view: Watcher<View>,
}

impl Membership {
    /// That of a connector that shares its store with nobody.
    pub fn alone() -> Self {
        Self { id: RealEnvironment.id(), view: Watched::new(View::alone()).watch() }
    }
}
