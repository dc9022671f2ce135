//! Two tenants in one connector: each is served, and neither sees or touches the other.

use serde_json::json;

use crate::support::tenants::Tenants;

#[tokio::test]
async fn each_tenant_drives_its_own_agents_and_hears_only_of_them() {
    let Tenants { stage, acme, bell } = Tenants::start().await;
    let mut acmes = acme.watched("acme").await;
    let mut bells = bell.watched("bell").await;
    acme.signs_in("1001", "acme", &mut acmes).await;
    bell.signs_in("1002", "bell", &mut bells).await;

    acme.accepted("MakeReady#1001", "").await;
    assert_eq!(acmes.of_type("State").await.data["agentId"], "1001");
    bell.accepted("MakeReady#1002", "").await;
    assert_eq!(bells.of_type("State").await.data["agentId"], "1002");
    for (who, agent) in [(&acme, "1002"), (&bell, "1001")] {
        let refused = who.send(&format!("MakeNotReady#{agent}"), "").await;
        assert_eq!((refused.status, &refused.json["state"]), (409, &json!("RE_LOGIN")), "{refused:?}");
    }
    // A call between them: each side is reported to its own client only.
    acme.accepted("MakeCall#1001", "2002").await;
    assert_eq!(acmes.of_type("InboundCall").await.data["agentId"], "1001");
    assert_eq!(bells.of_type("NewInboundCall").await.data["agentId"], "1002");

    stage.end().await;
    for (mut events, foreign) in [(acmes, "1002"), (bells, "1001")] {
        let rest = events.rest().await;
        assert!(rest.iter().all(|event| event.data["agentId"] != foreign), "{rest:?}");
    }
}

#[tokio::test]
async fn an_agent_who_changes_tenants_with_its_password_is_lost_to_the_old_one() {
    let Tenants { stage, acme, bell } = Tenants::start().await;
    let mut acmes = acme.watched("acme").await;
    let mut bells = bell.watched("bell").await;
    acme.signs_in("1001", "acme", &mut acmes).await;

    bell.accepted("Connect#1001", "bell,wrong").await;
    bells.brief("Error SUBSCRIPTION_FAILED").await;
    acme.accepted("GetState#1001", "").await;
    acmes.of_type("DialogState").await;

    bell.accepted("Connect#1001", "bell,demo").await;
    acmes.brief("Error SESSION_INVALIDATED").await;
    bells.of_type("ConnectStatus").await;
    let refused = acme.send("GetState#1001", "").await;
    assert_eq!((refused.status, &refused.json["state"]), (409, &json!("RE_LOGIN")), "{refused:?}");
    bell.accepted("GetState#1001", "").await;
    stage.end().await;
}

#[tokio::test]
async fn a_tenants_supervisor_is_its_own() {
    let Tenants { stage, acme, bell } = Tenants::start().await;
    let mut acmes = acme.watched("acme").await;
    let mut bells = bell.watched("bell").await;
    acme.signs_in("1091", "acme", &mut acmes).await;
    acme.accepted("getteamusers#1091", "1").await;
    acmes.of_type("TeamAgents").await;
    bell.signs_in("1002", "bell", &mut bells).await;

    // 1001 is in the team that 1091 has listed: for acme's supervisor, and for nobody else's.
    for command in ["MakeReady#1001", "MakeNotReady#1001", "Logout#1001", "getteamusers#1091"] {
        let refused = bell.send(command, "1").await;
        assert_eq!(
            (refused.status, &refused.json["state"]),
            (409, &json!("RE_LOGIN")),
            "{command}: {refused:?}"
        );
    }
    acme.accepted("Logout#1002", "").await;
    stage.control().until_state("1002", "LOGOUT").await;
    stage.end().await;
}
