//! What the configuration means for each part of the connector.

use std::net::SocketAddr;
use std::sync::Arc;

use gc_access::Authenticator;
use gc_delivery::{Bounds, Callback, Guard, HttpSink, Trust, Wrapping};
use gc_environment::RealEnvironment;
use gc_guard::Entry;
use gc_rules::{Credentials, Settings};
use gc_session::EngineConfig;
use jiff::tz::TimeZone;
use tokio::runtime::Builder;

use super::faults::{all, both};
use super::files::read_authorities;
use super::sections::EnvelopeName;
use super::{Config, ConfigError, TlsFiles, bad};
use crate::http::{Browsers, Tls};

/// What the server is made of, except its store and its clusters.
pub(crate) struct Parts {
    pub(crate) delivery: gc_delivery::Config,
    /// Where its attempts go out.
    pub(crate) callbacks: Arc<HttpSink>,
    pub(crate) engine: EngineConfig,
    pub(crate) authenticator: Arc<dyn Authenticator>,
    pub(crate) browsers: Browsers,
    /// With its files, which are read again at a reload.
    pub(crate) tls: Option<(TlsFiles, Tls)>,
}

/// What the guard for callbacks has to know of the server that runs.
#[derive(Clone, Debug)]
pub(crate) struct Fixed {
    listen: SocketAddr,
    health_listen: Option<SocketAddr>,
    admin_listen: Option<SocketAddr>,
    group_listen: Option<SocketAddr>,
    default_url: Option<String>,
}

impl Config {
    /// Makes every part and throws it away: what this finds good will start. It connects to nothing.
    ///
    /// # Errors
    /// When a part cannot be made, or keys contradict each other: all faults, each with its place.
    pub fn check(&self) -> Result<(), ConfigError> {
        let mut faults = self.contradictions();
        faults.extend(self.check_log().err());
        faults.extend(self.check_store().err());
        faults.extend(self.check_group().err());
        // The parts want a runtime; this one never runs what they begin.
        let runtime = Builder::new_current_thread().enable_all().build().map_err(ConfigError::Runtime)?;
        let made = {
            let _context = runtime.enter();
            both(self.parts(), self.clusters()).map(drop)
        };
        runtime.shutdown_background();
        faults.extend(made.err());
        match self.faults(faults) {
            faults if faults.is_empty() => Ok(()),
            faults => Err(ConfigError::several(faults)),
        }
    }

    /// Makes every part but the store and the clusters. Needs a tokio runtime.
    pub(crate) fn parts(&self) -> Result<Parts, ConfigError> {
        // First, because they cost little and decide who may connect.
        let listener = both(both(self.authenticator(), self.browsers()), self.tls());
        let listener = both(listener, both(self.engine(), self.delivery()))?;
        let (((authenticator, browsers), tls), (engine, delivery)) = listener;
        let callbacks = HttpSink::new(&delivery, Arc::new(RealEnvironment)).map(Arc::new);
        let callbacks = callbacks.map_err(|error| bad("callback", error))?;
        Ok(Parts { authenticator, browsers, tls, engine, delivery, callbacks })
    }

    /// For clients that name none.
    pub(super) fn default_callback(&self) -> Result<Option<Callback>, ConfigError> {
        let Some(url) = self.callback.default_url.as_deref() else { return Ok(None) };
        let bad_url = |text: String| bad("callback.default_url", text);
        Callback::from_parts("", url).map(Some).map_err(|error| match Callback::from_parts(url, "") {
            // What is behind a question mark may be a token.
            Ok(with_scheme) if !url.contains("://") && !url.starts_with('/') => {
                let query = if url.contains('?') { ", with the query behind it" } else { "" };
                bad_url(format!("has no scheme: write {with_scheme}{query}"))
            }
            _ => bad_url(error.to_string()),
        })
    }

    fn engine(&self) -> Result<EngineConfig, ConfigError> {
        let session = &self.session;
        let secrets = both(self.sealer(), self.callers());
        let (default_callback, (sealer, callers)) = both(self.default_callback(), secrets)?;
        Ok(EngineConfig {
            dialect: session.dialect,
            licences: session.licences,
            default_callback,
            forget_after: self.outbox.forget_after,
            max_clients: self.http.max_clients,
            max_pending_commands: session.max_open_commands,
            sealer,
            callers,
            max_refused_passwords: session.max_refused_passwords,
            recording: self.recording.limits(),
            ..EngineConfig::default()
        })
    }

    /// The rules of sessions, for the agents of one cluster.
    pub(super) fn settings(&self, administrator: Option<Credentials>) -> Result<Settings, ConfigError> {
        let session = &self.session;
        let zone = TimeZone::get(&session.time_zone).map_err(|_| {
            bad(
                "session.time_zone",
                "there is no such time zone: write an IANA name, such as Europe/Berlin or UTC",
            )
        })?;
        Ok(Settings {
            deadline: session.deadline,
            keep_signed_out: session.keep_signed_out,
            reconnect_first: session.reconnect_first,
            reconnect_max: session.reconnect_max,
            resync_pause: session.resync_pause,
            administrator,
            force_not_ready_reason: session.force_not_ready_reason.clone(),
            force_logout_reason: session.force_logout_reason.clone(),
            outbound_text: session.outbound_text.clone(),
            zone,
            ..Settings::default()
        })
    }

    pub(super) fn bounds(&self) -> Bounds {
        let Bounds { mut undelivered, mut replay, dead_letters } = Bounds::default();
        undelivered.entries = self.outbox.max_undelivered;
        replay.entries = self.outbox.max_replay;
        Bounds { undelivered, replay, dead_letters }
    }

    /// What the configuration names is allowed; the connector's own listener is not, wherever clients are.
    fn guard(&self, fixed: &Fixed) -> Result<Guard, ConfigError> {
        let entry = |text: &String| text.parse::<Entry>().map_err(|error| bad("callback.allow", error));
        let mut allowed = all(self.callback.allow.iter().map(entry))?;
        let default = fixed.default_url.as_deref().and_then(|url| Callback::from_parts("", url).ok());
        allowed.extend(default.and_then(|callback| callback.host()?.parse().ok()));
        let Fixed { listen, health_listen, admin_listen, group_listen, .. } = fixed;
        let listeners = [Some(*listen), *health_listen, *admin_listen, *group_listen].into_iter().flatten();
        Ok(Guard::new(allowed).with_listeners(listeners.filter(|listen| listen.port() != 0), []))
    }

    /// How events are delivered, with certificates and secrets as their files are now.
    pub(crate) fn delivery(&self) -> Result<gc_delivery::Config, ConfigError> {
        self.delivery_beside(&self.fixed())
    }

    /// What stays as it is until a restart.
    pub(crate) fn fixed(&self) -> Fixed {
        let http = &self.http;
        let default_url = self.callback.default_url.clone();
        Fixed {
            listen: http.listen,
            health_listen: http.health_listen,
            admin_listen: http.admin_listen,
            group_listen: self.group.as_ref().map(|group| group.listen),
            default_url,
        }
    }

    /// The same for a server that was started with these.
    pub(crate) fn delivery_beside(&self, fixed: &Fixed) -> Result<gc_delivery::Config, ConfigError> {
        let callback = &self.callback;
        let trust = match &callback.tls.ca_file {
            Some(file) => read_authorities("callback.tls.ca_file", file).map(Trust::SystemAnd),
            None => Ok(Trust::System),
        };
        let made = both(both(self.guard(fixed), self.orders()), both(trust, self.identity()));
        let (((guard, orders), (trust, identity)), (signing, bearer)) =
            both(made, both(self.signing(), self.bearer()))?;
        Ok(gc_delivery::Config {
            guard,
            wrapping: match callback.envelope {
                EnvelopeName::Bare => Wrapping::Bare,
                EnvelopeName::Data => Wrapping::Data,
            },
            orders,
            connect_timeout: callback.connect_timeout,
            attempt_timeout: callback.attempt_timeout,
            retry_at: callback.retry_at.clone(),
            retry_every: callback.retry_every,
            max_retry_after: callback.max_retry_after,
            rejected_tries: callback.rejected_tries.get(),
            gone_pause: callback.gone_pause,
            max_age: callback.max_age,
            trust,
            identity,
            signing,
            bearer,
            ..gc_delivery::Config::default()
        })
    }
}
