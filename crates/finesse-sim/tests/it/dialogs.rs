//! REST: dialogs and actions on them.

use crate::support::Bench;

#[tokio::test]
async fn dialogs_are_readable_by_their_parties_and_supervisors() {
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
async fn invalid_calls_are_refused_at_once() {
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
async fn a_consultation_names_the_held_call_and_the_merged_call_names_the_consultation() {
    let bench = Bench::plain().await;
    bench.login("1001").await;
    bench.login("1002").await;
    let main = bench.customer("1001").await;
    bench.act("1001", &main, "ANSWER").await;
    let path = format!("/Dialog/{main}");
    let consult = |number: &str| {
        format!(
            "<Dialog><toAddress>{number}</toAddress><targetMediaAddress>2001</targetMediaAddress>\
             <requestedAction>CONSULT_CALL</requestedAction></Dialog>"
        )
    };
    assert_eq!(bench.rest("PUT", "1001", &path, &consult("")).await.status, 400);
    assert_eq!(bench.rest("PUT", "1001", &path, &consult("2002")).await.status, 202);
    let held = bench.get("1001", &path).await.body;
    assert!(held.contains("<action>RETRIEVE</action><action>TRANSFER</action></actions>"), "{held}");
    let asked = bench.get("1002", "/User/1002/Dialogs").await.body;
    assert!(
        asked.contains(&format!("<associatedDialogUri>/finesse/api/Dialog/{main}</associatedDialogUri>"))
    );
    assert!(asked.contains("<callType>CONSULT_OFFERED</callType>"));
    let leg = asked.split("<id>").nth(1).unwrap().split("</id>").next().unwrap().to_owned();
    bench.act("1002", &leg, "ANSWER").await;
    let held = bench.get("1001", &path).await.body;
    assert!(held.contains("<action>TRANSFER</action><action>CONFERENCE</action></actions>"), "{held}");
    assert_eq!(bench.act("1001", &main, "TRANSFER").await.status, 202);
    let taken = bench.get("1002", &path).await.body;
    assert!(taken.contains("<callType>TRANSFER</callType>"));
    assert!(taken.contains(&format!("<secondaryId>{leg}</secondaryId><state>ACTIVE</state>")));
    assert_eq!(bench.get("1001", "/User/1001/Dialogs").await.body, "<Dialogs/>");
}

#[tokio::test]
async fn in_some_releases_a_consultation_does_not_name_the_held_call() {
    let bench = Bench::with(|config| {
        config.tls = false;
        config.world.rules.associated_dialog_uri = false;
    })
    .await;
    bench.login("1001").await;
    let main = bench.customer("1001").await;
    bench.act("1001", &main, "ANSWER").await;
    let consult = "<Dialog><toAddress>5550150</toAddress><targetMediaAddress>2001</targetMediaAddress>\
                   <requestedAction>CONSULT_CALL</requestedAction></Dialog>";
    assert_eq!(bench.rest("PUT", "1001", &format!("/Dialog/{main}"), consult).await.status, 202);
    let dialogs = bench.get("1001", "/User/1001/Dialogs").await.body;
    assert_eq!(dialogs.matches("<associatedDialogUri></associatedDialogUri>").count(), 2, "{dialogs}");
}

#[tokio::test]
async fn a_supervisor_monitors_barges_in_and_drops_participants() {
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
    assert_eq!(ask("BARGE_CALL", "").await.status, 400, "no call named");
    assert_eq!(ask("BARGE_CALL", &associated).await.status, 400, "not monitored yet");
    assert_eq!(ask("SILENT_MONITOR", "").await.status, 202);
    let monitor = bench.get("1091", "/User/1091/Dialogs").await.body;
    assert!(monitor.contains("<callType>SUPERVISOR_MONITOR</callType>"), "{monitor}");
    let monitored = bench.get("1001", "/User/1001/Dialogs").await.body;
    assert!(monitored.contains("<actions></actions><mediaAddress>2001</mediaAddress>"), "{monitored}");
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
async fn only_uccx_accepts_several_wrap_up_reasons() {
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
        let expected = format!("{items}<wrapUpReason>Sale</wrapUpReason>");
        let uccx = platform == finesse_sim::Platform::Uccx;
        assert_eq!(write(items).await.contains(&expected), uccx, "{platform:?}");
        assert_eq!(write("").await.contains(&expected), uccx, "omitted items are unchanged; {platform:?}");
        assert!(!write("<wrapUpItems/>").await.contains("wrapUpItem"), "{platform:?}");
    }
}

#[tokio::test]
async fn unknown_actions_dialogs_and_targets_are_refused() {
    let bench = Bench::plain().await;
    bench.login("1001").await;
    let dialog = bench.customer("1001").await;
    assert_eq!(bench.act("1001", &dialog, "JUGGLE").await.status, 400);
    assert_eq!(bench.act("1001", "4711", "ANSWER").await.status, 404);
    let untargeted = "<Dialog><requestedAction>ANSWER</requestedAction></Dialog>";
    let answer = bench.rest("PUT", "1001", &format!("/Dialog/{dialog}"), untargeted).await;
    assert!(answer.body.contains("<ErrorType>Parameter Missing</ErrorType>"));
}
