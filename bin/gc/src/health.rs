//! `gc health`: whether the connector lives, and whether it is ready.

use reqwest::StatusCode;

use crate::connector::Connector;
use crate::failed::{Failed, Kind};
use crate::output::{Output, shown};

/// Prints both; not being ready is a failure.
pub(crate) async fn health(connector: &Connector, output: &mut Output) -> Result<(), Failed> {
    let url = connector.target().url.clone();
    let (_, alive) = connector.health("live").await?;
    output.line(format_args!("{url} is {}", shown(&alive)))?;
    let (status, text) = connector.health("ready").await?;
    match status {
        StatusCode::OK => output.line(shown(&text)),
        _ => Err(Failed::new(Kind::Later, format!("not ready: {}", shown(&text)))),
    }
}
