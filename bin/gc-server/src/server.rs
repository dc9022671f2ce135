//! Starting the parts, and stopping them in the right order.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::OptionFuture;
use gc_access::Authenticator;
use gc_delivery::Journal;
use gc_environment::{Watched, Watcher};
use gc_group::View;
use thiserror::Error;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::AbortOnDropHandle;

use crate::config::{Config, ConfigError, Fixed, Membership, Parts, bad};
use crate::following::until_it_leads;
use crate::http::{self, ConnectionLimits, Listener, Switch, Tls};
use crate::leader::{Doors, Leader, Makings, Reloadable};
use crate::start_line::say_what_starts;

/// A running connector. Dropping it ends everything at once; see [`Server::stop`] for the polite way.
pub struct Server {
    address: SocketAddr,
    health_address: Option<SocketAddr>,
    admin_address: Option<SocketAddr>,
    makings: Arc<Makings>,
    /// What it has if it leads.
    leads: watch::Receiver<Option<Arc<Leader>>>,
    /// The others on its store.
    group: Option<Group>,
    tls: Option<Arc<Tls>>,
    fixed: Fixed,
    /// What the handlers know of the clients; none on an open listener.
    clients: Option<watch::Sender<Arc<dyn Authenticator>>>,
    serving: JoinHandle<()>,
    stop: DropGuard,
    grace: Duration,
}

/// A connector's place in its group.
struct Group {
    membership: Arc<Membership>,
    following: AbortOnDropHandle<()>,
}

/// Where everything is kept.
enum Place {
    Own(Arc<dyn Journal>),
    /// One connector of a group has it.
    Shared(Arc<Membership>),
}

impl Place {
    fn view(&self) -> Watcher<View> {
        match self {
            Self::Own(_) => Watched::new(View::alone()).watch(),
            Self::Shared(membership) => membership.view(),
        }
    }
}

/// Why the connector does not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// What was kept cannot be read.
    #[error("what was kept before cannot be read")]
    Store(#[from] gc_delivery::JournalError),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {reason}")]
    Listen {
        /// The configured address.
        address: SocketAddr,
        /// What the system says.
        reason: io::Error,
    },
}

impl Server {
    /// Starts every part; commands are taken from now on. Needs a tokio runtime with I/O and time, and
    /// a TLS provider, such as that of [`choose_crypto`](crate::choose_crypto).
    ///
    /// # Errors
    /// When the configuration cannot be used, or the address is taken.
    pub async fn start(config: &Config) -> Result<Self, StartError> {
        let http = &config.http;
        // Before anything is listened on: who may call is decided here.
        let Parts { delivery, callbacks, engine, authenticator, browsers, tls } = config.parts()?;
        let place = match config.join().await? {
            Some(membership) => Place::Shared(Arc::new(membership)),
            None => Place::Own(config.journal()?),
        };
        let listener = listen(http.listen, config.connection_limits()).await?;
        let health = match http.health_listen {
            Some(address) => Some(listen(address, config.few_connections()).await?),
            None => None,
        };
        let admin = match http.admin_listen {
            Some(address) => Some(listen(address, config.few_connections()).await?),
            None => None,
        };
        // After the port is open: a second server that is started by mistake must not call Finesse.
        say_what_starts(config);
        let clusters = config.clusters()?;
        let (address, health_address) = (listener.address(), health.as_ref().map(Listener::address));
        let admin_address = admin.as_ref().map(Listener::address);
        let tls = tls.map(Arc::new);
        let listener = listener.with_tls(tls.clone());
        let admin = admin.map(|admin| admin.with_tls(tls.clone()));

        let (clients, known) = watch::channel(authenticator);
        let makings = Arc::new(Makings {
            reloadable: Mutex::new(Reloadable { delivery, callers: engine.callers.clone() }),
            engine,
            clusters,
            callbacks,
            clients: known,
            browsers: Arc::new(browsers),
            limits: Arc::new(config.limits()),
            max_body_bytes: http.max_body_bytes,
            request_timeout: http.request_timeout,
            started: Instant::now(),
        });
        say_who_may_ask(config);
        config.say_what_is_kept();
        for warning in config.warnings() {
            tracing::warn!("{warning}");
        }
        let view = place.view();
        let at_first = || http::follower(view.clone(), makings.engine.dialect);
        let ((at_clients, routes), (at_health, health_routes), (at_admin, admin_routes)) =
            (Switch::new(at_first()), Switch::new(at_first()), Switch::new(at_first()));
        let doors = Doors {
            clients: at_clients,
            health: health.is_some().then_some(at_health),
            admin: admin.is_some().then_some(at_admin),
            console: config.console().map(Arc::new),
        };
        let (now_leads, leads) = watch::channel(None);
        let group = match place {
            Place::Shared(membership) => {
                let (member, bounds, makings) =
                    (Arc::clone(&membership), config.store_bounds(), Arc::clone(&makings));
                let following = until_it_leads(member, bounds, makings, doors, now_leads);
                Some(Group { membership, following: AbortOnDropHandle::new(tokio::spawn(following)) })
            }
            Place::Own(journal) => {
                let leader = makings.lead(journal, None).await?;
                doors.open(&leader.app);
                now_leads.send_replace(Some(Arc::new(leader)));
                None
            }
        };
        let (stop, grace) = (CancellationToken::new(), http.stop_grace);
        let health = health.map(|health| {
            tracing::info!(listen = %health.address(), "answering health checks");
            health.serve(health_routes, stop.clone(), grace)
        });
        let admin = admin.map(|admin| {
            tracing::info!(listen = %admin.address(), "answering administrators");
            admin.serve(admin_routes, stop.clone(), grace)
        });
        let serving = listener.serve(routes, stop.clone(), grace);
        let others = async move { tokio::join!(OptionFuture::from(health), OptionFuture::from(admin)) };
        let serving = tokio::spawn(async move { _ = tokio::join!(serving, others) });
        let stop = stop.drop_guard();
        let clients = (!config.is_open()).then_some(clients);
        let fixed = config.fixed();
        Ok(Self {
            address,
            health_address,
            admin_address,
            makings,
            leads,
            group,
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
        let certificate = self.tls.as_ref().map(|tls| Ok::<_, ConfigError>((tls, tls.read_again()?)));
        let certificate = certificate.transpose()?;
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
        if let Some((clients, new)) = entries {
            clients.send_replace(new);
        }
        tracing::info!(clients = config.client.len(), certificate = with_certificate, "reloaded");
        Ok(())
    }

    /// Where commands are taken.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where nothing but health checks is answered, if there is such a listener.
    pub fn health_address(&self) -> Option<SocketAddr> {
        self.health_address
    }

    /// Where administrators are answered, if there is a listener for them alone.
    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.admin_address
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
        let Self { leads, group, serving, stop, grace, .. } = self;
        if let Some(Group { following, .. }) = &group {
            // It takes no store any more; one that it is just opening is released when it is open.
            following.abort();
        }
        let leader = leads.borrow().clone();
        if let Some(leader) = leader {
            leader.stop(grace).await;
        }
        if let Some(Group { membership, .. }) = group {
            membership.leave().await;
        }
        stop.disarm().cancel();
        if let Err(error) = serving.await {
            tracing::error!(%error, "serving failed");
        }
        tracing::info!("stopped");
    }
}

async fn listen(address: SocketAddr, limits: ConnectionLimits) -> Result<Listener, StartError> {
    Listener::open(address, limits).await.map_err(|reason| StartError::Listen { address, reason })
}

/// Logs who may call, and whether the connection is readable.
fn say_who_may_ask(config: &Config) {
    match (config.is_open(), config.is_local()) {
        (true, true) => {
            tracing::info!("callers are not identified: only this machine can reach the listener");
        }
        (true, false) => {
            tracing::warn!("callers are not identified (http.open): all of them may drive every agent");
        }
        (false, _) => tracing::info!(clients = config.client.len(), "callers are identified"),
    }
    if config.http.tls.is_none() && !config.is_local() {
        tracing::warn!("passwords and tokens travel readable: http.tls is not configured");
    }
}
