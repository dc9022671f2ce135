//! `gc tail`: the live stream of a client, for as long as one likes.

use std::sync::Arc;
use std::time::Duration;

use gc_environment::RealEnvironment;
use gc_net::{Backoff, Jitter};
use tokio::time::sleep;

use crate::arguments::Tail;
use crate::connector::{Connector, FROM_NOW, Position};
use crate::failed::{Failed, Kind};
use crate::outcome::Events;
use crate::output::{Output, note};

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(10);

/// Prints the events of a client. A stream that ends is opened again, behind the last event; a first one that cannot be opened
/// is an error.
pub(crate) async fn tail(connector: &Connector, tail: Tail, output: &mut Output) -> Result<(), Failed> {
    let Tail { client, since, count, json } = tail;
    let mut position = match since.as_deref() {
        None => Position::Undelivered,
        Some("now") => Position::Since(FROM_NOW.to_owned()),
        Some(since) => Position::Since(since.to_owned()),
    };
    let mut left = count;
    let mut backoff = Backoff::new(FIRST, LONGEST, Jitter::Half, Arc::new(RealEnvironment));
    let mut events = Events::of(connector.events(&client, &position).await?);
    loop {
        let lost = loop {
            if left == Some(0) {
                return Ok(());
            }
            match events.next(connector).await {
                Ok(Some(event)) => {
                    backoff.reset();
                    event.print(json, output)?;
                    left = left.map(|left| left.saturating_sub(1));
                    position = Position::Behind(event.cursor);
                }
                Ok(None) => break "the stream ended".to_owned(),
                Err(failed) => break failed.reason,
            }
        };
        note(format_args!("{lost}; opening it again"));
        events = Events::of(reopen(connector, &client, &position, &mut backoff).await?);
    }
}

/// Tries until the stream is open again. A client that is not there says Hello again, as a rule.
async fn reopen(
    connector: &Connector,
    client: &str,
    position: &Position,
    backoff: &mut Backoff,
) -> Result<reqwest::Response, Failed> {
    loop {
        sleep(backoff.after_failure(None)).await;
        match connector.events(client, position).await {
            Ok(stream) => return Ok(stream),
            Err(failed) if failed.may_pass() || failed.kind == Kind::NotFound => {
                // Once for each outage is enough.
                if backoff.failures() == 2 {
                    note(failed.reason);
                }
            }
            Err(failed) => return Err(failed),
        }
    }
}
