//! The configuration API of Unified CCE: paged lists.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::Administrator;
use crate::engine::Engine;
use crate::world::User;
use crate::xml::Xml;

/// The largest page.
const MAX_PAGE_SIZE: usize = 100;

/// The page to return; other parameters, such as `summary`, are ignored.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PageRequest {
    #[serde(default)]
    start_index: usize,
    #[serde(default = "usual_page")]
    results_per_page: usize,
}

fn usual_page() -> usize {
    25
}

pub(super) async fn skill_groups(
    _: Administrator,
    State(engine): State<Arc<Engine>>,
    Query(request): Query<PageRequest>,
) -> Response {
    let mut names = engine.act(|world| world.file.neighbours.skill_groups.clone());
    names.sort();
    let entries: Vec<String> = names.iter().enumerate().map(|(at, name)| skill_group(at, name)).collect();
    page("skillGroups", &entries, &request)
}

pub(super) async fn agents(
    _: Administrator,
    State(engine): State<Arc<Engine>>,
    Query(request): Query<PageRequest>,
) -> Response {
    let entries: Vec<String> = engine.act(|world| world.users().map(agent).collect());
    page("agents", &entries, &request)
}

fn skill_group(at: usize, name: &str) -> String {
    let mut xml = Xml::new();
    xml.node("skillGroup", |xml| {
        xml.leaf("refURL", &format!("/unifiedconfig/config/skillgroup/{}", 5001 + at)).leaf("name", name);
    });
    xml.finish()
}

fn agent(user: &User) -> String {
    let profile = &user.profile;
    let mut xml = Xml::new();
    xml.node("agent", |xml| {
        xml.leaf("refURL", &format!("/unifiedconfig/config/agent/{}", profile.id))
            .leaf("agentId", &profile.id);
        xml.node("person", |xml| {
            xml.leaf("firstName", &profile.first_name)
                .leaf("lastName", &profile.last_name)
                .leaf("userName", &profile.login_name);
        });
        xml.leaf("supervisor", &(!profile.supervises.is_empty()).to_string());
    });
    xml.finish()
}

/// One page of a list. A page past the end is the last full page again, as in the real API.
fn page(list: &str, entries: &[String], request: &PageRequest) -> Response {
    let (total, size) = (entries.len(), request.results_per_page);
    if !(1..=MAX_PAGE_SIZE).contains(&size) {
        return refuse("resultsPerPage", &format!("resultsPerPage is 1 to {MAX_PAGE_SIZE}"));
    }
    let start = if request.start_index < total { request.start_index } else { total.saturating_sub(size) };
    let mut xml = Xml::new();
    xml.node("results", |xml| {
        xml.node("pageInfo", |xml| {
            xml.leaf("resultsPerPage", &size.to_string())
                .leaf("startIndex", &start.to_string())
                .leaf("totalResults", &total.to_string());
        });
        xml.node(list, |xml| {
            for entry in entries.iter().skip(start).take(size) {
                xml.raw(entry);
            }
        });
    });
    answer(StatusCode::OK, xml)
}

fn refuse(data: &str, message: &str) -> Response {
    let mut xml = Xml::new();
    xml.node("apiErrors", |xml| {
        xml.node("apiError", |xml| {
            xml.leaf("errorData", data).leaf("errorMessage", message).leaf("errorType", "invalidInput");
        });
    });
    answer(StatusCode::BAD_REQUEST, xml)
}

fn answer(status: StatusCode, xml: Xml) -> Response {
    let body = format!("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>{}", xml.finish());
    (status, [(CONTENT_TYPE, "application/xml")], body).into_response()
}
