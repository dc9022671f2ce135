//! `gc clients`: `/admin/clients`.

use reqwest::Method;
use serde_json::Value;

use crate::connector::Connector;
use crate::failed::Failed;
use crate::output::Output;
use crate::table;

/// All clients, page by page.
pub(crate) async fn all(connector: &Connector) -> Result<Vec<Value>, Failed> {
    let mut clients = Vec::new();
    let mut after = None;
    loop {
        let query: Vec<(&str, &str)> = after.as_deref().map(|after| ("after", after)).into_iter().collect();
        let mut page = connector.ask(Method::GET, &["admin", "clients"], &query).await?;
        let found = page.get_mut("clients").and_then(Value::as_array_mut).map(std::mem::take);
        clients.extend(found.unwrap_or_default());
        let next = page.get("next").and_then(Value::as_str).map(str::to_owned);
        // A next page that is the same one would never end.
        if next.is_none() || next == after {
            return Ok(clients);
        }
        after = next;
    }
}

/// Lists them.
pub(crate) async fn list(connector: &Connector, json: bool, output: &mut Output) -> Result<(), Failed> {
    let clients = all(connector).await?;
    if json {
        return clients.iter().try_for_each(|client| output.value(client));
    }
    let headings = ["CLIENT", "AGENTS", "UNDELIVERED", "OLDEST", "DEAD LETTERS", "LAST ATTEMPT", "CALLBACK"];
    let rows: Vec<_> = clients
        .iter()
        .map(|client| {
            let age = client.get("oldestAgeSeconds").and_then(Value::as_u64);
            [
                cell(client, "destination"),
                cell(client, "agents"),
                cell(client, "undelivered"),
                age.map_or_else(|| "-".to_owned(), |age| format!("{age} s")),
                cell(client, "deadLetters"),
                cell(client, "lastAttempt"),
                cell(client, "callback"),
            ]
        })
        .collect();
    table::print(headings, &rows, output)
}

/// A member in a table.
pub(crate) fn cell(object: &Value, member: &str) -> String {
    match object.get(member) {
        None | Some(Value::Null) => "-".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}
