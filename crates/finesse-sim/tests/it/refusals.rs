//! State changes that Finesse refuses at once or later, and who is notified.

use crate::support::{Answer, Bench};
use crate::wire::Wire;

/// Requests a change of a user's state with a reason.
async fn change(bench: &Bench, requester: &str, user: &str, state: &str, reason: &str) -> Answer {
    let body = format!("<User><state>{state}</state><reasonCodeId>{reason}</reasonCodeId></User>");
    bench.rest("PUT", requester, &format!("/User/{user}"), &body).await
}

fn has(answer: &Answer, kind: &str, data: &str) -> bool {
    answer.body.contains(&format!("<ErrorType>{kind}</ErrorType>"))
        && answer.body.contains(&format!("<ErrorData>{data}</ErrorData>"))
}

#[tokio::test]
async fn a_change_without_a_required_reason_is_refused_at_once() {
    let bench = Bench::with(|config| {
        config.tls = false;
        config.world.rules.reason_code_required = true;
    })
    .await;
    bench.login("1001").await;
    bench.state("1001", "READY").await;
    let refused = bench.state("1001", "NOT_READY").await;
    assert_eq!((refused.status, refused.request_id.as_str()), (400, "r-7"));
    let required = "finesse.api.reasoncode.require_reasoncode";
    assert!(has(&refused, "Parameter Missing", required), "{}", refused.body);
    assert_eq!(change(&bench, "1001", "1001", "NOT_READY", "31").await.status, 202);
}

#[tokio::test]
async fn a_system_reason_code_cannot_be_selected() {
    let bench = Bench::plain().await;
    bench.login("1001").await;
    let refused = change(&bench, "1001", "1001", "NOT_READY", "1").await;
    assert_eq!(refused.status, 400);
    assert!(has(&refused, "Invalid Input", "1"), "{}", refused.body);
}

#[tokio::test]
async fn a_supervisor_cannot_give_a_reason_for_another_user() {
    let bench = Bench::plain().await;
    bench.login("1001").await;
    bench.state("1001", "READY").await;
    for state in ["NOT_READY", "LOGOUT"] {
        let refused = change(&bench, "1091", "1001", state, "31").await;
        assert_eq!(refused.status, 400);
        assert!(has(&refused, "Invalid Input", "finesse.api.reasoncode.not_allowed"), "{}", refused.body);
    }
}

#[tokio::test]
async fn only_the_supervisor_is_notified_when_a_change_of_a_member_is_refused() {
    let bench = Bench::plain().await;
    let mut member = Wire::join(&bench.sim, "1001").await;
    let mut supervisor = Wire::join(&bench.sim, "1091").await;
    let body = "<User><state>READY</state></User>";
    assert_eq!(bench.rest("PUT", "1091", "/User/1001", body).await.status, 202);
    let error = supervisor.update().await;
    assert_eq!(error.short(), "error CF_INVALID_OBJECT_STATE");
    assert_eq!((error.node.as_str(), error.request_id.as_str()), ("/finesse/api/User/1091", "r-7"));
    assert_eq!(error.source, "/finesse/api/User/1001");
    bench.login("1001").await;
    assert_eq!(member.update().await.short(), "NOT_READY", "and nothing before");

    bench.state("1001", "READY").await;
    assert_eq!(member.update().await.short(), "READY");
    let body = "<User><state>NOT_READY</state></User>";
    assert_eq!(bench.rest("PUT", "1091", "/User/1001", body).await.status, 202);
    let granted = member.update().await;
    assert_eq!((granted.short().as_str(), granted.request_id.as_str()), ("NOT_READY", "r-7"));
}
