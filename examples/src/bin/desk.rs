//! One agent at work: signs in, answers one call, ends it, and signs out.
//!
//! `cargo run -p gc-examples --bin desk -- http://127.0.0.1:8112 http://127.0.0.1:8113`, with `cargo run --release -- demo`. The
//! second address is the simulator, which is asked for a call; without it, call 2006 within half a minute.

use std::collections::VecDeque;
use std::error::Error;
use std::time::Duration;

use gc_events::{Dialect, Event, StreamReader};
use gc_protocol::{Command, CommandName, Request};
use reqwest::{Client, Response, StatusCode};
use tokio::time::timeout;

const CLIENT: &str = "rust";
const AGENT: &str = "1006";
/// Nothing takes longer in the demo.
const PATIENCE: Duration = Duration::from_secs(30);

type Result<T> = std::result::Result<T, Box<dyn Error>>;

struct Desk {
    http: Client,
    connector: String,
    stream: Response,
    reader: StreamReader,
    events: VecDeque<Event>,
}

impl Desk {
    async fn open(connector: String) -> Result<Self> {
        let http = Client::new();
        send(&http, &connector, CLIENT, CommandName::Hello, "").await?;
        let stream = http.get(format!("{connector}/gc/events/{CLIENT}?envelope=true")).send().await?;
        let stream = stream.error_for_status()?;
        Ok(Self {
            http,
            connector,
            stream,
            reader: StreamReader::new(Dialect::Gc4412),
            events: VecDeque::new(),
        })
    }

    async fn send(&self, name: CommandName, arguments: &str) -> Result<()> {
        send(&self.http, &self.connector, AGENT, name, arguments).await
    }

    /// Reads on until this is an event; an Error on the way ends everything.
    async fn until<T>(&mut self, is: impl Fn(&Event) -> Option<T>) -> Result<T> {
        loop {
            let event = timeout(PATIENCE, self.next()).await.map_err(|_| "there was no event in time")??;
            println!("{}", event.to_json(Dialect::Gc4412));
            if let Event::Error(error) = &event {
                return Err(format!("{}: {}", error.code, error.message).into());
            }
            if let Some(found) = is(&event) {
                return Ok(found);
            }
        }
    }

    async fn next(&mut self) -> Result<Event> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Ok(event);
            }
            let bytes = self.stream.chunk().await?.ok_or("the stream has ended")?;
            for envelope in self.reader.push(&bytes) {
                self.events.push_back(envelope?.event);
            }
        }
    }

    async fn until_state(&mut self, state: &str) -> Result<()> {
        self.until(|event| matches!(event, Event::State(own) if own.state == state).then_some(())).await
    }

    async fn until_call(&mut self, id: &str, state: &str) -> Result<()> {
        let is = |event: &Event| matches!(event, Event::InboundCall(call) if call.dialog_id == id && call.state == state);
        self.until(|event| is(event).then_some(())).await
    }
}

async fn send(http: &Client, connector: &str, id: &str, name: CommandName, arguments: &str) -> Result<()> {
    // Reads the arguments as the connector does: what is wrong with them shows here.
    let command = Command::parse(name, arguments)?;
    let json = Request::new(&command, id)?.to_json();
    let request = http.post(format!("{connector}/gc/command")).header("content-type", "application/json");
    let answer =
        request.body(gc_protocol::secrecy::ExposeSecret::expose_secret(&json).to_owned()).send().await?;
    match answer.status() {
        StatusCode::ACCEPTED => Ok(()),
        // Whatever is not accepted is answered with an event: what is wrong, and what to do.
        _ => Err(format!("{name}: {}", answer.text().await?).into()),
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    // Another provider that is there already is as good.
    _ = rustls::crypto::ring::default_provider().install_default();
    let mut arguments = std::env::args().skip(1);
    let connector = arguments.next().unwrap_or("http://127.0.0.1:8112".to_owned());
    let mut desk = Desk::open(connector).await?;

    desk.until(|event| matches!(event, Event::System(_)).then_some(())).await?;
    desk.send(CommandName::Connect, &format!("{CLIENT},demo")).await?;
    desk.until(|event| matches!(event, Event::ConnectStatus(_)).then_some(())).await?;
    desk.send(CommandName::Login, "demo,2006").await?;
    // NOT_READY, but whoever was signed in already keeps the state.
    desk.until(|event| matches!(event, Event::State(_)).then_some(())).await?;
    desk.send(CommandName::MakeReady, "").await?;
    desk.until_state("READY").await?;

    if let Some(simulator) = arguments.next() {
        let call = format!(r#"{{"from":"5550100","to":"{AGENT}"}}"#);
        desk.http.post(format!("{simulator}/sim/calls")).body(call).send().await?.error_for_status()?;
    }
    let call = desk.until(|event| match event {
        Event::NewInboundCall(call) => Some(call.dialog_id.clone()),
        _ => None,
    });
    let call = call.await?;
    desk.send(CommandName::AnswerCall, &call).await?;
    desk.until_call(&call, "ACTIVE").await?;
    desk.send(CommandName::ReleaseCall, &call).await?;
    desk.until_call(&call, "DROPPED").await?;

    desk.send(CommandName::MakeNotReady, "").await?;
    desk.until_state("NOT_READY").await?;
    desk.send(CommandName::Logout, "").await?;
    desk.until_state("LOGOUT").await
}
