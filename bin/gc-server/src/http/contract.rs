//! `GET /openapi.json`: the interface for clients, as a document. It is for everybody: it says what the repository says, and
//! which dialect this connector writes.

use std::sync::LazyLock;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use gc_events::Dialect;
use gc_protocol::contract::openapi;

use super::Front;

/// Printed once, whoever asks.
static GC_4412: LazyLock<Bytes> = LazyLock::new(|| print(Dialect::Gc4412));
static TABLES: LazyLock<Bytes> = LazyLock::new(|| print(Dialect::Tables));

pub(super) async fn read(State(app): State<Front>) -> Response {
    let document = match app.dialect {
        Dialect::Gc4412 => GC_4412.clone(),
        Dialect::Tables => TABLES.clone(),
    };
    ([(header::CONTENT_TYPE, "application/json")], document).into_response()
}

fn print(dialect: Dialect) -> Bytes {
    openapi(dialect).to_string().into()
}
