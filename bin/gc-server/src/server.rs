//! Starting the parts, and stopping them in the right order.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use futures_util::future::OptionFuture;
use gc_access::Authenticator;
use gc_group::Lead;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::AbortOnDropHandle;

use crate::SharedStore;
use crate::config::{Config, ConfigError, Fixed, Parts, TlsFiles, bad};
use crate::following::Candidate;
use crate::http::{self, Audit, ConnectionLimits, Front, FrontParts, Listener, Switch, Tls};
use crate::leader::{Leader, Listeners, Makings, Reloadable};
use crate::peers::{FromFiles, Peers};
use crate::sight::{self, Comparison};
use crate::start_error::StartError;
use crate::start_line::say_what_starts;

/// A running connector. Dropping it ends everything at once; see [`Server::stop`] for the polite way.
pub struct Server {
    addresses: Addresses,
    makings: Arc<Makings>,
    /// What it has if it leads.
    leads: watch::Receiver<Option<Arc<Leader>>>,
    /// Who decides whether it does.
    group: Arc<SharedStore>,
    /// Takes the lead once it is free; none: it has been taken at the start.
    candidacy: Option<AbortOnDropHandle<()>>,
    comparison: Comparison,
    /// The way to the other connectors of its group, and from them.
    peers: Option<Peers>,
    listeners: Arc<Listeners>,
    tls: Option<(TlsFiles, Arc<Tls>)>,
    fixed: Fixed,
    /// What the handlers know of the clients; none on an open listener.
    clients: Option<watch::Sender<Arc<dyn Authenticator>>>,
    serving: JoinHandle<()>,
    stop: DropGuard,
    grace: Duration,
}

/// Where it listens.
#[derive(Clone, Copy)]
struct Addresses {
    clients: SocketAddr,
    health: Option<SocketAddr>,
    admin: Option<SocketAddr>,
    group: Option<SocketAddr>,
}

impl Server {
    /// Starts every part; commands are taken from now on. Needs a tokio runtime with I/O and time, and
    /// a TLS provider, such as that of [`choose_crypto`](crate::choose_crypto).
    ///
    /// # Errors
    /// When the configuration cannot be used, or the address is taken.
    pub async fn start(config: &Config) -> Result<Self, StartError> {
        // Before anything is listened on: who may call is decided here.
        let parts = config.parts()?;
        let group = config.join().await?;
        Self::begin(config, parts, group).await
    }

    /// The same in a group that somebody else decides on: who leads, and with which store.
    ///
    /// # Errors
    /// As those of [`Server::start`].
    pub async fn start_in(config: &Config, group: Arc<SharedStore>) -> Result<Self, StartError> {
        Self::begin(config, config.parts()?, group).await
    }

    async fn begin(config: &Config, parts: Parts, group: Arc<SharedStore>) -> Result<Self, StartError> {
        let http = &config.http;
        let Parts { delivery, callbacks, engine, authenticator, browsers, tls } = parts;
        let (listener, few) =
            (listen(http.listen, config.connection_limits()).await?, config.few_connections());
        let health = opened(http.health_listen, few).await?;
        let admin = opened(http.admin_listen, few).await?;
        let of_group =
            opened(config.group().map(|group| group.listen), config.connections_of_group()).await?;
        // After the port is open: a second server that is started by mistake must not call Finesse.
        say_what_starts(config);
        let clusters = config.clusters()?;
        let addresses = Addresses {
            clients: listener.address(),
            health: health.as_ref().map(Listener::address),
            admin: admin.as_ref().map(Listener::address),
            group: of_group.as_ref().map(Listener::address),
        };
        let tls = tls.map(|(files, tls)| (files, Arc::new(tls)));
        let presented = tls.as_ref().map(|(_, tls)| Arc::clone(tls));
        let listener = listener.with_tls(presented.clone());
        let admin = admin.map(|admin| admin.with_tls(presented));

        let (clients, known) = watch::channel(authenticator);
        let front = Front::from(FrontParts {
            dialect: engine.dialect,
            clients: known,
            audit: Audit::default(),
            browsers: Arc::new(browsers),
            limits: Arc::new(config.limits()),
            counted: None,
            view: group.view(),
            member: group.id(),
            max_body_bytes: http.max_body_bytes,
            request_timeout: http.request_timeout,
            started: Instant::now(),
        });
        let makings = Arc::new(Makings {
            reloadable: Mutex::new(Reloadable { delivery, callers: engine.callers.clone() }),
            engine,
            clusters,
            callbacks,
            front,
        });
        say_who_may_ask(config);
        config.say_what_is_kept();
        for warning in config.warnings() {
            tracing::warn!("{warning}");
        }
        let nothing = || Switch::new(Router::new());
        let ((at_clients, routes), (at_health, health_routes)) = (nothing(), nothing());
        let ((at_admin, admin_routes), (at_group, group_routes)) = (nothing(), nothing());
        let listeners = Arc::new(Listeners {
            clients: at_clients,
            health: health.is_some().then_some(at_health),
            admin: admin.is_some().then_some(at_admin),
            group: of_group.is_some().then_some(at_group),
            console: config.console().map(Arc::new),
        });
        let (stop, grace) = (CancellationToken::new(), http.stop_grace);
        let peers =
            config.group().map(|files| Peers::of(files, &makings.front, &group_routes)).transpose()?;
        if let Some(peers) = &peers {
            let (front, forwarder) = (makings.front.clone(), Arc::clone(&peers.forwarder));
            listeners.follow(&http::Follower { front, forwarder, stop: stop.clone() });
        }
        let (now_leads, leads) = watch::channel(None);
        let judged = Arc::new(sight::Judged {
            group: Arc::clone(&group),
            clusters: makings.clusters.clone(),
            leads: leads.clone(),
            certificate: peers.as_ref().map(|peers| Arc::clone(&peers.certificate)),
        });
        let comparison = Comparison::begin(Arc::clone(&judged));
        let candidate = Candidate {
            group: Arc::clone(&group),
            judged,
            makings: Arc::clone(&makings),
            listeners: Arc::clone(&listeners),
            leads: now_leads,
        };
        let is_to_lead = group.view().read(|view| view.lead == Lead::Here);
        let candidacy = match is_to_lead && candidate.leads().await?.is_some() {
            true => None,
            false if peers.is_none() => {
                return Err(bad("group.url", "is missing: without it there is nobody to follow").into());
            }
            false => Some(AbortOnDropHandle::new(tokio::spawn(candidate.until_it_leads()))),
        };
        let health = health.map(|health| {
            tracing::info!(listen = %health.address(), "answering health checks");
            health.serve(health_routes, stop.clone(), grace)
        });
        let admin = admin.map(|admin| {
            tracing::info!(listen = %admin.address(), "answering administrators");
            admin.serve(admin_routes, stop.clone(), grace)
        });
        let of_group = of_group.zip(peers.as_ref()).map(|(listener, peers)| {
            tracing::info!(listen = %listener.address(), "answering the other connectors of the group");
            let listener = listener.with_tls(Some(Arc::clone(&peers.tls))).until_the_peers_close();
            listener.serve(group_routes, stop.clone(), grace)
        });
        let serving = listener.serve(routes, stop.clone(), grace);
        let others = async move {
            tokio::join!(OptionFuture::from(health), OptionFuture::from(admin), OptionFuture::from(of_group))
        };
        let serving = tokio::spawn(async move { _ = tokio::join!(serving, others) });
        let clients = (!config.is_open()).then_some(clients);
        let (stop, fixed) = (stop.drop_guard(), config.fixed());
        Ok(Self {
            addresses,
            makings,
            leads,
            group,
            candidacy,
            comparison,
            peers,
            listeners,
            tls,
            fixed,
            clients,
            serving,
            stop,
            grace,
        })
    }

    /// Reloads the clients (`[[client]]`) of this configuration, its settings for callbacks, and the listener's certificate,
    /// key and authorities of clients from the files that were configured at the start. Clients count from the next request on, and live streams whose callers may no longer read them end; what is for callbacks counts from the next
    /// attempt on; the listener's files are for new connections. Nothing else of the configuration is looked at:
    /// [`Config::needs_restart`] has what else has changed.
    ///
    /// # Errors
    /// When the clients or the files cannot be used, or callers were identified and would not be any more, or the other
    /// way round. Everything stays as it was.
    pub fn reload(&self, config: &Config) -> Result<(), ConfigError> {
        let entries = match (&self.clients, config.is_open()) {
            (Some(clients), false) => Some((clients, config.authenticator()?)),
            (None, true) => None,
            _ => {
                let text = "whether callers are identified changes only with a restart";
                return Err(bad("client", text));
            }
        };
        let certificate = self.tls.as_ref().map(|(files, tls)| Ok::<_, ConfigError>((tls, files.read()?)));
        let certificate = certificate.transpose()?;
        let of_peers = self.peers.as_ref().map(|peers| FromFiles::read(&peers.files)).transpose()?;
        let (delivery, callers) = (config.delivery_beside(&self.fixed)?, config.callers()?);
        self.makings.callbacks.reload(&delivery).map_err(|error| bad("callback", error))?;
        // From here on nothing can fail.
        *self.makings.reloadable() = Reloadable { delivery: delivery.clone(), callers };
        if let Some(leader) = self.leader() {
            leader.app.delivery.reload(&delivery);
        }
        let with_certificate = certificate.is_some();
        if let Some((tls, new)) = certificate {
            tls.replace(new);
        }
        if let Some((peers, new)) = self.peers.as_ref().zip(of_peers) {
            peers.replace(new);
        }
        if let Some((clients, new)) = entries {
            clients.send_replace(new);
        }
        tracing::info!(
            clients = config.client.len(),
            certificate = with_certificate,
            group_certificate = self.peers.as_ref().map(|_| true),
            log = crate::logs::control().map(|_| config.log_directives()),
            "reloaded"
        );
        Ok(())
    }

    /// Where commands are taken.
    pub fn address(&self) -> SocketAddr {
        self.addresses.clients
    }

    /// Whether it takes them by HTTPS.
    pub fn speaks_tls(&self) -> bool {
        self.tls.is_some()
    }

    /// Where nothing but health checks is answered, if there is such a listener.
    pub fn health_address(&self) -> Option<SocketAddr> {
        self.addresses.health
    }

    /// Where administrators are answered, if there is a listener for them alone.
    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.addresses.admin
    }

    /// Where the other connectors of the group are answered, if there is a group.
    pub fn group_address(&self) -> Option<SocketAddr> {
        self.addresses.group
    }

    /// Waits until this connector may not lead any more, and says why: another one has the store, its database has lost what it had
    /// acknowledged, or, in a group, the database has been silent so long that another one may take over. The process is to end then, at once, and to start again. It
    /// does not happen with a file.
    pub async fn ended(&self) -> String {
        let mut leads = self.leads.clone();
        let leader = match leads.wait_for(Option::is_some).await {
            Ok(leader) => leader.clone(),
            Err(_) => None,
        };
        match leader {
            Some(leader) => leader.ended().await,
            // It is not to lead any more, because it is stopped.
            None => std::future::pending().await,
        }
    }

    /// Waits until this connector leads and another one of its group is placed better: it sees more of Finesse, or can be reached; says which. The
    /// process is to stop then ([`Server::stop`]), so that the other one leads, and to start again.
    pub async fn hands_over(&self) -> String {
        self.comparison.hands_over().await
    }

    fn leader(&self) -> Option<Arc<Leader>> {
        self.leads.borrow().clone()
    }

    /// Whether this connector holds the agents: always, unless it shares its store with others.
    pub fn leads(&self) -> bool {
        self.leader().is_some()
    }

    /// How many agents have a session, or are about to.
    pub fn sessions(&self) -> usize {
        self.leader().map_or(0, |leader| leader.app.engine.sessions())
    }

    /// How many commands have no outcome yet.
    pub fn pending_commands(&self) -> usize {
        self.leader().map_or(0, |leader| leader.app.engine.pending_commands())
    }

    /// Commands under way end, the streams to Finesse close politely, undelivered events get their chance;
    /// new commands get 503 meanwhile. Each of the three has the configured `stop_grace`. In a group another connector leads then, and delivers what is left.
    pub async fn stop(self) {
        tracing::info!(grace = ?self.grace, "stopping");
        let Self { makings, leads, group, candidacy, comparison, listeners, serving, stop, grace, .. } = self;
        drop(comparison);
        if let Some(candidacy) = candidacy {
            // It takes no store any more; one that it is just opening is released when it is open. What it is doing now is waited for:
            // it may have just begun to lead.
            candidacy.abort();
            _ = candidacy.await;
        }
        let leader = leads.borrow().clone();
        if let Some(leader) = leader {
            leader.stop(grace).await;
        }
        listeners.leave();
        makings.front.audit.finish().await;
        group.leave().await;
        stop.disarm().cancel();
        if let Err(error) = serving.await {
            tracing::error!(%error, "serving failed");
        }
        tracing::info!("stopped");
    }
}

async fn opened(
    address: Option<SocketAddr>,
    limits: ConnectionLimits,
) -> Result<Option<Listener>, StartError> {
    match address {
        Some(address) => listen(address, limits).await.map(Some),
        None => Ok(None),
    }
}

async fn listen(address: SocketAddr, limits: ConnectionLimits) -> Result<Listener, StartError> {
    Listener::open(address, limits).await.map_err(|reason| StartError::Listen { address, reason })
}

/// Logs who may call; of all who can reach the listener, a warning of the configuration says so.
fn say_who_may_ask(config: &Config) {
    match (config.is_open(), config.is_local()) {
        (true, true) => {
            tracing::info!("callers are not identified: only this machine can reach the listener");
        }
        (true, false) => {}
        (false, _) => tracing::info!(clients = config.client.len(), "callers are identified"),
    }
}
