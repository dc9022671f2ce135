//! The console at `/`: an agent's and a supervisor's desktop in the browser, for demonstrations and tests. It is a client
//! like any other: its files hold nothing that is secret, and what it does are commands with the caller's token.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::static_file::{CSS, HTML, JAVASCRIPT, StaticFile};

const PAGE: &str = "/";
const FOLDER: &str = "/console/";

/// What the page loads: path, type and text.
const FILES: [(&str, &str, &str); 8] = [
    (
        "/console/console.css",
        CSS,
        concat!(include_str!("../../colours.css"), include_str!("../../console/console.css")),
    ),
    ("/console/calls.js", JAVASCRIPT, include_str!("../../console/calls.js")),
    ("/console/connector.js", JAVASCRIPT, include_str!("../../console/connector.js")),
    ("/console/desk.js", JAVASCRIPT, include_str!("../../console/desk.js")),
    ("/console/log.js", JAVASCRIPT, include_str!("../../console/log.js")),
    ("/console/main.js", JAVASCRIPT, include_str!("../../console/main.js")),
    ("/console/page.js", JAVASCRIPT, include_str!("../../console/page.js")),
    ("/console/simulator.js", JAVASCRIPT, include_str!("../../console/simulator.js")),
];

/// The page and its files, as they are sent.
#[derive(Debug)]
pub(crate) struct Console {
    files: Vec<StaticFile>,
    policy: HeaderValue,
}

impl Console {
    /// `simulator`: the control API of a simulated Finesse, whose world the page shows, too.
    pub(crate) fn new(simulator: Option<&str>) -> Self {
        let simulator = simulator.unwrap_or_default();
        let origin = simulator.trim_end_matches("/sim");
        let policy = format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self' {origin}; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        );
        // An address has no characters that a header refuses.
        let policy = HeaderValue::try_from(policy);
        let page = include_str!("../../console/index.html").replace("@simulator@", simulator);
        let files =
            FILES.map(|(path, content_type, text)| StaticFile::new(path, content_type, text.to_owned()));
        Self {
            files: files.into_iter().chain([StaticFile::new(PAGE, HTML, page)]).collect(),
            policy: policy.unwrap_or(HeaderValue::from_static("default-src 'none'")),
        }
    }
}

/// The routes, if the console is served. A file that is not there is answered like any other address.
pub(super) fn routes<S: Clone + Send + Sync + 'static>(console: Option<Arc<Console>>) -> Router<S> {
    let Some(console) = console else { return Router::new() };
    let files = console.files.iter().fold(Router::new(), |router, file| router.route(file.path, get(answer)));
    files.with_state(console)
}

/// Whether the request asks for one of the files.
pub(super) fn is_part(request: &Request) -> bool {
    let path = request.uri().path();
    path == PAGE || path.starts_with(FOLDER)
}

async fn answer(State(console): State<Arc<Console>>, uri: Uri, headers: HeaderMap) -> Response {
    // Only the paths of files lead here.
    let Some(file) = console.files.iter().find(|file| file.path == uri.path()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    file.answer(&console.policy, &headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_served() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("console");
        let mut present: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .map(|name| if name == "index.html" { PAGE.to_owned() } else { FOLDER.to_owned() + &name })
            .collect();
        let mut served: Vec<_> = Console::new(None).files.iter().map(|file| file.path.to_owned()).collect();
        present.sort();
        served.sort();
        assert_eq!(served, present);
    }
}
