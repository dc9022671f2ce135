//! Receives callbacks: verifies each, drops what came before, and notices what is missing.
//!
//! `CALLBACK_SECRET=whsec_… cargo run -p gc-examples --bin receiver 127.0.0.1:8114`

use std::collections::{HashMap, HashSet, VecDeque};
use std::env;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use gc_delivery::Secrets;
use tokio::net::TcpListener;

/// So many ids are remembered. A callback comes again within an hour, or as the configuration says (`callback.max_age`).
const REMEMBERED: usize = 10_000;

struct Receiver {
    secrets: Secrets,
    received: Mutex<Received>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let secret = env::var("CALLBACK_SECRET").unwrap_or_default();
    if secret.is_empty() {
        return Err("set CALLBACK_SECRET to the secret of [callback.signing]: whsec_…".into());
    }
    let secrets = Secrets::parse(&secret.into())?;
    let address = env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8114".to_owned());
    let listener = TcpListener::bind(address).await?;
    println!("listening on {}", listener.local_addr()?);
    let receiver = Arc::new(Receiver { secrets, received: Mutex::default() });
    axum::serve(listener, Router::new().route("/events", post(receive)).with_state(receiver)).await?;
    Ok(())
}

/// The body is taken as bytes: the signature is about these.
async fn receive(State(receiver): State<Arc<Receiver>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    #[expect(clippy::disallowed_methods, reason = "a program that stands alone has the clock of the system")]
    let now = SystemTime::now();
    if let Err(error) = receiver.secrets.verify(&headers, &body, now) {
        println!("refused: {error}");
        // It is sent again later. After 400 it would be given up.
        return StatusCode::UNAUTHORIZED;
    }
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let sequence = header("gc-sequence").parse().unwrap_or_default();
    let mut received = receiver.received.lock().unwrap_or_else(PoisonError::into_inner);
    if !received.is_new(header("webhook-id")) {
        println!("again: {sequence}");
        return StatusCode::NO_CONTENT;
    }
    // With `gc-order: agent` the numbers do not arrive in their order.
    if !headers.contains_key("gc-order")
        && let Some((from, to)) = received.missing_before(header("gc-epoch"), sequence)
    {
        println!("missing: {from} to {to}: ask for the present state (refresh)");
    }
    // Here the event goes to a queue of the application. Whatever takes long is done after the answer.
    println!("event {sequence}: {}", String::from_utf8_lossy(&body));
    StatusCode::NO_CONTENT
}

#[derive(Default)]
struct Received {
    ids: HashSet<String>,
    oldest_first: VecDeque<String>,
    /// The highest number of each outbox. Each client has one, and a new one begins at 1 again.
    highest: HashMap<String, u64>,
}

impl Received {
    fn is_new(&mut self, id: &str) -> bool {
        if !self.ids.insert(id.to_owned()) {
            return false;
        }
        self.oldest_first.push_back(id.to_owned());
        if self.oldest_first.len() > REMEMBERED
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            self.ids.remove(&oldest);
        }
        true
    }

    /// The numbers that were given up, or came before this program began.
    fn missing_before(&mut self, epoch: &str, sequence: u64) -> Option<(u64, u64)> {
        let highest = self.highest.entry(epoch.to_owned()).or_default();
        let first_missing = *highest + 1;
        *highest = sequence.max(*highest);
        (first_missing < sequence).then_some((first_missing, sequence - 1))
    }
}
