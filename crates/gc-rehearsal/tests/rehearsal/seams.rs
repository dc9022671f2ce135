//! The two seams of the product, over the ways in memory.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use finesse_client::{AnswerBody, BoxFuture, Dial, Http};
use finesse_types::Failure;
use futures_util::StreamExt;
use http::header::HOST;
use http::{HeaderValue, Request, Response, Uri};
use http_body_util::{BodyExt, BodyStream};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use tokio::io::DuplexStream;
use tokio::time::{Instant, timeout_at};

use crate::early;
use crate::net::{Net, Path};
use crate::takeover::Watch;

/// The names of the nodes. They are no addresses: nothing here can leave the process.
pub(crate) const NODES: [&str; 2] = ["a.finesse.test", "b.finesse.test"];

/// For one attempt, as finesse-client's own client has it.
const ATTEMPT: Duration = Duration::from_secs(10);

/// Both seams.
#[derive(Clone)]
pub(crate) struct Seams {
    pub(crate) net: Arc<Net>,
    pub(crate) answers_early: bool,
    pub(crate) watch: Watch,
}

impl fmt::Debug for Seams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seams")
    }
}

impl Seams {
    async fn connects(&self, host: Option<&str>, path: Path) -> io::Result<DuplexStream> {
        self.net.connect(node(host)?, path, self.watch.end()).await
    }
}

fn node(host: Option<&str>) -> io::Result<usize> {
    let known = NODES.iter().position(|node| Some(*node) == host);
    known.ok_or_else(|| io::ErrorKind::HostUnreachable.into())
}

impl Dial for Seams {
    fn dial<'a>(&'a self, host: &'a str, _: u16) -> gc_xmpp::Dialled<'a> {
        Box::pin(async move {
            self.watch.acts("opens a stream");
            let connection = self.connects(Some(host), Path::Notifications).await?;
            let connection = if self.answers_early { early::answers(connection) } else { connection };
            Ok(Box::new(connection) as Box<dyn gc_xmpp::Socket>)
        })
    }
}

impl Http for Seams {
    fn exchange(&self, request: Request<String>) -> BoxFuture<'_, Result<Response<AnswerBody>, Failure>> {
        Box::pin(async move {
            // The nodes may be looked at by everybody.
            if !request.uri().path().ends_with("/SystemInfo") {
                self.watch.acts("sends a request");
            }
            let deadline = Instant::now() + ATTEMPT;
            let lost =
                |sent, error: &dyn fmt::Display| Failure::Unreachable { sent, reason: error.to_string() };
            let connecting = self.connects(request.uri().host(), Path::Rest);
            let connected = timeout_at(deadline, connecting).await;
            let connection = connected
                .map_err(|_| Failure::TimedOut { sent: false })?
                .map_err(|error| lost(false, &error))?;
            // The whole answer counts, as it does for the real client.
            let answered = timeout_at(deadline, exchange(connection, request)).await;
            let answer = answered.map_err(|_| Failure::TimedOut { sent: true })?;
            let (head, body) = answer.map_err(|error| lost(true, &error))?.into_parts();
            let pieces = futures_util::stream::iter(body.into_iter().map(Ok)).boxed();
            Ok(Response::from_parts(head, pieces))
        })
    }
}

/// One exchange on a connection of its own; the answer's body in the pieces in which it came.
pub(crate) async fn exchange(
    connection: DuplexStream,
    mut request: Request<String>,
) -> hyper::Result<Response<Vec<Bytes>>> {
    let host = request.uri().host().unwrap_or_default().to_owned();
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
    *request.uri_mut() = Uri::try_from(path).unwrap();
    request.headers_mut().insert(HOST, HeaderValue::try_from(host).unwrap());
    let (mut sender, driver) = hyper::client::conn::http1::handshake(TokioIo::new(connection)).await?;
    let asking = async {
        let (head, body) = sender.send_request(request).await?.into_parts();
        Ok(Response::from_parts(head, pieces(body).await?))
    };
    tokio::pin!(driver);
    tokio::select! {
        biased;
        answer = asking => answer,
        // What had come before the end is in the answer; without one, this is why.
        Err(error) = &mut driver => Err(error),
    }
}

async fn pieces(body: Incoming) -> hyper::Result<Vec<Bytes>> {
    let mut pieces = Vec::new();
    let mut body = BodyStream::new(body.map_frame(|frame| frame));
    while let Some(frame) = body.next().await {
        pieces.extend(frame?.into_data().ok());
    }
    Ok(pieces)
}
