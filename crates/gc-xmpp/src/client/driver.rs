//! Reads, writes and waits for one session.

use gc_environment::Timers;
use std::collections::VecDeque;

use secrecy::ExposeSecret;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use crate::transport::Transport;
use crate::{
    CloseReason, ConnectError, Event, Input, Lost, Output, RequestError, Session, Ticket, Timer, Timing, Tls,
};

pub(super) type Reply = oneshot::Sender<Result<(), RequestError>>;

/// What a handle asks for.
#[derive(Debug)]
pub(super) enum Command {
    Subscribe { node: String, reply: Reply },
    Unsubscribe { node: String, reply: Reply },
    Ping { reply: Reply },
}

pub(super) struct Driver {
    transport: Transport,
    session: Session,
    domain: String,
    timing: Timing,
    /// For STARTTLS.
    tls: Option<Tls>,
    /// Why STARTTLS came to nothing.
    tls_error: Option<ConnectError>,
    timers: Timers<Timer>,
    /// Events that wait for room in the channel. While there are any, the socket is not read.
    backlog: VecDeque<Event>,
    replies: Vec<(Ticket, Reply)>,
    tickets: u64,
    cannot_write: bool,
    closed: Option<CloseReason>,
}

impl Driver {
    pub(super) fn new(
        transport: Transport,
        session: Session,
        domain: String,
        timing: Timing,
        tls: Option<Tls>,
    ) -> Self {
        Self {
            transport,
            session,
            domain,
            timing,
            tls,
            tls_error: None,
            timers: Timers::default(),
            backlog: VecDeque::new(),
            replies: Vec::new(),
            tickets: 0,
            cannot_write: false,
            closed: None,
        }
    }

    /// Drives the session until it is ready and returns its JID.
    pub(super) async fn log_in(&mut self) -> Result<String, CloseReason> {
        self.feed(Input::Connected).await;
        loop {
            if let Some(reason) = self.closed.take() {
                return Err(reason);
            }
            if let (true, Some(jid)) = (self.session.is_ready(), self.session.jid()) {
                return Ok(jid.to_owned());
            }
            let input = tokio::select! {
                // The deadline first: a server that never stops sending cannot keep a login open.
                biased;
                timer = self.timers.next() => Input::TimerFired(timer),
                frame = self.transport.receive() => frame.map_or_else(Input::from, Input::from),
            };
            self.feed(input).await;
        }
    }

    /// What the end of a login says to whoever wanted it.
    pub(super) fn connect_error(self, reason: CloseReason) -> ConnectError {
        match self.tls_error {
            Some(error) => error,
            None if self.session.has_sent_password() => ConnectError::Closed(reason),
            None => ConnectError::NoLogin(reason),
        }
    }

    /// Drives the session to its end. Dropping either channel's other end closes it. Boxed, because a future holds its arguments
    /// twice.
    pub(super) async fn run(
        mut self: Box<Self>,
        mut commands: mpsc::Receiver<Command>,
        events: mpsc::Sender<Event>,
    ) {
        let mut is_wanted = true;
        while self.closed.is_none() {
            let is_stalled = is_wanted && !self.backlog.is_empty();
            // Our own commands first, then room for events, then the server; a deadline last, so that it does not
            // pass before what was there in time.
            let input = tokio::select! {
                biased;
                command = commands.recv(), if is_wanted => match command {
                    Some(command) => self.accept(command),
                    None => Input::Close,
                },
                () = events.closed(), if is_wanted => Input::Close,
                permit = events.reserve(), if is_stalled => {
                    if let (Ok(permit), Some(event)) = (permit, self.backlog.pop_front()) {
                        permit.send(event);
                    }
                    continue;
                }
                frame = self.transport.receive(), if !is_stalled => frame.map_or_else(Input::from, Input::from),
                timer = self.timers.next() => {
                    // We do not listen just now, so silence says nothing about the server.
                    if timer == Timer::Ping && is_stalled {
                        self.feed(Input::Alive).await;
                    }
                    Input::TimerFired(timer)
                }
            };
            is_wanted &= !matches!(input, Input::Close);
            self.feed(input).await;
        }
        self.deliver_rest(&mut commands, &events).await;
    }

    fn accept(&mut self, command: Command) -> Input {
        self.tickets = self.tickets.wrapping_add(1);
        let ticket = Ticket(self.tickets);
        let (reply, input) = match command {
            Command::Subscribe { node, reply } => (reply, Input::Subscribe { ticket, node }),
            Command::Unsubscribe { node, reply } => (reply, Input::Unsubscribe { ticket, node }),
            Command::Ping { reply } => (reply, Input::Ping { ticket }),
        };
        self.replies.push((ticket, reply));
        input
    }

    async fn feed(&mut self, input: Input) {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            for output in self.session.step(input) {
                if matches!(output, Output::StartTls) {
                    // Boxed: it is larger than everything else of this future, and happens once.
                    inputs.push_back(Box::pin(self.start_tls()).await);
                    continue;
                }
                if let Err(lost) = self.carry_out(output).await {
                    self.cannot_write = true;
                    inputs.push_back(Input::WriteFailed(lost));
                }
            }
        }
    }

    async fn carry_out(&mut self, output: Output) -> Result<(), Lost> {
        match output {
            Output::OpenStream | Output::Send(_) | Output::SendSecret(_) | Output::CloseStream => {
                return self.write(output).await;
            }
            Output::StartTimer(timer, after) => self.timers.start(timer, after),
            Output::StopTimer(timer) => self.timers.stop(&timer),
            Output::Deliver(event) => self.backlog.push_back(event),
            Output::Answer { ticket, result } => {
                if let Some(index) = self.replies.iter().position(|(asked, _)| *asked == ticket) {
                    // An asker who has gone does not want the answer.
                    let _ = self.replies.swap_remove(index).1.send(result);
                }
            }
            // The answer is an input.
            Output::StartTls => {}
            Output::Closed(reason) => {
                tracing::debug!(%reason, "XMPP session closed");
                let _ = timeout(self.timing.close, self.transport.shut_down()).await;
                self.closed = Some(reason);
            }
        }
        Ok(())
    }

    async fn start_tls(&mut self) -> Input {
        let Some(tls) = &self.tls else { return Input::Lost(Lost::Eof) };
        match self.transport.start_tls(tls, self.timing.handshake).await {
            Ok(()) => Input::Encrypted,
            Err(error) => {
                self.tls_error = Some(error);
                Input::Lost(Lost::Eof)
            }
        }
    }

    async fn write(&mut self, output: Output) -> Result<(), Lost> {
        if self.cannot_write {
            return Ok(());
        }
        let (transport, domain) = (&mut self.transport, &self.domain);
        let written = async {
            match &output {
                Output::OpenStream => transport.open_stream(domain).await,
                Output::Send(stanza) => transport.send(stanza).await,
                Output::SendSecret(stanza) => transport.send(stanza.expose_secret()).await,
                _ => transport.close_stream().await,
            }
        };
        timeout(self.timing.step, written).await.unwrap_or(Err(Lost::WriteTimedOut))
    }

    /// Delivers what is left, the reason of the end last, for as long as the handle lives; after that,
    /// what finds room.
    async fn deliver_rest(
        self: Box<Self>,
        commands: &mut mpsc::Receiver<Command>,
        events: &mpsc::Sender<Event>,
    ) {
        let Self { transport, mut backlog, closed, .. } = *self;
        drop(transport);
        backlog.extend(closed.map(|reason| Event::Closed(Box::new(reason))));
        while let Some(event) = backlog.pop_front() {
            let permit = tokio::select! {
                // Delivery first: the reason of the end arrives even if the handle is dropped meanwhile.
                biased;
                permit = events.reserve() => permit,
                // A command gets no answer any more: its reply is dropped here.
                () = async { while commands.recv().await.is_some() {} } => return,
            };
            match permit {
                Ok(permit) => permit.send(event),
                Err(_) => return,
            }
        }
    }
}

#[cfg(test)]
mod tests;
