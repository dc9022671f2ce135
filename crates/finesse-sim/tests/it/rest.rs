//! REST: who may read what, how errors look, what the container says itself.

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
async fn the_same_rest_api_is_served_over_tls_with_its_own_authority() {
    let bench = Bench::with(|config| config.host = "localhost".to_owned()).await;
    assert!(bench.sim.rest_url().starts_with("https://localhost:"));
    assert_eq!(bench.get("1001", "/User/1001").await.status, 200);
}

#[tokio::test]
async fn a_user_is_read_by_oneself_the_supervisor_and_the_administrator() {
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
async fn the_lack_of_a_reason_is_written_as_the_release_does() {
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
        let told = async || {
            let user = bench.get("1001", "/User/1001").await.body;
            let (_, rest) = user.split_once("<reasonCodeId>")?;
            rest.split_once('<').map(|(id, _)| id.to_owned())
        };
        bench.login("1001").await;
        assert_eq!(told().await.as_deref(), without, "{rule:?}");
        let body = "<User><state>NOT_READY</state><reasonCodeId>31</reasonCodeId></User>";
        bench.rest("PUT", "1001", "/User/1001", body).await;
        assert_eq!(told().await.as_deref(), Some("31"), "{rule:?}");
        let call = bench.customer("1001").await;
        bench.act("1001", &call, "ANSWER").await;
        assert_eq!(told().await.as_deref(), talking, "{rule:?}");
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
async fn what_the_container_refuses_is_html() {
    let bench = Bench::plain().await;
    let body = "<User><state>READY</state></User>";
    let untyped = bench.request("PUT", "/User/1001").basic_auth("1001", Some("demo")).body(body);
    assert_eq!(read(untyped.send().await.unwrap()).await.status, 415);
    let json = bench.request("GET", "/User/1001").basic_auth("1001", Some("demo"));
    let json = json.header("Accept", "application/json");
    assert_eq!(read(json.send().await.unwrap()).await.status, 406);
    for (method, path, status) in [
        ("GET", "/Dialog/", 405),
        ("PUT", "/Dialog/", 405),
        ("PUT", "/User/", 405),
        ("DELETE", "/User/1001", 405),
        ("GET", "/Nothing", 404),
        ("GET", "/User/1001/Nothing", 404),
    ] {
        let answer = bench.rest(method, "1001", path, body).await;
        assert_eq!(answer.status, status, "{method} {path}");
        assert!(answer.content_type.starts_with("text/html"), "{method} {path}");
    }
    assert_eq!(bench.rest("PUT", "1001", "/User/1001", &"x".repeat(70_000)).await.status, 413);
}

#[tokio::test]
async fn a_client_in_a_browser_is_let_in() {
    let bench = Bench::plain().await;
    let origin = "https://desk.example";
    let question = bench.request("OPTIONS", "/User/1001").header("Origin", origin);
    let question = question.header("Access-Control-Request-Method", "PUT");
    let answer = question.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("access-control-allow-origin"), origin);
    assert!(header("access-control-allow-methods").contains("PUT"));
    assert!(header("access-control-allow-headers").starts_with("authorization, content-type"));
    let request = bench.request("GET", "/User/1001").basic_auth("1001", Some("demo"));
    let answer = request.header("Origin", origin).send().await.unwrap();
    assert_eq!(answer.headers()["access-control-allow-origin"], origin);
    let plain = bench.request("OPTIONS", "/User/1001").send().await.unwrap();
    assert!(!plain.headers().contains_key("access-control-allow-origin"));
}

#[tokio::test]
async fn bad_bodies_are_refused_at_once_and_blanks_around_good_ones_are_not() {
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
async fn a_mobile_agent_signs_on_with_the_own_telephone() {
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
async fn lists_of_reasons_hold_ids_and_codes_but_not_the_systems_own() {
    let bench = Bench::plain().await;
    let codes = bench.get("1001", "/User/1001/ReasonCodes?category=NOT_READY").await.body;
    assert!(codes.starts_with(
        "<ReasonCodes category=\"NOT_READY\"><ReasonCode><uri>/finesse/api/ReasonCode/31</uri><id>31</id>\
         <category>NOT_READY</category><code>101</code><label>Break</label><forAll>true</forAll>\
         <systemCode>false</systemCode></ReasonCode>"
    ));
    assert_eq!(codes.matches("<ReasonCode>").count(), 4);
    let logout = bench.get("1001", "/User/1001/ReasonCodes?category=LOGOUT").await.body;
    assert_eq!(logout.matches("<ReasonCode>").count(), 2);
    assert_eq!(bench.get("1001", "/User/1001/ReasonCodes?category=TEA").await.status, 400);
    let system = bench.get("1001", "/User/1001/ReasonCode/4").await.body;
    assert!(system.contains("<code>32767</code>") && system.contains("<systemCode>true</systemCode>"));
    let reasons = bench.get("1001", "/User/1001/WrapUpReasons").await.body;
    assert!(reasons.starts_with(
        "<WrapUpReasons><WrapUpReason><uri>/finesse/api/WrapUpReason/51</uri><label>Sale</label>\
         <forAll>true</forAll></WrapUpReason>"
    ));
}

#[tokio::test]
async fn teams_and_queues_are_for_those_concerned() {
    let bench = Bench::plain().await;
    bench.login("1001").await;
    let team = bench.get("1091", "/Team/1").await.body;
    assert_eq!(team.matches("<User>").count(), 1, "only who is signed in");
    let all = bench.get("1091", "/Team/1?includeLoggedOutAgents=true&x=y").await.body;
    assert_eq!(all.matches("<User>").count(), 11);
    assert_eq!(bench.get("1091", "/Team/2").await.status, 401);
    assert_eq!(bench.get("1001", "/Team/1").await.status, 401);
    assert_eq!(bench.get("1091", "/Team/77").await.status, 404);
    bench.customer("Sales").await;
    let queues = bench.get("1001", "/User/1001/Queues").await.body;
    assert!(queues.starts_with("<Queues><Queue><name>Sales</name><statistics><agentsNotReady>1</"));
    assert!(queues.contains("<callsInQueue>1</callsInQueue>"));
    let supervisors = bench.get("1092", "/User/1092/Queues").await.body;
    assert_eq!(supervisors.matches("<Queue>").count(), 2, "the queues of all supervised teams");
}

#[tokio::test]
async fn phone_books_are_global_or_of_the_team_and_are_read_in_parts() {
    let bench = Bench::plain().await;
    let part = |path: &'static str, range: &'static str| {
        let request = bench.request("GET", path).basic_auth("1001", Some("demo")).header("Range", range);
        async move {
            let response = request.send().await.unwrap();
            let header = response.headers().get("content-range");
            let content_range = header.map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
            (content_range, read(response).await)
        }
    };
    let all = bench.get("1001", "/User/1001/PhoneBooks").await;
    assert_eq!(all.status, 200);
    assert!(
        all.body.starts_with(
            "<PhoneBooks><PhoneBook><name>Company</name><type>GLOBAL</type><uri>/finesse/api/PhoneBook/61</uri>\
             <contacts><Contact><description>Reception</description><firstName>Vera</firstName>\
             <lastName>Lindqvist</lastName><phoneNumber>5550120</phoneNumber>\
             <uri>/finesse/api/PhoneBook/61/Contact/601</uri></Contact>"
        ),
        "{}",
        all.body
    );
    assert!(all.body.contains("<name>Sales Partners</name><type>TEAM</type>"));
    assert!(!all.body.contains("Support Partners"));
    let (content_range, whole) = part("/User/1001/PhoneBooks", "objects=1-6000").await;
    assert_eq!((whole.status, content_range.as_str()), (206, "objects 1-5/5"));
    assert_eq!(whole.body, all.body);
    let (content_range, some) = part("/User/1001/PhoneBooks", "objects=3-4").await;
    assert_eq!((some.body.matches("<Contact>").count(), content_range.as_str()), (2, "objects 3-4/5"));
    assert!(some.body.contains("Ayla") && some.body.contains("Noor"));
    let (_, beyond) = part("/User/1001/PhoneBooks", "objects=6-9").await;
    assert_eq!(beyond.status, 416);
    assert!(beyond.body.contains("<ErrorType>Range Not Satisfiable</ErrorType>"), "{}", beyond.body);
    assert_eq!(bench.get("1002", "/User/1001/PhoneBooks").await.status, 401);
}

#[tokio::test]
async fn lists_of_the_whole_centre_are_the_administrators() {
    let bench = Bench::plain().await;
    let team = bench.get("administrator", "/Team/2/PhoneBooks").await;
    assert_eq!((team.status, team.body.matches("<PhoneBook>").count()), (200, 1));
    assert!(team.body.contains("<name>Support Partners</name>"));
    let contacts = bench.get("administrator", "/PhoneBook/62/Contacts").await.body;
    assert!(contacts.starts_with("<Contacts><Contact><description>Wholesale</description>"), "{contacts}");
    assert_eq!(contacts.matches("<Contact>").count(), 2);
    assert_eq!(bench.get("administrator", "/PhoneBooks").await.body.matches("<PhoneBook>").count(), 3);
    assert_eq!(bench.get("administrator", "/Teams").await.body.matches("<Team>").count(), 3);
    for path in ["/Team/2/PhoneBooks", "/PhoneBook/62/Contacts", "/PhoneBooks", "/Teams", "/Users"] {
        assert_eq!(bench.get("1092", path).await.status, 401, "{path}");
    }
    for path in ["/Team/9/PhoneBooks", "/PhoneBook/99/Contacts"] {
        assert_eq!(bench.get("administrator", path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn dialogs_are_read_by_their_parties_and_supervisors() {
    let bench = Bench::plain().await;
    bench.login("1001").await;
    assert_eq!(bench.get("1001", "/User/1001/Dialogs").await.body, "<Dialogs/>");
    let dialog = bench.customer("1001").await;
    let list = bench.get("1001", "/User/1001/Dialogs").await.body;
    let one = bench.get("1001", &format!("/Dialog/{dialog}")).await;
    assert_eq!(list, format!("<Dialogs>{}</Dialogs>", one.body));
    assert_eq!(bench.get("1091", &format!("/Dialog/{dialog}")).await.body, one.body);
    let unknown = bench.get("1002", &format!("/Dialog/{dialog}")).await;
    assert_eq!(unknown.status, 404);
    assert!(unknown.body.contains("<ErrorMessage>Invalid dialogId specified for dialog</ErrorMessage>"));
}

#[tokio::test]
async fn calls_that_cannot_be_made_are_refused_at_once() {
    let bench = Bench::plain().await;
    let dial = |from: &'static str, to: &'static str| {
        let body = format!(
            "<Dialog><requestedAction>MAKE_CALL</requestedAction><fromAddress>{from}</fromAddress>\
             <toAddress>{to}</toAddress></Dialog>"
        );
        let bench = &bench;
        async move { bench.rest("POST", "1001", "/User/1001/Dialogs", &body).await.body }
    };
    assert!(dial("2001", "5550100").await.contains("<ErrorType>Invalid State</ErrorType>"));
    bench.login("1001").await;
    assert!(dial("2001", "2001").await.contains("<ErrorType>Invalid Destination</ErrorType>"));
    assert!(dial("2001", "help me").await.contains("<ErrorType>Invalid Destination</ErrorType>"));
    assert!(dial("2002", "5550100").await.contains("<ErrorType>Invalid Input</ErrorType>"));
    assert!(dial("2001", "").await.contains("<ErrorType>Parameter Missing</ErrorType>"));
    assert_eq!(dial("2001", "5550100").await, "");
    assert!(dial("2001", "5550101").await.contains("<ErrorType>Invalid State</ErrorType>"));
}

#[tokio::test]
async fn a_supervisor_listens_barges_in_and_drops_over_rest() {
    let bench = Bench::plain().await;
    bench.login("1001").await;
    bench.login("1091").await;
    let call = bench.customer("1001").await;
    bench.act("1001", &call, "ANSWER").await;
    let ask = |action: &str, more: &str| {
        let body = format!(
            "<Dialog><fromAddress>2091</fromAddress>{more}<toAddress>2001</toAddress>\
             <requestedAction>{action}</requestedAction></Dialog>"
        );
        let bench = &bench;
        async move { bench.rest("POST", "1091", "/User/1091/Dialogs", &body).await }
    };
    let associated = format!("<associatedDialogUri>/finesse/api/Dialog/{call}</associatedDialogUri>");
    assert_eq!(ask("BARGE_CALL", "").await.status, 400, "which call?");
    assert_eq!(ask("BARGE_CALL", &associated).await.status, 400, "not monitored yet");
    assert_eq!(ask("SILENT_MONITOR", "").await.status, 202);
    let monitor = bench.get("1091", "/User/1091/Dialogs").await.body;
    assert!(monitor.contains("<callType>SUPERVISOR_MONITOR</callType>"), "{monitor}");
    let heard = bench.get("1001", "/User/1001/Dialogs").await.body;
    assert!(heard.contains("<actions></actions><mediaAddress>2001</mediaAddress>"), "{heard}");
    assert_eq!(ask("BARGE_CALL", &associated).await.status, 202);
    let barged = bench.get("1091", "/User/1091/Dialogs").await.body;
    assert!(barged.contains("<callType>CONFERENCE</callType>") && barged.contains(&call), "{barged}");
    let drop = "<Dialog><targetMediaAddress>5550100</targetMediaAddress>\
                <requestedAction>PARTICIPANT_DROP</requestedAction></Dialog>";
    assert_eq!(bench.rest("PUT", "1091", &format!("/Dialog/{call}"), drop).await.status, 202);
    let left = bench.get("1091", &format!("/Dialog/{call}")).await.body;
    assert_eq!(left.matches("<state>DROPPED</state>").count(), 1, "{left}");
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

/// A login name is good for reading everywhere, for more where it is the login id as well.
#[tokio::test]
async fn on_uccx_a_user_is_named_by_login_id_or_login_name() {
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

#[tokio::test]
async fn only_uccx_takes_several_wrap_up_reasons() {
    for platform in [finesse_sim::Platform::Uccx, finesse_sim::Platform::Ucce] {
        let bench = Bench::with(|config| {
            config.tls = false;
            config.platform = platform;
        })
        .await;
        bench.login("1001").await;
        let dialog = bench.customer("1001").await;
        bench.act("1001", &dialog, "ANSWER").await;
        let write = async |items: &str| {
            let body = format!(
                "<Dialog><requestedAction>UPDATE_CALL_DATA</requestedAction><mediaProperties>{items}\
                 <wrapUpReason>Sale</wrapUpReason></mediaProperties></Dialog>"
            );
            let path = format!("/Dialog/{dialog}");
            assert_eq!(bench.rest("PUT", "1001", &path, &body).await.status, 202);
            bench.get("1001", &path).await.body
        };
        let items = "<wrapUpItems><wrapUpItem>Sale</wrapUpItem><wrapUpItem>Gold</wrapUpItem></wrapUpItems>";
        let told = format!("{items}<wrapUpReason>Sale</wrapUpReason>");
        let uccx = platform == finesse_sim::Platform::Uccx;
        assert_eq!(write(items).await.contains(&told), uccx, "{platform:?}");
        assert_eq!(write("").await.contains(&told), uccx, "what is not named stays; {platform:?}");
        assert!(!write("<wrapUpItems/>").await.contains("wrapUpItem"), "{platform:?}");
    }
}

#[tokio::test]
async fn actions_that_do_not_exist_say_so() {
    let bench = Bench::plain().await;
    bench.login("1001").await;
    let dialog = bench.customer("1001").await;
    assert_eq!(bench.act("1001", &dialog, "JUGGLE").await.status, 400);
    assert_eq!(bench.act("1001", "4711", "ANSWER").await.status, 404);
    let untargeted = "<Dialog><requestedAction>ANSWER</requestedAction></Dialog>";
    let answer = bench.rest("PUT", "1001", &format!("/Dialog/{dialog}"), untargeted).await;
    assert!(answer.body.contains("<ErrorType>Parameter Missing</ErrorType>"));
}
