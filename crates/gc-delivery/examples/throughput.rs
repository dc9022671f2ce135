//! How many events a second leave, beside what the HTTP client alone can post: the ratio is the cost of
//! order, numbers and bookkeeping, and depends little on the machine.
//!
//! Then the same with receivers that take their time, in both orders.
//!
//! `cargo run --release -p gc-delivery --example throughput`

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use gc_delivery::{
    Attempt, Callback, ClientKey, Config, Delivery, Entry, MemoryJournal, Message, Order, Rest, Sink,
};
use gc_environment::RealEnvironment;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep};

const ROUNDS: usize = 9;
const EVENTS: usize = 4_000;
const CLIENTS: usize = 50;
const BODY: &str = r#"{"type":"InboundCall","dialogId":"16777217","state":"ACTIVE","fromAddress":"2001","toAddress":"2002","callVariables":[{"callVariable1":"gold"},{"callVariable2":""}],"participants":[{"mediaAddress":"2001","state":"ACTIVE"},{"mediaAddress":"2002","state":"ACTIVE"}]}"#;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    tokio::spawn(receive(listener, Duration::ZERO));
    let (mut one, mut many) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let raw = rate(posted(&address).await?);
        let of_one = rate(delivered(&address, 1).await?);
        let of_many = rate(delivered(&address, CLIENTS).await?);
        println!("posted {raw:.0}/s, one client {of_one:.0}/s, {CLIENTS} clients {of_many:.0}/s");
        one.push(of_one / raw);
        many.push(of_many / raw);
    }
    println!("ratio to posting: one client {:.3}, {CLIENTS} clients {:.3}", median(one), median(many));
    let environment = Arc::new(RealEnvironment);
    let journal = Arc::new(MemoryJournal::default());
    let delivery = Delivery::with_sink(Config::default(), journal, Arc::new(InProcess), environment)?;
    println!("in process: {:.0}/s", rate(through(&delivery, &address, 1).await?));
    for delay in [1, 10, 50, 200].map(Duration::from_millis) {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = format!("http://{}", listener.local_addr()?);
        tokio::spawn(receive(listener, delay));
        let by_client = in_order(&address, Order::Client, delay).await?;
        let by_agent = in_order(&address, Order::Agent { max_in_flight: 8 }, delay).await?;
        println!(
            "a receiver of {delay:?}: client {by_client:.0}/s, agent {by_agent:.0}/s, ratio {:.1}",
            by_agent / by_client
        );
    }
    Ok(())
}

/// Events a second of ten agents of one client to a receiver that takes so long for each.
async fn in_order(address: &str, order: Order, delay: Duration) -> Result<f64, Box<dyn Error>> {
    let orders = order.into();
    let delivery = Delivery::new(Config { orders, ..Config::default() }, Arc::new(MemoryJournal::default()))?;
    let client = ClientKey::from("crm");
    delivery.register(&client, Some(Callback::from_parts(address, "/")?));
    let events = u32::try_from(3_000 / delay.as_millis())?.clamp(40, 1_000);
    let started = Instant::now();
    for number in 0..events {
        let agent_id = Some((number % 10).to_string());
        delivery.append([(client.clone(), Message { agent_id, ..Message::new("State", BODY) })])?;
    }
    let left = delivery.drain(Duration::from_secs(60)).await;
    assert!(left.is_empty(), "{left:?}");
    Ok(f64::from(events) / started.elapsed().as_secs_f64())
}

async fn receive(listener: TcpListener, delay: Duration) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(answer(stream, delay));
    }
}

/// A receiver that costs nothing: what is left is the cost of the delivery itself.
struct InProcess;

impl Sink for InProcess {
    fn deliver(&self, _: &Callback, _: &Entry) -> BoxFuture<'static, Attempt> {
        Box::pin(async { Attempt::Delivered(Rest::none()) })
    }
}

/// The HTTP client alone, one request after the other.
async fn posted(address: &str) -> Result<Duration, Box<dyn Error>> {
    let http = gc_net::http_client(&*gc_delivery::Trust::Pinned(Vec::new()).client_config()?).build()?;
    let started = Instant::now();
    for _ in 0..EVENTS {
        http.post(address).body(BODY).send().await?.error_for_status()?.bytes().await?;
    }
    Ok(started.elapsed())
}

/// The same number of events to the callbacks of so many clients.
async fn delivered(address: &str, clients: usize) -> Result<Duration, Box<dyn Error>> {
    let delivery = Delivery::new(Config::default(), Arc::new(MemoryJournal::default()))?;
    through(&delivery, address, clients).await
}

/// The time from the first append to the last settlement.
async fn through(delivery: &Delivery, address: &str, clients: usize) -> Result<Duration, Box<dyn Error>> {
    let clients: Vec<_> = (0..clients).map(|n| ClientKey::from(format!("client-{n}").as_str())).collect();
    for client in &clients {
        delivery.register(client, Some(Callback::from_parts(address, "/")?));
    }
    let started = Instant::now();
    for _ in 0..EVENTS / clients.len() {
        for client in &clients {
            delivery.append([(client.clone(), Message::new("InboundCall", BODY))])?;
        }
    }
    let left = delivery.drain(Duration::from_secs(60)).await;
    assert!(left.is_empty(), "{left:?}");
    Ok(started.elapsed())
}

/// 200 to every request of one connection, each after this time.
async fn answer(stream: TcpStream, delay: Duration) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    loop {
        let mut length = 0;
        loop {
            line.clear();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().unwrap_or_default();
            }
            if line.trim_end().is_empty() {
                break;
            }
        }
        stream.read_exact(&mut vec![0; length]).await?;
        if !delay.is_zero() {
            sleep(delay).await;
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await?;
    }
}

fn rate(elapsed: Duration) -> f64 {
    f64::from(u32::try_from(EVENTS).unwrap_or(u32::MAX)) / elapsed.as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
