//! What is over leaves nothing behind.

use crate::support::stage::Stage;
use crate::support::until;

#[tokio::test]
async fn after_two_hundred_sessions_none_is_left() {
    let stage = Stage::with(&[("session.keep_signed_out", "'1ms'")]).await;
    let mut sessions = Vec::new();
    for agent in 1001..=1020 {
        let client = stage.client();
        sessions.push(async move {
            let (agent, destination) = (agent.to_string(), format!("desk-{agent}"));
            let mut events = client.watched(&destination).await;
            for _ in 0..10 {
                client.signs_in(&agent, &destination, &mut events).await;
                client.accepted(&format!("Logout#{agent}"), "").await;
                events.brief("State LOGOUT").await;
                // Forgotten means: nobody knows the agent any more.
                let forgotten = async || client.send(&format!("GetState#{agent}"), "").await.status == 409;
                until("the end of the session", forgotten).await;
            }
        });
    }
    futures_util::future::join_all(sessions).await;
    assert_eq!((stage.server.sessions(), stage.server.pending_commands()), (0, 0));
    for agent in 1001..=1020 {
        let agent = agent.to_string();
        let streams = async || stage.control().user(&agent).await["streams"] == serde_json::json!([]);
        until("the end of the streams", streams).await;
    }
    stage.end().await;
}

#[tokio::test]
async fn a_password_that_is_refused_leaves_no_session() {
    let stage = Stage::start().await;
    let client = stage.client();
    let mut events = client.watched("desk").await;
    for agent in ["1001", "1002", "nobody", "😀<&>\"'"] {
        client.accepted(&format!("Connect#{agent}"), "desk,wrong").await;
        events.brief("Error SUBSCRIPTION_FAILED").await;
        let forgotten = async || client.send(&format!("GetState#{agent}"), "").await.status == 409;
        until("the end of the session", forgotten).await;
    }
    assert_eq!((stage.server.sessions(), stage.server.pending_commands()), (0, 0));
    stage.end().await;
}
