//! The program itself.

use std::net::SocketAddr;
use std::os::unix::fs::chown;
use std::path::Path;
use std::process::{Output, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tempfile::NamedTempFile;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

use super::client::Client;
use super::{soon, until};

const PROGRAM: &str = env!("CARGO_BIN_EXE_gc-server");

pub(crate) struct Process {
    pub(crate) address: SocketAddr,
    child: Child,
    logs: Arc<Mutex<String>>,
    reading: JoinHandle<()>,
    config: NamedTempFile,
}

/// A file with this gc.toml.
pub(crate) fn config_file(gc_toml: &str) -> NamedTempFile {
    let file = NamedTempFile::with_suffix(".toml").unwrap();
    std::fs::write(file.path(), gc_toml).unwrap();
    file
}

fn logging(gc_toml: &str, filter: &str) -> String {
    format!("log.filter = '{filter}'\nlog.format = 'json'\n{gc_toml}")
}

/// The program with no more of this process' environment than it needs.
pub(crate) fn program() -> Command {
    let mut command = Command::new(PROGRAM);
    command.env_remove("RUST_LOG").env_remove("GC_CONFIG").kill_on_drop(true);
    command
}

/// The same under this limit (`ulimit`).
fn with_limit(limit: &str) -> Command {
    let mut command = Command::new("bash");
    command.env_remove("RUST_LOG").env_remove("GC_CONFIG").kill_on_drop(true);
    command.args(["-c", &format!("ulimit {limit} && exec \"$0\" \"$@\""), PROGRAM]);
    command
}

pub(crate) async fn run(arguments: &[&str]) -> Output {
    soon("the program's end", program().args(arguments).output()).await.unwrap()
}

impl Process {
    /// `serve`, logging as this filter says; returns when it takes commands.
    pub(crate) async fn serve(gc_toml: &str, filter: &str) -> Self {
        let process = Self::listening(gc_toml, filter).await;
        process.client().is_ready().await;
        process
    }

    /// The same; returns when it listens.
    pub(crate) async fn listening(gc_toml: &str, filter: &str) -> Self {
        Self::start(program(), config_file(&logging(gc_toml, filter))).await
    }

    /// The same, run by this user.
    pub(crate) async fn of_user(user: u32, gc_toml: &str, filter: &str) -> Self {
        let (mut command, config) = (program(), config_file(&logging(gc_toml, filter)));
        chown(config.path(), Some(user), None).unwrap();
        command.uid(user);
        Self::start(command, config).await
    }

    /// The same; no file that it writes may become larger than so many KiB (`ulimit -f`).
    pub(crate) async fn limited(kib: u32, gc_toml: &str, filter: &str) -> Self {
        let limit = format!("-f {kib}");
        let process = Self::start(with_limit(&limit), config_file(&logging(gc_toml, filter))).await;
        process.client().is_ready().await;
        process
    }

    /// The same; it may have so many files open. Returns when it listens.
    pub(crate) async fn with_open_files(files: u32, gc_toml: &str, filter: &str) -> Self {
        let limit = format!("-n {files}");
        Self::start(with_limit(&limit), config_file(&logging(gc_toml, filter))).await
    }

    /// The name of its configuration file.
    pub(crate) fn file(&self) -> String {
        self.config.path().display().to_string()
    }

    /// Whether this stands in the logs.
    pub(crate) fn has_logged(&self, text: &str) -> bool {
        self.logs.lock().unwrap().contains(text)
    }

    /// The same, with this directory for every file it may write; there is its standard output, too.
    pub(crate) async fn at_home(home: &Path, gc_toml: &str, filter: &str) -> Self {
        let mut command = program();
        let stdout = std::fs::File::create_new(home.join("stdout")).unwrap();
        command.current_dir(home).env("HOME", home).env("TMPDIR", home).stdout(stdout);
        Self::start(command, config_file(&logging(gc_toml, filter))).await
    }

    async fn start(mut command: Command, config: NamedTempFile) -> Self {
        command.arg("serve").arg("--config").arg(config.path()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let logs = Arc::new(Mutex::new(String::new()));
        let address = soon("the program's start", async {
            loop {
                let line = lines.next_line().await.unwrap().expect("it ended early");
                logs.lock().unwrap().push_str(&format!("{line}\n"));
                let line: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line}"));
                if line["fields"]["message"] == "taking commands" {
                    return line["fields"]["listen"].as_str().unwrap().parse().unwrap();
                }
            }
        });
        let address = address.await;
        let reading = tokio::spawn({
            let logs = Arc::clone(&logs);
            async move {
                while let Ok(Some(line)) = lines.next_line().await {
                    logs.lock().unwrap().push_str(&format!("{line}\n"));
                }
            }
        });
        Self { address, child, logs, reading, config }
    }

    /// Writes another configuration and has the program reload it; returns when its log says this.
    pub(crate) async fn reload(&self, gc_toml: &str, says: &str) {
        let before = self.logs.lock().unwrap().len();
        std::fs::write(self.config.path(), logging(gc_toml, "info")).unwrap();
        self.signal("HUP").await;
        let said = async || self.logs.lock().unwrap().get(before..).is_some_and(|new| new.contains(says));
        until(says, said).await;
    }

    pub(crate) fn client(&self) -> Client {
        Client::of(self.address)
    }

    /// Ends it without a word (SIGKILL).
    pub(crate) async fn kill(mut self) {
        soon("the program's end", self.child.kill()).await.unwrap();
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id().unwrap()
    }

    /// Sends SIGTERM.
    pub(crate) async fn terminate(&self) {
        self.signal("TERM").await;
    }

    pub(crate) async fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.id());
        assert!(Command::new("sh").arg("-c").arg(kill).status().await.unwrap().success());
    }

    /// Returns when this stands in the logs.
    pub(crate) async fn logged(&self, text: &str) {
        until(text, || async { self.has_logged(text) }).await;
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// What it has logged so far.
    pub(crate) fn logs(&self) -> String {
        self.logs.lock().unwrap().clone()
    }

    /// Its exit code and its logs, once it has ended.
    pub(crate) async fn ended(mut self) -> (Option<i32>, String) {
        let status = soon("the program's end", self.child.wait()).await.unwrap();
        self.reading.await.unwrap();
        let logs = self.logs.lock().unwrap().clone();
        (status.code(), logs)
    }
}
