//! The figures of a group: at each of its connectors, by what that one knows.

use std::fmt;
use std::time::UNIX_EPOCH;

use gc_environment::Watcher;
use gc_group::{Lead, Lease, View};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Unit;

use super::Page;

#[derive(Debug)]
pub(super) struct Group {
    view: View,
    /// Of the one that leads.
    lease: Option<f64>,
}

impl Group {
    pub(super) fn now(view: &Watcher<View>, lease: Option<&Lease>) -> Self {
        let lease = lease.filter(|lease| !lease.is_endless()).map(|lease| lease.left().as_secs_f64());
        Self { view: view.clone().read(View::clone), lease }
    }

    /// Nothing for a connector without a group.
    pub(super) fn write(&self, page: &mut Page<'_>) -> fmt::Result {
        let View { lead, since, members, .. } = &self.view;
        if *lead == Lead::Here && self.lease.is_none() {
            return Ok(());
        }
        page.gauge("gc_group_leading", "1 at the connector that leads.", u64::from(*lead == Lead::Here))?;
        let count = u64::try_from(members.len()).unwrap_or(u64::MAX);
        page.gauge("gc_group_members", "Connectors of the group that live.", count)?;
        // Nobody leads: there is no such time.
        let since = since.and_then(|since| since.duration_since(UNIX_EPOCH).ok());
        let help = "Since when the present leader has led, in seconds since 1970.";
        self.seconds(page, "gc_group_leader_since", help, since.map(|since| since.as_secs_f64()))?;
        let help = "How long this connector leads if it hears nothing more of the database.";
        self.seconds(page, "gc_group_lease", help, self.lease)
    }

    fn seconds(&self, page: &mut Page<'_>, name: &str, help: &str, value: Option<f64>) -> fmt::Result {
        let Some(value) = value else { return Ok(()) };
        let metric = page.0.encode_descriptor(name, help, Some(&Unit::Seconds), MetricType::Gauge);
        metric?.encode_gauge(&value)
    }
}
