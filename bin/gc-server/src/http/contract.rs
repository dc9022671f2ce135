//! The interface for clients and administrators, as a document for programs and as a page for people. Both are for everybody:
//! they say what the repository says, and which dialect this connector writes.

mod page;
mod schema;

use std::sync::LazyLock;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use gc_events::Dialect;
use gc_protocol::contract::openapi;

use super::static_file::{CSS, HTML, StaticFile};
use super::{CONTRACT, CONTRACT_PAGE, Front};

/// What is printed of one dialect, once, whoever asks.
struct Printed {
    document: Bytes,
    page: StaticFile,
}

static GC_4412: LazyLock<Printed> = LazyLock::new(|| Printed::of(Dialect::Gc4412));
static TABLES: LazyLock<Printed> = LazyLock::new(|| Printed::of(Dialect::Tables));
static STYLE: LazyLock<StaticFile> = LazyLock::new(|| {
    StaticFile::new(
        "/contract/page.css",
        CSS,
        concat!(include_str!("../../colours.css"), include_str!("../../admin/page.css")).to_owned(),
    )
});

const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

impl Printed {
    fn of(dialect: Dialect) -> Self {
        let document = openapi(dialect);
        let page = page::page(&document, STYLE.path).into_string();
        Self { document: document.to_string().into(), page: StaticFile::new(CONTRACT_PAGE, HTML, page) }
    }

    fn by(front: &Front) -> &'static Self {
        match front.dialect {
            Dialect::Gc4412 => &GC_4412,
            Dialect::Tables => &TABLES,
        }
    }
}

/// What the page loads.
pub(super) fn files<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route(STYLE.path, get(async |headers: HeaderMap| STYLE.answer(&POLICY, &headers)))
}

/// Whether this is the document, the page, or what that loads.
pub(super) fn is_part(path: &str) -> bool {
    [CONTRACT, CONTRACT_PAGE, STYLE.path].contains(&path)
}

/// `GET /openapi.json`.
pub(super) async fn read(State(front): State<Front>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], Printed::by(&front).document.clone()).into_response()
}

/// `GET /contract`.
pub(super) async fn show(State(front): State<Front>, headers: HeaderMap) -> Response {
    Printed::by(&front).page.answer(&POLICY, &headers)
}
