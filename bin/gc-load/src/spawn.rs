//! Starts a simulator and a connector as separate processes, so that each can be measured.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader, Lines};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::arguments::Load;
use crate::failed::Failed;
use crate::process::Process;
use crate::world::world;

/// The two processes. Dropping this kills them, so that an interrupted run leaves nothing behind.
pub(crate) struct Spawned {
    pub(crate) server_url: String,
    pub(crate) control_url: String,
    pub(crate) processes: [Process; 2],
    server: Child,
    sim: Child,
    /// How the connector is started again, at the same address.
    again: Again,
    _files: TempDir,
}

/// A connector's program, its configuration, and where it listens.
struct Again {
    program: Option<PathBuf>,
    config_file: PathBuf,
    config: String,
}

/// How the connector ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// SIGTERM.
    Stopped,
    /// SIGKILL.
    Killed,
}

impl Ending {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::Killed => "killed",
        }
    }
}

/// What the connector is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keeps {
    /// Everything is in memory, unless variables say otherwise.
    Nothing,
    /// A store, with a key.
    Everything,
}

/// A stop takes three times `http.stop_grace` at most.
const STOP: Duration = Duration::from_secs(40);

/// How long a program may take to be ready.
const DEADLINE: Duration = Duration::from_secs(30);

impl Spawned {
    /// Starts both on free ports; the connector has its default settings.
    ///
    /// # Errors
    /// When a program does not start; the text names it and the reason.
    pub(crate) async fn start(load: &Load, keeps: Keeps) -> Result<Self, Failed> {
        let files = tempfile::tempdir().map_err(|error| cannot_write(&std::env::temp_dir(), &error))?;
        let (world_file, ca_file) = (files.path().join("world.toml"), files.path().join("ca.pem"));
        write(&world_file, &world(load.agents))?;
        let mut command = program(load.sim_bin.as_deref(), "finesse-sim")?;
        for port in ["rest", "websocket", "xmpp", "control", "neighbours"] {
            command.args([&format!("--{port}-port"), "0"]);
        }
        command.arg("--world").arg(&world_file).arg("--write-ca").arg(&ca_file).stdout(Stdio::piped());
        let mut sim = Starting::spawn(command)?;
        let rest = sim.value("REST ").await?;
        let notifications = sim.value("WebSocket ").await?;
        let control_url = sim.value("control ").await?;
        // Printed last: the certificate file exists now.
        sim.value("authority ").await?;

        let config_file = files.path().join("gc.toml");
        let mut config = gc_toml(&rest, &notifications, &ca_file, load.agents);
        if keeps == Keeps::Everything {
            config.push_str(&store(load.server_bin.as_deref(), files.path()).await?);
        }
        let again = Again { program: load.server_bin.clone(), config_file, config };
        let (address, server) = again.start("127.0.0.1:0").await?;
        let (sim, server) = (sim.started("simulator")?, server.started("server")?);
        Ok(Self {
            server_url: format!("http://{address}"),
            control_url,
            processes: [server.0, sim.0],
            server: server.1,
            sim: sim.1,
            again,
            _files: files,
        })
    }

    /// Ends the connector, and waits for its end.
    ///
    /// # Errors
    /// When it does not end.
    pub(crate) async fn end_server(&mut self, ending: Ending) -> Result<(), Failed> {
        match ending {
            Ending::Killed => self.server.kill().await.map_err(Failed::unavailable),
            Ending::Stopped => {
                let pid = self.server.id().and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?));
                let pid = pid.ok_or_else(|| Failed::unavailable("the connector has ended by itself"))?;
                kill_process(pid, Signal::TERM).map_err(Failed::unavailable)?;
                match timeout(STOP, self.server.wait()).await {
                    Ok(ended) => ended.map(drop).map_err(Failed::unavailable),
                    Err(_) => {
                        Err(Failed::unavailable(format!("the connector does not stop within {STOP:?}")))
                    }
                }
            }
        }
    }

    /// Starts the connector again, at the same address and with what it has kept.
    ///
    /// # Errors
    /// When it does not start.
    pub(crate) async fn start_server(&mut self) -> Result<(), Failed> {
        let address = self.server_url.trim_start_matches("http://").to_owned();
        let (_, server) = self.again.start(&address).await?;
        let (process, child) = server.started("server")?;
        let [_, sim] = self.processes;
        (self.processes, self.server) = ([process, sim], child);
        Ok(())
    }

    /// Kills both. Neither has state on disk that an orderly shutdown would save.
    pub(crate) async fn stop(mut self) {
        for child in [&mut self.server, &mut self.sim] {
            // Fails only if it has ended already.
            let _ = child.kill().await;
        }
    }
}

impl Again {
    /// Starts the connector, and returns the address at which it listens.
    async fn start(&self, listen: &str) -> Result<(String, Starting), Failed> {
        write(&self.config_file, &format!("http.listen = \"{listen}\"\n{}", self.config))?;
        let mut command = program(self.program.as_deref(), "gc-server")?;
        // Its address is read from its log.
        command
            .env_remove("RUST_LOG")
            .arg("serve")
            .arg("--config")
            .arg(&self.config_file)
            .stderr(Stdio::piped());
        let mut server = Starting::spawn(command)?;
        let address = server.value("taking commands listen=").await?;
        Ok((address, server))
    }
}

/// A program that is starting; its output shows when it is ready.
struct Starting {
    name: String,
    child: Child,
    output: Lines<BufReader<Box<dyn AsyncRead + Send + Unpin>>>,
    last_line: String,
}

impl Starting {
    fn spawn(mut command: Command) -> Result<Self, Failed> {
        let name = Path::new(command.as_std().get_program()).display().to_string();
        let spawned = command.stdin(Stdio::null()).kill_on_drop(true).spawn();
        let mut child =
            spawned.map_err(|error| Failed::unavailable(format!("cannot start {name}: {error}")))?;
        let output: Option<Box<dyn AsyncRead + Send + Unpin>> =
            match (child.stdout.take(), child.stderr.take()) {
                (Some(output), _) => Some(Box::new(output)),
                (None, Some(output)) => Some(Box::new(output)),
                (None, None) => None,
            };
        let output = output.ok_or_else(|| Failed::unavailable(format!("{name} has no output")))?;
        Ok(Self { name, child, output: BufReader::new(output).lines(), last_line: String::new() })
    }

    /// Waits for a line with this label, and returns the text after the label.
    async fn value(&mut self, label: &str) -> Result<String, Failed> {
        let found = async {
            while let Ok(Some(line)) = self.output.next_line().await {
                if let Some((_, value)) = line.split_once(label) {
                    return Some(value.trim().to_owned());
                }
                self.last_line = line;
            }
            None
        };
        match timeout(DEADLINE, found).await {
            Ok(Some(value)) => Ok(value),
            Ok(None) => Err(Failed::unavailable(format!("{} does not start: {}", self.name, self.last_line))),
            Err(_) => Err(Failed::unavailable(format!("{} does not start within {DEADLINE:?}", self.name))),
        }
    }

    /// Turns it into a running process. From now on only its warnings and errors are shown.
    fn started(mut self, name: &'static str) -> Result<(Process, Child), Failed> {
        let ended = || Failed::unavailable(format!("{} has ended: {}", self.name, self.last_line));
        let pid = self.child.id().ok_or_else(ended)?;
        tokio::spawn(async move {
            while let Ok(Some(line)) = self.output.next_line().await {
                if line.contains(" WARN ") || line.contains(" ERROR ") {
                    eprintln!("{name}: {line}");
                }
            }
        });
        Ok((Process { name, pid }, self.child))
    }
}

/// The program at this path, or the one with this name in the directory of this program.
fn program(path: Option<&Path>, name: &str) -> Result<Command, Failed> {
    let path: PathBuf = match path {
        Some(path) => path.to_owned(),
        None => std::env::current_exe().map_err(Failed::unavailable)?.with_file_name(name),
    };
    Ok(Command::new(path))
}

/// A connector's configuration for this simulator, without its listener. All agents come from one address, whose limits are for a
/// thousand agents (docs/configuration.md, `[http.limits]`): more agents get more, in proportion.
fn gc_toml(rest: &str, notifications: &str, ca_file: &Path, agents: u32) -> String {
    let url = rest.trim_end_matches("/finesse/api");
    let thousands = agents.div_ceil(1000);
    let limits = [
        ("connections", 8000),
        ("client_connections", 8000),
        ("requests_at_once", 8000),
        ("requests_per_second", 2000),
        ("requests_burst", 10_000),
        ("connects_per_second", 50),
        ("connects_burst", 3000),
    ];
    let limits = limits.iter().filter(|_| thousands > 1);
    let limits: String =
        limits.map(|(key, limit)| format!("http.limits.{key} = {}\n", limit * thousands)).collect();
    format!(
        "finesse.nodes = [{{ url = \"{url}\", notifications = \"{notifications}\" }}]\n\
         finesse.ca_file = \"{}\"\n{limits}",
        ca_file.display()
    )
}

/// The store's part of a configuration, with a key of its own that this connector prints.
async fn store(server_bin: Option<&Path>, folder: &Path) -> Result<String, Failed> {
    let (file, key_file) = (folder.join("store.redb"), folder.join("store.key"));
    let printed = program(server_bin, "gc-server")?.args(["store", "key"]).output().await;
    let printed = printed.map_err(|error| Failed::unavailable(format!("cannot start gc-server: {error}")))?;
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&key_file);
    let written = made.and_then(|mut key| key.write_all(&printed.stdout));
    written.map_err(|error| cannot_write(&key_file, &error))?;
    Ok(format!("store.path = \"{}\"\nstore.key_file = \"{}\"\n", file.display(), key_file.display()))
}

fn write(path: &Path, text: &str) -> Result<(), Failed> {
    fs::write(path, text).map_err(|error| cannot_write(path, &error))
}

fn cannot_write(path: &Path, error: &io::Error) -> Failed {
    Failed::cannot_create(format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_connector_accepts_its_configuration() {
        let ca = tempfile::NamedTempFile::new().unwrap();
        for agents in [1, 1000, 12_000] {
            let (rest, notifications) = ("https://localhost:8445/finesse/api", "wss://localhost:7443/ws/");
            let toml = gc_toml(rest, notifications, ca.path(), agents);
            gc_server::Config::parse(&toml).unwrap();
            assert_eq!(toml.contains("http.limits.connects_burst = 36000"), agents == 12_000, "{toml}");
            assert_eq!(toml.contains("http.limits"), agents == 12_000, "{toml}");
        }
    }

    #[tokio::test]
    async fn the_error_names_a_program_that_ends_at_once_with_its_last_line() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo begins; echo it is broken"]).stdout(Stdio::piped());
        let Failed { code, reason } = Starting::spawn(command).unwrap().value("REST ").await.unwrap_err();
        assert_eq!((code, reason.as_str()), (69, "sh does not start: it is broken"));
    }

    #[tokio::test]
    async fn the_error_names_a_missing_program() {
        let Failed { reason, .. } = Starting::spawn(Command::new("/nowhere/gc-server")).err().unwrap();
        assert!(reason.starts_with("cannot start /nowhere/gc-server: "), "{reason}");
    }
}
