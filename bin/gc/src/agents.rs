//! `gc agents`: `/admin/agents`.

use serde_json::Value;

use crate::connector::Connector;
use crate::failed::Failed;
use crate::output::Output;
use crate::paged;
use crate::table::{self, cell};

/// Lists the agents who are connected, all of them or those of a client.
pub(crate) async fn list(
    connector: &Connector,
    client: Option<&str>,
    json: bool,
    output: &mut Output,
) -> Result<(), Failed> {
    let query: Vec<_> = client.map(|client| ("client", client)).into_iter().collect();
    let agents = paged::all(connector, "agents", &query).await?;
    if json {
        return agents.iter().try_for_each(|agent| output.value(agent));
    }
    let headings = ["AGENT", "CLUSTER", "CLIENT", "STATE", "EXTENSION", "STREAM", "COMMANDS", "CALLS"];
    let rows: Vec<_> = agents
        .iter()
        .map(|agent| {
            let [commands, calls] = ["openCommands", "calls"].map(|list| {
                let list = agent.get(list).and_then(Value::as_array);
                list.map_or_else(|| "-".to_owned(), |list| list.len().to_string())
            });
            let [agent_id, cluster, client, state, extension] =
                ["agent", "cluster", "client", "state", "extension"].map(|member| cell(agent, member));
            [agent_id, cluster, client, state, extension, stream(agent), commands, calls]
        })
        .collect();
    table::list("no agent is connected", headings, &rows, output)
}

/// `websocket`, or for how long there has been none.
fn stream(agent: &Value) -> String {
    let Some(stream) = agent.get("stream") else { return "-".to_owned() };
    match stream.get("open").and_then(Value::as_bool) {
        Some(true) => cell(stream, "transport"),
        _ => format!("none for {} s", cell(stream, "ageSeconds")),
    }
}
