//! How the server is, for whoever watches it.

use axum::extract::State;
use axum::http::StatusCode;
use gc_core::ClusterId;
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
    match app.engine.readiness() {
        Readiness::Serves { but } if but.is_empty() => (StatusCode::OK, "ready\n".to_owned()),
        Readiness::Serves { but } => {
            (StatusCode::OK, format!("ready; Finesse is not in service in {}\n", names(&but)))
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
