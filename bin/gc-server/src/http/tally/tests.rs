use std::net::Ipv4Addr;

use tracing::Dispatch;
use tracing::subscriber::{DefaultGuard, NoSubscriber};
use tracing_subscriber::fmt::MakeWriter;

use super::*;

const HOME: Subject = Subject::Address(IpAddr::V4(Ipv4Addr::LOCALHOST));

/// What is written to the log.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

impl Lines {
    /// Until the guard is dropped.
    fn start() -> (Self, (Dispatch, DefaultGuard)) {
        let lines = Self::default();
        let logs = tracing_subscriber::fmt().with_writer(lines.clone()).with_ansi(false).without_time();
        // While there is one subscriber only, a test in another thread can turn a line off for all of them.
        let second = Dispatch::new(NoSubscriber::default());
        (lines, (second, tracing::subscriber::set_default(logs.finish())))
    }

    /// What was written since the last time, without the text that all have.
    fn take(&self) -> Vec<String> {
        let bytes = std::mem::take(&mut *self.0.lock().unwrap());
        let text = String::from_utf8(bytes).unwrap();
        let rest = |line: &str| {
            assert!(line.trim_start().starts_with("WARN"), "{line}");
            line.split_once("limit is reached ").unwrap().1.to_owned()
        };
        text.lines().map(rest).collect()
    }
}

async fn minute() {
    tokio::time::sleep(EVERY + Duration::from_secs(1)).await;
}

#[tokio::test(start_paused = true)]
async fn the_first_refusal_is_in_the_log_at_once_and_the_rest_once_a_minute_with_their_number() {
    let (lines, _logs) = Lines::start();
    let tally = Arc::new(Tally::default());
    (0..1000).for_each(|_| tally.count(HOME, Limit::Connects));
    let of_home = "limit=\"http.limits.connects_per_second\" address=127.0.0.1 refused=";
    assert_eq!(lines.take(), [format!("{of_home}1")]);
    minute().await;
    assert_eq!(lines.take(), [format!("{of_home}999")]);
    tally.count(HOME, Limit::Connects);
    assert!(lines.take().is_empty());
    minute().await;
    assert_eq!(lines.take(), [format!("{of_home}1")]);
    // After a quiet minute it begins anew.
    minute().await;
    tally.count(HOME, Limit::Connects);
    assert_eq!(lines.take(), [format!("{of_home}1")]);
}

#[tokio::test(start_paused = true)]
async fn each_limit_and_each_client_is_counted_apart_until_there_are_too_many() {
    let (lines, _logs) = Lines::start();
    let tally = Arc::new(Tally::default());
    let client = |number: usize| Subject::Client(format!("client-{number}"));
    tally.count(client(0), Limit::Hellos);
    tally.count(client(0), Limit::Commands);
    assert_eq!(
        lines.take(),
        [
            "limit=\"http.limits.hellos_per_second\" principal=\"client-0\" refused=1",
            "limit=\"session.max_open_commands\" principal=\"client-0\" refused=1",
        ]
    );
    (0..3 * APART).for_each(|number| tally.count(client(number), Limit::Requests));
    assert!(lines.take().len() <= APART);
    minute().await;
    let rest = lines.take();
    assert_eq!(rest, [format!("limit=\"http.limits.requests_per_second\" refused={}", 2 * APART + 1)]);
    minute().await;
    assert!(tally.unreported().is_empty());
}
