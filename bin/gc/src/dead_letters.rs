//! `gc dead-letters`: what could not be delivered.

use reqwest::Method;
use serde_json::Value;

use crate::arguments::DeadLetters;
use crate::clients;
use crate::connector::Connector;
use crate::failed::Failed;
use crate::output::Output;
use crate::table::{self, cell};

const NONE: &str = "there is no dead letter";

/// Lists them, delivers them again, or deletes them.
pub(crate) async fn dead_letters(
    connector: &Connector,
    DeadLetters { client, id, replay, purge, json }: DeadLetters,
    output: &mut Output,
) -> Result<(), Failed> {
    let Some(client) = client else { return by_client(connector, json, output).await };
    let mut segments = vec!["clients", client.as_str(), "dead-letters"];
    segments.extend(id.as_deref());
    if replay {
        segments.push("replay");
        let answer = connector.ask_admin(Method::POST, &segments, &[]).await?;
        return count(&answer, "replayed", "to be delivered again", json, output);
    }
    if purge {
        let answer = connector.ask_admin(Method::DELETE, &segments, &[]).await?;
        return count(&answer, "purged", "deleted", json, output);
    }
    match connector.ask_admin(Method::GET, &segments, &[]).await? {
        Value::Array(letters) if json => letters.iter().try_for_each(|letter| output.value(letter)),
        Value::Array(letters) => list(&letters, output),
        // One, with its event: JSON is what can be read best.
        letter => output.value(&letter),
    }
}

fn count(answer: &Value, member: &str, what: &str, json: bool, output: &mut Output) -> Result<(), Failed> {
    match json {
        true => output.value(answer),
        false => output.line(format_args!("{} {what}", cell(answer, member))),
    }
}

fn list(letters: &[Value], output: &mut Output) -> Result<(), Failed> {
    let headings = ["ID", "EPOCH", "NUMBER", "AT", "TYPE", "AGENT", "REASON", "FAILURE"];
    let members = ["id", "epoch", "sequence", "at", "type", "agentId", "reason", "failure"];
    let rows: Vec<_> = letters.iter().map(|letter| members.map(|member| cell(letter, member))).collect();
    table::list(NONE, headings, &rows, output)
}

/// The clients that have any.
async fn by_client(connector: &Connector, json: bool, output: &mut Output) -> Result<(), Failed> {
    let clients = clients::all(connector).await?;
    let has_some = |client: &&Value| client.get("deadLetters").and_then(Value::as_u64) != Some(0);
    let found: Vec<_> = clients.iter().filter(has_some).collect();
    if json {
        return found.iter().try_for_each(|client| output.value(client));
    }
    let rows: Vec<_> = found
        .iter()
        .map(|client| [cell(client, "destination"), cell(client, "deadLetters"), cell(client, "lastAttempt")])
        .collect();
    table::list(NONE, ["CLIENT", "DEAD LETTERS", "LAST ATTEMPT"], &rows, output)
}
