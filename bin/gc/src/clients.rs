//! `gc clients`: `/admin/clients`.

use serde_json::Value;

use crate::connector::Connector;
use crate::failed::Failed;
use crate::output::Output;
use crate::paged;
use crate::table::{self, cell};

/// All clients.
pub(crate) async fn all(connector: &Connector) -> Result<Vec<Value>, Failed> {
    paged::all(connector, "clients", &[]).await
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
    table::list("there is no client", headings, &rows, output)
}
