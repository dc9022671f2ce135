//! Who sends the events.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use futures_util::future::BoxFuture;
use gc_delivery::{
    Attempt, Callback, ClientKey, Config, Delivery, Entry, MemoryJournal, Message, Order, Rest, Sink, Trust,
};
use gc_environment::{Environment, RealEnvironment};
use tokio::time::Instant;

const BODY: &str = r#"{"type":"InboundCall","dialogId":"16777217","state":"ACTIVE","fromAddress":"2001","toAddress":"2002","callVariables":[{"callVariable1":"gold"},{"callVariable2":""}],"participants":[{"mediaAddress":"2001","state":"ACTIVE"},{"mediaAddress":"2002","state":"ACTIVE"}]}"#;

#[derive(Clone, Copy)]
pub(crate) enum Sender {
    /// reqwest, with the headers that callbacks have, one request after the other.
    Client,
    /// A delivery to the callback of one client: one request after the other, and all others wait.
    Delivery,
    /// The same number of events for fifty clients.
    Fifty,
    /// For a thousand, of which each has few that wait.
    Thousand,
    /// A delivery to a sink that does nothing: order, numbers and bookkeeping.
    Bookkeeping,
}

impl Sender {
    pub(crate) const ALL: [Self; 5] =
        [Self::Client, Self::Delivery, Self::Fifty, Self::Thousand, Self::Bookkeeping];

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sender| sender.name() == name)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Client => "reqwest",
            Self::Delivery => "delivery",
            Self::Fifty => "delivery-to-50-clients",
            Self::Thousand => "delivery-to-1000-clients",
            Self::Bookkeeping => "delivery-without-posting",
        }
    }

    /// Sends so many events; how long it took.
    pub(crate) async fn send(self, address: &str, events: u32) -> Duration {
        match self {
            Self::Client => posted(address, events).await,
            Self::Delivery => delivered(&delivery(Order::Client), address, 1, events).await,
            Self::Fifty => delivered(&delivery(Order::Client), address, 50, events).await,
            Self::Thousand => delivered(&delivery(Order::Client), address, 1_000, events).await,
            Self::Bookkeeping => {
                let (environment, journal) = (Arc::new(RealEnvironment), Arc::new(MemoryJournal::default()));
                let delivery =
                    Delivery::with_sink(Config::default(), journal, Arc::new(Nothing), environment);
                delivered(&delivery.expect("a delivery"), address, 1, events).await
            }
        }
    }
}

/// A receiver that costs nothing.
struct Nothing;

impl Sink for Nothing {
    fn deliver(&self, _: &Callback, _: &Entry) -> BoxFuture<'static, Attempt> {
        Box::pin(async { Attempt::Delivered(Rest::none()) })
    }
}

fn delivery(order: Order) -> Delivery {
    let config = Config { orders: order.into(), ..Config::default() };
    Delivery::new(config, Arc::new(MemoryJournal::default())).expect("a delivery")
}

/// The HTTP client alone, with the limits of [`Config`].
async fn posted(address: &str, events: u32) -> Duration {
    let (config, environment) = (Config::default(), RealEnvironment);
    let tls = Trust::Pinned(Vec::new()).client_config().expect("TLS");
    let http = gc_net::http_client(&tls)
        .http1_only()
        .connect_timeout(config.connect_timeout)
        .timeout(config.attempt_timeout)
        .build()
        .expect("a client");
    let (url, epoch) = (format!("{address}/events"), environment.id());
    let began = Instant::now();
    for number in 0..events {
        let seconds = environment.now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let request = http
            .post(&url)
            .header("content-type", "application/json")
            .header("webhook-id", environment.id().to_string())
            .header("webhook-timestamp", seconds.to_string())
            .header("gc-sequence", number.to_string())
            .header("gc-epoch", epoch.to_string())
            .header("gc-session-url", "https://crm.example/sessions/1001")
            .header("gc-agent-id", (number % 10).to_string())
            .header("gc-dialog-id", "16777217");
        let answer = request.body(BODY).send().await.and_then(|answer| answer.error_for_status());
        answer.expect("an answer").bytes().await.expect("its body");
    }
    began.elapsed()
}

/// The time from the first append to the last settlement.
async fn delivered(delivery: &Delivery, address: &str, clients: u32, events: u32) -> Duration {
    let clients: Vec<_> = (0..clients).map(|n| ClientKey::from(format!("client-{n}").as_str())).collect();
    for client in &clients {
        let callback = Callback::from_parts(address, "/events").expect("a callback");
        delivery.register(client, Some(callback));
    }
    let began = Instant::now();
    for (number, client) in (0..events).zip(clients.iter().cycle()) {
        let message = Message {
            agent_id: Some((number % 10).to_string()),
            dialog_id: Some("16777217".to_owned()),
            session_url: Some("https://crm.example/sessions/1001".to_owned()),
            ..Message::new("InboundCall", BODY)
        };
        delivery.append([(client.clone(), message)]).expect("clients that are known");
    }
    let left = delivery.drain(Duration::from_secs(300)).await;
    assert!(left.is_empty(), "{left:?}");
    began.elapsed()
}

/// The same for ten agents of one client in this order.
pub(crate) async fn in_order(order: Order, address: &str, events: u32) -> Duration {
    delivered(&delivery(order), address, 1, events).await
}
