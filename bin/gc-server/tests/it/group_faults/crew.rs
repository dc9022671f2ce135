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

    /// There are so many of them, and one leads; which. It, and the one that commands go to, are ready.
    pub(super) async fn is_complete(&mut self, wanted: usize) -> Result<usize, String> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            let leading = self.leading();
            while self.members.len() < wanted {
                let member = self.member().await;
                self.members.push(member);
            }
            if let [place] = leading[..] {
                let next = |steps| (place + steps) % self.members.len();
                if self.members.len() > wanted {
                    // Whoever follows may leave at any time.
                    let follower = self.members.remove(next(1)).process;
                    follower.terminate().await;
                    ended_with(follower, 0).await?;
                    continue;
                }
                // Commands go to each of them in turn.
                let taker = &self.members[next(self.times + 1)];
                if self.members[place].is_ready().await && taker.is_ready().await {
                    *self.world.url.lock().unwrap() = Some(taker.process.client().url);
                    self.times += 1;
                    return Ok(place);
                }
            }
            sleep(Duration::from_millis(20)).await;
        }
        Err(self.unlike("one leads, and is ready"))
    }

    /// One of the members leads, sooner or later; which.
    pub(super) async fn one_leads(&mut self) -> Result<usize, String> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let [place] = self.leading()[..] {
                return Ok(place);
            }
            sleep(Duration::from_millis(20)).await;
        }
        Err(self.unlike("one leads"))
    }

    /// Who has come to lead and has not ended. One that has lost the lead ends soon; the database may have been away for too long.
    fn leading(&mut self) -> Vec<usize> {
        self.members.retain_mut(|member| !member.process.has_ended());
        (0..self.members.len()).filter(|place| leads(&self.members[*place].process)).collect()
    }

    fn unlike(&mut self, wanted: &str) -> String {
        let leading = self.leading();
        let logs: Vec<_> = self.members.iter().map(|member| member.process.logs()).collect();
        format!("waited in vain until {wanted}; these lead: {leading:?}\n{}", logs.join("\n--\n"))
    }
}

impl Member {
    /// Not if it has just ended, either.
    async fn is_ready(&self) -> bool {
        let client = self.process.client();
        let asked = client.http.get(format!("{}/health/ready", client.url)).send();
        asked.await.is_ok_and(|answer| answer.status() == 200)
    }
}

/// It ends by itself, with this code.
pub(super) async fn ended_with(process: Process, wanted: i32) -> Result<(), String> {
    let (code, logs) = process.ended().await;
    if code == Some(wanted) { Ok(()) } else { Err(format!("ended with {code:?}, not {wanted}: {logs}")) }
}
