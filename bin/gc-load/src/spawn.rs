//! Starts a simulator and a connector as separate processes, so that each can be measured.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

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
    children: [Child; 2],
    _files: TempDir,
}

/// How long a program may take to be ready.
const DEADLINE: Duration = Duration::from_secs(30);

impl Spawned {
    /// Starts both on free ports; the connector has its default settings.
    ///
    /// # Errors
    /// When a program does not start; the text names it and the reason.
    pub(crate) async fn start(load: &Load) -> Result<Self, Failed> {
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
        write(&config_file, &gc_toml(&rest, &notifications, &ca_file))?;
        let mut command = program(load.server_bin.as_deref(), "gc-server")?;
        // Its address is read from its log.
        command.env_remove("RUST_LOG").arg("serve").arg("--config").arg(&config_file).stderr(Stdio::piped());
        let mut server = Starting::spawn(command)?;
        let server_url = format!("http://{}", server.value("taking commands listen=").await?);

        let (sim, server) = (sim.started("simulator")?, server.started("server")?);
        Ok(Self {
            server_url,
            control_url,
            processes: [server.0, sim.0],
            children: [server.1, sim.1],
            _files: files,
        })
    }

    /// Kills both. Neither has state on disk that an orderly shutdown would save.
    pub(crate) async fn stop(mut self) {
        for child in &mut self.children {
            // Fails only if it has ended already.
            let _ = child.kill().await;
        }
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

/// A connector's configuration for this simulator.
fn gc_toml(rest: &str, notifications: &str, ca_file: &Path) -> String {
    let url = rest.trim_end_matches("/finesse/api");
    format!(
        "http.listen = \"127.0.0.1:0\"\n\
         finesse.nodes = [{{ url = \"{url}\", notifications = \"{notifications}\" }}]\n\
         finesse.ca_file = \"{}\"\n",
        ca_file.display()
    )
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
        let toml = gc_toml("https://localhost:8445/finesse/api", "wss://localhost:7443/ws/", ca.path());
        gc_server::Config::parse(&toml).unwrap();
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
