//! One connector: its process, and how it is started again.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Child;
use tokio::time::timeout;

use crate::failed::Failed;
use crate::process::Process;
use crate::scenario::Ending;
use crate::settings::Settings;
use crate::starting::{Starting, program};

/// A stop takes three times `http.stop_grace` at most.
const STOP: Duration = Duration::from_secs(40);
/// Any free port.
const ANYWHERE: &str = "127.0.0.1:0";

/// A connector, and the files that it reads. Dropping it kills its process.
pub(crate) struct Member {
    pub(crate) process: Process,
    /// Where clients reach it.
    pub(crate) address: String,
    /// Where the others of its group reach it.
    pub(crate) group_url: Option<String>,
    child: Child,
    start: Start,
}

/// A connector's program and its configuration, all but where clients reach it.
pub(crate) struct Start {
    pub(crate) name: &'static str,
    pub(crate) program: Option<PathBuf>,
    pub(crate) config: String,
}

impl Member {
    /// Starts it at a free port.
    ///
    /// # Errors
    /// When it does not start.
    pub(crate) async fn start(
        start: Start,
        group_url: Option<String>,
        settings: &Settings,
    ) -> Result<Self, Failed> {
        let (address, process, child) = start.run(ANYWHERE, settings).await?;
        Ok(Self { process, address, group_url, child, start })
    }

    /// Ends it, and waits for its end.
    ///
    /// # Errors
    /// When it does not end.
    pub(crate) async fn end(&mut self, ending: Ending) -> Result<(), Failed> {
        match ending {
            Ending::Killed => self.child.kill().await.map_err(Failed::unavailable),
            Ending::Stopped => {
                let pid = self.child.id().and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?));
                let pid = pid.ok_or_else(|| Failed::unavailable("the connector has ended by itself"))?;
                kill_process(pid, Signal::TERM).map_err(Failed::unavailable)?;
                match timeout(STOP, self.child.wait()).await {
                    Ok(ended) => ended.map(drop).map_err(Failed::unavailable),
                    Err(_) => {
                        Err(Failed::unavailable(format!("the connector does not stop within {STOP:?}")))
                    }
                }
            }
        }
    }

    /// Starts it again, at the same address and with what it has kept.
    ///
    /// # Errors
    /// When it does not start.
    pub(crate) async fn start_again(&mut self, settings: &Settings) -> Result<(), Failed> {
        (_, self.process, self.child) = self.start.run(&self.address, settings).await?;
        Ok(())
    }
}

impl Start {
    /// Starts it, and returns the address at which it listens.
    async fn run(&self, listen: &str, settings: &Settings) -> Result<(String, Process, Child), Failed> {
        let file = format!("{}.toml", self.name);
        settings.write(&file, format!("http.listen = \"{listen}\"\n{}", self.config).as_bytes())?;
        let mut command = program(self.program.as_deref(), "gc-server")?;
        // Its address is read from its log.
        command
            .env_remove("RUST_LOG")
            .args(["serve", "--config"])
            .arg(settings.file(&file))
            .stderr(Stdio::piped());
        let mut server = Starting::spawn(command)?;
        let address = server.value("taking commands listen=").await?;
        let (process, child) = server.started(self.name)?;
        Ok((address, process, child))
    }
}
