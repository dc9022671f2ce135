//! `/admin`: the connector as a whole, for administrators. `caller::administration` has let them in.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;

use super::App;

/// How many requests were refused since the start, by reason.
pub(super) async fn refusals(State(app): State<App>) -> Json<BTreeMap<&'static str, u64>> {
    Json(app.audit.refusals.counts().collect())
}
