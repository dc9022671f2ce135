//! Who may connect and log in.

use serde_json::json;

use crate::support::desk::{Codes, Desk};
use crate::support::stage::{Stage, connector, gc_toml, simulator};

pub(super) async fn the_first_password_is_wrong() -> Codes {
    let mut desk = Desk::with(&[]).await;
    desk.fails("Connect#1001", "desk,wrong", "SUBSCRIPTION_FAILED").await;
    desk.signs_in("1001").await;
    desk.goes_on("1001").await
}

pub(super) async fn a_later_password_is_wrong() -> Codes {
    let mut desk = Desk::with(&[]).await;
    desk.connects("1001").await;
    let text = desk.fails("Login#1001", "wrong,2001", "Unauthorized").await;
    assert!(text.starts_with("Invalid Credentials"), "{text}");
    desk.signs_in("1001").await;
    desk.goes_on("1001").await
}

pub(super) async fn too_many_passwords_are_wrong() -> Codes {
    let mut desk = Desk::of(&["1002"]).await;
    for _ in 0..2 {
        desk.fails("Connect#1001", "desk,wrong", "SUBSCRIPTION_FAILED").await;
    }
    let text = desk.fails("Connect#1001", "desk,demo", "PLEASE_RETRY").await;
    assert!(text.contains("Wait 300 s") || text.contains("Wait 29"), "{text}");
    desk.goes_on("1002").await
}

/// The connector itself does not lock it: somebody else has the wrong password.
pub(super) async fn five_passwords_are_wrong() -> Codes {
    let mut desk = Desk::of(&["1002"]).await;
    desk.connects("1001").await;
    let user = format!("{}/User/1001", desk.control().rest[0]);
    for _ in 0..5 {
        let asked = desk.control().http.get(&user).basic_auth("1001", Some("wrong"));
        assert_eq!(asked.send().await.unwrap().status(), 401);
    }
    let text = desk.fails("Login#1001", "demo,2001", "CF_AGENT_ACCOUNT_LOCKED_OUT").await;
    assert!(text.contains("5 minutes"), "{text}");
    desk.goes_on("1002").await
}

pub(super) async fn there_are_no_notifications() -> Codes {
    let sim = simulator(false).await;
    let rest = sim.rest_url().trim_end_matches("/finesse/api").to_owned();
    // Where Finesse's REST server is, there are no notifications.
    let notifications = rest.replace("http", "xmpp");
    let nodes = format!("[{{ url = \"{rest}\", notifications = \"{notifications}\" }}]");
    let server = connector(&gc_toml(&sim, &[("finesse.nodes", &nodes)])).await;
    let mut desk = Desk::at(Stage::of(sim, server)).await;
    desk.fails("Connect#1001", "desk,demo", "UNABLE_TO_SUBSCRIBE_TO_FINESSE").await;
    desk.end().await
}

pub(super) async fn there_is_no_such_agent() -> Codes {
    let mut desk = Desk::of(&["1091"]).await;
    desk.fails("getteamuserstate#1091", "9999", "USER_NOT_FOUND").await;
    desk.goes_on("1091").await
}

pub(super) async fn the_licence_is_used_up() -> Codes {
    let mut desk = Desk::with(&[("session.licences", "1")]).await;
    desk.signs_in("1001").await;
    desk.connects("1002").await;
    desk.fails("Login#1002", "demo,2002", "LICENSES_EXCEEDED").await;
    desk.does("Logout#1001", "").await;
    desk.signs_in("1002").await;
    desk.goes_on("1002").await
}

/// The one who had the agent hears that it is signed out, and why.
pub(super) async fn another_client_connects() -> Codes {
    let mut desk = Desk::of(&["1001"]).await;
    let mut other = desk.client.watched("other").await;
    desk.client.accepted("Connect#1001", "other,demo").await;
    other.of_type("ConnectStatus").await;
    let state = desk.hears(|event| event["agentId"] == "1001").await;
    assert_eq!((&state["type"], &state["state"]), (&json!("State"), &json!("LOGOUT")), "{state}");
    desk.hears_error("1001", "SESSION_INVALIDATED").await;
    // The agent works on, for the other one.
    desk.client.accepted("MakeReady#1001", "").await;
    other.brief("State READY").await;
    desk.end().await
}
