//! A connector's place among those that share its store.

use std::sync::Arc;

use gc_delivery::Journal;
use gc_environment::{Environment, RealEnvironment, Watched, Watcher};
use gc_group::{Lead, View};
use uuid::Uuid;

use crate::config::{Config, ConfigError, Membership};

/// Which one it is, what it knows of the others, and where everything is kept.
pub(crate) struct Place {
    pub(crate) member: Uuid,
    pub(crate) view: Watcher<View>,
    pub(crate) store: Kept,
}

/// Where everything is kept.
pub(crate) enum Kept {
    Here(Arc<dyn Journal>),
    /// One connector of a group has it.
    Shared(Arc<Membership>),
    /// Another connector has it, for good.
    Elsewhere,
}

impl Place {
    /// What the configuration says.
    pub(crate) async fn of(config: &Config) -> Result<Self, ConfigError> {
        Ok(match config.join().await? {
            Some(membership) => {
                let membership = Arc::new(membership);
                Self { member: membership.id(), view: membership.view(), store: Kept::Shared(membership) }
            }
            None => Self {
                member: RealEnvironment.id(),
                view: Watched::new(View::alone()).watch(),
                store: Kept::Here(config.journal()?),
            },
        })
    }

    /// What somebody else says, who decides who leads: this connector does for good, if it does now.
    pub(crate) fn given(config: &Config, member: Uuid, mut view: Watcher<View>) -> Result<Self, ConfigError> {
        let leads = view.read(|view| view.lead == Lead::Here);
        let store = if leads { Kept::Here(config.journal()?) } else { Kept::Elsewhere };
        Ok(Self { member, view, store })
    }
}
