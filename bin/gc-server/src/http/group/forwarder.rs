//! Passes requests on to the connector that leads. What it tries again has certainly not begun, or may be asked twice.

use std::error::Error;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode};
use gc_environment::Watcher;
use gc_group::{Lead, Member, View};
use gc_net::http_client;
use rustls::ClientConfig;
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;

use super::forwarded::Forwarded;

/// Until there is a connection.
const CONNECT: Duration = Duration::from_secs(3);
/// Until the answer begins: longer than the leader takes for any.
const ANSWER: Duration = Duration::from_secs(30);
/// From the first failure on it is tried again for so long; most clients wait longer for an answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two attempts, unless another connector leads before.
const PAUSE: Duration = Duration::from_millis(200);
/// A leader whose machine has gone is noticed on a silent live stream.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// A connection that was idle for longer is not used again: the leader may be closing it.
const IDLE: Duration = Duration::from_secs(10);

/// Passes requests on.
#[derive(Debug)]
pub(crate) struct Forwarder {
    /// Where the others reach this connector.
    own: String,
    view: Watcher<View>,
    client: Mutex<reqwest::Client>,
    /// Whether the last attempt failed; for the log.
    failing: AtomicBool,
}

/// A request on its way to the leader.
#[derive(Clone, Debug)]
pub(super) struct Outgoing {
    pub(super) method: Method,
    /// Path and query.
    pub(super) target: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) forwarded: Forwarded,
    pub(super) repeat: Repeat,
}

/// What may be done when it is not known whether a request has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeat {
    /// It changes nothing, or the same twice: it is sent again.
    Harmless,
    /// It is sent again, and says where it may have arrived: that connector knows what has; another one begins nothing.
    Arrived,
    /// It is not sent again.
    Never,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoAnswer {
    /// Nobody leads, as far as is known here.
    NoLeader,
    /// The leader could not be reached. Nothing was begun.
    NotReached,
    /// It may have been begun.
    Unknown,
}

/// Why an attempt gave no answer.
enum Missed {
    NotReached,
    Unknown,
}

impl Forwarder {
    /// `own`: where the others reach this connector. `tls`: whom it trusts, and what it presents to the leader.
    ///
    /// # Errors
    /// When no client can be made of `tls`.
    pub(crate) fn new(own: String, view: Watcher<View>, tls: &ClientConfig) -> Result<Self, reqwest::Error> {
        let client = Mutex::new(Self::client(tls)?);
        Ok(Self { own, view, client, failing: AtomicBool::new(false) })
    }

    /// What calls the leader. HTTP/1.1: each live stream has a connection of its own.
    ///
    /// # Errors
    /// When no client can be made of `tls`.
    pub(crate) fn client(tls: &ClientConfig) -> Result<reqwest::Client, reqwest::Error> {
        let client = http_client(tls).http1_only().connect_timeout(CONNECT).pool_idle_timeout(IDLE);
        client.tcp_keepalive(KEEP_ALIVE).build()
    }

    /// Uses this one from now on.
    pub(crate) fn replace(&self, client: reqwest::Client) {
        *self.client.lock().unwrap_or_else(PoisonError::into_inner) = client;
    }

    /// Where the others reach this connector.
    pub(super) fn own(&self) -> &str {
        &self.own
    }

    /// What this connector knows of the group now.
    pub(super) fn view(&self) -> View {
        self.view.clone().read(View::clone)
    }

    /// Waits until another connector leads, or nobody.
    pub(super) async fn moved(&self, from: Uuid) {
        let leads = |view: &View| matches!(&view.lead, Lead::At(member) if member.id == from);
        self.view.clone().until(|view| (!leads(view)).then_some(())).await;
    }

    /// The answer of the connector that leads, and which one that was.
    pub(super) async fn pass_on(
        &self,
        mut outgoing: Outgoing,
    ) -> Result<(Member, reqwest::Response), NoAnswer> {
        let mut view = self.view.clone();
        let mut until = None;
        let mut none = NoAnswer::NoLeader;
        loop {
            if let Lead::At(leader) = view.read(|view| view.lead.clone()) {
                match self.attempt(&leader, &outgoing).await {
                    Ok(answer) => {
                        self.log(&leader, None);
                        return Ok((leader, answer));
                    }
                    Err((missed, error)) => {
                        self.log(&leader, Some(&*error));
                        match (missed, outgoing.repeat) {
                            (Missed::Unknown, Repeat::Never) => return Err(NoAnswer::Unknown),
                            (Missed::Unknown, Repeat::Arrived) => {
                                outgoing.forwarded.perhaps_at.get_or_insert(leader.id);
                                none = NoAnswer::Unknown;
                            }
                            (Missed::Unknown, Repeat::Harmless) | (Missed::NotReached, _) => {
                                if none == NoAnswer::NoLeader {
                                    none = NoAnswer::NotReached;
                                }
                            }
                        }
                    }
                }
            } else if until.is_none() {
                return Err(NoAnswer::NoLeader);
            }
            let until = *until.get_or_insert_with(|| Instant::now() + PATIENCE);
            if Instant::now() >= until {
                return Err(none);
            }
            tokio::select! {
                biased;
                () = view.changed() => {}
                () = sleep(PAUSE) => {}
            }
        }
    }

    async fn attempt(
        &self,
        to: &Member,
        outgoing: &Outgoing,
    ) -> Result<reqwest::Response, (Missed, Box<dyn Error + Send + Sync>)> {
        let Outgoing { method, target, headers, body, forwarded, .. } = outgoing;
        let mut headers = headers.clone();
        forwarded.write(&mut headers);
        let url = format!("{}{target}", to.url.trim_end_matches('/'));
        let client = self.client.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let request = client.request(method.clone(), url).headers(headers).body(body.clone());
        let sent = timeout(ANSWER, request.send());
        let answer = tokio::select! {
            biased;
            answer = sent => answer,
            // A connection that is not there yet has failed by then: nothing was sent.
            () = async { self.moved(to.id).await; sleep(CONNECT).await } => return Err((Missed::Unknown, "another connector leads".into())),
        };
        match answer {
            Ok(Ok(answer)) if answer.status() == StatusCode::MISDIRECTED_REQUEST => {
                Err((Missed::NotReached, "it does not lead".into()))
            }
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) if error.is_connect() || error.is_builder() => {
                Err((Missed::NotReached, error.into()))
            }
            Ok(Err(error)) => Err((Missed::Unknown, error.into())),
            Err(late) => Err((Missed::Unknown, late.into())),
        }
    }

    /// Each change is logged, not each request.
    fn log(&self, leader: &Member, failed: Option<&(dyn Error + Send + Sync)>) {
        let was_failing = self.failing.swap(failed.is_some(), Ordering::Relaxed);
        match failed {
            Some(error) if !was_failing => {
                let error = gc_net::causes(error);
                tracing::warn!(
                    leader = leader.url,
                    error,
                    "requests cannot be passed on to the connector that leads"
                );
            }
            None if was_failing => {
                tracing::info!(leader = leader.url, "requests are passed on again");
            }
            _ => {}
        }
    }
}
