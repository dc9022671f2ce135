//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::SignedDuration;

use crate::place::{Place, Programs, Running};
use crate::spawn::MOST_MEMBERS;

/// Drives a Generic Connector with many agents at once and measures every step.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Every agent sends Connect, Login and Logout.
    Login(Load),
    /// Every agent sends Connect, Login and MakeReady; then all of them sign out.
    Ready(Load),
    /// Every agent becomes ready and answers a call; once all have answered, all hang up and sign out.
    Calls(Load),
    /// Every agent becomes ready; then both nodes go, and come back after a while; then all sign out.
    Outage {
        /// How long Finesse is away.
        #[arg(long, value_name = "DURATION", default_value = "20s", value_parser = duration)]
        away: Duration,
        #[command(flatten)]
        load: Load,
    },
    /// Every agent becomes ready; then calls arrive at a steady rate, one for each agent in each interval; then all sign out.
    Shift(ShiftLoad),
    /// As `shift`, but each customer hangs up after --talk, before the agent answers: what events cost without commands.
    Missed(ShiftLoad),
    /// As `shift`, with a store, and in its midst the connector is stopped and started again. Needs --spawn.
    Restart(RestartLoad),
    /// Every agent answers a call; the connector that leads the group is killed, and every agent holds its call; then it is released, and all sign
    /// out. Needs --spawn; of three connectors, or --members.
    Takeover(Load),
    /// Makes the load report of the original product again, with a steady shift, an outage and a restart, and prints its figures beside. Starts what
    /// it needs; with --server, goes to the connector that runs.
    Report {
        /// For how many agents.
        #[arg(long, value_name = "AGENTS,…", value_delimiter = ',', default_value = "500,1000", conflicts_with = "server", value_parser = clap::value_parser!(u32).range(1..=MAX_AGENTS))]
        sizes: Vec<u32>,
        /// For how long calls arrive in a shift; after a third of it the connector is restarted, if it is.
        #[arg(long = "for", value_name = "DURATION", default_value = "30s", value_parser = duration)]
        length: Duration,
        /// From one call of an agent to its next one.
        #[arg(long = "every", value_name = "DURATION", default_value = "10s", value_parser = duration)]
        interval: Duration,
        /// From the answer to the release.
        #[arg(long, value_name = "DURATION", default_value = "3s", value_parser = duration)]
        talk: Duration,
        /// How long Finesse is away in an outage.
        #[arg(long, value_name = "DURATION", default_value = "20s", value_parser = duration)]
        away: Duration,
        #[command(flatten)]
        place: Place,
    },
    /// Measures what so many agents need: signs them in, and lets each take a call every three minutes. Starts what it needs; with --server, goes
    /// to the connector that runs.
    Sizing {
        /// For how many agents.
        #[arg(long, value_name = "AGENTS,…", value_delimiter = ',', default_value = "100,1000,5000,12000", conflicts_with = "server", value_parser = clap::value_parser!(u32).range(1..=MAX_AGENTS))]
        sizes: Vec<u32>,
        /// For how long calls arrive.
        #[arg(long = "for", value_name = "DURATION", default_value = "180s", value_parser = duration)]
        length: Duration,
        /// From one call of an agent to its next one.
        #[arg(long = "every", value_name = "DURATION", default_value = "180s", value_parser = duration)]
        interval: Duration,
        /// From the answer to the release.
        #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = duration)]
        talk: Duration,
        #[command(flatten)]
        place: Place,
    },
    /// Measures whether the cost of an event grows with the agents, with the clients, or with what waits for a client that is away. Starts what
    /// it needs.
    Growth {
        /// For how long calls arrive, in each run.
        #[arg(long = "for", value_name = "DURATION", default_value = "60s", value_parser = duration)]
        length: Duration,
        #[command(flatten)]
        programs: Programs,
    },
    /// Measures the same shift of 1,000 agents with each kind of store. Starts what it needs.
    Stores {
        /// For how long calls arrive, with each.
        #[arg(long = "for", value_name = "DURATION", default_value = "60s", value_parser = duration)]
        length: Duration,
        /// From one call of an agent to its next one.
        #[arg(long = "every", value_name = "DURATION", default_value = "10s", value_parser = duration)]
        interval: Duration,
        #[command(flatten)]
        programs: Programs,
    },
    /// Prints the world file that --spawn uses, for `finesse-sim --world`.
    World {
        /// How many agents it has.
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=MAX_AGENTS))]
        agents: u32,
    },
}

pub(crate) const MAX_AGENTS: i64 = 100_000;

/// As many as an HTTP client of an application usually has for one server, or a few more.
pub(crate) const CONNECTIONS: u16 = 32;

/// What a connector keeps, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Store {
    /// Nothing beyond its end, unless its variables say otherwise.
    Memory,
    /// Everything in a file (redb), with a key.
    File,
    /// Everything in a PostgreSQL that is started for the run, with a key.
    Postgres,
}

impl Store {
    /// The name in the report, and on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::File => "file",
            Self::Postgres => "postgres",
        }
    }
}

/// A shift.
#[derive(Debug, Args)]
pub(crate) struct ShiftLoad {
    /// For how long calls arrive.
    #[arg(long = "for", value_name = "DURATION", default_value = "60s", value_parser = duration)]
    pub(crate) length: Duration,
    /// From one call of an agent to its next one. A call is five events, so that 1,000 agents every 10s are 500 events/s; one that is
    /// missed is two.
    #[arg(long = "every", value_name = "DURATION", default_value = "10s", value_parser = duration)]
    pub(crate) interval: Duration,
    /// From the answer to the release, or the customer's end of a call that is missed.
    #[arg(long, value_name = "DURATION", default_value = "3s", value_parser = duration)]
    pub(crate) talk: Duration,
    #[command(flatten)]
    pub(crate) load: Load,
}

/// A shift with a restart.
#[derive(Debug, Args)]
pub(crate) struct RestartLoad {
    /// From the first call to the restart.
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = duration)]
    pub(crate) after: Duration,
    /// Kill the connector (SIGKILL) instead of stopping it (SIGTERM).
    #[arg(long)]
    pub(crate) kill: bool,
    #[command(flatten)]
    pub(crate) shift: ShiftLoad,
}

/// The load, its target, and the processes to measure.
#[derive(Debug, Args)]
pub(crate) struct Load {
    /// How many agents take part.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=MAX_AGENTS))]
    pub(crate) agents: u32,
    /// How many clients share the agents evenly, each with its own callback or stream.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=MAX_AGENTS))]
    pub(crate) clients: u32,
    /// The most connections for commands that each client has at each connector. It keeps them.
    #[arg(long, default_value_t = CONNECTIONS, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) connections: u16,
    /// So many events wait meanwhile for a client that is away.
    #[arg(long, value_name = "EVENTS", default_value_t = 0)]
    pub(crate) waiting: u32,
    /// The maximum number of agents active at a time.
    #[arg(long, value_name = "AGENTS", default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=MAX_AGENTS))]
    pub(crate) at_once: u32,
    /// All agents start together.
    #[arg(long, conflicts_with = "at_once")]
    pub(crate) all_at_once: bool,
    /// How long a step may take.
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = duration)]
    pub(crate) timeout: Duration,

    /// The connector. Several of a group: commands go to each in turn, and one that is not taken goes to the next one, after Retry-After.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8112")]
    pub(crate) server: Vec<String>,
    /// The simulator's control API, which makes customers call.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8113/sim")]
    pub(crate) control: String,
    #[command(flatten)]
    pub(crate) running: Running,

    /// Start a simulator with these agents and a connector for it, measure both, and stop them.
    #[arg(long, conflicts_with_all = [
        "server", "control", "ca_file", "first_agent", "first_extension", "password", "server_pid", "sim_pid",
    ])]
    pub(crate) spawn: bool,
    /// What the connector that is started keeps, and where [default: memory; of restart file, of several connectors postgres].
    #[arg(long, requires = "spawn")]
    pub(crate) store: Option<Store>,
    /// How many connectors are started, as a group on one PostgreSQL [default: 1, of takeover 3].
    #[arg(long, requires = "spawn", value_parser = clap::value_parser!(u8).range(1..=i64::from(MOST_MEMBERS)))]
    pub(crate) members: Option<u8>,
    /// The connector's program [default: gc-server in the directory of this program].
    #[arg(long, value_name = "FILE", requires = "spawn")]
    pub(crate) server_bin: Option<PathBuf>,
    /// The simulator's program [default: finesse-sim in the directory of this program].
    #[arg(long, value_name = "FILE", requires = "spawn")]
    pub(crate) sim_bin: Option<PathBuf>,

    /// Print the report as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Load {
    /// The maximum number of agents active at a time.
    pub(crate) fn max_at_once(&self) -> u32 {
        if self.all_at_once { self.agents } else { self.at_once }
    }
}

/// `60s`, `1m30s`, `500ms`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let duration: SignedDuration = text.parse().map_err(|error: jiff::Error| error.to_string())?;
    match Duration::try_from(duration) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        _ => Err("the duration must be greater than zero".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn command(arguments: &[&str]) -> Result<Command, String> {
        let arguments = ["gc-load"].iter().chain(arguments);
        Arguments::try_parse_from(arguments).map(|parsed| parsed.command).map_err(|error| error.to_string())
    }

    fn load(arguments: &[&str]) -> Result<Load, String> {
        match command(&[&["login"], arguments].concat())? {
            Command::Login(load) => Ok(load),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_command_line_is_valid() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn the_defaults_match_the_demo() {
        let load = load(&[]).unwrap();
        assert_eq!((load.agents, load.running.first_agent, load.running.first_extension), (20, 1001, 2001));
        assert_eq!((load.server.join(",").as_str(), load.max_at_once()), ("http://127.0.0.1:8112", 32));
    }

    #[test]
    fn all_at_once_means_every_agent() {
        assert_eq!(load(&["--agents", "700", "--all-at-once"]).unwrap().max_at_once(), 700);
        assert_eq!(load(&["--agents", "700", "--at-once", "9"]).unwrap().max_at_once(), 9);
        assert!(load(&["--all-at-once", "--at-once", "9"]).unwrap_err().contains("cannot be used with"));
    }

    #[test]
    fn invalid_values_and_combinations_are_refused() {
        for wrong in [
            &["--agents", "0"][..],
            &["--clients", "0"],
            &["--timeout", "0s"],
            &["--timeout", "-1s"],
            &["--timeout", "soon"],
            &["--spawn", "--server-pid", "1"],
            &["--spawn", "--first-agent", "5"],
            &["--spawn", "--ca-file", "ca.pem"],
            &["--server-bin", "gc-server"],
            &["--stream", "--listen", "127.0.0.1:0"],
            &["--first-agent", "ann"],
        ] {
            assert!(load(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_report_goes_to_a_connector_that_runs_or_starts_its_own_but_not_both() {
        for several in ["report", "sizing"] {
            let several = |options: &[&str]| command(&[&[several], options].concat());
            assert!(several(&["--sizes", "2", "--sim-bin", "sim", "--server-bin", "gc-server"]).is_ok());
            let of_running = ["--agents", "--control", "--server-pid", "--sim-pid", "--first-agent"];
            let of_running = of_running.map(|option| [option, "7"]);
            for option in of_running.iter().map(|option| &option[..]).chain([&["--stream"][..]]) {
                assert!(
                    several(&[&["--server", "http://gc.example"], option].concat()).is_ok(),
                    "{option:?}"
                );
                let refused = several(option).unwrap_err();
                assert!(refused.contains("--server <URL>"), "{option:?}: {refused}");
            }
            for option in [["--sizes", "2"], ["--sim-bin", "sim"], ["--server-bin", "gc-server"]] {
                let refused =
                    several(&[&["--server", "http://gc.example"], &option[..]].concat()).unwrap_err();
                assert!(refused.contains("cannot be used with"), "{option:?}: {refused}");
            }
        }
    }

    #[test]
    fn password_and_token_are_not_printed() {
        let load = load(&["--password", "hunter2", "--token", "hunter3"]).unwrap();
        assert!(!format!("{load:?}").contains("hunter"));
    }
}
