//! How the server is, for whoever watches it.

use axum::extract::State;
use axum::http::StatusCode;
use gc_delivery::Health;
use gc_rules::ClusterId;
use gc_session::Readiness;

use super::App;

/// The process answers.
pub(super) async fn live() -> &'static str {
    "alive\n"
}

/// Whether commands can have an effect: a cluster is in service and we are not stopping. A cluster that is out
/// concerns its own clients, who get System events; the others are to be served.
pub(super) async fn ready(State(app): State<App>) -> (StatusCode, String) {
    if app.engine.is_stopping() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping\n".to_owned());
    }
    let trouble = store_trouble(&app.delivery.health());
    if app.delivery.is_away() {
        return (StatusCode::SERVICE_UNAVAILABLE, format!("{}\n", trouble.unwrap_or_default()));
    }
    match app.engine.readiness() {
        Readiness::Serves { but } => {
            let out = (!but.is_empty()).then(|| format!("Finesse is not in service in {}", names(&but)));
            let lost = app.delivery.measures().batches_lost;
            let lost = (lost > 0)
                .then(|| format!("the store did not take events and changes, {lost} times: they are lost"));
            let all = [Some("ready".to_owned()), out, trouble.map(str::to_owned), lost]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>();
            (StatusCode::OK, all.join("; ") + "\n")
        }
        Readiness::OutOfService(clusters) => {
            let text = format!("Finesse is not in service in {}\n", names(&clusters));
            (StatusCode::SERVICE_UNAVAILABLE, text)
        }
    }
}

fn names(clusters: &[ClusterId]) -> String {
    let names: Vec<_> = clusters.iter().map(|cluster| format!("cluster {cluster}")).collect();
    names.join(", ")
}

/// What is wrong with the store, if anything is.
pub(super) fn store_trouble(health: &Health) -> Option<&'static str> {
    match health {
        Health::Working => None,
        Health::InMemory { .. } => {
            Some("the store's disk has failed: a restart loses what has happened since")
        }
        Health::Away { .. } => Some("the store's database is away: commands are refused, events wait"),
        // Ended, and whatever else keeps nothing any more.
        _ => Some("the store cannot be used any more: the connector ends"),
    }
}
