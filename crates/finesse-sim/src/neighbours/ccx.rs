//! Statistics of UCCX's queues. UCCX itself has no such interface; this stands for a small service of the site on top
//! of its reporting database.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::Administrator;
use crate::engine::Engine;

pub(super) async fn queues(_: Administrator, State(engine): State<Arc<Engine>>) -> Json<Vec<Value>> {
    let csqs = engine.act(|world| world.file.neighbours.csqs.clone());
    let queue = |csq: &crate::Csq| json!({ "queueName": csq.name, "queue_SnapShot": csq.now, "queue_SinceMidNight": csq.today });
    Json(csqs.iter().map(queue).collect())
}
