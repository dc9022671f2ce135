//! REST: the system, users, passwords and request bodies.

use finesse_sim::NoReason;

use crate::support::{Bench, read};

#[tokio::test]
async fn system_info_needs_no_credentials_and_names_the_xmpp_domain() {
    let bench = Bench::plain().await;
    let answer = read(bench.request("GET", "/SystemInfo?nocache=17").send().await.unwrap()).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.content_type, "application/xml;charset=UTF-8");
    for part in [
        "<status>IN_SERVICE</status>",
        "<deploymentType>UCCE</deploymentType>",
        "<xmppDomain>127.0.0.1</xmppDomain>",
        "<xmppPubSubDomain>pubsub.127.0.0.1</xmppPubSubDomain>",
        "<systemAuthMode>NON_SSO</systemAuthMode>",
    ] {
        assert!(answer.body.contains(part), "{part} in {}", answer.body);
    }
}

#[tokio::test]
async fn the_rest_api_is_served_over_tls_with_its_own_authority() {
    let bench = Bench::with(|config| config.host = "localhost".to_owned()).await;
    assert!(bench.sim.rest_url().starts_with("https://localhost:"));
    assert_eq!(bench.get("1001", "/User/1001").await.status, 200);
}

#[tokio::test]
async fn a_user_is_readable_by_the_user_supervisors_and_the_administrator() {
    let bench = Bench::plain().await;
    bench.login("1001").await;
    let own = bench.get("1001", "/User/1001").await;
    assert_eq!(own.status, 200);
    assert!(own.body.starts_with("<User><dialogs>/finesse/api/User/1001/Dialogs</dialogs><extension>2001"));
    for (reader, status) in [("1091", 200), ("1092", 200), ("administrator", 200), ("1002", 401)] {
        assert_eq!(bench.get(reader, "/User/1001").await.status, status, "{reader}");
    }
    let refused = bench.get("1002", "/User/1001").await;
    assert!(refused.body.contains("<ErrorType>Invalid Authorization User Specified</ErrorType>"));
    assert!(refused.body.contains("<ErrorData>4321</ErrorData>"));
    assert_eq!(bench.get("amira.haddad", "/User/amira.haddad").await.body, own.body);
    assert_eq!(bench.get("administrator", "/User/4711").await.status, 404);
    let all = bench.get("administrator", "/Users").await;
    assert_eq!(all.body.matches("<User>").count(), 23);
    assert_eq!(bench.get("1091", "/Users").await.status, 401);
}

#[tokio::test]
async fn a_missing_reason_is_written_as_in_the_release() {
    for (rule, without, talking) in [
        (NoReason::MinusOne, Some("-1"), None),
        (NoReason::Absent, None, None),
        (NoReason::Stale, Some("-1"), Some("31")),
    ] {
        let bench = Bench::with(|config| {
            config.tls = false;
            config.world.rules.no_reason = rule;
        })
        .await;
        let reason = async || {
            let user = bench.get("1001", "/User/1001").await.body;
            let (_, rest) = user.split_once("<reasonCodeId>")?;
            rest.split_once('<').map(|(id, _)| id.to_owned())
        };
        bench.login("1001").await;
        assert_eq!(reason().await.as_deref(), without, "{rule:?}");
        let body = "<User><state>NOT_READY</state><reasonCodeId>31</reasonCodeId></User>";
        bench.rest("PUT", "1001", "/User/1001", body).await;
        assert_eq!(reason().await.as_deref(), Some("31"), "{rule:?}");
        let call = bench.customer("1001").await;
        bench.act("1001", &call, "ANSWER").await;
        assert_eq!(reason().await.as_deref(), talking, "{rule:?}");
    }
}

#[tokio::test]
async fn five_wrong_passwords_lock_the_account_for_rest_and_xmpp_alike() {
    let bench = Bench::plain().await;
    for _ in 0..4 {
        let request = bench.request("GET", "/User/1001").basic_auth("1001", Some("no"));
        let refused = read(request.send().await.unwrap()).await;
        assert_eq!(refused.status, 401);
        assert_eq!(
            refused.body,
            "<ApiErrors><ApiError><ErrorType>Authorization Failure</ErrorType><ErrorData>1001</ErrorData>\
             <ErrorMessage>UNAUTHORIZED</ErrorMessage></ApiError></ApiErrors>"
        );
    }
    let mut wire = crate::wire::Wire::websocket(&bench.sim).await;
    wire.open().await;
    let auth = |password| {
        let plain = crate::wire::plain("", "1001", password);
        format!("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{plain}</auth>")
    };
    wire.send(&auth("wrong")).await;
    assert!(wire.next().await.contains("<not-authorized/>"));
    wire.send(&auth("demo")).await;
    assert!(wire.next().await.contains("<not-authorized/>"), "locked, though the password is right");
    let locked = bench.get("1001", "/User/1001").await;
    assert_eq!(locked.status, 401);
    assert!(locked.body.contains("CF_AGENT_ACCOUNT_LOCKED_OUT"));
    assert_eq!(bench.get("1002", "/User/1002").await.status, 200, "others are not locked");
}

#[tokio::test]
async fn bad_bodies_are_refused_at_once_and_surrounding_whitespace_is_ignored() {
    let bench = Bench::plain().await;
    for (body, kind) in [
        ("", "Bad Request"),
        ("<User><state>READY</state>", "Bad Request"),
        ("<!DOCTYPE User []><User><state>READY</state></User>", "Bad Request"),
        ("<Dialog><state>READY</state></Dialog>", "Bad Request"),
        ("<User></User>", "Parameter Missing"),
        ("<User><state>LOGIN</state></User>", "Parameter Missing"),
        ("<User><state>DANCING</state></User>", "Invalid Input"),
        ("<User><state>LOGIN</state><extension>2x</extension></User>", "Bad Request"),
        (
            "<User><state>LOGIN</state><extension>2001</extension><mobileAgent><mode>NONE</mode>\
             <dialNumber>1</dialNumber></mobileAgent></User>",
            "Invalid Input",
        ),
    ] {
        let answer = bench.rest("PUT", "1001", "/User/1001", body).await;
        assert_eq!(answer.status, 400, "{body}");
        assert!(answer.body.contains(&format!("<ErrorType>{kind}</ErrorType>")), "{body}: {}", answer.body);
        assert_eq!(answer.request_id, "r-7");
    }
    let deep = format!("<User>{}{}</User>", "<a>".repeat(9_000), "</a>".repeat(9_000));
    assert_eq!(bench.rest("PUT", "1001", "/User/1001", &deep).await.status, 400);
    let body = "\n\n   <ns:User xmlns:ns='urn:x'>\n <ns:extension> 2001 </ns:extension><ns:state>LOGIN</ns:state></ns:User>\n";
    let answer = bench.rest("PUT", "1001", "/User/1001", body).await;
    assert_eq!((answer.status, answer.body.as_str()), (202, ""));
}

#[tokio::test]
async fn a_mobile_agent_signs_in_with_a_dial_number() {
    let bench = Bench::plain().await;
    let body = "<User><state>LOGIN</state><extension>2001</extension><mobileAgent><mode>CALL_BY_CALL</mode>\
                <dialNumber>5550111</dialNumber></mobileAgent></User>";
    assert_eq!(bench.rest("PUT", "1001", "/User/1001", body).await.status, 202);
    let user = bench.get("1001", "/User/1001").await.body;
    assert!(
        user.contains("<mobileAgent><dialNumber>5550111</dialNumber><mode>CALL_BY_CALL</mode></mobileAgent>")
    );
}

#[tokio::test]
async fn uccx_has_no_queues_no_mobile_agents_and_no_data_on_new_calls() {
    let bench = Bench::with(|config| {
        config.tls = false;
        config.platform = finesse_sim::Platform::Uccx;
    })
    .await;
    let mobile = "<User><state>LOGIN</state><extension>2001</extension><mobileAgent><mode>CALL_BY_CALL</mode>\
                  <dialNumber>5550111</dialNumber></mobileAgent></User>";
    assert_eq!(bench.rest("PUT", "1001", "/User/1001", mobile).await.status, 400);
    bench.login("1001").await;
    for path in ["/User/1001/Queues", "/Queue/10"] {
        assert_eq!(bench.get("1001", path).await.status, 404, "{path}");
    }
    let call = |data: &str| {
        format!(
            "<Dialog><requestedAction>MAKE_CALL</requestedAction><fromAddress>2001</fromAddress>\
             <toAddress>5550100</toAddress>{data}</Dialog>"
        )
    };
    let data = "<mediaProperties><callvariables><CallVariable><name>callVariable1</name><value>x</value>\
                </CallVariable></callvariables></mediaProperties>";
    assert_eq!(bench.rest("POST", "1001", "/User/1001/Dialogs", &call(data)).await.status, 400);
    assert_eq!(bench.rest("POST", "1001", "/User/1001/Dialogs", &call("")).await.status, 202);
    let team = bench.get("1091", "/Team/1").await.body;
    assert!(team.contains("<mediaState>BUSY</mediaState>"), "{team}");
}

/// On UCCE, the login name is accepted for reading only.
#[tokio::test]
async fn on_uccx_requests_can_name_a_user_by_login_id_or_login_name() {
    let login =
        |extension: &str| format!("<User><state>LOGIN</state><extension>{extension}</extension></User>");
    let call = "<Dialog><requestedAction>MAKE_CALL</requestedAction><fromAddress>2001</fromAddress>\
                <toAddress>5550100</toAddress></Dialog>";
    let ucce = Bench::plain().await;
    assert_eq!(ucce.rest("PUT", "1001", "/User/amira.haddad", &login("2001")).await.status, 404);
    assert_eq!(ucce.rest("POST", "1001", "/User/amira.haddad/Dialogs", call).await.status, 404);
    let uccx = Bench::with(|config| {
        config.tls = false;
        config.platform = finesse_sim::Platform::Uccx;
    })
    .await;
    assert_eq!(uccx.rest("PUT", "1001", "/User/amira.haddad", &login("2001")).await.status, 202);
    assert_eq!(uccx.rest("POST", "amira.haddad", "/User/amira.haddad/Dialogs", call).await.status, 202);
    assert_eq!(uccx.rest("PUT", "bo.larsen", "/User/bo.larsen", &login("2021")).await.status, 202);
    let user = uccx.get("bo.larsen", "/User/bo.larsen").await.body;
    assert!(user.contains("<loginId>bo.larsen</loginId><loginName>bo.larsen</loginName>"), "{user}");
    assert!(user.contains("<state>NOT_READY</state>"), "{user}");
}
