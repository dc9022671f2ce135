//! Streams open, are lost and open again while calls ring and end. Nobody sends a command that would have Finesse read
//! again: what is missed stays missed, and shows.

use std::time::Duration;

use futures_util::future::join_all;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::site::{Dice, Site, text};

/// Everything happens within this time.
const WITHIN: Duration = Duration::from_secs(3);

/// Longer than a stream takes to open again, less than a command's deadline, at which Finesse is read again.
const SILENCE: Duration = Duration::from_secs(15);

/// At Connect, and when the stream was lost.
const ROUNDS: u32 = 3;

/// The clients that miss something.
pub(crate) async fn play(site: &Site) -> Vec<String> {
    for agent in site.agents() {
        site.asks_for(&agent, "LOGIN").await;
    }
    let mut dice = site.plan.dice(Dice::Openings);
    for round in 0..ROUNDS {
        let mut dice = || StdRng::from_rng(&mut dice);
        let agents: Vec<_> = site.agents().map(|agent| agent_around(site, dice(), agent, round)).collect();
        join_all(agents).await;
        sleep(SILENCE).await;
        let missed = site.differences().await;
        if !missed.is_empty() {
            return missed.into_iter().map(|missed| format!("round {round}: missed: {missed}")).collect();
        }
    }
    Vec::new()
}

/// One agent: its stream opens, and around that moment a call ends, another one rings, and the state changes at another
/// desktop.
async fn agent_around(site: &Site, dice: StdRng, agent: String, round: u32) {
    let mut moments = dice;
    let mut moment = || moments.random_range(Duration::ZERO..=WITHIN);
    let (opens, ends, rings, works) = (moment(), moment(), moment(), moment());
    let opens = async {
        sleep(opens).await;
        match round {
            0 => _ = site.connects(&agent),
            _ => {
                site.journal.note(format!("-- {agent}'s stream is cut"));
                site.control("DELETE", &format!("/sim/streams/{agent}"), &Value::Null).await;
            }
        }
    };
    let ends = async {
        sleep(ends).await;
        for call in site.get("/sim/calls").await.iter().filter(|call| call["to"] == *agent) {
            let id = text(call, "dialogId");
            site.journal.note(format!("-- {agent}'s call {id} ends"));
            site.control("DELETE", &format!("/sim/calls/{id}"), &Value::Null).await;
        }
    };
    let rings = async {
        sleep(rings).await;
        let (_, call) = site.control("POST", "/sim/calls", &json!({ "from": "5550142", "to": agent })).await;
        site.journal.note(format!("-- {call} rings at {agent}"));
    };
    let works = async {
        sleep(works).await;
        let state = if round == 1 { "NOT_READY" } else { "READY" };
        site.journal.note(format!("-- {agent} asks for {state} elsewhere"));
        site.asks_for(&agent, state).await;
    };
    tokio::join!(opens, ends, rings, works);
}
