//! A group of three connectors at work while the one that leads is killed, suspended, stopped or cut off at random, again and again.
//! Whatever happens, each command that was answered with 202 has one outcome, the events come in order without a gap, nobody is
//! signed out, and who has been replaced writes nothing.
//!
//! `FAULTS=200` has more of them, `SEED=…` repeats the choices of a run (not its timing).

use std::time::Duration;

use futures_util::future::join_all;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::crash::{World, agents, works};
use crate::support::PATIENCE;
use crate::support::group::{Group, leads};
use crate::support::process::Process;
use crate::support::stage::gc_toml;

const MEMBERS: usize = 3;

#[derive(Clone, Copy, Debug)]
enum Fault {
    /// SIGKILL.
    Killed,
    /// SIGSTOP until another one leads, and then SIGCONT.
    Suspended,
    /// SIGTERM.
    Stopped,
    /// All connections to the database end.
    Cut,
    /// The database crashes, and is back soon.
    Crashed,
    /// The database is away until the leader has given up.
    Away,
}

const FAULTS: [Fault; 6] =
    [Fault::Killed, Fault::Suspended, Fault::Stopped, Fault::Cut, Fault::Crashed, Fault::Away];

/// The members, one of which leads.
struct Crew<'a> {
    group: &'a Group,
    world: &'a World,
    settings: &'a str,
    members: Vec<Process>,
    /// How often there were enough of them.
    times: usize,
}

impl Crew<'_> {
    /// There are as many as there should be, and one leads; which.
    async fn is_complete(&mut self) -> Result<usize, String> {
        // The database may have been away for too long.
        self.members.retain_mut(|member| !member.has_ended());
        while self.members.len() < MEMBERS {
            self.members.push(self.group.member(self.settings).await);
        }
        let place = self.one_leads().await?;
        let leading = &self.members[place];
        leading.client().is_ready().await;
        // Commands go to each of them in turn.
        self.times += 1;
        let taker = &self.members[(place + self.times) % MEMBERS];
        taker.client().is_ready().await;
        *self.world.url.lock().unwrap() = Some(taker.client().url);
        Ok(place)
    }

    /// One of the members leads, sooner or later; which.
    async fn one_leads(&self) -> Result<usize, String> {
        let leading =
            || (0..self.members.len()).filter(|place| leads(&self.members[*place])).collect::<Vec<_>>();
        let deadline = Instant::now() + PATIENCE;
        while leading().is_empty() && Instant::now() < deadline {
            sleep(Duration::from_millis(20)).await;
        }
        match leading()[..] {
            [place] => Ok(place),
            ref others => {
                let logs: Vec<_> = self.members.iter().map(Process::logs).collect();
                Err(format!("these lead: {others:?}\n{}", logs.join("\n--\n")))
            }
        }
    }

    async fn suffers(&mut self, fault: Fault, leader: usize, pause: Duration) -> Result<(), String> {
        let world = self.world;
        world.journal.note(None, format!("-- {fault:?}"));
        world.journal.book().restarted();
        let database = &self.group.database;
        let with_code = |(code, logs): (Option<i32>, String), wanted| {
            if code == Some(wanted) { Ok(()) } else { Err(format!("ended with {code:?}: {logs}")) }
        };
        match fault {
            Fault::Killed => {
                self.members.swap_remove(leader).kill().await;
                self.group.ends_the_lease();
            }
            Fault::Suspended => {
                let zombie = self.members.swap_remove(leader);
                zombie.signal("STOP").await;
                self.group.ends_the_lease();
                self.one_leads().await?;
                zombie.signal("CONT").await;
                with_code(zombie.ended().await, 75)?;
            }
            Fault::Stopped => {
                let old = self.members.swap_remove(leader);
                old.terminate().await;
                with_code(old.ended().await, 0)?;
            }
            Fault::Cut => {
                let cut = "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = 'gc-server'";
                database.sql("gc", cut).unwrap();
            }
            Fault::Crashed => {
                database.crash().unwrap();
                sleep(pause).await;
                database.up().unwrap();
            }
            Fault::Away => {
                database.crash().unwrap();
                with_code(self.members.swap_remove(leader).ended().await, 75)?;
                database.up().unwrap();
            }
        }
        Ok(())
    }
}

/// A client whose Connect ended with the connector knows nothing of its agent, who may be signed in all the same by a Login that was never
/// answered. So there is a second chance, after such agents have connected again.
async fn settles(world: &World) -> Result<(), String> {
    let first = {
        let _pause = world.work.write().await;
        world.settles().await
    };
    if first.is_err() {
        sleep(Duration::from_secs(2)).await;
        let _pause = world.work.write().await;
        return world
            .settles()
            .await
            .map_err(|second| format!("{second}\n-- and before\n{}", first.unwrap_err()));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_befalls_the_leader_each_command_ends_once_no_event_is_lost_and_nobody_is_signed_out() {
    let number = |name| std::env::var(name).ok().map(|number| number.parse::<u64>().unwrap());
    let (seed, faults) = (number("SEED").unwrap_or(1), number("FAULTS").unwrap_or(6));
    println!("SEED={seed}, {faults} faults");
    let Some(group) = Group::new() else { return };
    let (mut dice, mut receivers) = (StdRng::seed_from_u64(seed), Vec::new());
    let world = World::new(&mut receivers, Duration::from_secs(60)).await;
    let settings = [
        ("session.deadline", "'5s'"),
        ("finesse.health_interval", "'250ms'"),
        ("callback.allow", "['127.0.0.0/8']"),
    ];
    let settings = gc_toml(&world.sim, &settings);
    let mut crew = Crew { group: &group, world: &world, settings: &settings, members: Vec::new(), times: 0 };
    let mut leader = crew.is_complete().await.unwrap();
    for (client, url) in receivers.iter().enumerate() {
        crew.members[leader].client().hello_with_callback(&format!("desk-{client}"), url).await;
    }
    let end = CancellationToken::new();
    let agents = agents().map(|agent| works(&world, agent, StdRng::from_rng(&mut dice), end.clone()));
    let agents = join_all(agents.collect::<Vec<_>>());
    let mut next = StdRng::seed_from_u64(seed);
    let faults = async {
        for count in 1..=faults {
            // Each kind once at first.
            let usual = usize::try_from(count - 1).ok().and_then(|place| FAULTS.get(place));
            let fault = *usual.unwrap_or_else(|| FAULTS.choose(&mut next).unwrap());
            sleep(Duration::from_millis(next.random_range(300..1_500))).await;
            let pause = Duration::from_millis(next.random_range(0..2_000));
            let failed = move |failure: String| format!("at fault {count}, {fault:?}: {failure}");
            crew.suffers(fault, leader, pause).await.map_err(failed)?;
            leader = crew.is_complete().await.map_err(failed)?;
            settles(&world).await.map_err(failed)?;
        }
        Ok::<_, String>(())
    };
    let ended = async {
        let result = faults.await;
        end.cancel();
        result
    };
    let (_, result) = tokio::join!(agents, ended);
    println!("{}", world.journal.book().summary());
    result.unwrap_or_else(|failure| panic!("SEED={seed}: {failure}"));
    for member in crew.members {
        member.terminate().await;
        let (code, logs) = member.ended().await;
        assert_eq!(code, Some(0), "{logs}");
    }
    world.sim.shutdown().await;
}
