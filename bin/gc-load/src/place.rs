//! Where the runs of a suite go: to a connector that runs, or to those that are started for them.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgGroup, Args};
use secrecy::SecretString;

use crate::arguments::{CONNECTIONS, Load, MAX_AGENTS, duration};
use crate::scenario::Scenario;
use crate::suite::Run;

/// The last agent's extension still fits into 15 digits.
const MAX_ID: u64 = 99_999_999_999_999;

/// How to use a connector that runs, and its agents.
#[derive(Clone, Debug, Args)]
pub(crate) struct Running {
    /// Read the live streams instead of receiving callbacks.
    #[arg(long, conflicts_with = "listen")]
    pub(crate) stream: bool,
    /// Where callbacks are received; the connector must reach this address.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
    /// The token of the connector's client for `load-0`, `load-1` and so on, where connectors know who asks.
    #[arg(long, env = "GC_LOAD_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<SecretString>,
    /// The authority of the connectors' certificates, as PEM [default: those of the system].
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// The first agent's login id, a number; the others follow.
    #[arg(long, value_name = "ID", default_value_t = 1001, value_parser = clap::value_parser!(u64).range(1..=MAX_ID))]
    pub(crate) first_agent: u64,
    /// The first agent's extension; the others follow.
    #[arg(long, value_name = "NUMBER", default_value_t = 2001, value_parser = clap::value_parser!(u64).range(1..=MAX_ID))]
    pub(crate) first_extension: u64,
    /// The password of every agent.
    #[arg(long, env = "GC_LOAD_PASSWORD", hide_env_values = true, default_value = "demo")]
    pub(crate) password: SecretString,
    /// The connector's process, to measure its CPU time and memory.
    #[arg(long, value_name = "PID")]
    pub(crate) server_pid: Option<u32>,
    /// The simulator's process.
    #[arg(long, value_name = "PID")]
    pub(crate) sim_pid: Option<u32>,
}

impl Running {
    /// What nothing that is started needs.
    fn none() -> Self {
        Self {
            stream: false,
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            token: None,
            ca_file: None,
            first_agent: 0,
            first_extension: 0,
            password: SecretString::default(),
            server_pid: None,
            sim_pid: None,
        }
    }
}

/// The programs that are started, and how the result is printed.
#[derive(Debug, Args)]
pub(crate) struct Programs {
    /// The connector's program [default: gc-server in the directory of this program].
    #[arg(long, value_name = "FILE")]
    pub(crate) server_bin: Option<PathBuf>,
    /// The simulator's program [default: finesse-sim in the directory of this program].
    #[arg(long, value_name = "FILE")]
    pub(crate) sim_bin: Option<PathBuf>,
    /// How long a step may take.
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = duration)]
    pub(crate) timeout: Duration,
    /// Print the reports of all runs as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Programs {
    /// The load of a run, in front of a connector and a simulator that are started for it.
    pub(crate) fn load(&self, run: &Run) -> Load {
        Load {
            agents: run.agents,
            clients: run.clients,
            at_once: run.at_once,
            waiting: run.waiting,
            store: run.store,
            connections: CONNECTIONS,
            members: None,
            all_at_once: false,
            timeout: self.timeout,
            server: Vec::new(),
            control: String::new(),
            running: Running::none(),
            spawn: true,
            server_bin: self.server_bin.clone(),
            sim_bin: self.sim_bin.clone(),
            json: self.json,
        }
    }
}

/// A connector that runs, or the programs to start.
#[derive(Debug, Args)]
#[command(group = of_server())]
pub(crate) struct Place {
    /// The connector that runs, for all runs; several of a group [default: each run starts its own].
    #[arg(long, value_name = "URL", conflicts_with_all = ["server_bin", "sim_bin"])]
    pub(crate) server: Vec<String>,
    /// How many of its agents take part.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=MAX_AGENTS))]
    pub(crate) agents: u32,
    /// The control API of its simulator, which makes customers call and Finesse go away.
    #[arg(long, value_name = "URL")]
    pub(crate) control: Option<String>,
    #[command(flatten)]
    pub(crate) running: Running,
    #[command(flatten)]
    pub(crate) programs: Programs,
}

/// What only a connector that runs needs. Not what may come from the environment, where it may stand for another run.
fn of_server() -> ArgGroup {
    let options = ["agents", "control", "stream", "listen", "ca_file", "first_agent", "first_extension"];
    let processes = ["server_pid", "sim_pid"];
    ArgGroup::new("of_server").args(options).args(processes).multiple(true).requires("server")
}

impl Place {
    /// The sizes of the runs: those wanted, or what takes part in the connector that runs.
    pub(crate) fn sizes(&self, wanted: Vec<u32>) -> Vec<u32> {
        if self.server.is_empty() { wanted } else { vec![self.agents] }
    }

    /// Why this cannot be measured here.
    pub(crate) fn lacks(&self, scenario: Scenario) -> Option<&'static str> {
        match scenario {
            _ if self.server.is_empty() => None,
            Scenario::Login | Scenario::Ready => None,
            Scenario::Calls | Scenario::Outage { .. } | Scenario::Shift(_) | Scenario::Missed(_) => {
                self.control.is_none().then_some("it needs the control API of the simulator: --control")
            }
            Scenario::Restart(..) | Scenario::Takeover => {
                Some("it ends connectors, and so has to start them itself: without --server")
            }
        }
    }

    /// The load of a run.
    pub(crate) fn load(&self, run: &Run) -> Load {
        let started = self.programs.load(run);
        if self.server.is_empty() {
            return started;
        }
        Load {
            server: self.server.clone(),
            control: self.control.clone().unwrap_or_default(),
            running: self.running.clone(),
            spawn: false,
            ..started
        }
    }
}

#[cfg(test)]
impl Place {
    /// As the command line has it.
    pub(crate) fn of(options: &[&str]) -> Self {
        use clap::FromArgMatches;

        let command = Self::augment_args(clap::Command::new("report"));
        let mut matches = command.get_matches_from([&["report"], options].concat());
        Self::from_arg_matches_mut(&mut matches).unwrap()
    }
}
