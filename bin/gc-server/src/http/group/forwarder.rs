//! Passes requests on to the connector that leads. What it tries again has certainly not begun, or may be asked twice.

use std::collections::BTreeMap;
use std::error::Error;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use gc_environment::Watcher;
use gc_group::{Lead, Member, View};
use gc_net::http_client;
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use rustls::{AlertDescription, ClientConfig};
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;

use super::super::Routes;
use super::super::peer::Peer;
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

/// A failure that was logged is logged again if it comes after so long without one like it.
const QUIET: Duration = Duration::from_secs(60);

/// Passes requests on.
pub(crate) struct Forwarder {
    own: Own,
    view: Watcher<View>,
    way: Mutex<Way>,
    failures: Mutex<Failures>,
}

/// Connections to whoever leads.
pub(crate) struct Way {
    /// Whom this connector trusts, and what it presents.
    tls: Arc<ClientConfig>,
    client: reqwest::Client,
}

impl Way {
    /// HTTP/1.1: each live stream has a connection of its own.
    ///
    /// # Errors
    /// When no client can be made of `tls`.
    pub(crate) fn by(tls: Arc<ClientConfig>) -> Result<Self, reqwest::Error> {
        let client = http_client(&tls).http1_only().connect_timeout(CONNECT).pool_idle_timeout(IDLE);
        let client = client.tcp_keepalive(KEEP_ALIVE).build()?;
        Ok(Self { tls, client })
    }
}

/// This connector.
pub(crate) struct Own {
    /// Which one of the group it is.
    pub(crate) member: Uuid,
    /// Where the others reach it.
    pub(crate) url: String,
    /// What it answers the others: when it has come to lead, it carries out what it could not pass on.
    pub(crate) routes: Routes,
}

/// To whom a request goes: whoever leads.
#[derive(Clone, Debug)]
enum Target {
    /// This connector, by now.
    Own,
    Other(Member),
}

/// What the leader has answered.
pub(super) struct Answered {
    pub(super) answer: Response,
    /// Which one of the group that was.
    pub(super) leader: Uuid,
    pub(super) url: String,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Missed {
    /// It does not lead any more, or not yet, and says so: each hand-over has that for a moment.
    NotLeading,
    NotReached,
    Unknown,
}

impl Forwarder {
    pub(crate) fn new(own: Own, view: Watcher<View>, way: Way) -> Self {
        Self { own, view, way: Mutex::new(way), failures: Mutex::default() }
    }

    /// Uses this one from now on. The connections of the last one close when their requests have ended.
    pub(crate) fn replace(&self, way: Way) {
        *self.way.lock().unwrap_or_else(PoisonError::into_inner) = way;
    }

    fn client(&self) -> reqwest::Client {
        self.way.lock().unwrap_or_else(PoisonError::into_inner).client.clone()
    }

    /// The same trust and certificate with new connections. It is done under one lock, so that no reload is undone.
    fn reconnect(&self) -> Result<(), reqwest::Error> {
        let mut way = self.way.lock().unwrap_or_else(PoisonError::into_inner);
        *way = Way::by(Arc::clone(&way.tls))?;
        Ok(())
    }

    /// Closes the connections to a connector that does not lead any more: it waits for that when it stops, so that no request is on
    /// its way to it then.
    pub(crate) async fn leaves_those_that_have_led(self: Arc<Self>) {
        let mut view = self.view.clone();
        let mut leader = view.read(|view| view.leader(self.own.member));
        loop {
            let next = |view: &View| {
                let now = view.leader(self.own.member);
                (now != leader).then_some(now)
            };
            leader = view.until(next).await;
            if let Err(error) = self.reconnect() {
                tracing::warn!(%error, "the connections to the last leader stay open");
            }
        }
    }

    /// Where the others reach this connector.
    pub(super) fn own(&self) -> &str {
        &self.own.url
    }

    /// What this connector knows of the group now.
    pub(super) fn view(&self) -> View {
        self.view.clone().read(View::clone)
    }

    /// Waits until another connector leads, or nobody.
    pub(super) async fn moved(&self, from: Uuid) {
        let moved = |view: &View| (view.leader(self.own.member) != Some(from)).then_some(());
        self.view.clone().until(moved).await;
    }

    /// The answer of the connector that leads; of this one, if it does by then.
    pub(super) async fn pass_on(&self, mut outgoing: Outgoing) -> Result<Answered, NoAnswer> {
        let mut view = self.view.clone();
        let mut until = None;
        let mut none = NoAnswer::NoLeader;
        loop {
            let leader = view.read(|view| match &view.lead {
                Lead::Here => Some(Target::Own),
                Lead::At(member) => Some(Target::Other(member.clone())),
                Lead::Nobody => None,
            });
            if let Some(leader) = leader {
                let (id, url) = self.known_by(&leader);
                match self.attempt(&leader, &outgoing).await {
                    Ok(answer) => {
                        self.log(url, None);
                        return Ok(Answered { answer, leader: id, url: url.to_owned() });
                    }
                    Err((missed, error)) => {
                        // This one knows that it only begins to lead.
                        if let Target::Other(_) = leader {
                            let is_over = until.is_some_and(|until| Instant::now() >= until);
                            self.log(url, Some((&*error, missed == Missed::NotLeading && !is_over)));
                        }
                        match (missed, outgoing.repeat) {
                            (Missed::Unknown, Repeat::Never) => return Err(NoAnswer::Unknown),
                            (Missed::Unknown, Repeat::Arrived) => {
                                outgoing.forwarded.perhaps_at.get_or_insert(id);
                                none = NoAnswer::Unknown;
                            }
                            (Missed::Unknown, Repeat::Harmless)
                            | (Missed::NotReached | Missed::NotLeading, _) => {
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

    fn known_by<'a>(&'a self, leader: &'a Target) -> (Uuid, &'a str) {
        match leader {
            Target::Own => (self.own.member, &self.own.url),
            Target::Other(member) => (member.id, &member.url),
        }
    }

    async fn attempt(
        &self,
        to: &Target,
        outgoing: &Outgoing,
    ) -> Result<Response, (Missed, Box<dyn Error + Send + Sync>)> {
        let (id, _) = self.known_by(to);
        let sent = timeout(ANSWER, async {
            match to {
                Target::Own => self.carried_out(outgoing).await,
                Target::Other(member) => self.sent(member, outgoing).await,
            }
        });
        let answer = tokio::select! {
            biased;
            answer = sent => answer,
            // A connection that is not there yet has failed by then: nothing was sent.
            () = async { self.moved(id).await; sleep(CONNECT).await } => return Err((Missed::Unknown, "another connector leads".into())),
        };
        match answer {
            Ok(Ok(answer)) if answer.status() == StatusCode::MISDIRECTED_REQUEST => {
                Err((Missed::NotLeading, "it does not lead".into()))
            }
            Ok(answer) => answer,
            Err(late) => Err((Missed::Unknown, late.into())),
        }
    }

    async fn sent(
        &self,
        to: &Member,
        outgoing: &Outgoing,
    ) -> Result<Response, (Missed, Box<dyn Error + Send + Sync>)> {
        let Outgoing { method, target, headers, body, forwarded, .. } = outgoing;
        let mut headers = headers.clone();
        forwarded.write(&mut headers);
        let url = format!("{}{target}", to.url.trim_end_matches('/'));
        let request = self.client().request(method.clone(), url).headers(headers).body(body.clone());
        match request.send().await {
            Ok(answer) => Ok(Response::from(answer).map(Body::new)),
            Err(error) if error.is_connect() || error.is_builder() || is_refused(&error) => {
                Err((Missed::NotReached, error.without_url().into()))
            }
            Err(error) => Err((Missed::Unknown, error.without_url().into())),
        }
    }

    /// By this connector, as what another one has passed on; as long as it only begins to lead, it does not lead.
    async fn carried_out(
        &self,
        outgoing: &Outgoing,
    ) -> Result<Response, (Missed, Box<dyn Error + Send + Sync>)> {
        let Outgoing { method, target, headers, body, forwarded, .. } = outgoing;
        let request = Request::builder().method(method.clone()).uri(target);
        let mut request = match request.body(Body::from(body.clone())) {
            Ok(request) => request,
            Err(error) => return Err((Missed::NotReached, error.into())),
        };
        *request.headers_mut() = headers.clone();
        request.extensions_mut().insert(Peer::kept_back(forwarded.clone()));
        match TowerToHyperService::new(self.own.routes.now()).call(request).await {
            Ok(answer) => Ok(answer),
            Err(never) => match never {},
        }
    }

    /// Each failure is logged once in a while, not for each request, and with it whether it is expected to be over at once.
    fn log(&self, leader: &str, failed: Option<(&(dyn Error + Send + Sync + 'static), bool)>) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((error, passes)) = failed.map(|(error, passes)| (gc_net::causes(error), passes)) else {
            if std::mem::take(&mut failures.is_said) {
                tracing::info!(leader, "requests are passed on again");
            }
            return;
        };
        let now = Instant::now();
        failures.last.retain(|_, at| now.duration_since(*at) < QUIET);
        if failures.last.insert((leader.to_owned(), error.clone(), passes), now).is_some() {
            return;
        }
        failures.is_said = true;
        let text = "requests cannot be passed on to the connector that leads";
        match passes {
            true => tracing::info!(leader, error, "{text}, at the moment"),
            false => tracing::warn!(leader, error, "{text}"),
        }
    }
}

/// What the log has said.
#[derive(Default)]
struct Failures {
    /// When requests failed last, by leader and reason, and whether that was expected to be over at once.
    last: BTreeMap<(String, String, bool), Instant>,
    /// Whether a failure was said since requests were passed on last.
    is_said: bool,
}

/// What a server says of a certificate that it does not accept.
const OF_CERTIFICATES: [AlertDescription; 8] = [
    AlertDescription::AccessDenied,
    AlertDescription::BadCertificate,
    AlertDescription::CertificateExpired,
    AlertDescription::CertificateRequired,
    AlertDescription::CertificateRevoked,
    AlertDescription::CertificateUnknown,
    AlertDescription::UnknownCA,
    AlertDescription::UnsupportedCertificate,
];

/// Whether the leader has ended the handshake, because it does not accept this connector's certificate. It says so after this side has
/// sent the request (RFC 8446, section 4.4), of which it has read nothing.
fn is_refused(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        let tls = error.downcast_ref::<rustls::Error>().or_else(|| inner?.downcast_ref());
        if let Some(rustls::Error::AlertReceived(alert)) = tls {
            return OF_CERTIFICATES.contains(alert);
        }
        cause = error.source();
    }
    false
}
