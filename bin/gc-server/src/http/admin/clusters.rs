//! `/admin/clusters`: the Finesse clusters and their nodes.

use axum::Json;
use axum::extract::State;
use axum::routing::{MethodRouter, get};
use finesse_client::{NodeMeasures, Service};
use gc_access::Principal;
use gc_session::ClusterStatus;
use serde::Serialize;

use crate::http::App;
use crate::http::caller::Caller;

pub(super) fn all() -> MethodRouter<App> {
    get(async |State(app): State<App>, caller: Caller| Json(clusters(&app, &caller.who)))
}

#[derive(Debug, Serialize)]
pub(super) struct Clusters {
    pub(super) clusters: Vec<Cluster>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Cluster {
    pub(super) cluster: String,
    /// None: it was not checked yet.
    pub(super) in_service: Option<bool>,
    pub(super) agents: usize,
    pub(super) nodes: Vec<Node>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Node {
    pub(super) node: String,
    pub(super) in_service: Option<bool>,
    pub(super) in_maintenance: bool,
    pub(super) reason: Option<String>,
    /// Since it is in service, or out of it.
    pub(super) age_seconds: Option<u64>,
    pub(super) current: bool,
    pub(super) transport: Option<&'static str>,
}

/// Those that this administrator may know.
pub(super) fn clusters(app: &App, who: &Principal) -> Clusters {
    Clusters { clusters: app.engine.clusters(who).into_iter().map(described).collect() }
}

fn described(ClusterStatus { cluster, service, nodes, agents }: ClusterStatus) -> Cluster {
    let in_service = match service {
        Service::Unknown => None,
        Service::InService => Some(true),
        Service::OutOfService => Some(false),
    };
    let node = |NodeMeasures { name, in_service, in_maintenance, reason, age, transport, is_current }| Node {
        node: name,
        in_service,
        in_maintenance,
        reason,
        age_seconds: age.map(|age| age.as_secs()),
        current: is_current,
        transport,
    };
    let nodes = nodes.into_iter().map(node).collect();
    Cluster { cluster: cluster.to_string(), in_service, agents, nodes }
}
