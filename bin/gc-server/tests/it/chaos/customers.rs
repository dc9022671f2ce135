//! What the customers do, and the dialer.

use rand::RngExt;
use rand::seq::IndexedRandom;
use serde_json::{Value, json};

use super::{Player, QUEUES};
use crate::support::site::Site;
use crate::support::until;

/// Customers call agents and queues, hang up, and are handed over; the dialer brings others.
pub(super) async fn call(mut player: Player<'_>) {
    let control = &player.site.control;
    while player.pause(20..300).await {
        let (agent, from) = (player.agent(), format!("55501{:02}", player.dice.random_range(0..90)));
        match player.dice.random_range(0..20) {
            0..8 => {
                let to = [agent.as_str(), QUEUES[0], QUEUES[1]];
                let to = to.choose(&mut player.dice).unwrap();
                control.tries("/sim/calls", json!({ "from": from, "to": to })).await;
            }
            8..12 => {
                let kinds = ["progressive", "predictive", "preview", "direct_preview"];
                let (kind, first_other_in) =
                    (kinds.choose(&mut player.dice).unwrap(), player.dice.random_bool(0.5));
                let campaign = json!({
                    "kind": kind, "agent": agent, "customer": from, "firstOtherIn": first_other_in,
                });
                control.tries("/sim/campaign", campaign).await;
            }
            12..18 => {
                if let Some(call) = control.get("calls").await.choose(&mut player.dice) {
                    control.hang_up(id(call)).await;
                }
            }
            _ => {
                // Nobody is in a call twice.
                let mut calls = control.get("calls").await;
                calls.retain(|call| {
                    call["parties"].as_array().unwrap().iter().all(|party| party["user"] != *agent)
                });
                if let Some(call) = calls.choose(&mut player.dice) {
                    let path = format!("/sim/calls/{}/transfer", id(call));
                    control.tries(&path, json!({ "to": agent })).await;
                }
            }
        }
    }
}

/// Those who wait in queues hang up, so that no call goes on from agent to agent.
pub(super) async fn leave_the_queues(site: &Site) {
    let nobody_waits = async || {
        let calls = site.control.get("calls").await;
        let waits = |call: &&Value| {
            let queued = QUEUES.iter().any(|queue| call["to"] == *queue);
            queued && (call["waiting"] == true || call["state"] == "ALERTING")
        };
        let waiting: Vec<_> = calls.iter().filter(waits).collect();
        for call in &waiting {
            site.control.hang_up(id(call)).await;
        }
        waiting.is_empty()
    };
    until("empty queues", nobody_waits).await;
}

/// Every call ends.
pub(super) async fn hang_up(site: &Site) {
    for call in site.control.get("calls").await {
        site.control.hang_up(id(&call)).await;
    }
}

fn id(call: &Value) -> &str {
    call["dialogId"].as_str().unwrap()
}
