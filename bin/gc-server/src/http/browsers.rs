//! What web pages may do. A page of somebody else that an agent or an administrator happens to open runs on a machine that
//! may be let in by its address, or on an open listener: its requests have to be distinguished from those of a client.

use std::net::IpAddr;

use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use gc_events::ErrorCode;

use super::audit::{Note, Reason};
use super::{CONTRACT_PAGE, Front, console, error_answer, is_health, is_page};

const SITE: &str = "sec-fetch-site";

/// The names under which the listener is reached, and the pages that may use it.
#[derive(Debug, Default)]
pub(crate) struct Browsers {
    /// Beside the names of this machine. None: a name is not looked at, because old clients send odd ones.
    pub(crate) hosts: Option<Vec<String>>,
    /// `https://desk.example`, in lower case.
    pub(crate) origins: Vec<String>,
}

/// Which page a request comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Page {
    /// From none, or from one of ours.
    None,
    /// From one that may use the listener.
    Allowed,
    /// From another one.
    Foreign,
}

/// Refuses what comes from foreign pages, and lets browsers know which ones are not.
pub(super) async fn guard<F>(app: Front, request: Request, next: impl FnOnce(Request) -> F) -> Response
where
    F: Future<Output = Response>,
{
    let note = request.extensions().get::<Note>().cloned().unwrap_or_default();
    let forbidden = |reason, text| {
        note.refused(reason);
        error_answer(&app, StatusCode::FORBIDDEN, ErrorCode::GeneralError, text)
    };
    let (uri, headers) = (request.uri(), request.headers());
    if !app.browsers.is_reached_by_its_name(uri, headers) {
        return forbidden(
            Reason::ForeignHost,
            "The connector is not known by this name. Use localhost, or list the name in http.hosts.",
        );
    }
    // Whether it lives may be asked from everywhere, and a link may lead to the console, which does nothing by itself, or to the
    // page for administrators, which only shows.
    if is_health(&request) || console::is_part(&request) || is_visit(&request) {
        return next(request).await;
    }
    let origin = headers.get(header::ORIGIN).cloned();
    match app.browsers.page_of(uri, headers) {
        Page::Foreign => forbidden(
            Reason::ForeignPage,
            "Pages of this origin may not use the connector. List the origin in http.origins.",
        ),
        Page::None => next(request).await,
        Page::Allowed => {
            let asks = headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
            let mut answer = match asks && request.method() == Method::OPTIONS {
                true => preflight(),
                false => next(request).await,
            };
            if let Some(origin) = origin {
                let readable = HeaderValue::from_static("retry-after");
                answer.headers_mut().insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, readable);
                answer.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
                answer.headers_mut().append(header::VARY, HeaderValue::from_static("Origin"));
            }
            answer
        }
    }
}

/// A browser shows the page for administrators, and the contract's, in a window of its own, where whoever has caused it sees nothing.
fn is_visit(request: &Request) -> bool {
    let says = |name: &str, value: &str| request.headers().get(name).is_some_and(|is| is == value);
    let shows = says("sec-fetch-mode", "navigate") && says("sec-fetch-dest", "document");
    let path = request.uri().path();
    shows && request.method() == Method::GET && (is_page(path) || path == CONTRACT_PAGE)
}

/// What a page may send.
fn preflight() -> Response {
    let headers = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type, last-event-id"),
        (header::ACCESS_CONTROL_MAX_AGE, "600"),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

impl Browsers {
    /// Whether a page that came from the listener may use it, without being listed or with.
    pub(crate) fn know_their_own_page(&self) -> bool {
        self.hosts.is_some() || !self.origins.is_empty()
    }

    /// A page can make its own name point at this machine (DNS rebinding), and then counts as one of ours; but the browser
    /// goes on saying that name. A request without any comes from no browser.
    fn is_reached_by_its_name(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        let Some(hosts) = &self.hosts else { return true };
        let named = headers.get_all(header::HOST).iter().map(|value| {
            let authority = value.to_str().ok().and_then(|text| text.parse::<Authority>().ok());
            authority.is_some_and(|authority| is_ours(authority.host(), hosts))
        });
        named.chain(uri.host().map(|host| is_ours(host, hosts))).all(|ours| ours)
    }

    fn page_of(&self, uri: &Uri, headers: &HeaderMap) -> Page {
        let origins: Vec<_> = headers.get_all(header::ORIGIN).iter().collect();
        match origins.as_slice() {
            [] => match headers.get(SITE).map(HeaderValue::as_bytes) {
                // `none`: somebody typed the address.
                None | Some(b"same-origin" | b"none") => Page::None,
                Some(_) => Page::Foreign,
            },
            [origin] => match origin.to_str().map(str::to_ascii_lowercase) {
                Ok(origin) if self.origins.contains(&origin) => Page::Allowed,
                Ok(origin) if self.is_own(&origin, uri, headers) => Page::None,
                _ => Page::Foreign,
            },
            _ => Page::Foreign,
        }
    }

    /// A page that came from this listener: name and port are those of the request. It is certain only where the names are
    /// looked at.
    fn is_own(&self, origin: &str, uri: &Uri, headers: &HeaderMap) -> bool {
        let host = headers.get(header::HOST).and_then(|value| value.to_str().ok());
        let asked = uri.authority().map(Authority::as_str).or(host);
        let from = origin.split_once("://").map(|(_, authority)| authority);
        self.hosts.is_some() && from.zip(asked).is_some_and(|(from, asked)| from.eq_ignore_ascii_case(asked))
    }
}

/// Addresses of this machine need no name service, so that nobody else can have them point elsewhere.
fn is_ours(host: &str, hosts: &[String]) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let this_machine = bare.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback());
    this_machine
        || host.eq_ignore_ascii_case("localhost")
        || hosts.iter().any(|name| name.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests;
