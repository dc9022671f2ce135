//! Deadlines, on a paused clock, which advances only when all tasks wait.

use std::time::Duration;

use gc_xml::Limits;
use secrecy::SecretString;
use tokio::io::{AsyncWriteExt, DuplexStream, copy, duplex, sink};
use tokio::time::Instant;

use super::*;
use crate::transport::TcpTransport;
use crate::{Account, Encryption, Step};

const HEADER: &str =
    "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>";
const FEATURES: &str =
    "<stream:features><mechanisms><mechanism>PLAIN</mechanism></mechanisms></stream:features>";
const BOUND: &str = "<iq type='result' id='bind'><bind><jid>maya@chat.example/gc</jid></bind></iq>";
const ECHO: &str = "<presence from='maya@chat.example/gc'/>";

/// A driver whose server has already sent everything that it will ever send.
async fn driver_receiving(sent: &str) -> (Driver, DuplexStream) {
    let (ours, mut theirs) = duplex(1 << 16);
    theirs.write_all(sent.as_bytes()).await.unwrap();
    let account = Account::new("maya", "chat.example", "gc", SecretString::from("x")).unwrap();
    let timing = Timing::default();
    let transport = Transport::Tcp(TcpTransport::new(Box::new(ours), Limits::default()));
    let session = Session::new(account, timing, Encryption::Settled);
    let driver = Driver::new(transport, session, "chat.example".to_owned(), timing, None);
    (driver, theirs)
}

#[tokio::test(start_paused = true)]
async fn the_login_ends_five_seconds_after_the_servers_last_element() {
    let steps = [
        ("", Step::Open),
        (HEADER, Step::Features),
        (FEATURES, Step::Authentication),
        ("<success/>", Step::Open),
        (HEADER, Step::Features),
        ("<stream:features/>", Step::Binding),
        (BOUND, Step::Presence),
    ];
    let mut sent = String::new();
    for (element, step) in steps {
        sent.push_str(element);
        let (mut driver, _server) = driver_receiving(&sent).await;
        let start = Instant::now();
        assert_eq!(driver.log_in().await, Err(CloseReason::StepTimedOut(step)));
        assert_eq!(start.elapsed(), Duration::from_secs(5), "{step}");
    }
}

/// A driver whose session is ready.
async fn ready_driver() -> (Driver, DuplexStream) {
    let sent = [HEADER, FEATURES, "<success/>", HEADER, "<stream:features/>", BOUND, ECHO].concat();
    let (mut driver, server) = driver_receiving(&sent).await;
    assert_eq!(driver.log_in().await.as_deref(), Ok("maya@chat.example/gc"));
    (driver, server)
}

#[tokio::test(start_paused = true)]
async fn a_slow_receiver_pauses_the_server_and_loses_nothing() {
    let (driver, mut server) = ready_driver().await;
    let (_commands, requested) = mpsc::channel(1);
    let (sender, mut events) = mpsc::channel(1);
    tokio::spawn(Box::new(driver).run(requested, sender));
    let filler = "x".repeat(10_000);
    let mut flood = tokio::spawn(async move {
        for number in 0..100 {
            let message = format!(
                "<message><event xmlns='http://jabber.org/protocol/pubsub#event'><items node='/n'>\
                 <item><n>{number} {filler}</n></item></items></event></message>"
            );
            server.write_all(message.as_bytes()).await.unwrap();
        }
        server
    });
    // The clock advances only when no task can proceed, so the server is blocked, not slow.
    let ten_minutes = Duration::from_secs(600);
    assert!(timeout(ten_minutes, &mut flood).await.is_err(), "the driver kept reading");

    assert!(matches!(events.recv().await, Some(Event::Ready { .. })));
    for number in 0..100 {
        match events.recv().await {
            Some(Event::Notification(item)) => assert!(item.payload.starts_with(&format!("{number} x"))),
            other => panic!("{other:?}"),
        }
    }
}

/// How long a session lasts after the server's last traffic, which is this long after the login.
async fn given_up_after(last_traffic: Duration) -> Duration {
    let (driver, mut server) = ready_driver().await;
    let (_commands, requested) = mpsc::channel(1);
    let (sender, mut events) = mpsc::channel(8);
    let run = tokio::spawn(Box::new(driver).run(requested, sender));
    // Until then the server only reads. A session that ends early would end the reading, too.
    let mut received = sink();
    let read = timeout(last_traffic, copy(&mut server, &mut received)).await;
    assert!(read.is_err(), "the session ended before the last traffic");
    server.write_all(b" ").await.unwrap();
    let silent_since = Instant::now();
    run.await.unwrap();
    assert!(matches!(events.recv().await, Some(Event::Ready { .. })));
    assert_eq!(events.recv().await, Some(Event::Closed(Box::new(CloseReason::Unresponsive))));
    silent_since.elapsed()
}

#[tokio::test(start_paused = true)]
async fn a_session_ends_after_less_than_twenty_seconds_of_silence_whenever_the_silence_begins() {
    let ping_every = Timing::default().ping_every;
    let moment = Duration::from_millis(1);
    for (last_traffic, silence) in [
        (Duration::ZERO, Duration::from_secs(18)),
        (ping_every - moment, Duration::from_secs(12) + moment),
        (ping_every + moment, Duration::from_secs(18) - moment),
        (2 * ping_every + moment, Duration::from_secs(18) - moment),
    ] {
        assert_eq!(given_up_after(last_traffic).await, silence, "silent {last_traffic:?} after the login");
    }
}

#[tokio::test(start_paused = true)]
async fn a_login_ends_when_the_server_reads_nothing() {
    let (mut driver, _server) = driver_receiving("").await;
    let (stuck, _peer) = duplex(1);
    driver.transport = Transport::Tcp(TcpTransport::new(Box::new(stuck), Limits::default()));
    assert_eq!(driver.log_in().await, Err(CloseReason::Lost(Lost::WriteTimedOut)));
}
