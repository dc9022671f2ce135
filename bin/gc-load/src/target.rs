//! The target of the load, and the agents.

use secrecy::SecretString;

use crate::arguments::Load;
use crate::process::Process;
use crate::spawn::Spawned;
use crate::world;

/// A connector, its simulator, and the agents to use.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) server: String,
    pub(crate) control: String,
    pub(crate) first_agent: u64,
    pub(crate) first_extension: u64,
    pub(crate) password: SecretString,
    pub(crate) processes: Vec<Process>,
}

impl Target {
    /// The target given on the command line.
    pub(crate) fn of(load: &Load) -> Self {
        let pids = [("server", load.server_pid), ("simulator", load.sim_pid)];
        let processes = pids.into_iter().filter_map(|(name, pid)| Some(Process { name, pid: pid? }));
        Self {
            server: load.server.clone(),
            control: load.control.clone(),
            first_agent: load.first_agent,
            first_extension: load.first_extension,
            password: load.password.clone(),
            processes: processes.collect(),
        }
    }

    /// The target started for this run.
    pub(crate) fn spawned(spawned: &Spawned) -> Self {
        Self {
            server: spawned.server_url.clone(),
            control: spawned.control_url.clone(),
            first_agent: world::FIRST_AGENT,
            first_extension: world::FIRST_EXTENSION,
            password: world::PASSWORD.into(),
            processes: spawned.processes.to_vec(),
        }
    }
}
