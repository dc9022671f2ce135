//! The members, each with ways of its own to everything that it speaks with.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::databases::Databases;
use crate::crash::World;
use crate::history::tap::{Requests, Streams};
use crate::history::{Recorder, What};
use crate::support::PATIENCE;
use crate::support::group::{free_port, leads};
use crate::support::process::Process;
use crate::support::stage::gc_toml;
use crate::support::way::Way;

pub(super) struct Member {
    pub(super) process: Process,
    pub(super) name: String,
    /// To the two databases.
    pub(super) databases: [Way; 2],
    /// From the others to it.
    pub(super) others: Way,
    _finesse: [Way; 2],
}

/// The members, one of which leads.
pub(super) struct Crew<'a> {
    pub(super) databases: Databases,
    pub(super) world: &'a World,
    pub(super) members: Vec<Member>,
    /// How many there have been.
    names: usize,
    /// How often there were enough of them.
    times: usize,
}

impl<'a> Crew<'a> {
    pub(super) fn of(databases: Databases, world: &'a World) -> Self {
        Self { databases, world, members: Vec::new(), names: 0, times: 0 }
    }

    pub(super) fn recorder(&self) -> &Arc<Recorder> {
        &self.world.journal.recorder
    }

    pub(super) fn notes(&self, member: &Member, what: What) {
        self.recorder().notes(&member.name, what);
    }

    /// Starts another member; returns when it listens.
    pub(super) async fn member(&mut self) -> Member {
        self.names += 1;
        let (name, sim) = (format!("member-{}", self.names), &self.world.sim);
        let finesse = [
            Way::tapped(sim.rest_addr(), Requests::of(&name, self.recorder())).await,
            Way::tapped(sim.websocket_addr(), Streams::of(&name, self.recorder())).await,
        ];
        let [rest, notifications] = finesse.each_ref().map(|way| way.address.port());
        let nodes = format!(
            "[{{ url = 'http://127.0.0.1:{rest}', notifications = 'ws://127.0.0.1:{notifications}/ws/' }}]"
        );
        let settings = [
            ("session.deadline", "'5s'"),
            ("finesse.health_interval", "'250ms'"),
            ("callback.allow", "['127.0.0.0/8']"),
            ("finesse.nodes", &nodes),
        ];
        let to = |port: u16| Way::to(([127, 0, 0, 1], port).into());
        let listen = free_port();
        let ports = self.databases.ports;
        let (databases, others) = ([to(ports[0]).await, to(ports[1]).await], to(listen).await);
        let store = Databases::url(databases.each_ref().map(|way| way.address.port()), &name);
        let group = &self.databases.group;
        let config = group.config_by(&store, (listen, others.address.port()), &gc_toml(sim, &settings));
        let process = Process::listening(&config, "info").await;
        self.recorder().knows(process.id(), &name);
        Member { process, name, databases, others, _finesse: finesse }
    }

    /// There are so many of them, and one leads; which.
    pub(super) async fn is_complete(&mut self, wanted: usize) -> Result<usize, String> {
        // The database may have been away for too long.
        self.members.retain_mut(|member| !member.process.has_ended());
        while self.members.len() < wanted {
            let member = self.member().await;
            self.members.push(member);
        }
        let mut place = self.one_leads().await?;
        while self.members.len() > wanted {
            // Whoever follows may leave at any time.
            let leaves = (place + 1) % self.members.len();
            let follower = self.members.remove(leaves).process;
            place -= usize::from(leaves < place);
            follower.terminate().await;
            ended_with(follower, 0).await?;
        }
        self.members[place].process.client().is_ready().await;
        // Commands go to each of them in turn.
        self.times += 1;
        let taker = &self.members[(place + self.times) % self.members.len()].process;
        taker.client().is_ready().await;
        *self.world.url.lock().unwrap() = Some(taker.client().url);
        Ok(place)
    }

    /// One of the members leads, sooner or later; which.
    pub(super) async fn one_leads(&self) -> Result<usize, String> {
        let leading = || {
            let leading = |place: &usize| leads(&self.members[*place].process);
            (0..self.members.len()).filter(leading).collect::<Vec<_>>()
        };
        let deadline = Instant::now() + PATIENCE;
        while leading().is_empty() && Instant::now() < deadline {
            sleep(Duration::from_millis(20)).await;
        }
        match leading()[..] {
            [place] => Ok(place),
            ref others => {
                let logs: Vec<_> = self.members.iter().map(|member| member.process.logs()).collect();
                Err(format!("these lead: {others:?}\n{}", logs.join("\n--\n")))
            }
        }
    }
}

/// It ends by itself, with this code.
pub(super) async fn ended_with(process: Process, wanted: i32) -> Result<(), String> {
    let (code, logs) = process.ended().await;
    if code == Some(wanted) { Ok(()) } else { Err(format!("ended with {code:?}, not {wanted}: {logs}")) }
}
