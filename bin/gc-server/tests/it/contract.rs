//! The document about the interface, and a judge of events by it.

use std::collections::HashMap;
use std::sync::LazyLock;

use gc_events::Dialect;
use gc_events::contract::events_schema;
use gc_protocol::contract::openapi;
use jsonschema::Validator;
use serde_json::Value;

use crate::judge::{faults, judge};
use crate::support::stage::Stage;
use crate::support::tenants::Tenants;

/// What in an `Event` or an `Envelope` is not as the contract says.
pub(crate) fn faults_of(definition: &'static str, json: &Value, dialect: Dialect) -> Vec<String> {
    static JUDGES: LazyLock<HashMap<(&str, Dialect), Validator>> = LazyLock::new(|| {
        let kinds = ["Event", "Envelope"].into_iter();
        let kinds = kinds.flat_map(|each| [(each, Dialect::Gc4412), (each, Dialect::Tables)]);
        kinds.map(|(each, dialect)| ((each, dialect), judge(events_schema(dialect), each))).collect()
    });
    faults(&JUDGES[&(definition, dialect)], json)
}

#[tokio::test]
async fn the_contract_is_served_in_the_dialect_of_the_connector() {
    for (given, dialect) in [("\"gc-4.4.12\"", Dialect::Gc4412), ("\"tables\"", Dialect::Tables)] {
        let stage = Stage::with(&[("session.dialect", given)]).await;
        let answer = stage.client().get("/openapi.json").await;
        assert_eq!(answer.headers()["content-type"], "application/json");
        let served: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        assert!(served == openapi(dialect), "{dialect}");
        stage.end().await;
    }
}

#[tokio::test]
async fn everybody_may_read_the_contract() {
    let tenants = Tenants::start().await;
    for (who, stranger) in tenants.strangers() {
        for path in ["/openapi.json", "/contract"] {
            assert_eq!(stranger.get(path).await.status(), 200, "{path} {who}");
        }
    }
    tenants.stage.end().await;
}

/// What the document says of addresses is what the router knows: none of them is unknown.
#[tokio::test]
async fn every_address_of_the_contract_is_there() {
    let stage = Stage::start().await;
    let client = stage.client();
    for path in openapi(Dialect::Gc4412)["paths"].as_object().unwrap().keys() {
        let address =
            format!("{}{}", client.url, path.replace("{cluster}", "default").replace(['{', '}'], ""));
        let answer = client.ask(client.http.patch(address)).await;
        answer.is_error(405, "GENERAL_ERROR");
    }
    stage.end().await;
}

#[tokio::test]
async fn the_contract_is_a_page_with_everything_and_without_anything_from_elsewhere() {
    let stage = Stage::start().await;
    let client = stage.client();
    let answer = client.get("/contract").await;
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none';") && !policy.contains("script-src"), "{policy}");
    let page = answer.text().await.unwrap();
    let document = openapi(Dialect::Gc4412);
    let methods = document["paths"].as_object().unwrap().values();
    let operations = methods.flat_map(|methods| methods.as_object().unwrap().values());
    let operations = operations.map(|operation| operation["operationId"].as_str().unwrap());
    let schemas = document["components"]["schemas"].as_object().unwrap().keys().map(String::as_str);
    for id in operations.chain(schemas) {
        assert_eq!(page.matches(&format!("id=\"{id}\"")).count(), 1, "{id}");
    }
    for reference in page.split("href=\"#").skip(1) {
        let id = reference.split('"').next().unwrap();
        assert!(page.contains(&format!("id=\"{id}\"")), "#{id} leads to nothing");
    }
    let loaded = page.split("href=\"").skip(1).filter_map(|each| each.split('"').next());
    let elsewhere: Vec<_> =
        loaded.filter(|address| !address.starts_with(['#', '/']) && *address != "data:,").collect();
    assert!(elsewhere.is_empty() && !page.contains("<script"), "{elsewhere:?}");
    assert_eq!(client.get("/contract/page.css").await.status(), 200);
    stage.end().await;
}
