//! The nodes of a cluster: REST and notifications, over the ways that the connector goes.

use std::sync::Arc;
use std::time::Duration;

use finesse_client::{Cluster, ClusterConfig, Link, NodeConfig, NodeTrial, PlaceTrial};
use finesse_types::{Failure, SystemStatus};
use tokio_rustls::rustls::ClientConfig;

use crate::config::clusters::Section;
use crate::connect::{Target, Trial, dial};

/// How REST servers are connected to.
struct Way {
    tls: Arc<ClientConfig>,
    within: Duration,
}

impl Way {
    /// Connects to the server of this URL, at this address if there is one.
    async fn dial(&self, key: &str, url: &str, address: Option<&String>) -> Vec<Trial> {
        let (usual, tls) = if url.starts_with("https:") { (443, Some(self.tls.clone())) } else { (80, None) };
        let Some(target) = Target::of(url, usual) else { return Vec::new() };
        let target = match address {
            Some(address) => target.dialled_at(address),
            None => target,
        };
        dial(key, &target, tls, self.within).await
    }
}

/// The configured nodes, and the one that their SystemInfo names; whether any of them answers.
pub(super) async fn try_nodes(section: &Section<'_>, config: &ClusterConfig) -> (Vec<Trial>, bool) {
    let key = &section.key;
    let made = config.trust.client_config().map_err(|error| error.to_string());
    let made =
        made.and_then(|tls| Ok((tls, Cluster::new(config.clone()).map_err(|error| error.to_string())?)));
    let (tls, link) = match made {
        Ok(made) => made,
        Err(error) => return (vec![Trial::new(format!("{key}.nodes"), Err(error))], false),
    };
    let way = Way { tls, within: section.cluster.connect_timeout };
    let is_plain = config.nodes.first().is_some_and(|node| node.url.starts_with("http:"));
    let scheme = if is_plain { "http" } else { "https" };
    let (mut trials, mut states) = (Vec::new(), Vec::new());
    // A node is found while the ones before it are tried.
    for number in 0.. {
        let Some(known) = link.measures().nodes.into_iter().nth(number) else { break };
        let (key, configured) = match config.nodes.get(number) {
            Some(node) => (format!("{key}.nodes.{number}"), Some(node)),
            None => (format!("{key}.nodes, {} named by SystemInfo", known.name), None),
        };
        let url = configured.map_or_else(|| format!("{scheme}://{}", known.name), |node| node.url.clone());
        let dialled = way.dial(&key, &url, configured.and_then(|node| node.address.as_ref())).await;
        let is_connected = dialled.iter().all(|trial| trial.result.is_ok());
        trials.extend(dialled);
        let tried = if is_connected { link.try_node(number).await } else { None };
        let (of_node, state) = judge(&key, configured, tried);
        trials.extend(of_node);
        states.extend(state);
    }
    if !states.is_empty() && !states.contains(&SystemStatus::InService) {
        let none = "no node says so, and agents cannot work".to_owned();
        trials.push(Trial::new(format!("{key}.nodes: one of them IN_SERVICE"), Err(none)));
    }
    (trials, !states.is_empty())
}

/// The lines about one node that was connected to; and its state, if it has said it.
fn judge(
    key: &str,
    configured: Option<&NodeConfig>,
    tried: Option<NodeTrial>,
) -> (Vec<Trial>, Option<SystemStatus>) {
    let what = format!("{key}: SystemInfo");
    let Some(NodeTrial { system_info, notifications }) = tried else {
        let reason = "not tried, because there is no connection".to_owned();
        return (vec![Trial::new(what, Err(reason))], None);
    };
    let info = match system_info {
        Ok(Some(info)) => info,
        Ok(None) => {
            return (vec![Trial::new(what, Err("the answer is not SystemInfo".to_owned()))], None);
        }
        Err(failure @ Failure::Refused { status: 404, .. }) => {
            let reason = format!(
                "{failure}: if a proxy is in front of it, the node's `path` is what comes before /finesse/api"
            );
            return (vec![Trial::new(what, Err(reason))], None);
        }
        Err(failure) => return (vec![Trial::new(what, Err(failure.to_string()))], None),
    };
    let mut trials = vec![Trial::new(what, Ok(info.status.to_string()))];
    let key = format!("{key}.notifications");
    match configured.is_some_and(|node| !node.notifications.is_empty()) {
        true => trials.extend(notifications.into_iter().map(|PlaceTrial { url, result }| {
            Trial::new(
                format!("{key}: {url}"),
                result.map(|()| String::new()).map_err(|error| error.to_string()),
            )
        })),
        false => trials.push(Trial::new(key, one_of(&notifications))),
    }
    (trials, Some(info.status))
}

/// Of the usual places one is enough. The ones before it are named, because each opening after a start would try them, too.
fn one_of(places: &[PlaceTrial]) -> Result<String, String> {
    let failed = places.iter().filter_map(|PlaceTrial { url, result }| {
        result.as_ref().err().map(|error| format!("{url}: {error}"))
    });
    let failed: Vec<String> = failed.collect();
    match places.iter().find(|target| target.result.is_ok()) {
        Some(target) if failed.is_empty() => Ok(target.url.clone()),
        Some(target) => Ok(format!("{} (not {})", target.url, failed.join("; "))),
        None => Err(failed.join("; ")),
    }
}

/// Connects to the service that renews tokens.
pub(super) async fn try_token_service(section: &Section<'_>, config: &ClusterConfig) -> Vec<Trial> {
    let Some(service) = &config.token_service else { return Vec::new() };
    // What is wrong with the trust has been said of the nodes.
    let Ok(tls) = config.trust.client_config() else { return Vec::new() };
    let way = Way { tls, within: section.cluster.connect_timeout };
    way.dial(&format!("{}.token_service", section.key), &service.url, None).await
}

#[cfg(test)]
mod tests {
    use finesse_types::ApiErrors;

    use super::*;

    #[test]
    fn a_node_that_knows_no_such_page_may_want_a_path() {
        let refused = |status| {
            let system_info = Err(Failure::Refused { status, errors: ApiErrors::default() });
            let (trials, _) =
                judge("nodes.0", None, Some(NodeTrial { system_info, notifications: Vec::new() }));
            trials[0].result.clone().unwrap_err()
        };
        let reason = refused(404);
        assert!(reason.starts_with("Finesse answered HTTP 404") && reason.contains("`path`"), "{reason}");
        assert_eq!(refused(500), "Finesse answered HTTP 500");
    }
}
