//! The control API.

use reqwest::Method;
use serde_json::json;

use crate::support::Bench;
use crate::wire::Wire;

#[tokio::test]
async fn calls_are_made_listed_and_hung_up() {
    let bench = Bench::plain().await;
    bench.login("1001").await;
    let call =
        json!({"from": "5550100", "to": "1001", "variables": {"callVariable1": "gold", "user.account": "7"}});
    let (status, body) = bench.control("POST", "/calls", Some(call)).await;
    assert_eq!(status, 201);
    let dialog = body["dialogId"].as_str().unwrap().to_owned();
    let xml = bench.get("1001", &format!("/Dialog/{dialog}")).await.body;
    assert!(xml.contains("<name>callVariable1</name><value>gold</value>"));
    assert!(xml.contains("<name>user.account</name><value>7</value>"));
    let (_, calls) = bench.control("GET", "/calls", None).await;
    assert_eq!(
        calls,
        json!([{
            "dialogId": dialog, "from": "5550100", "to": "2001", "state": "ALERTING", "waiting": false,
            "recordingPaused": false,
            "parties": [
                {"address": "5550100", "user": null, "state": "INITIATED"},
                {"address": "2001", "user": "1001", "state": "ALERTING"},
            ],
        }])
    );
    assert_eq!(bench.control("DELETE", &format!("/calls/{dialog}"), None).await.0, 204);
    let (status, body) = bench.control("DELETE", &format!("/calls/{dialog}"), None).await;
    assert_eq!(status, 404);
    assert_eq!(body["error"], format!("there is no call \"{dialog}\""));
}

#[tokio::test]
async fn errors_of_control_requests_are_json() {
    let bench = Bench::plain().await;
    for (body, status, part) in [
        (json!({"from": "1", "to": "1001"}), 409, "nobody signed in"),
        (json!({"from": "", "to": "Sales"}), 400, "number is empty"),
        (json!({"from": "1"}), 400, "missing field `to`"),
        (json!({"from": "1", "to": "Sales", "via": "x"}), 400, "unknown field `via`"),
        (json!({"from": "1", "to": "Sales", "variables": {"user.x": "1"}}), 400, "no call variable"),
        (json!({"from": "1", "to": "Sales", "variables": {"callVariable11": "1"}}), 400, "no call variable"),
    ] {
        let (got, answer) = bench.control("POST", "/calls", Some(body.clone())).await;
        assert_eq!(got, status, "{body}");
        assert!(answer["error"].as_str().unwrap().contains(part), "{body}: {answer}");
    }
    assert_eq!(bench.control("GET", "/nothing", None).await.0, 404);
    assert_eq!(bench.control("PUT", "/calls", None).await.0, 405);
}

#[tokio::test]
async fn a_call_handed_over_and_back_keeps_its_id() {
    let bench = Bench::plain().await;
    let mut wire = Wire::join(&bench.sim, "1001").await;
    bench.login("1001").await;
    bench.login("1002").await;
    assert_eq!(wire.update().await.short(), "NOT_READY");
    let dialog = bench.customer("1001").await;
    assert_eq!(wire.update().await.short(), "POST ALERTING");
    let path = format!("/calls/{dialog}/transfer");
    let (status, body) = bench.control("POST", &path, Some(json!({"to": "1002"}))).await;
    assert_eq!(status, 409, "not answered yet: {body}");
    bench.act("1001", &dialog, "ANSWER").await;
    assert_eq!(bench.control("POST", &path, Some(json!({"to": "1002"}))).await.0, 200);
    bench.act("1002", &dialog, "ANSWER").await;
    assert_eq!(bench.control("POST", &path, Some(json!({"to": "1001"}))).await.0, 200);
    for expected in ["TALKING", "PUT ACTIVE", "DELETE ACTIVE", "NOT_READY", "POST ACTIVE", "PUT ACTIVE"] {
        assert_eq!(wire.update().await.short(), expected);
    }
}

#[tokio::test]
async fn a_campaign_shows_a_customer_who_is_accepted_classified_and_called_back() {
    let bench = Bench::plain().await;
    let mut wire = Wire::join(&bench.sim, "1001").await;
    bench.login("1001").await;
    let push = |kind: &str, more: serde_json::Value| {
        let mut body = json!({"kind": kind, "agent": "1001", "customer": "5550123"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let bench = &bench;
        async move { bench.control("POST", "/campaign", Some(body)).await }
    };
    assert_eq!(push("preview", json!({})).await.0, 409, "not READY");
    bench.state("1001", "READY").await;
    assert_eq!(push("carrier_pigeon", json!({})).await.0, 400);
    let details = json!({"campaign": "Spring", "account": "A-7", "variables": {"callVariable1": "gold"}});
    let (status, body) = push("preview", details).await;
    assert_eq!(status, 201, "{body}");
    for expected in ["NOT_READY", "READY", "RESERVED", "RESERVED_OUTBOUND_PREVIEW"] {
        assert_eq!(wire.update().await.short(), expected);
    }
    let shown = wire.update().await.document;
    assert!(shown.contains("<actions><action>ACCEPT</action><action>REJECT</action><action>CLOSE</action>"));
    assert!(shown.contains("<name>BACampaign</name><value>Spring</value>"));
    let reservation = body["dialogId"].as_str().unwrap().to_owned();
    assert_eq!(bench.act("1001", &reservation, "ACCEPT").await.status, 202);
    for expected in ["PUT ACCEPTED", "POST INITIATING", "DELETE DROPPED", "PUT INITIATING", "PUT INITIATED"] {
        assert_eq!(wire.update().await.short(), expected);
    }
    let connected = wire.update().await;
    assert_eq!(connected.short(), "PUT ACTIVE");
    let associated = format!("/finesse/api/Dialog/{reservation}");
    assert_eq!(connected.text("associatedDialogUri"), associated);
    assert_eq!(wire.update().await.short(), "TALKING");
    let path = connected.source.trim_start_matches("/finesse/api").to_owned();
    let with = |action: &str, name: &str, value: &str| {
        let body = format!(
            "<Dialog><requestedAction>{action}</requestedAction><targetMediaAddress>2001</targetMediaAddress>\
             <actionParams><ActionParam><name>{name}</name><value>{value}</value></ActionParam></actionParams>\
             </Dialog>"
        );
        let (bench, path) = (&bench, path.clone());
        async move { bench.rest("PUT", "1001", &path, &body).await.status }
    };
    assert_eq!(with("RECLASSIFY", "outboundClassification", "FAX").await, 202);
    assert!(wire.update().await.document.contains("<name>BAResponse</name><value>FAX</value>"));
    assert_eq!(with("RECLASSIFY", "", "").await, 400);
    assert_eq!(with("UPDATE_SCHEDULED_CALLBACK", "callbackTime", "2031-03-04T10:30").await, 202);
    assert_eq!(wire.update().await.text("callbackTime"), "2031-03-04T10:30");
    assert_eq!(with("UPDATE_SCHEDULED_CALLBACK", "callbackTime", "soon").await, 400);
    assert_eq!(with("CANCEL_SCHEDULED_CALLBACK", "", "").await, 202);
    assert_eq!(wire.update().await.text("scheduledCallbackInfo"), "");
}

#[tokio::test]
async fn a_token_is_valid_until_it_ends_and_its_stream_stays_open() {
    let bench = Bench::plain().await;
    let issue = async |body: serde_json::Value| {
        let (status, body) = bench.control("POST", "/tokens", Some(body)).await;
        assert_eq!(status, 201, "{body}");
        body["token"].as_str().unwrap().to_owned()
    };
    let read = async |token: &str, path: &str| {
        bench.request("GET", path).bearer_auth(token).send().await.unwrap().status().as_u16()
    };
    let token = issue(json!({"user": "amira.haddad"})).await;
    assert_eq!(read(&token, "/User/1001").await, 200);
    assert_eq!(read(&token, "/User/1002").await, 401, "it is for one user only");
    let mut wire = Wire::join_with(&bench.sim, bench.sim.first_node(), "1001", &token).await;
    assert_eq!(bench.control("DELETE", &format!("/tokens/{token}"), None).await.0, 204);
    assert_eq!(bench.control("DELETE", &format!("/tokens/{token}"), None).await.0, 404);
    assert_eq!(read(&token, "/User/1001").await, 401);
    bench.login("1001").await;
    assert_eq!(wire.update().await.short(), "NOT_READY");
    let short = issue(json!({"user": "1001", "lifetime": "0s"})).await;
    assert_eq!(read(&short, "/User/1001").await, 401);
    assert_eq!(bench.control("POST", "/tokens", Some(json!({"user": "4711"}))).await.0, 404);
    assert_eq!(
        bench.control("POST", "/tokens", Some(json!({"user": "1001", "lifetime": "soon"}))).await.0,
        400
    );
}

#[tokio::test]
async fn errors_can_be_sent_without_a_request() {
    let bench = Bench::plain().await;
    let mut wire = Wire::join(&bench.sim, "1001").await;
    let mut body = json!({
        "user": "1001", "dialog": "16777217", "errorType": "Call Operation Failure",
        "errorMessage": "CF_RESOURCE_OUT_OF_SERVICE", "errorData": "34",
    });
    assert_eq!(bench.control("POST", "/errors", Some(body.clone())).await.0, 204);
    let update = wire.update().await;
    assert_eq!((update.node.as_str(), update.event.as_str()), ("/finesse/api/User/1001/Dialogs", "put"));
    assert_eq!((update.source.as_str(), update.request_id.as_str()), ("/finesse/api/Dialog/16777217", ""));
    assert_eq!(update.text("errorData"), "34");
    body.as_object_mut().unwrap().remove("dialog");
    assert_eq!(bench.control("POST", "/errors", Some(body.clone())).await.0, 204);
    let update = wire.update().await;
    assert_eq!(
        (update.node.as_str(), update.source.as_str()),
        ("/finesse/api/User/1001", "/finesse/api/User/1001")
    );
    body["user"] = json!("4711");
    assert_eq!(bench.control("POST", "/errors", Some(body)).await.0, 404);
}

#[tokio::test]
async fn any_update_can_be_sent_unchanged() {
    let bench = Bench::plain().await;
    let mut wire = Wire::join(&bench.sim, "1001").await;
    let update = "<Update>\n <data><user><state>WORK</state></user></data><event>put</event>\
                  <requestId/><source>/x</source></Update>";
    let mut body = json!({"user": "1001", "node": "/finesse/api/User/1001", "update": update});
    assert_eq!(bench.control("POST", "/notify", Some(body.clone())).await.0, 204);
    let received = wire.update().await;
    assert_eq!((received.node.as_str(), received.document.as_str()), ("/finesse/api/User/1001", update));
    assert!(bench.get("1001", "/User/1001").await.body.contains("<state>LOGOUT</state>"));
    body["user"] = json!("4711");
    assert_eq!(bench.control("POST", "/notify", Some(body)).await.0, 404);
}

#[tokio::test]
async fn a_fault_matches_the_user_of_a_token() {
    let bench = Bench::plain().await;
    let (_, body) = bench.control("POST", "/tokens", Some(json!({"user": "1001"}))).await;
    bench.fault(json!({"when": {"user": "1001"}, "then": {"do": "answer", "status": 500}})).await;
    let request = bench.request("GET", "/User/1001").bearer_auth(body["token"].as_str().unwrap());
    assert_eq!(request.send().await.unwrap().status().as_u16(), 500);
}

#[tokio::test]
async fn a_user_is_named_by_login_id_or_login_name() {
    let bench = Bench::plain().await;
    let mut wire = Wire::join(&bench.sim, "1001").await;
    bench.login("1001").await;
    assert_eq!(wire.update().await.short(), "NOT_READY");
    let error = json!({"user": "amira.haddad", "errorType": "Generic Error"});
    assert_eq!(bench.control("POST", "/errors", Some(error)).await.0, 204);
    assert_eq!(wire.update().await.source, "/finesse/api/User/1001");
    let update = "<Update><data/><event>put</event><requestId/><source>/x</source></Update>";
    let notice = json!({"user": "amira.haddad", "node": "/x", "update": update});
    assert_eq!(bench.control("POST", "/notify", Some(notice)).await.0, 204);
    assert_eq!(wire.update().await.node, "/x");
    bench.customer("amira.haddad").await;
    assert_eq!(wire.update().await.short(), "POST ALERTING");
    let (_, closed) = bench.control("DELETE", "/streams/amira.haddad", None).await;
    assert_eq!(closed, json!({"closed": 1}));
}

#[tokio::test]
async fn users_show_their_state_and_streams() {
    let bench = Bench::plain().await;
    bench.login("1001").await;
    let _wire = Wire::join(&bench.sim, "1001").await;
    let (_, users) = bench.control("GET", "/users", None).await;
    let user = users.as_array().unwrap().iter().find(|user| user["id"] == "1001").unwrap();
    assert_eq!(
        *user,
        json!({
            "id": "1001", "loginName": "amira.haddad", "name": "Amira Haddad", "team": "1",
            "extension": "2001", "usualExtension": "2001", "state": "NOT_READY", "pendingState": "",
            "streams": ["test"],
        })
    );
}

#[tokio::test]
async fn out_of_service_everything_but_system_info_is_refused() {
    let bench = Bench::plain().await;
    let mut wire = Wire::join(&bench.sim, "1001").await;
    bench.login("1001").await;
    wire.update().await;
    let system = |status: &str| Some(json!({"status": status}));
    assert_eq!(bench.control("POST", "/system", system("OUT_OF_SERVICE")).await.0, 200);
    let update = wire.update().await;
    assert_eq!(update.node, "/finesse/api/SystemInfo");
    assert_eq!((update.event.as_str(), update.text("status").as_str()), ("PUT", "OUT_OF_SERVICE"));
    let refused = bench.get("1001", "/User/1001").await;
    assert_eq!(refused.status, 503);
    assert!(refused.body.contains("<ErrorType>Service Unavailable</ErrorType>"));
    let info = bench.get("1001", "/SystemInfo").await;
    assert_eq!(info.status, 200);
    assert!(info.body.contains("<status>OUT_OF_SERVICE</status>"));
    bench.control("POST", "/system", system("IN_SERVICE")).await;
    assert_eq!(wire.update().await.text("status"), "IN_SERVICE");
    assert_eq!(wire.update().await.short(), "NOT_READY", "states are published again");
    let servers = json!([{
        "node": "a", "host": "127.0.0.1", "status": "IN_SERVICE", "webApplication": "up",
        "finesseMMode": "OFF", "ctiMMode": "OFF", "thirdPartyClients": 1, "logins": 1, "requests": 3,
    }]);
    assert_eq!(bench.control("GET", "/system", None).await.1, servers);
    assert_eq!(bench.control("POST", "/system", system("ASLEEP")).await.0, 400);
    assert_eq!(bench.control("POST", "/system", Some(json!({}))).await.0, 400);
}

#[tokio::test]
async fn while_the_web_application_is_down_streams_stay_open_without_notifications() {
    let bench = Bench::plain().await;
    let mut wire = Wire::join(&bench.sim, "1001").await;
    bench.login("1001").await;
    let before = wire.update().await;
    let set =
        async |state: &str| bench.control("POST", "/system", Some(json!({"webApplication": state}))).await;
    let (_, servers) = set("down").await;
    assert_eq!(servers[0]["webApplication"], "down");
    let away = "<presence xmlns='jabber:client' type='unavailable' from='finesse@127.0.0.1'";
    assert!(wire.next().await.starts_with(away));
    for path in ["/SystemInfo", "/User/1001"] {
        let answer = bench.get("1001", path).await;
        assert_eq!(answer.status, 503, "{path}");
        assert!(answer.content_type.starts_with("text/html"), "{path}");
    }
    let mut late = Wire::websocket(&bench.sim).await;
    late.sign_in("1001", "late").await;
    let presence = late.become_available().await;
    assert!(presence.starts_with(away), "{presence}");
    bench.customer("1001").await;
    bench.control("POST", "/system", Some(json!({"status": "OUT_OF_SERVICE"}))).await;
    bench.control("POST", "/system", Some(json!({"status": "IN_SERVICE"}))).await;

    set("up").await;
    for wire in [&mut wire, &mut late] {
        assert!(wire.next().await.starts_with("<presence xmlns='jabber:client' from='finesse@127.0.0.1'"));
        let system = wire.update().await;
        assert_eq!(system.text("status"), "IN_SERVICE");
        assert_ne!(system.item.get(..36), before.item.get(..36), "new item ids");
        for expected in ["NOT_READY", "PUT ALERTING"] {
            assert_eq!(wire.update().await.short(), expected, "the current state is published again");
        }
        assert_eq!(wire.skipped, 0);
    }
    assert_eq!(bench.get("1001", "/SystemInfo").await.status, 200);
}

#[tokio::test]
async fn a_reset_signs_everybody_out_and_closes_the_streams() {
    let bench = Bench::plain().await;
    let mut wire = Wire::join(&bench.sim, "1001").await;
    bench.login("1001").await;
    bench.customer("1001").await;
    assert_eq!(bench.control("POST", "/reset", None).await.0, 204);
    assert!(wire.expect("stream:error").await.contains("<system-shutdown "));
    assert_eq!(bench.control("GET", "/calls", None).await.1, json!([]));
    assert!(bench.get("1001", "/User/1001").await.body.contains("<state>LOGOUT</state>"));
}

#[tokio::test]
async fn a_token_is_issued_beside_the_api_and_renewed_once_by_each_refresh_token() {
    let bench = Bench::plain().await;
    let url = bench.sim.rest_url().replace("/finesse/api", "/desktop/sso/token");
    let issue = async |name: &str, password: &str| {
        let answer = bench
            .at(Method::GET, format!("{url}?cc_username=1001&return_refresh_token=true"))
            .basic_auth(name, Some(password))
            .send()
            .await
            .unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    assert_eq!(issue("1001", "wrong").await.0, 401);
    assert_eq!(issue("1002", "demo").await.0, 401, "not for another user");
    let (status, first) = issue("1001", "demo").await;
    let first: serde_json::Value = serde_json::from_str(&first).unwrap();
    assert_eq!((status, &first["user_id"], &first["expires_in"]), (200, &json!("1001"), &json!(3600)));
    let renew = async |token: &str, by: &str| {
        let form = format!("cc_username=1001&token={token}&refresh-token={by}");
        let answer = bench.at(Method::POST, url.clone()).body(form).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let (token, by) = (first["token"].as_str().unwrap(), first["refresh_token"].as_str().unwrap());
    assert_eq!(renew(token, "no").await.0, 401);
    let (status, second) = renew(token, by).await;
    let second: serde_json::Value = serde_json::from_str(&second).unwrap();
    assert_eq!(status, 200);
    assert_eq!(renew(token, by).await.0, 401, "once");
    for token in [token, second["token"].as_str().unwrap()] {
        let read = bench.request("GET", "/User/1001").bearer_auth(token).send().await.unwrap();
        assert_eq!(read.status(), 200);
    }
}
