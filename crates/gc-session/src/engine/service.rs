//! The service of the clusters, as their clients and agents learn of it.

use std::sync::Arc;

use finesse_client::Service;
use gc_rules::{ClusterId, ServiceReport};

use crate::outlet::EventContext;
use crate::shared::Shared;

/// Reports to the clients of a cluster, once per change, that it goes out of service or comes back; and to its agents.
pub(super) async fn watch_service(shared: Arc<Shared>, cluster: ClusterId) {
    let Some(mut service) = shared.clusters.get(&cluster).map(|cluster| cluster.link.service()) else {
        return;
    };
    let mut last = Service::Unknown;
    loop {
        let now = service.read(|service| *service);
        if now != Service::Unknown {
            match now {
                _ if now == last => {}
                Service::InService => tracing::info!(target: "health", %cluster, "Finesse is in service"),
                _ => tracing::warn!(target: "health", %cluster, "Finesse is out of service"),
            }
            last = now;
            report_service(&shared, &cluster, now == Service::InService);
        }
        tokio::select! {
            // A stop first: after it nothing more is reported.
            biased;
            () = shared.stop.cancelled() => return,
            () = service.changed() => {}
        }
    }
}

/// Reports it to the clients of the cluster if it has changed, or is known for the first time; and to its agents.
pub(super) fn report_service(shared: &Shared, cluster: &ClusterId, in_service: bool) {
    // Serialised and appended under the lock, as the answer to a Hello is: each client gets both in the order in which they
    // were decided.
    let mut roster = shared.roster();
    let ServiceReport { events, inputs } = roster.switchboard.report_service(cluster, in_service);
    roster.pass(inputs);
    let messages = events.into_iter().map(|(client, event)| {
        let mut message = shared.outlet.message(&client, &event, EventContext::default());
        roster.address(&client, &mut message);
        (client, message)
    });
    let messages: Vec<_> = messages.collect();
    shared.count_events(&roster, messages.iter().map(|(client, message)| (client, message)));
    shared.outlet.delivery.commit(messages, []);
}
