//! What fails: the network, the nodes, single requests.

use std::time::Duration;

use rand::RngExt;
use rand::seq::IndexedRandom;
use serde_json::json;

use super::Player;
use crate::support::site::{Path, Site};
use crate::support::way::Towards;

const BOTH: [&str; 2] = ["a", "b"];

/// Delays change, streams break or go silent, connections are refused.
pub(super) async fn network(mut player: Player<'_>) {
    let site = player.site;
    while player.pause(100..1200).await {
        let (node, path) = (
            player.dice.random_range(0..2),
            if player.dice.random() { Path::Rest } else { Path::Notifications },
        );
        let (name, way) = (BOTH[node], site.ways[node].on(path));
        match player.dice.random_range(0..20) {
            0..8 => {
                let towards = if player.dice.random() { Towards::Server } else { Towards::Client };
                let late = Duration::from_millis(*[0, 0, 20, 100, 400].choose(&mut player.dice).unwrap());
                note(site, format!("{path:?} towards the {towards:?} is {late:?} late"));
                site.delay(path, towards, late);
            }
            8..13 => {
                let agent = player.agent();
                note(site, format!("{agent}'s streams are cut"));
                for node in BOTH {
                    site.control.cut(&agent, node).await;
                }
            }
            13..16 => {
                note(site, format!("{path:?} of {name} is cut"));
                way.cut();
            }
            16..18 => {
                note(site, format!("notifications of {name} are swallowed"));
                let way = &site.ways[node].notifications;
                way.swallow();
                player.pause(200..3000).await;
                way.cut();
                note(site, format!("notifications of {name} are cut"));
            }
            _ => {
                note(site, format!("{path:?} of {name} is cut and refused"));
                way.shut().await;
                player.pause(200..3000).await;
                way.admit().await;
                note(site, format!("{path:?} of {name} is open again"));
            }
        }
    }
}

/// A node goes and comes back, or both.
pub(super) async fn nodes(mut player: Player<'_>) {
    let site = player.site;
    while player.pause(500..4000).await {
        let nodes: &[&str] = [&BOTH[..1], &BOTH[1..], &BOTH].choose(&mut player.dice).unwrap();
        let (what, off, on) = match player.dice.random() {
            true => ("status", "OUT_OF_SERVICE", "IN_SERVICE"),
            false => ("webApplication", "down", "up"),
        };
        note(site, format!("{nodes:?}: {off}"));
        for node in nodes {
            site.control.post("/sim/system", json!({ what: off, "node": node })).await;
        }
        player.pause(200..2500).await;
        for node in nodes {
            site.control.post("/sim/system", json!({ what: on, "node": node })).await;
        }
        note(site, format!("{nodes:?}: {on}"));
    }
}

/// Requests of one agent fail, or what they bring about comes in another way.
pub(super) async fn requests(mut player: Player<'_>) {
    let site = player.site;
    while player.pause(50..500).await {
        let agent = player.agent();
        let method = *["GET", "PUT", "POST"].choose(&mut player.dice).unwrap();
        let any = json!({ "user": agent, "method": method });
        // Nobody but the agent has to hear of it.
        let own = json!({ "user": agent, "method": "PUT", "path": format!("/finesse/api/User/{agent}") });
        let milliseconds = player.dice.random_range(1..1500);
        let node = BOTH.choose(&mut player.dice).unwrap();
        let error = json!({
            "do": "apiError", "errorType": "Generic Error", "errorMessage": "E_CTI_CTI_SERVER_OFFLINE", "errorData": "15",
        });
        let faults = [
            (&any, json!({ "do": "answer", "status": 503, "body": "<html>" })),
            (&any, json!({ "do": "answer", "status": 500, "body": "<html>" })),
            (&any, json!({ "do": "drop" })),
            (&any, json!({ "do": "delay", "ms": milliseconds })),
            (&any, json!({ "do": "eventFirst" })),
            (&any, json!({ "do": "duplicateEvents" })),
            (&any, json!({ "do": "reorderEvents" })),
            (&any, json!({ "do": "delayNode", "node": node, "ms": milliseconds / 3 })),
            (&any, error),
            (&any, json!({ "do": "silent" })),
            (&own, json!({ "do": "loseEvents" })),
            (&own, json!({ "do": "loseAnswer" })),
        ];
        let (when, then) = faults.choose(&mut player.dice).unwrap();
        site.journal.note(Some(&agent), format!("-- {method}: {then}"));
        site.control
            .fault(json!({ "when": when, "times": player.dice.random_range(1..3), "then": then }))
            .await;
    }
}

/// Everything works again.
pub(super) async fn clears(site: &Site) {
    site.control.delete("/sim/faults").await;
    for path in [Path::Rest, Path::Notifications] {
        for towards in [Towards::Server, Towards::Client] {
            site.delay(path, towards, Duration::ZERO);
        }
        for ways in &site.ways {
            ways.on(path).admit().await;
        }
    }
}

fn note(site: &Site, what: String) {
    site.journal.note(None, format!("-- {what}"));
}
