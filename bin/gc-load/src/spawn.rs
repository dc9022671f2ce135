//! Starts a simulator and connectors as separate processes, so that each can be measured.

use std::io;
use std::process::Stdio;
use std::sync::Arc;

use gc_store_postgres::testing;
use reqwest::Client;
use tempfile::TempDir;
use tokio::process::Child;
use tokio::task::spawn_blocking;

use crate::arguments::{Load, Store};
use crate::failed::Failed;
use crate::health::Health;
use crate::member::{Member, Start};
use crate::process::Process;
use crate::scenario::Ending;
use crate::settings::{Settings, cannot_write, group_url};
use crate::starting::{Starting, program};
use crate::world::world;

/// The only connector, and those of a group.
const ALONE: &str = "server";
const MEMBERS: &[&str] = &["server 1", "server 2", "server 3", "server 4", "server 5"];
/// So many connectors are in a group at most.
pub(crate) const MOST_MEMBERS: u8 = 5;

/// The processes. Dropping this kills them, so that an interrupted run leaves nothing behind.
pub(crate) struct Spawned {
    pub(crate) control_url: String,
    members: Vec<Member>,
    settings: Settings,
    sim: (Process, Child),
    http: Client,
    // Behind those that use them.
    _database: Option<testing::Server>,
    _files: TempDir,
}

impl Spawned {
    /// Starts them on free ports; the connectors have their default settings.
    ///
    /// # Errors
    /// When a program does not start; the text names it and the reason.
    pub(crate) async fn start(load: &Load, store: Store, members: u8, http: Client) -> Result<Self, Failed> {
        let files = tempfile::tempdir().map_err(|error| cannot_write(&std::env::temp_dir(), &error))?;
        let (world_file, ca_file) = (files.path().join("world.toml"), files.path().join("ca.pem"));
        std::fs::write(&world_file, world(load.agents)).map_err(|error| cannot_write(&world_file, &error))?;
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
        let sim = sim.started("simulator")?;

        let mut settings = Settings::new(files.path(), &rest, &notifications, &ca_file, load.agents);
        let database = match store {
            Store::Postgres => Some(database().await?),
            Store::Memory | Store::File => None,
        };
        let url = database.as_ref().map(|database| database.url(DATABASE)).unwrap_or_default();
        settings.keep(store, &url, load.server_bin.as_deref()).await?;
        if members > 1 {
            settings.certify_group()?;
        }
        let mut spawned = Self {
            control_url,
            members: Vec::new(),
            settings,
            sim,
            http,
            _database: database,
            _files: files,
        };
        let names = if members > 1 { MEMBERS } else { &[ALONE] };
        for name in names.iter().take(usize::from(members)) {
            spawned.add(name, members > 1, load).await?;
        }
        Ok(spawned)
    }

    async fn add(&mut self, name: &'static str, is_in_group: bool, load: &Load) -> Result<(), Failed> {
        let port = if is_in_group { Some(testing::free_port().map_err(Failed::unavailable)?) } else { None };
        let start = Start { name, program: load.server_bin.clone(), config: self.settings.of_one(port) };
        self.members.push(Member::start(start, port.map(group_url), &self.settings).await?);
        Ok(())
    }

    /// Where clients reach the connectors.
    pub(crate) fn servers(&self) -> Arc<[String]> {
        self.members.iter().map(|member| format!("http://{}", member.address)).collect()
    }

    /// The connectors, and the simulator.
    pub(crate) fn processes(&self) -> Vec<Process> {
        self.members.iter().map(|member| member.process).chain([self.sim.0]).collect()
    }

    /// The simulator.
    pub(crate) fn sim(&self) -> Process {
        self.sim.0
    }

    /// The only connector.
    ///
    /// # Errors
    /// When there are others.
    fn only(&mut self) -> Result<(&mut Member, &Settings), Failed> {
        match &mut self.members[..] {
            [only] => Ok((only, &self.settings)),
            _ => Err(Failed::unavailable("one of several connectors is not restarted")),
        }
    }

    /// Ends the only connector, and waits for its end.
    ///
    /// # Errors
    /// When it does not end.
    pub(crate) async fn end_server(&mut self, ending: Ending) -> Result<(), Failed> {
        self.only()?.0.end(ending).await
    }

    /// Starts it again, at the same address and with what it has kept; its process.
    ///
    /// # Errors
    /// When it does not start.
    pub(crate) async fn start_server(&mut self) -> Result<Process, Failed> {
        let (only, settings) = self.only()?;
        only.start_again(settings).await?;
        Ok(only.process)
    }

    /// Kills the connector that leads; its name.
    ///
    /// # Errors
    /// When none of them leads.
    pub(crate) async fn kill_leader(&mut self) -> Result<&'static str, Failed> {
        for index in 0..self.members.len() {
            let Some(asked) = self.members.get(index) else { continue };
            let leader = self.health(asked).leader().await;
            let leads = |member: &&mut Member| leader.is_some() && member.group_url == leader;
            if let Some(leader) = self.members.iter_mut().find(leads) {
                leader.end(Ending::Killed).await?;
                return Ok(leader.process.name);
            }
        }
        Err(Failed::unavailable("no connector leads"))
    }

    /// All but this one, each with where the others reach it.
    pub(crate) fn others(&self, killed: &'static str) -> Vec<(Health, String)> {
        let others = self.members.iter().filter(|member| member.process.name != killed);
        others.filter_map(|member| Some((self.health(member), member.group_url.clone()?))).collect()
    }

    fn health(&self, member: &Member) -> Health {
        Health::new(self.http.clone(), &format!("http://{}", member.address))
    }

    /// Kills all of them. None has state on disk that an orderly shutdown would save.
    pub(crate) async fn stop(mut self) {
        for member in &mut self.members {
            // Fails only if it has ended already.
            let _ = member.end(Ending::Killed).await;
        }
        let _ = self.sim.1.kill().await;
    }
}

const DATABASE: &str = "gc";

/// A PostgreSQL with its default settings.
async fn database() -> Result<testing::Server, Failed> {
    if let Some(reason) = testing::missing() {
        return Err(Failed::unavailable(reason));
    }
    let started = spawn_blocking(|| {
        let server = testing::Server::on_disk(&[])?;
        server.database(DATABASE)?;
        io::Result::Ok(server)
    });
    started.await.map_err(Failed::unavailable)?.map_err(Failed::unavailable)
}
