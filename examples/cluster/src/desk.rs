//! A client: it sends commands to whichever connector takes them, and follows the live stream at whichever has it.

use std::time::Duration;

use gc_events::{Dialect, Envelope, Event, StreamReader};
use reqwest::{Client, StatusCode};
use serde_json::json;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep, timeout};

use crate::Outcome;

const DIALECT: Dialect = Dialect::Gc4412;
/// A takeover takes about 20 s; Finesse signs an agent out after 60.
const PATIENCE: Duration = Duration::from_secs(60);
/// For one answer. A connector that follows looks for the next leader for 5 s before it gives up.
const ANSWER: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(500);

/// A connector as a client sees it: its name, and where it is.
pub(crate) type Place = (String, String);

/// What the live stream brought, or why it cannot be read.
type Arrived = Result<Envelope, String>;

pub(crate) struct Desk {
    http: Client,
    places: Vec<Place>,
    events: Option<(mpsc::UnboundedReceiver<Arrived>, AbortHandle)>,
    /// The epoch, the number and the outline of each event that came.
    seen: Vec<(String, u64, String)>,
}

impl Desk {
    /// A client that tries these connectors in this order.
    pub(crate) fn at(places: Vec<Place>) -> Self {
        Self { http: Client::new(), places, events: None, seen: Vec::new() }
    }

    /// Sends a command until a connector has accepted it; which one that was. 503 says that nothing was begun, or that this is not known:
    /// these commands may be sent twice; before a second MakeCall a client would read the agent's state.
    pub(crate) async fn send(&self, command: &str, body: &str) -> Outcome<String> {
        let until = Instant::now() + PATIENCE;
        loop {
            for (name, url) in &self.places {
                let data = json!({ "data": { "type": command, "body": body } });
                let post = self.http.post(format!("{url}/gc/command")).timeout(ANSWER).json(&data);
                let Ok(answer) = post.send().await else { continue };
                match answer.status() {
                    StatusCode::ACCEPTED => return Ok(name.clone()),
                    StatusCode::SERVICE_UNAVAILABLE => {}
                    status => return Err(format!("{command}: {status} {}", answer.text().await?).into()),
                }
            }
            if Instant::now() > until {
                return Err(format!("{command}: no connector accepts it").into());
            }
            sleep(PAUSE).await;
        }
    }

    /// Follows the live stream from now on, at the next connector whenever it ends.
    pub(crate) fn follow(&mut self) {
        let (events, received) = mpsc::unbounded_channel();
        let (http, places) = (self.http.clone(), self.places.clone());
        let task = tokio::spawn(async move {
            let mut last = None;
            loop {
                for (_, url) in &places {
                    read(&http, url, &mut last, &events).await;
                }
                sleep(PAUSE).await;
            }
        });
        self.events = Some((received, task.abort_handle()));
    }

    /// Prints the events up to and with this one.
    pub(crate) async fn until(&mut self, outline: &str) -> Outcome<()> {
        let (events, _) = self.events.as_mut().ok_or("nobody follows")?;
        loop {
            let arrived = timeout(PATIENCE, events.recv()).await;
            let arrived = arrived.map_err(|_| format!("{outline} does not come"))?;
            let Envelope { epoch, sequence, event, .. } = arrived.ok_or("nobody follows any more")??;
            let found = outline_of(&event);
            println!("  {sequence:>3}  {found}");
            let is_it = found == outline;
            self.seen.push((epoch, sequence, found));
            if is_it {
                return Ok(());
            }
        }
    }

    /// How many events there were, if their numbers are 1, 2, 3 and so on, and none of them says that something was lost.
    pub(crate) fn checked(&self) -> Outcome<usize> {
        let first = self.seen.first().map(|(epoch, ..)| epoch);
        for (expected, (epoch, number, outline)) in (1..).zip(&self.seen) {
            if *number != expected || Some(epoch) != first {
                return Err(format!("instead of event {expected} came {number} of {epoch}: {outline}").into());
            }
            let kind = outline.split(' ').next().unwrap_or_default();
            let is_out = ["State LOGOUT", "State RE_LOGIN"].contains(&outline.as_str());
            if is_out || ["Error", "Gap"].contains(&kind) {
                return Err(format!("event {number} is {outline}").into());
            }
        }
        Ok(self.seen.len())
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        if let Some((_, task)) = &self.events {
            task.abort();
        }
    }
}

/// Reads the stream of one connector until it ends.
async fn read(http: &Client, url: &str, last: &mut Option<String>, events: &mpsc::UnboundedSender<Arrived>) {
    let mut request = http.get(format!("{url}/gc/events/desk?envelope=true"));
    if let Some(last) = &*last {
        request = request.header("Last-Event-ID", last);
    }
    let Ok(mut answer) = request.send().await else { return };
    if !answer.status().is_success() {
        return;
    }
    let mut reader = StreamReader::new(DIALECT);
    while let Ok(Some(bytes)) = answer.chunk().await {
        for arrived in reader.push(&bytes) {
            if let Ok(envelope) = &arrived {
                *last = Some(envelope.cursor());
            }
            // Nobody listens when the client is gone, which ends this task.
            _ = events.send(arrived.map_err(|error| error.to_string()));
        }
    }
}

/// `State READY`
fn outline_of(event: &Event) -> String {
    let more = match event {
        Event::State(state) => state.state.clone(),
        Event::InboundCall(call) => call.state.clone(),
        Event::Error(error) => error.message.clone(),
        Event::System(system) => system.status.to_string(),
        Event::ConnectStatus(connected) => connected.status.clone(),
        _ => String::new(),
    };
    format!("{} {more}", event.type_name(DIALECT)).trim_end().to_owned()
}
