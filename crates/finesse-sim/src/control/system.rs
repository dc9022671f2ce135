//! The service of the servers.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};

use super::Body;
use crate::engine::Engine;
use crate::world::{Side, World};

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Status {
    InService,
    OutOfService,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    status: Status,
    /// The server it is about; absent: all.
    node: Option<Side>,
}

#[derive(Debug, Serialize)]
pub(super) struct Server {
    node: Side,
    host: String,
    status: Status,
}

pub(super) async fn show(State(engine): State<Arc<Engine>>) -> Json<Vec<Server>> {
    Json(engine.act(|world| servers(world)))
}

pub(super) async fn set(State(engine): State<Arc<Engine>>, Body(change): Body<Change>) -> Json<Vec<Server>> {
    Json(engine.act(|world| {
        world.set_in_service(change.node, matches!(change.status, Status::InService));
        servers(world)
    }))
}

fn servers(world: &World) -> Vec<Server> {
    let server = |node: Side| {
        let status = if world.sides.in_service(node) { Status::InService } else { Status::OutOfService };
        Server { node, host: world.sides.host(node).to_owned(), status }
    };
    world.sides.all().into_iter().map(server).collect()
}
