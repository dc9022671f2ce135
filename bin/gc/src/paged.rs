//! Lists of `/admin` that come in pages.

use reqwest::Method;
use serde_json::Value;

use crate::connector::Connector;
use crate::failed::Failed;

/// Everything in a list (`clients`, `agents`) that fits the query, page by page.
pub(crate) async fn all(
    connector: &Connector,
    list: &str,
    query: &[(&str, &str)],
) -> Result<Vec<Value>, Failed> {
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let mut query = query.to_vec();
        query.extend(after.as_deref().map(|after| ("after", after)));
        let mut page = connector.ask_admin(Method::GET, &[list], &query).await?;
        let more = page.get_mut(list).and_then(Value::as_array_mut).map(std::mem::take);
        found.extend(more.unwrap_or_default());
        let next = page.get("next").and_then(Value::as_str).map(str::to_owned);
        // A next page that is the same one would never end.
        if next.is_none() || next == after {
            return Ok(found);
        }
        after = next;
    }
}
