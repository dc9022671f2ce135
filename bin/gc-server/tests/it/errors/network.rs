//! Finesse does not answer as it should.

use serde_json::json;

use crate::support::desk::{Codes, Desk};
use crate::support::stage::Control;

async fn answered(finesse: &Control, action: &str, status: u16) {
    let then = json!({ "do": "answer", "status": status, "body": "<html>Oh</html>" });
    finesse.fault(json!({ "when": { "action": action }, "then": then })).await;
}

pub(super) async fn finesse_hangs_up() -> Codes {
    let mut desk = Desk::of(&["1001"]).await;
    // As often as the connector could ask.
    let path = json!({ "path": "/finesse/api/User" });
    desk.control().fault(json!({ "when": path, "times": 1000, "then": { "do": "drop" } })).await;
    desk.fails("GetState#1001", "", "DOWN").await;
    desk.fails("MakeReady#1001", "", "DOWN").await;
    desk.control().delete("/sim/faults").await;
    answered(desk.control(), "READY", 503).await;
    desk.fails("MakeReady#1001", "", "DOWN").await;
    desk.does("MakeReady#1001", "").await;
    desk.goes_on("1001").await
}

pub(super) async fn finesse_is_silent() -> Codes {
    let mut desk = Desk::with(&[("finesse.request_timeout", "'5s'")]).await;
    desk.signs_in("1001").await;
    let silence = json!({ "do": "delay", "ms": 3_600_000 });
    desk.control().fault(json!({ "when": { "action": "READY" }, "then": silence })).await;
    desk.fails("MakeReady#1001", "", "NOT_REACHABLE").await;
    desk.does("MakeReady#1001", "").await;
    desk.goes_on("1001").await
}

pub(super) async fn finesse_fails() -> Codes {
    let mut desk = Desk::of(&["1001"]).await;
    for status in [500, 501, 403] {
        answered(desk.control(), "READY", status).await;
        desk.fails("MakeReady#1001", "", "GENERAL_ERROR").await;
    }
    desk.does("MakeReady#1001", "").await;
    desk.goes_on("1001").await
}

/// 202, and nothing follows until the deadline; nor does Finesse show the effect when it is read.
pub(super) async fn finesse_does_nothing() -> Codes {
    let mut desk = Desk::with(&[("session.deadline", "'5s'")]).await;
    desk.signs_in("1001").await;
    desk.control().fault(json!({ "when": { "action": "READY" }, "then": { "do": "silent" } })).await;
    desk.fails("MakeReady#1001", "", "PLEASE_RETRY").await;
    desk.does("MakeReady#1001", "").await;
    desk.goes_on("1001").await
}
