//! A Finesse node's REST server that spoils some answers; everything else it passes on to the simulator.

use std::sync::{Arc, Mutex};

use finesse_sim::Running;
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::task::AbortOnDropHandle;

use super::receiver::read_request;

/// What becomes of a request.
#[derive(Clone, Debug)]
pub(crate) enum Spoilt {
    /// This status, content type and body.
    Answer(u16, &'static str, Vec<u8>),
    /// These bytes, then the connection is closed.
    Close(Vec<u8>),
    /// Nothing, until the other side gives up.
    Silence,
}

pub(crate) struct RestNode {
    pub(crate) url: String,
    desk: Arc<Desk>,
    _listening: AbortOnDropHandle<()>,
}

struct Desk {
    behind: String,
    http: reqwest::Client,
    /// The beginning of the request line that is spoilt, and how.
    spoilt: Mutex<Option<(&'static str, Spoilt)>>,
    seen: Mutex<Vec<String>>,
}

impl RestNode {
    /// Stands before a simulator without TLS.
    pub(crate) async fn before(sim: &Running) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let behind = sim.rest_url().trim_end_matches("/finesse/api").to_owned();
        let (spoilt, seen) = (Mutex::new(None), Mutex::default());
        let desk = Arc::new(Desk { behind, http: super::http(), spoilt, seen });
        let at_desk = Arc::clone(&desk);
        let listening = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(BufReader::new(stream), Arc::clone(&at_desk)));
            }
        });
        Self { url, desk, _listening: AbortOnDropHandle::new(listening) }
    }

    /// From now on every request that begins like this is spoilt, and no other.
    pub(crate) fn spoil(&self, request: &'static str, how: Spoilt) {
        *self.desk.spoilt.lock().unwrap() = Some((request, how));
    }

    pub(crate) fn behave(&self) {
        *self.desk.spoilt.lock().unwrap() = None;
    }

    /// How many requests began like this.
    pub(crate) fn seen(&self, request: &str) -> usize {
        self.desk.seen.lock().unwrap().iter().filter(|seen| seen.starts_with(request)).count()
    }
}

async fn serve(mut stream: BufReader<TcpStream>, desk: Arc<Desk>) {
    while let Some((request, headers, body)) = read_request(&mut stream).await {
        desk.seen.lock().unwrap().push(request.clone());
        let spoilt = desk.spoilt.lock().unwrap().clone();
        let spoilt = spoilt.filter(|(beginning, _)| request.starts_with(beginning)).map(|(_, how)| how);
        let (status, content_type, body) = match spoilt {
            Some(Spoilt::Answer(status, content_type, body)) => (status, content_type.to_owned(), body),
            Some(Spoilt::Close(bytes)) => {
                _ = stream.write_all(&bytes).await;
                return;
            }
            Some(Spoilt::Silence) => {
                _ = stream.read_u8().await;
                return;
            }
            None => {
                let (method, path) = request.split_once(' ').unwrap();
                let mut call = desk.http.request(method.parse().unwrap(), format!("{}{path}", desk.behind));
                for name in ["authorization", "accept", "content-type", "requestid"] {
                    if let Some(value) = headers.get(name) {
                        call = call.header(name, value);
                    }
                }
                let Ok(answer) = call.body(body).send().await else { return };
                let content_type = answer.headers().get("content-type");
                let content_type = content_type.map_or(String::new(), |it| it.to_str().unwrap().to_owned());
                (answer.status().as_u16(), content_type, answer.bytes().await.unwrap().to_vec())
            }
        };
        let head = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: {content_type}\r\nlocation: /elsewhere\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        // A reader that has had enough hangs up.
        if stream.write_all(head.as_bytes()).await.is_err() || stream.write_all(&body).await.is_err() {
            return;
        }
    }
}
