//! The servers: whether they are in service, and whether their web applications run.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::{Body, ErrorResponse};
use crate::engine::Engine;
use crate::world::{Maintained, MaintenanceStatus, Side, World};

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Status {
    InService,
    OutOfService,
}

/// The web application of a server: it serves REST and publishes notifications.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
enum WebApplication {
    Up,
    Down,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Change {
    status: Option<Status>,
    web_application: Option<WebApplication>,
    #[serde(rename = "finesseMMode")]
    finesse: Option<MaintenanceStatus>,
    #[serde(rename = "ctiMMode")]
    cti: Option<MaintenanceStatus>,
    /// The server concerned; absent: all servers.
    node: Option<Side>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Server {
    node: Side,
    host: String,
    status: Status,
    web_application: WebApplication,
    #[serde(rename = "finesseMMode")]
    finesse: MaintenanceStatus,
    #[serde(rename = "ctiMMode")]
    cti: MaintenanceStatus,
    /// Users who are connected: a maintenance waits until there is none.
    third_party_clients: usize,
    /// Streams that were bound since the start.
    logins: u64,
    /// REST requests since the start.
    requests: u64,
}

pub(super) async fn show(State(engine): State<Arc<Engine>>) -> Json<Vec<Server>> {
    Json(engine.act(|world| servers(&engine, world)))
}

pub(super) async fn set(
    State(engine): State<Arc<Engine>>,
    Body(change): Body<Change>,
) -> Result<Json<Vec<Server>>, ErrorResponse> {
    let Change { status, web_application, finesse, cti, node } = change;
    let maintenances = [(Maintained::Finesse, finesse), (Maintained::Cti, cti)];
    let maintained = finesse.is_some() || cti.is_some();
    if status.is_none() && web_application.is_none() && !maintained {
        let message = "invalid body: neither status nor webApplication, finesseMMode or ctiMMode";
        return Err(ErrorResponse::new(StatusCode::BAD_REQUEST, message));
    }
    if maintained && !engine.act(|world| world.has_maintenance_mode()) {
        let message = "there is no maintenance mode before 12.6, nor on UCCX";
        return Err(ErrorResponse::new(StatusCode::CONFLICT, message));
    }
    Ok(Json(engine.act(|world| {
        for (of, status) in maintenances {
            if let Some(status) = status {
                world.set_maintenance(node, of, status);
            }
        }
        if let Some(status) = status {
            world.set_in_service(node, matches!(status, Status::InService));
        }
        if let Some(web_application) = web_application {
            let up = web_application == WebApplication::Up;
            for side in world.sides.all().into_iter().filter(|side| node.is_none_or(|node| node == *side)) {
                // Announced while the world is locked, so that a new stream sees either the old or the new state.
                if world.set_web_application(side, up) {
                    engine.hub(side).announce_web_application(up);
                }
            }
        }
        servers(&engine, world)
    })))
}

fn servers(engine: &Engine, world: &World) -> Vec<Server> {
    let server = |node: Side| {
        let status = if world.sides.in_service(node) { Status::InService } else { Status::OutOfService };
        let up = world.sides.web_application(node);
        let web_application = if up { WebApplication::Up } else { WebApplication::Down };
        Server {
            node,
            host: world.sides.host(node).to_owned(),
            status,
            web_application,
            finesse: world.sides.maintenance(node, Maintained::Finesse).status,
            cti: world.sides.maintenance(node, Maintained::Cti).status,
            third_party_clients: engine.hub(node).present_users(),
            logins: engine.hub(node).logins(),
            requests: engine.requests(node),
        }
    };
    world.sides.all().into_iter().map(server).collect()
}
