//! The real thing behind [`Link`]: one or two nodes.

pub(crate) mod trial;

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use finesse_types::{Answer, Failure, Request, SystemInfo, Token};
use gc_environment::{Environment, Watcher};
use gc_xmpp::{Account, Dial, Endpoint, Options, TcpDial, Timing, Wire};
use rustls::ClientConfig;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};

use crate::attempts::Attempts;
use crate::checks::Condition;
use crate::config::{ClusterConfig, ConfigError, ConfigFaults, LONGEST_DEADLINE};
use crate::endpoint::Place;
use crate::health::Health;
use crate::http::{Http, Pooled};
use crate::link::{Link, LinkMeasures, MoveError, NodeMeasures, Priority, Service, no_token_service};
use crate::nodes::{Node, Nodes, places};
use crate::notifications::{NotificationStream, StreamError};
use crate::pages::Pages;
use crate::requests::Requests;
use crate::tokens::Tokens;
use crate::transports::Failures;
use crate::turns::{Limits, Order, Turns};
use crate::xmpp::{Opens, StreamContext, XmppStream};
use finesse_types::Credentials;
use futures_util::future::BoxFuture;

/// A cluster of one or two Finesse nodes. Dropping it ends its watching; open streams stay.
#[derive(Debug)]
pub struct Cluster {
    shared: Arc<Shared>,
    watching: JoinHandle<()>,
}

/// What decides when it is whose turn to log in.
#[derive(Clone, Debug)]
struct Urgency {
    /// Since when there has been no stream.
    since: Instant,
    priority: Priority,
}

/// What requests, streams and the watching share.
#[derive(Debug)]
struct Shared {
    http: Arc<dyn Http>,
    dial: Arc<dyn Dial>,
    environment: Arc<dyn Environment>,
    nodes: Arc<Nodes>,
    health: Arc<Health>,
    requests: Requests,
    tokens: Option<Tokens>,
    /// For the renewal of a token.
    overall: Duration,
    opening_deadline: Duration,
    /// Limits the streams that move at one time to another node.
    moves: Arc<Turns>,
    timing: Timing,
    allow_plaintext: bool,
}

impl Cluster {
    /// Builds the one HTTP client and begins to watch the nodes. Needs a tokio runtime with I/O and time.
    ///
    /// # Errors
    /// Everything that is wrong with the configuration.
    pub fn new(config: ClusterConfig) -> Result<Self, ConfigFaults> {
        let parts = Parts::of(&config)?;
        let addresses = parts.places.iter().filter_map(|place| place.dialled.clone()).collect();
        let http = Arc::new(Pooled::new(&parts.tls, &config.rest, addresses));
        Ok(Self::start(config, parts, http, Arc::new(TcpDial)))
    }

    /// The same over other ways to the nodes: a test has them in memory. Needs a tokio runtime with time.
    ///
    /// # Errors
    /// Everything that is wrong with the configuration.
    pub fn over(
        config: ClusterConfig,
        http: Arc<dyn Http>,
        dial: Arc<dyn Dial>,
    ) -> Result<Self, ConfigFaults> {
        let parts = Parts::of(&config)?;
        Ok(Self::start(config, parts, http, dial))
    }

    fn start(config: ClusterConfig, parts: Parts, http: Arc<dyn Http>, dial: Arc<dyn Dial>) -> Self {
        let Parts { tls, places, tokens } = parts;
        let nodes = Arc::new(Nodes::new(&config, places, &tls));
        let names = nodes.all().map(|node| node.map(|node| node.name())).collect();
        let health = Arc::new(Health::of(names));
        let overall = config.rest.overall;
        let environment = config.environment;
        let attempts =
            Attempts::new(Arc::clone(&http), Arc::clone(&environment), Arc::clone(&nodes), config.rest);
        let pages = Pages::new(attempts, config.page_size);
        let requests = Requests::new(pages, Arc::clone(&nodes), Arc::clone(&health), overall);
        let shared = Arc::new(Shared {
            tokens,
            http,
            dial,
            environment,
            health,
            requests,
            nodes,
            overall,
            timing: config.xmpp,
            allow_plaintext: config.allow_plaintext,
            opening_deadline: config.opening.deadline.min(LONGEST_DEADLINE),
            moves: Turns::new(moves(config.opening.moves_at_once)),
        });
        let watching = tokio::spawn({
            let shared = shared.clone();
            async move {
                let ask = |node| -> BoxFuture<'static, _> { Box::pin(shared.clone().check(node)) };
                shared.health.watch(&config.health, ask).await;
            }
        });
        Self { shared, watching }
    }
}

/// What is made of a configuration before anything runs.
struct Parts {
    tls: Arc<ClientConfig>,
    places: Vec<Place>,
    tokens: Option<Tokens>,
}

impl Parts {
    fn of(config: &ClusterConfig) -> Result<Self, ConfigFaults> {
        let mut faults = ConfigFaults::default();
        let places = places(config, &mut faults);
        let tls = faults.keep("trust", config.trust.client_config().map_err(ConfigError::Trust));
        let tokens = config.token_service.as_ref().and_then(|service| {
            let turns = Turns::new(config.opening.limits());
            faults.keep_all("token_service", Tokens::new(service, config.allow_plaintext, turns))
        });
        faults.or(tls.map(|tls| Self { tls, places, tokens }))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.watching.abort();
    }
}

impl Link for Cluster {
    fn request<'a>(
        &'a self,
        credentials: &'a Credentials,
        request: Request,
        request_id: String,
        priority: Priority,
    ) -> BoxFuture<'a, Result<Answer, Failure>> {
        Box::pin(async move { self.shared.requests.ask(credentials, &request, &request_id, &priority).await })
    }

    fn renew_token<'a>(&'a self, credentials: &'a Credentials) -> BoxFuture<'a, Result<Token, Failure>> {
        Box::pin(async move {
            let Shared { tokens, http, overall, .. } = &*self.shared;
            match tokens {
                Some(tokens) => tokens.renew(&**http, *overall, credentials).await,
                None => Err(no_token_service()),
            }
        })
    }

    fn token_service(&self) -> Option<&str> {
        self.shared.tokens.as_ref().map(Tokens::url)
    }

    fn open_stream<'a>(
        &'a self,
        credentials: &'a Credentials,
        resource: &'a str,
        since: Instant,
        priority: Priority,
    ) -> BoxFuture<'a, Result<NotificationStream, StreamError>> {
        Box::pin(self.shared.open_stream(credentials, resource, Urgency { since, priority }, None))
    }

    fn service(&self) -> Watcher<Service> {
        self.shared.health.service()
    }

    fn system_info(&self) -> Option<SystemInfo> {
        self.shared.health.system_info()
    }

    fn measures(&self) -> LinkMeasures {
        let (conditions, current) = (self.shared.health.checks().conditions(), self.shared.health.current());
        let nodes = self.shared.nodes.all().zip(conditions).enumerate();
        let measured = |(index, (node, condition)): (usize, (Option<Arc<Node>>, Condition))| {
            let node = node?;
            Some(NodeMeasures {
                name: node.name(),
                in_service: condition.in_service,
                in_maintenance: condition.in_maintenance,
                reason: condition.reason,
                age: condition.age,
                transport: node.notifications.found().map(transport_of),
                is_current: index == current,
            })
        };
        LinkMeasures {
            nodes: nodes.filter_map(measured).collect(),
            requests: self.shared.requests.took().snapshot(),
        }
    }

    fn move_user(&self, user: &str, to: Option<&str>) -> Result<String, MoveError> {
        self.shared.health.move_user(user, to)
    }
}

impl Shared {
    async fn check(self: Arc<Self>, node: usize) -> Option<SystemInfo> {
        match self.system_info_of(node).await {
            Ok(info) => {
                let info = info?;
                self.health.checks().explain(node, format!("it says {}", info.status));
                Some(info)
            }
            Err(failure) => {
                self.health.checks().explain(node, failure.to_string());
                None
            }
        }
    }

    /// Asks a node about itself, and takes over what it says of the other one; `None` if the answer is about something else.
    async fn system_info_of(&self, node: usize) -> Result<Option<SystemInfo>, Failure> {
        let Answer::SystemInfo(info) = self.requests.system_info(node).await? else {
            return Ok(None);
        };
        if let Some(found) = self.nodes.learn(node, &info)
            && let Some(node) = self.nodes.get(found)
        {
            self.health.rename(found, node.name());
        }
        Ok(Some(*info))
    }

    /// `other_than`: the node of the stream that moves. There the new one would end the old one, since both have the same
    /// resource.
    async fn open_stream(
        self: &Arc<Self>,
        credentials: &Credentials,
        resource: &str,
        urgency: Urgency,
        other_than: Option<usize>,
    ) -> Result<NotificationStream, StreamError> {
        loop {
            // Known after the first health check.
            let serving =
                timeout(self.opening_deadline, self.health.serving(credentials.user())).await.ok().flatten();
            let (index, info) = serving.ok_or(StreamError::OutOfService)?;
            let node = self.nodes.get(index).filter(|_| other_than != Some(index));
            let node = node.ok_or(StreamError::OutOfService)?;
            let account = account(&node, &info, credentials, resource)?;
            tokio::select! {
                // A stream that is open is used, even if its node has just left.
                biased;
                opened = self.open_at(index, &node, account, credentials.user(), &urgency) => {
                    return opened.map(|stream| Box::new(stream) as NotificationStream);
                }
                // Another node took its place meanwhile.
                () = self.health.left(index, credentials.user()) => {}
            }
        }
    }

    async fn open_at(
        self: &Arc<Self>,
        index: usize,
        node: &Node,
        account: Account,
        user: &str,
        urgency: &Urgency,
    ) -> Result<XmppStream, StreamError> {
        let turn = node.logins.turn_for(&urgency.priority, urgency.since).await;
        let deadline = Instant::now() + self.opening_deadline;
        let opened = async {
            let login = self.log_in(index, node, account, user);
            let mut stream = within(deadline, login, "the login takes too long").await?;
            // Others may log in while we wait for Finesse.
            drop(turn);
            within(deadline, stream.finesse_is_there(), "the Finesse web application is not there").await?;
            Ok(stream)
        };
        let opened = opened.await;
        if opened.as_ref().is_err_and(StreamError::is_transient) {
            self.health.check_soon();
        }
        opened
    }

    /// How an account is connected to a place.
    fn options(&self, endpoint: &Endpoint, account: Account) -> Options {
        Options {
            allow_plaintext_auth: self.allow_plaintext,
            timing: self.timing,
            dial: Arc::clone(&self.dial),
            environment: Arc::clone(&self.environment),
            ..Options::new(endpoint.clone(), account)
        }
    }

    /// Logs in over the first transport that gets as far as the password: with that an attempt is made, whatever comes of
    /// it.
    async fn log_in(
        self: &Arc<Self>,
        index: usize,
        node: &Node,
        account: Account,
        user: &str,
    ) -> Result<XmppStream, StreamError> {
        let mut failures = Failures::default();
        for (turn, endpoint) in node.notifications.in_turn() {
            let _trying = node.notifications.tries(turn);
            let login = match gc_xmpp::connect(self.options(endpoint, account.clone())).await {
                Err(error) if !error.has_sent_password() => {
                    failures.add(endpoint, error);
                    continue;
                }
                login => login,
            };
            node.notifications.works(turn, &node.place.url, &failures);
            let context = StreamContext {
                node: index,
                user: user.to_owned(),
                health: Arc::clone(&self.health),
                moves: Arc::clone(&self.moves),
                opens: Arc::clone(self) as Arc<dyn Opens>,
                polls: node.notifications.polls(),
            };
            return Ok(XmppStream::new(login?, transport_of(endpoint), context));
        }
        Err(failures.into())
    }
}

impl Opens for Shared {
    fn open_elsewhere(
        self: Arc<Self>,
        than: usize,
        credentials: Credentials,
        resource: String,
    ) -> BoxFuture<'static, Result<NotificationStream, StreamError>> {
        let urgency = Urgency { since: Instant::now(), priority: Priority::background() };
        Box::pin(async move { self.open_stream(&credentials, &resource, urgency, Some(than)).await })
    }
}

fn moves(at_once: NonZeroUsize) -> Limits {
    Limits { at_once, in_background: at_once, per_second: None, order: Order::Age }
}

fn transport_of(endpoint: &Endpoint) -> &'static str {
    match &endpoint.wire {
        Wire::WebSocket { .. } => "websocket",
        Wire::Bosh { .. } => "bosh",
        Wire::Tcp => "tcp",
        Wire::StartTls => "starttls",
    }
}

async fn within<T>(
    deadline: Instant,
    work: impl Future<Output = Result<T, StreamError>>,
    otherwise: &str,
) -> Result<T, StreamError> {
    let too_late = |_| StreamError::Failed { reason: otherwise.to_owned(), transient: true };
    timeout_at(deadline, work).await.map_err(too_late)?
}

/// The account of a user at a node.
fn account(
    node: &Node,
    info: &SystemInfo,
    credentials: &Credentials,
    resource: &str,
) -> Result<Account, StreamError> {
    let (domain, pubsub) = node.domains(info);
    let account = Account::new(credentials.user(), domain, resource, credentials.password().clone())
        .map_err(|error| StreamError::Failed { reason: error.to_string(), transient: false })?;
    // A node that names no publish-subscribe service has the usual one.
    Ok(if pubsub.is_empty() { account } else { account.with_pubsub_service(pubsub) })
}
