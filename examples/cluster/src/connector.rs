//! One connector: a process of its own, and its owner here.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use gc_server::{Config, Server};
use tokio::time::{sleep, timeout};

use crate::Outcome;

/// The first argument of such a process; the second one is its configuration.
pub(crate) const ROLE: &str = "connector";
/// For a start.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(100);
/// Lines of its log that are shown when it does not start.
const LAST_LINES: usize = 10;

/// A connector, seen from outside. Dropping it kills its process.
pub(crate) struct Connector {
    pub(crate) number: usize,
    /// Where clients reach it.
    pub(crate) url: String,
    /// Where the other connectors reach it.
    pub(crate) group_url: String,
    config: PathBuf,
    child: Option<Child>,
}

impl Connector {
    pub(crate) fn new(number: usize, url: String, group_url: String, config: PathBuf) -> Self {
        Self { number, url, group_url, config, child: None }
    }

    pub(crate) fn name(&self) -> String {
        format!("gc-{}", self.number)
    }

    /// None: it does not run.
    pub(crate) fn process(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Starts it, and waits until it takes commands.
    pub(crate) async fn start(&mut self, http: &reqwest::Client) -> Outcome<()> {
        let log = fs::File::options().create(true).append(true).open(self.log())?;
        let mut program = Command::new(std::env::current_exe()?);
        program.arg(ROLE).arg(&self.config).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(log);
        // Ctrl-C is for the one that has started it.
        std::os::unix::process::CommandExt::process_group(&mut program, 0);
        self.child = Some(program.spawn()?);
        let ready = format!("{}/health/ready", self.url);
        let is_ready = async {
            while !http.get(&ready).send().await.is_ok_and(|answer| answer.status().is_success()) {
                if let Some(status) = self.ended()? {
                    return Err(io::Error::other(format!("it has ended: {status}")));
                }
                sleep(PAUSE).await;
            }
            Ok(())
        };
        let started = timeout(PATIENCE, is_ready).await.unwrap_or_else(|late| Err(late.into()));
        started
            .map_err(|error| format!("{} does not start ({error}):\n{}", self.name(), self.last_lines()))?;
        Ok(())
    }

    fn ended(&mut self) -> io::Result<Option<std::process::ExitStatus>> {
        self.child.as_mut().map_or(Ok(None), Child::try_wait)
    }

    /// `kill -9`
    pub(crate) fn kill(&mut self) -> io::Result<()> {
        let Some(mut child) = self.child.take() else { return Ok(()) };
        child.kill()?;
        child.wait().map(drop)
    }

    fn log(&self) -> PathBuf {
        self.config.with_extension("log")
    }

    fn last_lines(&self) -> String {
        let log = fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        lines.get(lines.len().saturating_sub(LAST_LINES)..).unwrap_or_default().join("\n")
    }
}

impl Drop for Connector {
    fn drop(&mut self) {
        // If it has ended by itself, that is as good.
        _ = self.kill();
    }
}

/// Runs as a connector, as `gc-server serve` does.
pub(crate) async fn run(file: &Path) -> Outcome<()> {
    end_with_the_one_that_started_it();
    let config = Config::read(file)?;
    config.check()?;
    let _logs = gc_server::start_logs(&config)?;
    let server = Server::start(&config).await?;
    let mut stopped = pin!(gc_server::stop_signal()?);
    tokio::select! {
        biased;
        () = &mut stopped => {}
        reason = server.ended() => return Err(reason.into()),
    }
    server.stop().await;
    Ok(())
}

/// Its end closes our standard input, also when it was killed.
fn end_with_the_one_that_started_it() {
    std::thread::spawn(|| {
        _ = io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
}
