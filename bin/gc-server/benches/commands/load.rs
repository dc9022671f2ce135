//! Sends commands.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use tokio::time::Instant;

/// Sends so many Beats over so many connections, each after the answer to the one before; how long it took.
pub(crate) fn send(address: &str, connections: u64, commands: u64) -> Duration {
    let began = Instant::now();
    let sending: Vec<_> = (0..connections)
        .map(|_| {
            let mut connection = Connection::open(address);
            thread::spawn(move || (0..commands / connections).for_each(|_| connection.send(BEAT)))
        })
        .collect();
    sending.into_iter().for_each(|each| each.join().expect("a connection"));
    began.elapsed()
}

/// Makes the client known, with this callback.
pub(crate) fn hello(address: &str, callback: &str) {
    let body = format!(
        r#"{{"data":{{"type":"Hello#crm","body":"null","callbackFqdn":"http://{callback}","callbackEndpoint":"/events"}}}}"#
    );
    Connection::open(address).send(&body);
}

const BEAT: &str = r#"{"data":{"type":"Beat#crm","body":"null"}}"#;

struct Connection(TcpStream);

impl Connection {
    fn open(address: &str) -> Self {
        let stream = TcpStream::connect(address).expect("a connection");
        stream.set_nodelay(true).expect("no delay");
        Self(stream)
    }

    fn send(&mut self, body: &str) {
        let head = "POST /gc/command HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ";
        self.0.write_all(format!("{head}{}\r\n\r\n{body}", body.len()).as_bytes()).expect("a server");
        let (mut answer, mut buffer) = (String::new(), [0; 4096]);
        while !is_whole(&answer) {
            let read = self.0.read(&mut buffer).expect("an answer");
            let more = buffer.get(..read).filter(|more| !more.is_empty()).expect("the rest of an answer");
            answer.push_str(&String::from_utf8_lossy(more));
        }
        assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
    }
}

/// Whether head and body of a message are there.
pub(crate) fn is_whole(text: &str) -> bool {
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    body.len() >= length.unwrap_or(0)
}
