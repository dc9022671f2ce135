//! The Generic Connector as a whole: JSON commands in, Cisco Finesse driven, JSON events out.
//!
//! The binary of the same name is a thin `main` over this library, so that tests (and another program) can run
//! the connector in their own process:
//!
//! ```no_run
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use gc_server::{Config, Server};
//!
//! let config = Config::parse(r#"finesse.nodes = [{ url = "https://finesse-a.example.com:8445" }]"#)?;
//! let server = Server::start(&config).await?;
//! println!("taking commands at http://{}/gc/command", server.address());
//! server.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! - `config`: gc.toml, and what it means for each part;
//! - `server`: starts the parts and stops them in order; `leader`: the parts that only one connector of a group has; `following`: until it is this one;
//!   `http`: the listener; `logs`, `start_line`, `signals`, `memory`,
//!   `private`; `connect`: tries what a configuration names;
//! - `import`: the environment file of the original product as a gc.toml;
//! - `healthcheck`: asks a running connector how it is; `version`: what was built;
//! - `demo` (feature `demo`): the connector with a simulated Finesse; `listen`: prints callbacks.

mod config;
mod connect;
#[cfg(feature = "demo")]
mod demo;
mod following;
mod healthcheck;
mod http;
mod import;
mod leader;
mod listen;
mod log_control;
mod logs;
mod memory;
mod peers;
mod server;
mod sight;
mod signals;
mod start_error;
mod start_line;
mod version;

/// Who decides which connector leads, and what it leads with.
pub type SharedStore = dyn gc_group::Group<Store = std::sync::Arc<dyn gc_delivery::Journal>>;

pub use config::{Config, ConfigError, Location};
#[cfg(feature = "postgres")]
pub use config::{PostgresStore, database_store, may_pass};
pub use connect::Trial;
#[cfg(feature = "demo")]
pub use demo::{Addresses, Demo, DemoError, directory};
pub use healthcheck::{HealthcheckError, healthcheck};
pub use import::{Imported, import_env};
pub use listen::CallbackReceiver;
pub use logs::{Logs, reload_logs, start_logs};
pub use memory::{allow_debuggers, protect_memory};
pub use server::Server;
pub use signals::{Reloads, ignore_hangups, stop_signal, survive_file_limits};
pub use start_error::StartError;
pub use version::version;

/// Makes rustls use ring in this process. Without effect where a provider was chosen before.
pub fn choose_crypto() {
    // A provider that is there already is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
