//! The target of the load, and the agents.

use std::sync::Arc;

use secrecy::SecretString;

use crate::arguments::Load;
use crate::process::Process;
use crate::spawn::Spawned;
use crate::world;

/// A connector, its simulator, and the agents to use.
#[derive(Debug)]
pub(crate) struct Target {
    /// The only connector, or those of a group.
    pub(crate) servers: Arc<[String]>,
    pub(crate) control: String,
    pub(crate) first_agent: u64,
    pub(crate) first_extension: u64,
    pub(crate) password: SecretString,
    pub(crate) processes: Vec<Process>,
}

impl Target {
    /// The target given on the command line.
    pub(crate) fn of(load: &Load) -> Self {
        let servers = load.server.iter().map(|url| url.trim_end_matches('/').to_owned());
        let pids = [("server", load.running.server_pid), ("simulator", load.running.sim_pid)];
        let processes = pids.into_iter().filter_map(|(name, pid)| Some(Process { name, pid: pid? }));
        Self {
            servers: servers.collect(),
            control: load.control.clone(),
            first_agent: load.running.first_agent,
            first_extension: load.running.first_extension,
            password: load.running.password.clone(),
            processes: processes.collect(),
        }
    }

    /// The target started for this run.
    pub(crate) fn spawned(spawned: &Spawned) -> Self {
        Self {
            servers: spawned.servers(),
            control: spawned.control_url.clone(),
            first_agent: world::FIRST_AGENT,
            first_extension: world::FIRST_EXTENSION,
            password: world::PASSWORD.into(),
            processes: spawned.processes(),
        }
    }
}
