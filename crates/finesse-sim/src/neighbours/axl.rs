//! Administrative XML (AXL) of Communications Manager: only the query for the ports of mobile agents.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use super::Administrator;
use crate::engine::Engine;
use crate::xml::{LocalName, Xml, child_text};

const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";

/// Informix's error for invalid SQL.
const SYNTAX_ERROR: (&str, &str) = ("-201", "A syntax error has occurred.");

/// `executeSQLQuery`. There is no database: the query is only searched for the end of a local port's name, as in
/// `l.name like 'LCP%F0016'`, and each row has the columns `port` and `dialnumber`.
pub(super) async fn query(_: Administrator, State(engine): State<Arc<Engine>>, body: String) -> Response {
    let Some((namespace, sql)) = read(&body) else {
        return fault("5003", "The request is no executeSQLQuery.");
    };
    let name_end = sql.split_once("'LCP%").and_then(|(_, rest)| rest.split_once('\''));
    let Some((name_end, _)) = name_end else {
        return fault(SYNTAX_ERROR.0, SYNTAX_ERROR.1);
    };
    let found = engine.act(|world| {
        let ports = world.file.neighbours.cti_ports.iter();
        ports.filter(|port| port.name.ends_with(name_end)).cloned().collect::<Vec<_>>()
    });
    let rows = |xml: &mut Xml| {
        for port in &found {
            xml.node("row", |xml| {
                xml.leaf("port", &port.port).leaf("dialnumber", &port.dial_number);
            });
        }
    };
    envelope(StatusCode::OK, |xml| {
        xml.node_with("ns:executeSQLQueryResponse", ("xmlns:ns", &namespace), |xml| {
            xml.node("return", rows);
        });
    })
}

/// The namespace of the request, which contains the schema version, and its SQL.
fn read(body: &str) -> Option<(String, String)> {
    let document = roxmltree::Document::parse(body).ok()?;
    let request = document.descendants().find(|node| node.has_local_name("executeSQLQuery"))?;
    let namespace = request.tag_name().namespace()?.to_owned();
    Some((namespace, child_text(request, "sql")?))
}

fn fault(code: &str, message: &str) -> Response {
    envelope(StatusCode::INTERNAL_SERVER_ERROR, |xml| {
        xml.node("soapenv:Fault", |xml| {
            xml.leaf("faultcode", "soapenv:Server").leaf("faultstring", message);
            xml.node("detail", |xml| {
                xml.node("axlError", |xml| {
                    xml.leaf("axlcode", code).leaf("axlmessage", message).leaf("request", "executeSQLQuery");
                });
            });
        });
    })
}

fn envelope(status: StatusCode, content: impl FnOnce(&mut Xml)) -> Response {
    let mut xml = Xml::new();
    xml.node_with("soapenv:Envelope", ("xmlns:soapenv", SOAP), |xml| {
        xml.node("soapenv:Body", content);
    });
    let body = format!("<?xml version='1.0' encoding='UTF-8'?>{}", xml.finish());
    (status, [(CONTENT_TYPE, "text/xml;charset=UTF-8")], body).into_response()
}
