//! What the log says when many agents have the same trouble.

use std::io;

use finesse_client::Closed;
use tracing::Level;
use tracing_subscriber::fmt::MakeWriter;

use super::*;

const AGENTS: usize = 200;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn with(&self, text: &str) -> usize {
        let lines = lock(&self.0);
        String::from_utf8_lossy(&lines).lines().filter(|line| line.contains(text)).count()
    }
}

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        lock(&self.0).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test(start_paused = true)]
async fn an_outage_of_two_hundred_agents_is_a_few_lines() {
    let lines = Lines::default();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(Level::WARN).with_writer(lines.clone()).finish();
    // While there is one subscriber only, a test in another thread can turn a line off for all of them.
    let _second = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::default());
    let _default = tracing::subscriber::set_default(subscriber);
    let mut stage = Stage::new();
    for agent in 0..AGENTS {
        stage.submit(&format!("Connect#{}", 1001 + agent), "desk,secret").unwrap();
    }
    let mut streams = Vec::new();
    while streams.len() < AGENTS {
        streams.push(stage.opened.recv().await.unwrap());
    }
    lock(&stage.link.manners).extend((0..AGENTS).map(|_| Manner::Fails));
    for stream in streams {
        stream.notify.send(Notification::Closed { reason: Closed::Lost("cut off".to_owned()) }).unwrap();
    }
    for _ in 0..AGENTS {
        stage.opened.recv().await.unwrap();
    }
    // The clock moves when everybody waits.
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(lines.with("notification stream ended reason"), 10);
    let counted = format!("for other agents, whose entries are at DEBUG times={}", AGENTS - 10);
    assert_eq!(lines.with(&counted), 1);
    assert_eq!(lines.with("notification stream not opened"), 0, "that no node serves is the cluster's line");
}
