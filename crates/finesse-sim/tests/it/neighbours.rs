//! The neighbouring systems.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::Bench;

/// Sends a request and returns the status and body of the response.
async fn send(request: reqwest::RequestBuilder) -> (u16, String) {
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

fn as_administrator(bench: &Bench, method: Method, path: &str) -> reqwest::RequestBuilder {
    bench.neighbour(method, path).basic_auth("administrator@site.example", Some("demo"))
}

/// The texts of all elements of this name.
fn texts(xml: &str, name: &str) -> Vec<String> {
    let document = roxmltree::Document::parse(xml).unwrap();
    let named = document.descendants().filter(|node| node.tag_name().name() == name);
    named.map(|node| node.text().unwrap_or_default().to_owned()).collect()
}

const SKILL_GROUPS: &str = "/unifiedconfig/config/skillgroup?summary=true";

#[tokio::test]
async fn skill_groups_are_paged_and_the_last_page_repeats_past_the_end() {
    let bench = Bench::plain().await;
    let page = async |which: &str| {
        let path = format!("{SKILL_GROUPS}{which}");
        let (status, xml) = send(as_administrator(&bench, Method::GET, &path)).await;
        assert_eq!(status, 200, "{xml}");
        (texts(&xml, "startIndex").concat(), texts(&xml, "totalResults").concat(), texts(&xml, "name"))
    };
    let (start, total, names) = page("").await;
    assert_eq!((start.as_str(), total.as_str(), names.len()), ("0", "12", 12));
    assert!(names.is_sorted());
    assert_eq!(page("&startIndex=3&resultsPerPage=2").await, ("3".into(), "12".into(), names[3..5].to_vec()));
    assert_eq!(
        page("&startIndex=10&resultsPerPage=5").await,
        ("10".into(), "12".into(), names[10..].to_vec())
    );
    assert_eq!(page("&startIndex=12&resultsPerPage=5").await, ("7".into(), "12".into(), names[7..].to_vec()));
    for size in ["0", "101"] {
        let path = format!("{SKILL_GROUPS}&resultsPerPage={size}");
        let (status, xml) = send(as_administrator(&bench, Method::GET, &path)).await;
        assert_eq!((status, texts(&xml, "errorData").concat().as_str()), (400, "resultsPerPage"));
    }
}

#[tokio::test]
async fn supervisors_are_marked_among_the_agents() {
    let bench = Bench::plain().await;
    let (_, xml) = send(as_administrator(&bench, Method::GET, "/unifiedconfig/config/agent")).await;
    let agents = texts(&xml, "agentId").into_iter().zip(texts(&xml, "supervisor"));
    let supervisors: Vec<String> = agents.filter(|(_, is)| is == "true").map(|(id, _)| id).collect();
    assert_eq!(supervisors, ["1091", "1092"]);
    assert!(texts(&xml, "userName").contains(&"uma.stone".to_owned()));
}

fn executes(sql: &str) -> String {
    format!(
        "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body>\
         <executeSQLQuery xmlns='http://www.cisco.com/AXL/API/12.5'><sql xmlns=''>{sql}</sql></executeSQLQuery>\
         </e:Body></e:Envelope>"
    )
}

#[tokio::test]
async fn a_port_is_found_by_the_end_of_its_name() {
    let bench = Bench::plain().await;
    let rows = async |end: &str| {
        let sql = format!("select port, dialnumber from device l where l.name like &apos;LCP%{end}&apos;");
        let request = as_administrator(&bench, Method::POST, "/axl/").body(executes(&sql));
        let (status, xml) = send(request).await;
        assert_eq!(status, 200, "{xml}");
        texts(&xml, "port").into_iter().zip(texts(&xml, "dialnumber")).collect::<Vec<_>>()
    };
    let first = ("3316".to_owned(), "3416".to_owned());
    assert_eq!(rows("F0016").await, std::slice::from_ref(&first));
    assert_eq!(rows("5000F0016").await, [first]);
    assert_eq!(rows("F0099").await, []);
    assert_eq!(rows("").await.len(), 2);
}

#[tokio::test]
async fn other_queries_are_faults() {
    let bench = Bench::plain().await;
    for (body, fault) in [
        (executes("select * from enduser"), "A syntax error has occurred."),
        ("<getPhone/>".to_owned(), "The request is no executeSQLQuery."),
    ] {
        let (status, xml) = send(as_administrator(&bench, Method::POST, "/axl/").body(body)).await;
        assert_eq!((status, texts(&xml, "faultstring").concat().as_str()), (500, fault));
    }
}

#[tokio::test]
async fn queues_of_uccx_have_the_statistics_of_the_world_file() {
    let bench = Bench::plain().await;
    let (_, body) = send(as_administrator(&bench, Method::GET, "/ccx/queues")).await;
    let queues: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(queues[1]["queueName"], "Support");
    assert_eq!(
        queues[1]["queue_SnapShot"],
        json!({
            "WaitingCalls": 0, "AgentsLoggedIn": 5, "AgentsReady": 3, "AgentsNotReady": 0,
            "AgentsInAfterCallWork": 0, "AgentsTalking": 1, "AgentsReserved": 1,
        })
    );
    assert_eq!(queues[1]["queue_SinceMidNight"]["WaitingCalls"], 23);
}

#[tokio::test]
async fn only_the_administrator_is_authorized() {
    let bench = Bench::plain().await;
    for (method, path) in [
        (Method::GET, SKILL_GROUPS),
        (Method::GET, "/unifiedconfig/config/agent"),
        (Method::POST, "/axl/"),
        (Method::GET, "/ccx/queues"),
    ] {
        let nobody = bench.neighbour(method.clone(), path);
        let agent = bench.neighbour(method.clone(), path).basic_auth("1001", Some("demo"));
        let mistaken = bench.neighbour(method, path).basic_auth("administrator", Some("no"));
        for request in [nobody, agent, mistaken] {
            assert_eq!(send(request).await.0, 401, "{path}");
        }
    }
}

#[tokio::test]
async fn a_recording_is_paused_and_resumed_after_login() {
    let bench = Bench::plain().await;
    bench.login("1001").await;
    let dialog = bench.customer("1001").await;
    let log_in = |password: &str| {
        let body = json!({"user": "recorder", "password": password});
        bench.neighbour(Method::POST, "/recorder/login").json(&body)
    };
    assert_eq!(send(log_in("no")).await.0, 401);
    let (status, body) = send(log_in("demo")).await;
    assert_eq!(status, 200);
    let answer: Value = serde_json::from_str(&body).unwrap();
    let token = answer["data"]["token"].as_str().unwrap();
    let act = async |token: &str, dialog: &str, action: &str| {
        let path = format!("/recorder/calls/{dialog}/{action}");
        send(bench.neighbour(Method::POST, &path).bearer_auth(token)).await.0
    };
    let paused = async || bench.control("GET", "/calls", None).await.1[0]["recordingPaused"].clone();
    assert_eq!(act(token, &dialog, "pause").await, 204);
    assert_eq!(paused().await, true);
    assert_eq!(act("stolen", &dialog, "resume").await, 401);
    assert_eq!(act(token, "4711", "pause").await, 404);
    assert_eq!(act(token, &dialog, "rewind").await, 404);
    assert_eq!(paused().await, true);
    assert_eq!(act(token, &dialog, "resume").await, 204);
    assert_eq!(paused().await, false);
    bench.control("POST", "/reset", None).await;
    assert_eq!(act(token, &dialog, "pause").await, 401, "a reset ends the login");
}

#[tokio::test]
async fn they_have_the_same_certificate_as_finesse() {
    let bench = Bench::with(|config| config.host = "localhost".to_owned()).await;
    assert!(bench.sim.neighbours_url().starts_with("https://localhost:"));
    assert_eq!(send(as_administrator(&bench, Method::GET, "/ccx/queues")).await.0, 200);
}
