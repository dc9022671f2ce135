//! A group of two or three connectors at work while the one that leads, its database and the ways between them fail at random, again and again.
//! Whatever happens, each command that was answered with 202 has one outcome, the events come in order without a gap, nobody is
//! signed out, and who has been replaced writes nothing. In the end the nine invariants are checked against what was recorded (`history`).
//!
//! `FAULTS=200` has more of them, `SEED=…` repeats the choices of a run (not its timing).

mod crew;
mod databases;
mod faults;

use std::time::Duration;

use futures_util::future::join_all;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use self::crew::{Crew, ended_with};
use self::databases::Databases;
use self::faults::Fault;
use crate::crash::{World, agents, works};
use crate::history::{History, database};
use crate::support::soon;

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

/// Faults again and again, each after the one before has been got over.
async fn fails(crew: &mut Crew<'_>, faults: usize, mut dice: StdRng) -> Result<(), String> {
    for count in 0..faults {
        let fault = Fault::choose(count, &mut dice);
        sleep(Duration::from_millis(dice.random_range(300..1_500))).await;
        let (pause, wanted) = (Duration::from_millis(dice.random_range(0..2_000)), dice.random_range(2..=3));
        let failed = move |failure: String| format!("at fault {}, {fault:?}: {failure}", count + 1);
        // On a busy machine a leader may have lost its lease without any fault.
        let leader = crew.is_complete(wanted).await.map_err(failed)?;
        crew.suffers(fault, leader, pause).await.map_err(failed)?;
        crew.is_complete(wanted).await.map_err(failed)?;
        settles(crew.world).await.map_err(failed)?;
        println!("{} of {faults}: {fault:?}", count + 1);
    }
    Ok(())
}

/// What has been seen of the run, after its end. Each kind of record is there, or else what was found would be worth nothing.
fn history(crew: &Crew<'_>) -> History {
    let mut records = database::read(&crew.databases.group.database);
    records.extend(crew.recorder().take());
    let history = History::of(records);
    let counts = history.counts();
    println!("{counts:?}");
    let kinds = [
        "joined",
        "leads taken",
        "leases renewed",
        "appended",
        "outboxes",
        "commands opened",
        "commands ended",
        "posted",
        "commands accepted",
        "requests",
        "streams asked for",
        "streams opened",
        "streams ended",
    ];
    let missing: Vec<_> = kinds.into_iter().filter(|kind| !counts.contains_key(kind)).collect();
    assert!(missing.is_empty(), "nothing was seen of {missing:?}");
    history
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_befalls_the_leader_each_command_ends_once_no_event_is_lost_and_nobody_is_signed_out() {
    let number = |name| std::env::var(name).ok().map(|number| number.parse::<u64>().unwrap());
    let (seed, faults) = (number("SEED").unwrap_or(1), number("FAULTS").unwrap_or(8));
    println!("SEED={seed}, {faults} faults");
    let Some(databases) = Databases::new() else { return };
    let (mut dice, mut receivers) = (StdRng::seed_from_u64(seed), Vec::new());
    let world = World::new(&mut receivers, Duration::from_secs(60)).await;
    let mut crew = Crew::of(databases, &world);
    // It makes the tables.
    let first = crew.member().await.process;
    first.terminate().await;
    ended_with(first, 0).await.unwrap();
    database::begin(&crew.databases.group.database);
    crew.recorder().take();
    crew.is_complete(3).await.unwrap();
    for (client, url) in receivers.iter().enumerate() {
        let (hello, callback) = (format!("Hello#desk-{client}"), json!({ "callbackFqdn": url }));
        let taken = async {
            while world.sends(&hello, callback.clone()).await.is_none() {
                crew.is_complete(3).await.unwrap();
            }
        };
        soon("a Hello that is taken", taken).await;
    }
    let end = CancellationToken::new();
    let agents = agents().map(|agent| works(&world, agent, StdRng::from_rng(&mut dice), end.clone()));
    let agents = join_all(agents.collect::<Vec<_>>());
    let ended = async {
        let faults = usize::try_from(faults).unwrap();
        let result = fails(&mut crew, faults, StdRng::seed_from_u64(seed)).await;
        end.cancel();
        result
    };
    let (_, result) = tokio::join!(agents, ended);
    println!("{}", world.journal.book().summary());
    for member in std::mem::take(&mut crew.members) {
        member.process.terminate().await;
        let ended = ended_with(member.process, 0).await;
        // What went wrong before says more.
        assert!(result.is_err() || ended.is_ok(), "{ended:?}");
    }
    let violations = history(&crew).violations();
    let failure = result.err().unwrap_or_default();
    assert!(violations.is_empty() && failure.is_empty(), "SEED={seed}: {violations}\n{failure}");
    world.sim.shutdown().await;
}
