//! The page at `/admin/`: what the other addresses say, for people. It is complete without JavaScript, and only shows: the login
//! that a browser keeps is good for nothing else.

mod links;
mod tables;

use std::sync::LazyLock;

use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{MethodRouter, get};
use gc_events::ErrorCode;
use maud::{DOCTYPE, Markup, html};
use serde::Deserialize;

use self::links::{address, duration};
use self::tables::Tables;
use super::agents::{Stream, Wanted, agents};
use super::clients::{Page as Clients, clients};
use super::clusters::clusters;
use super::errors::errors;
use super::members::members;
use super::status::{Status, status};
use crate::http::caller::Caller;
use crate::http::static_file::{CSS, JAVASCRIPT, StaticFile, head, security};
use crate::http::{App, PAGE, error_answer};

static STYLE: LazyLock<StaticFile> = LazyLock::new(|| {
    StaticFile::new(
        "/admin/page.css",
        CSS,
        concat!(include_str!("../../../colours.css"), include_str!("../../../admin/page.css")).to_owned(),
    )
});
static SCRIPT: LazyLock<StaticFile> = LazyLock::new(|| {
    StaticFile::new("/admin/page.js", JAVASCRIPT, include_str!("../../../admin/page.js").to_owned())
});

const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'",
);

pub(super) fn one() -> MethodRouter<App> {
    get(show)
}

/// What leads to the page, and what it loads.
pub(in crate::http) fn files<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/admin", get(async || Redirect::permanent(PAGE)))
        .route(STYLE.path, get(async |headers: HeaderMap| STYLE.answer(&POLICY, &headers)))
        .route(SCRIPT.path, get(async |headers: HeaderMap| SCRIPT.answer(&POLICY, &headers)))
}

/// What of the tables is shown.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Shown {
    cluster: Option<String>,
    client: Option<String>,
    state: Option<String>,
    stream: Option<Stream>,
    after: Option<String>,
    /// Of the clients.
    after_client: Option<String>,
}

async fn show(
    State(app): State<App>,
    caller: Caller,
    shown: Result<Query<Shown>, QueryRejection>,
) -> Result<Response, Response> {
    let Ok(Query(shown)) = shown else {
        let text = "The page takes cluster, client, state, stream=<open or absent>, after and after_client.";
        return Err(error_answer(&app, StatusCode::BAD_REQUEST, ErrorCode::GeneralError, text));
    };
    let Shown { cluster, client, state, stream, after, after_client } = shown;
    let wanted = Wanted { cluster, client, state, stream, after, limit: None };
    let (app, who) = (&app, &*caller.who);
    let clients = clients(app, who, &Clients { after: after_client, limit: None }).await?;
    let status = status(app, who).await;
    let log = app.log.as_ref().filter(|_| who.may_administer_all()).map(|log| log.logged());
    let tables = Tables {
        clusters: clusters(app, who),
        members: members(app, who).filter(|members| !members.members.is_empty()),
        agents: agents(app, who, &wanted).await,
        wanted,
        clients,
        errors: errors(app, who),
        refusals: super::counted_refusals(app, who),
        log,
    };
    let headers =
        [(header::CACHE_CONTROL, "no-store"), (header::CONTENT_TYPE, crate::http::static_file::HTML)];
    Ok((security(&POLICY), headers, page(&status, &tables).into_string()).into_response())
}

fn page(status: &Status, tables: &Tables) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            (head("administration", STYLE.path, &html! { script defer src=(SCRIPT.path) {} }))
            body {
                a.skip href="#status" { "To the status" }
                header {
                    h1 { "Generic Connector " small { "administration" } }
                    p { "Version " (status.version) ", running for " span #uptime { (duration(status.uptime_seconds)) } }
                    p.live {
                        button #pause type="button" aria-pressed="false" { "Pause" }
                        " " span #fresh { "Updated every 5 seconds" }
                    }
                }
                main {
                    (line(status))
                    nav aria-label="Tables" {
                        @for (id, name) in tables.names() { a href=(format!("#{id}")) { (name) } " " }
                    }
                    (tables.markup())
                }
                footer {
                    p { "Shown as HTML; each table is there " a href="/openapi.json" { "as JSON" } ", too." }
                }
            }
        }
    }
}

/// The one line that is green or says why.
fn line(status: &Status) -> Markup {
    html! {
        section #status .(if status.well { "good" } else { "bad" }) role="status" {
            h2 { @if status.well { "All is well" } @else { "Something is wrong" } }
            @if !status.well {
                ul { @for reason in &status.reasons { li { (reason.text) " " a href=(address(reason.see)) { "Show" } } } }
            }
            p.json { a href="/admin/status" { "Status as JSON" } }
        }
    }
}
