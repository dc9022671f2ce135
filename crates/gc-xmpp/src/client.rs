//! The driver: one task that owns the socket and carries out what the session asks.

mod driver;

use std::sync::Arc;

use gc_environment::{Environment, RealEnvironment};
use gc_xml::Limits;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tracing::Instrument;

use crate::dial;
use crate::{
    Account, CloseReason, ConnectError, Dial, Endpoint, Event, RequestError, Session, TcpDial, Timing,
};
use driver::{Command, Driver, Reply};

/// Everything a connection needs.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to.
    pub endpoint: Endpoint,
    /// As whom.
    pub account: Account,
    /// Whether the password may go over a connection that is not encrypted. For tests and old sites.
    pub allow_plaintext_auth: bool,
    /// How long each thing may take.
    pub timing: Timing,
    /// How large one stanza may be.
    pub limits: Limits,
    /// How many events may wait for their reader. When they are that many, the socket is not read until
    /// the reader took one: nothing is dropped. At least 1.
    pub event_capacity: usize,
    /// What makes the connection below TLS and framing.
    pub dial: Arc<dyn Dial>,
    /// Where the first request number of BOSH comes from, which nobody should be able to guess.
    pub environment: Arc<dyn Environment>,
}

impl Options {
    /// The usual options: no plaintext password, default deadlines and limits, 64 events, over TCP.
    pub fn new(endpoint: Endpoint, account: Account) -> Self {
        Self {
            endpoint,
            account,
            allow_plaintext_auth: false,
            timing: Timing::default(),
            limits: Limits::default(),
            event_capacity: 64,
            dial: Arc::new(TcpDial),
            environment: Arc::new(RealEnvironment),
        }
    }
}

/// A live session. Dropping it, or the receiver of events, closes the session in order.
#[derive(Debug)]
pub struct Handle {
    jid: String,
    commands: mpsc::Sender<Command>,
    task: JoinHandle<()>,
}

/// Connects and logs in. Returns when the session is ready: the receiver's first event is [`Event::Ready`], or
/// what the server sent before it; its last is [`Event::Closed`]. Dropping the future gives up.
///
/// Needs a tokio runtime with time, and with whatever [`Options::dial`] needs (I/O, for TCP).
pub async fn connect(options: Options) -> Result<(Handle, mpsc::Receiver<Event>), ConnectError> {
    let transport = dial::connect(&options).await?;
    let Options { endpoint, account, allow_plaintext_auth, timing, event_capacity, .. } = options;
    let domain = account.domain().to_owned();
    let session = Session::new(account, timing, endpoint.encryption(allow_plaintext_auth));
    let mut driver = Box::new(Driver::new(transport, session, domain, timing, endpoint.tls));
    let jid = match driver.log_in().await {
        Ok(jid) => jid,
        Err(reason) => return Err(driver.connect_error(reason)),
    };
    tracing::debug!(%jid, "XMPP session ready");

    let (commands, requested) = mpsc::channel(8);
    let (sender, events) = mpsc::channel(event_capacity.max(1));
    // What it logs belongs to whoever has connected.
    let task = tokio::spawn(driver.run(requested, sender).in_current_span());
    Ok((Handle { jid, commands, task }, events))
}

/// Connects as [`connect`] does, up to where the password would be sent, and closes: whether somebody could log in there, as far as
/// that can be known without a password. Of the account only the domain is used.
///
/// Needs the same runtime as [`connect`].
pub async fn probe(options: Options) -> Result<(), ConnectError> {
    let transport = dial::connect(&options).await?;
    let Options { endpoint, account, allow_plaintext_auth, timing, .. } = options;
    let domain = account.domain().to_owned();
    let session = Session::new(account, timing, endpoint.encryption(allow_plaintext_auth)).without_login();
    let mut driver = Driver::new(transport, session, domain, timing, endpoint.tls);
    match driver.log_in().await {
        Ok(_) | Err(CloseReason::Requested) => Ok(()),
        Err(reason) => Err(driver.connect_error(reason)),
    }
}

impl Handle {
    /// The full JID of the session.
    pub fn jid(&self) -> &str {
        &self.jid
    }

    /// Asks for the notifications of a node, for this session only. Keep reading events meanwhile: the
    /// answer comes on the same stream.
    pub fn subscribe(&self, node: &str) -> impl Future<Output = Result<(), RequestError>> + Send + use<> {
        self.ask(node, |node, reply| Command::Subscribe { node, reply })
    }

    /// Ends what [`Self::subscribe`] began.
    pub fn unsubscribe(&self, node: &str) -> impl Future<Output = Result<(), RequestError>> + Send + use<> {
        self.ask(node, |node, reply| Command::Unsubscribe { node, reply })
    }

    /// Asks the server for a sign of life. What it had sent before its answer has become events by then; keep reading them
    /// meanwhile. A server that refuses pings answers as well.
    pub fn ping(&self) -> impl Future<Output = Result<(), RequestError>> + Send + use<> {
        self.ask("", |_, reply| Command::Ping { reply })
    }

    fn ask(
        &self,
        node: &str,
        command: fn(String, Reply) -> Command,
    ) -> impl Future<Output = Result<(), RequestError>> + Send + use<> {
        let (reply, answer) = oneshot::channel();
        let (commands, command) = (self.commands.clone(), command(node.to_owned(), reply));
        async move {
            let sent = commands.send(command).await;
            // Closing the stream waits until nobody can send any more.
            drop(commands);
            sent.map_err(|_| RequestError::Closed)?;
            answer.await.unwrap_or(Err(RequestError::Closed))
        }
    }

    /// Closes the stream in order and waits until the connection is gone; [`Timing::close`] bounds it.
    pub async fn close(self) {
        let Self { commands, task, .. } = self;
        drop(commands);
        if let Err(error) = task.await {
            tracing::error!(%error, "the XMPP task failed");
        }
    }
}
