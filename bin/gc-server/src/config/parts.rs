//! What the configuration means for each part of the connector.

use std::path::Path;
use std::sync::Arc;

use gc_access::Authenticator;
use gc_core::{Credentials, Settings};
use gc_delivery::{Bounds, Callback, Delivery, Envelope, Guard, MemoryJournal, Trust};
use gc_events::Dialect;
use gc_session::{EngineCluster, EngineConfig};
use jiff::tz::TimeZone;
use tokio::runtime::Builder;

use super::sections::EnvelopeName;
use super::{Config, ConfigError, bad};
use crate::http::{Browsers, Tls};

/// What the server is made of.
pub(crate) struct Parts {
    pub(crate) clusters: Vec<EngineCluster>,
    pub(crate) delivery: Delivery,
    pub(crate) engine: EngineConfig,
    pub(crate) authenticator: Arc<dyn Authenticator>,
    pub(crate) browsers: Browsers,
    pub(crate) tls: Option<Tls>,
}

impl Config {
    /// Makes every part and throws it away: what this finds good will start. It connects to nothing.
    ///
    /// # Errors
    /// When a part cannot be made.
    pub fn check(&self) -> Result<(), ConfigError> {
        crate::logs::filter(&self.log.filter)?;
        // The parts want a runtime; this one never runs what they begin.
        let runtime = Builder::new_current_thread().enable_all().build().map_err(ConfigError::Runtime)?;
        let made = {
            let _context = runtime.enter();
            self.parts().map(drop)
        };
        runtime.shutdown_background();
        made
    }

    /// Makes every part. Needs a tokio runtime: the clusters are watched from now on.
    pub(crate) fn parts(&self) -> Result<Parts, ConfigError> {
        // First, because they cost little and decide who may connect.
        let (authenticator, browsers, tls) = (self.authenticator()?, self.browsers()?, self.tls()?);
        let delivery = Delivery::new(self.delivery()?, Arc::new(MemoryJournal::new(self.bounds())));
        Ok(Parts {
            authenticator,
            browsers,
            tls,
            engine: self.engine()?,
            delivery: delivery.map_err(|error| bad("callback", error))?,
            clusters: self.clusters()?,
        })
    }

    fn engine(&self) -> Result<EngineConfig, ConfigError> {
        let session = &self.session;
        let dialect = session.dialect.parse::<Dialect>().map_err(|error| bad("session.dialect", error))?;
        let default_callback = self.callback.default_url.as_deref();
        let default_callback = default_callback
            .map(|url| Callback::from_parts("", url))
            .transpose()
            .map_err(|error| bad("callback.default_url", error))?;
        Ok(EngineConfig {
            dialect,
            licences: session.licences,
            default_callback,
            max_clients: self.http.max_clients,
            max_pending_commands: session.max_open_commands,
            ..EngineConfig::default()
        })
    }

    /// The rules of sessions, for the agents of one cluster.
    pub(super) fn settings(&self, administrator: Option<Credentials>) -> Result<Settings, ConfigError> {
        let session = &self.session;
        let zone = TimeZone::get(&session.time_zone).map_err(|error| bad("session.time_zone", error))?;
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

    fn bounds(&self) -> Bounds {
        let Bounds { mut undelivered, mut replay, dead_letters } = Bounds::default();
        undelivered.entries = self.outbox.max_undelivered;
        replay.entries = self.outbox.max_replay;
        Bounds { undelivered, replay, dead_letters }
    }

    /// What the configuration names is allowed; the connector's own listener is not, wherever clients are.
    fn guard(&self) -> Result<Guard, ConfigError> {
        let entry = |text: &String| text.parse().map_err(|error| bad("callback.allow", error));
        let mut allowed = self.callback.allow.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
        let default = self.callback.default_url.as_deref().and_then(|url| Callback::from_parts("", url).ok());
        allowed.extend(default.and_then(|callback| callback.host()?.parse().ok()));
        Ok(Guard::new(allowed).with_listeners(Some(self.http.listen).filter(|listen| listen.port() != 0), []))
    }

    fn delivery(&self) -> Result<gc_delivery::Config, ConfigError> {
        let callback = &self.callback;
        let trust = match &callback.ca_file {
            Some(file) => Trust::SystemAnd(read_file("callback.ca_file", file)?),
            None => Trust::System,
        };
        Ok(gc_delivery::Config {
            guard: self.guard()?,
            envelope: match callback.envelope {
                EnvelopeName::Bare => Envelope::Bare,
                EnvelopeName::Data => Envelope::Data,
            },
            orders: self.orders()?,
            connect_timeout: callback.connect_timeout,
            attempt_timeout: callback.attempt_timeout,
            retry_at: callback.retry_at.clone(),
            retry_every: callback.retry_every,
            max_retry_after: callback.max_retry_after,
            rejected_tries: callback.rejected_tries.get(),
            gone_pause: callback.gone_pause,
            max_age: callback.max_age,
            trust,
            ..gc_delivery::Config::default()
        })
    }
}

pub(super) fn read_file(key: &str, path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|reason| ConfigError::File {
        key: key.to_owned(),
        path: path.to_owned(),
        reason,
    })
}
