//! What fails, by the plan's weights.

use std::time::Duration;

use rand::RngExt;
use rand::seq::IndexedRandom;
use serde_json::{Value, json};

use crate::net::Path;
use crate::plan::{FaultPlan, Lateness};
use crate::players::Player;
use crate::site::Site;

#[derive(Clone, Copy, Debug)]
enum Fault {
    Delays,
    StreamCut,
    Conflict,
    PathCut,
    HalfOpen,
    Refused,
    NodeDown,
    RequestFails,
    EventsDisorder,
    EventsLost,
    RefusedLater,
    WrongPassword,
}

impl FaultPlan {
    fn weights(&self) -> [(Fault, u32); 12] {
        [
            (Fault::Delays, self.delays),
            (Fault::StreamCut, self.stream_cut),
            (Fault::Conflict, self.conflict),
            (Fault::PathCut, self.path_cut),
            (Fault::HalfOpen, self.half_open),
            (Fault::Refused, self.refused),
            (Fault::NodeDown, self.node_down),
            (Fault::RequestFails, self.request_fails),
            (Fault::EventsDisorder, self.events_disorder),
            (Fault::EventsLost, self.events_lost),
            (Fault::RefusedLater, self.refused_later),
            (Fault::WrongPassword, self.wrong_password),
        ]
    }
}

const NODES: [&str; 2] = ["a", "b"];

/// Something is at fault for so long at most.
const MOST: Duration = Duration::from_secs(8);

impl Player<'_> {
    /// Something fails again and again, until the run is over.
    pub(crate) async fn spoils(mut self) {
        let Some(every) = self.site.plan.every else { return };
        let weights = self.site.plan.weights();
        while self.pause(every).await {
            let Ok((fault, _)) = weights.choose_weighted(&mut self.dice, |fault| fault.1) else { return };
            self.spoil(*fault).await;
        }
    }

    async fn spoil(&mut self, fault: Fault) {
        let site = self.site;
        let (agent, node) = (self.agent(), self.dice.random_range(0..2));
        let path = if self.dice.random() { Path::Rest } else { Path::Notifications };
        match fault {
            Fault::Delays => {
                let late = Lateness::of(&mut self.dice);
                note(site, format!("{late:?}"));
                site.net.set_late(late);
            }
            Fault::StreamCut => {
                note(site, format!("{agent}'s stream is cut"));
                site.control("DELETE", &format!("/sim/streams/{agent}"), &Value::Null).await;
            }
            Fault::Conflict => {
                note(site, format!("{agent}'s stream is another session's"));
                let path = format!("/sim/streams/{agent}?condition=conflict");
                site.control("DELETE", &path, &Value::Null).await;
            }
            Fault::PathCut => {
                note(site, format!("{path:?} of {node} is cut"));
                site.net.cut(node, path);
            }
            Fault::HalfOpen => {
                note(site, format!("{path:?} of {node} is half-open"));
                site.net.swallow(node, path, true);
                self.pause(MOST * 4).await;
                note(site, format!("{path:?} of {node} is cut"));
                site.net.swallow(node, path, false);
            }
            Fault::Refused => {
                note(site, format!("{path:?} of {node} is cut and refused"));
                site.net.refuse(node, path, true);
                site.net.cut(node, path);
                self.pause(MOST).await;
                note(site, format!("{path:?} of {node} is open again"));
                site.net.refuse(node, path, false);
            }
            Fault::NodeDown => self.node_down().await,
            Fault::RequestFails | Fault::EventsDisorder | Fault::EventsLost | Fault::RefusedLater => {
                self.spoil_requests(fault, &agent).await;
            }
            Fault::WrongPassword => site.stranger_tries(),
        }
    }

    async fn node_down(&mut self) {
        let site = self.site;
        let nodes: &[&str] = [&NODES[..1], &NODES[1..], &NODES].choose(&mut self.dice).unwrap();
        // UCCX has no maintenance mode, and refuses it.
        let choices = [
            ("status", "OUT_OF_SERVICE", "IN_SERVICE"),
            ("webApplication", "down", "up"),
            ("finesseMMode", "IN_PROGRESS", "OFF"),
        ];
        let (what, off, on) = *choices.choose(&mut self.dice).unwrap();
        note(site, format!("{nodes:?}: {off}"));
        for node in nodes {
            site.control("POST", "/sim/system", &json!({ what: off, "node": node })).await;
        }
        self.pause(MOST).await;
        for node in nodes {
            site.control("POST", "/sim/system", &json!({ what: on, "node": node })).await;
        }
        note(site, format!("{nodes:?}: {on}"));
    }

    async fn spoil_requests(&mut self, fault: Fault, agent: &str) {
        let site = self.site;
        let method = *["GET", "PUT", "POST"].choose(&mut self.dice).unwrap();
        let any = json!({ "user": agent, "method": method });
        // Nobody but the agent has to hear of it.
        let own = json!({ "user": agent, "method": "PUT", "path": format!("/finesse/api/User/{agent}") });
        let ms = self.dice.random_range(1..1500);
        let node = NODES.choose(&mut self.dice).unwrap();
        let choices = match fault {
            Fault::RequestFails => vec![
                json!({ "do": "answer", "status": 503, "body": "<html>" }),
                json!({ "do": "answer", "status": 500, "body": "<html>" }),
                json!({ "do": "drop" }),
                json!({ "do": "delay", "ms": ms }),
            ],
            Fault::EventsDisorder => vec![
                json!({ "do": "eventFirst" }),
                json!({ "do": "duplicateEvents" }),
                json!({ "do": "reorderEvents" }),
                json!({ "do": "delayNode", "node": node, "ms": ms / 3 }),
            ],
            Fault::EventsLost => vec![json!({ "do": "loseEvents" }), json!({ "do": "loseAnswer" })],
            _ => vec![
                json!({ "do": "silent" }),
                json!({
                    "do": "apiError", "errorType": "Generic Error",
                    "errorMessage": "E_CTI_CTI_SERVER_OFFLINE", "errorData": "15",
                }),
            ],
        };
        let when = if matches!(fault, Fault::EventsLost) { &own } else { &any };
        let then = choices.choose(&mut self.dice).unwrap();
        note(site, format!("{when}: {then}"));
        let rule = json!({ "when": when, "times": self.dice.random_range(1..3), "then": then });
        assert!(site.control("POST", "/sim/faults", &rule).await.0, "{rule}");
    }
}

/// Everything works again.
pub(crate) async fn clear(site: &Site) {
    note(site, "everything works again".to_owned());
    site.control("DELETE", "/sim/faults", &Value::Null).await;
    site.net.set_late(Lateness::default());
    site.set_disk(None);
    site.recovers();
}

fn note(site: &Site, what: String) {
    site.journal.note(format!("-- {what}"));
}
