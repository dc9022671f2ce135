//! One request and its answer over HTTP/1.1.

use std::io::ErrorKind;
use std::sync::Arc;

use bytes::Bytes;
use gc_xml::Limits;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{CONTENT_TYPE, HOST, HeaderValue};
use hyper_util::rt::TokioIo;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::body::{Answer, WAIT};
use super::core::Outcome;
use crate::dial::reach;
use crate::transport::ReceiveError;
use crate::{CloseReason, ConnectError, Dial, Endpoint, FramingError, Lost, Timing};

/// An answer may hold several stanzas, each of which is below the limit.
const STANZAS: usize = 8;

/// Where the requests go.
#[derive(Debug)]
pub(crate) struct BoshTarget {
    pub(crate) dial: Arc<dyn Dial>,
    pub(crate) endpoint: Endpoint,
    pub(crate) path: String,
    pub(crate) timing: Timing,
    pub(crate) limits: Limits,
}

/// A connection that is kept from one request to the next.
pub(crate) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    /// Reads and writes; ends with this value.
    _driver: JoinSet<()>,
}

impl BoshTarget {
    /// A new connection, encrypted where that is configured.
    pub(crate) async fn connect(&self) -> Result<Connection, ConnectError> {
        let socket = reach(&*self.dial, &self.endpoint, &self.timing).await?;
        let shaken = handshake(TokioIo::new(socket)).await;
        let (sender, connection) = shaken.map_err(|_| ConnectError::NoLogin(CloseReason::Lost(Lost::Eof)))?;
        let mut driver = JoinSet::new();
        driver.spawn(async move {
            // Whoever waits for an answer learns the reason.
            let _ = connection.await;
        });
        Ok(Connection { sender, _driver: driver })
    }

    /// Sends a request over this connection, or a new one, which is returned if another request may follow. `leaves` is called
    /// when the request goes out.
    pub(super) async fn exchange(
        &self,
        connection: Option<Connection>,
        text: &str,
        leaves: impl FnOnce(),
    ) -> (Outcome, Option<Connection>) {
        let deadline = WAIT + self.timing.connect + self.timing.handshake + self.timing.step;
        let exchanged = timeout(deadline, self.try_exchange(connection, text, leaves)).await;
        exchanged
            .unwrap_or_else(|_| Err(Lost::Io(ErrorKind::TimedOut).into()))
            .unwrap_or_else(|error| (Outcome::Failed(error), None))
    }

    async fn try_exchange(
        &self,
        connection: Option<Connection>,
        text: &str,
        leaves: impl FnOnce(),
    ) -> Result<(Outcome, Option<Connection>), ReceiveError> {
        let mut connection = match connection.filter(|connection| !connection.sender.is_closed()) {
            Some(connection) => connection,
            None => self.connect().await.map_err(|_| Lost::Eof)?,
        };
        connection.sender.ready().await.map_err(|_| Lost::Eof)?;
        let request = self.request(text).map_err(|_| FramingError::NotAStream)?;
        let responding = connection.sender.send_request(request);
        leaves();
        let mut response = responding.await.map_err(|_| Lost::Eof)?;
        let status = response.status().as_u16();
        let body = self.collect(response.body_mut()).await?;
        let outcome = match status {
            200 => Outcome::Answered(Answer::read(&body, &self.limits)?),
            status => Outcome::Status(status),
        };
        Ok((outcome, Some(connection)))
    }

    fn request(&self, text: &str) -> hyper::http::Result<hyper::Request<Full<Bytes>>> {
        let host = HeaderValue::try_from(self.endpoint.authority())?;
        hyper::Request::post(self.path.as_str())
            .header(HOST, host)
            .header(CONTENT_TYPE, HeaderValue::from_static("text/xml; charset=utf-8"))
            .body(Full::new(Bytes::copy_from_slice(text.as_bytes())))
    }

    async fn collect(&self, body: &mut Incoming) -> Result<Vec<u8>, ReceiveError> {
        let (mut collected, limit) = (Vec::new(), self.limits.bytes.saturating_mul(STANZAS));
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| Lost::CutOff)?;
            let Ok(data) = frame.into_data() else { continue };
            if collected.len() + data.len() > limit {
                return Err(FramingError::TooLarge { limit }.into());
            }
            collected.extend_from_slice(&data);
        }
        Ok(collected)
    }
}
