//! REST: reasons, teams, queues and phone books.

use crate::support::{Bench, read};

#[tokio::test]
async fn lists_of_reasons_have_ids_and_codes_but_no_system_codes() {
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
async fn teams_and_queues_are_readable_by_their_supervisors_and_agents() {
    let bench = Bench::plain().await;
    bench.login("1001").await;
    let team = bench.get("1091", "/Team/1").await.body;
    assert_eq!(team.matches("<User>").count(), 1, "only signed-in members");
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
async fn phone_books_are_global_or_of_the_team_and_can_be_read_in_parts() {
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
async fn lists_of_the_whole_contact_centre_are_for_the_administrator() {
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
async fn users_and_members_of_a_team_come_in_parts_where_a_range_asks_for_one() {
    let bench = Bench::plain().await;
    let part = async |user: &str, path: &str, range: &str| {
        let request = bench.request("GET", path).basic_auth(user, Some("demo")).header("range", range);
        let answer = request.send().await.unwrap();
        let shown = answer.headers().get("content-range").map(|range| range.to_str().unwrap().to_owned());
        (answer.status().as_u16(), shown, answer.text().await.unwrap().matches("<User>").count())
    };
    let team = "/Team/1?includeLoggedOutAgents=true";
    assert_eq!(part("1091", team, "objects=1-4").await, (206, Some("objects 1-4/11".to_owned()), 4));
    assert_eq!(part("1091", team, "objects=9-12").await, (206, Some("objects 9-11/11".to_owned()), 3));
    assert_eq!(part("1091", team, "objects=12-15").await.0, 416);
    let (status, shown, count) = part("administrator", "/Users", "objects=1-3").await;
    assert_eq!((status, count), (206, 3));
    assert!(shown.unwrap().starts_with("objects 1-3/"));
}
