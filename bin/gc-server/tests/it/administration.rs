//! What administrators see of clusters, agents and errors, and how they change the log.

use gc_events::Dialect;
use gc_protocol::contract::openapi;
use reqwest::Method;
use serde_json::{Value, json};

use crate::audit::entries;
use crate::failover::cluster;
use crate::judge::{faults, judge_at};
use crate::support::admin::{ask, get};
use crate::support::client::Client;
use crate::support::process::Process;
use crate::support::receiver::{OK, Receiver, Then};
use crate::support::stage::{Stage, connector, gc_toml, simulator};
use crate::support::tenants::{entry, token};
use crate::support::until;

async fn two_nodes() -> Stage {
    let sim = cluster(finesse_sim::Platform::Ucce).await;
    let server = connector(&gc_toml(&sim, &[])).await;
    Stage::of(sim, server)
}

#[tokio::test]
async fn clusters_show_each_nodes_health_its_reason_and_its_transport() {
    let stage = two_nodes().await;
    let client = stage.client();
    let mut events = client.watched("desk").await;
    client.signs_in("1001", "desk", &mut events).await;
    let nodes = async || get(&client, "/clusters").await["clusters"][0].clone();
    until("both nodes", async || nodes().await["nodes"][1]["inService"] == true).await;
    let mut shown = nodes().await;
    for node in shown["nodes"].as_array_mut().unwrap() {
        assert!(node["ageSeconds"].take().is_u64(), "{node}");
        node["node"] = json!(node["node"].as_str().unwrap().rsplit_once(':').unwrap().0);
    }
    let node = |name: &str, current: bool, transport: Value| json!({ "node": name, "inService": true, "inMaintenance": false, "reason": null, "ageSeconds": null, "current": current, "transport": transport });
    let both = [node("localhost", true, json!("websocket")), node("127.0.0.1", false, Value::Null)];
    assert_eq!(shown, json!({ "cluster": "default", "inService": true, "agents": 1, "nodes": both }));

    stage.control().system_of("a", "OUT_OF_SERVICE").await;
    until("the other node", async || nodes().await["nodes"][1]["current"] == true).await;
    let shown = nodes().await;
    let (reason, in_service) = (&shown["nodes"][0]["reason"], &shown["nodes"][0]["inService"]);
    assert_eq!((reason, in_service), (&json!("it says OUT_OF_SERVICE"), &json!(false)), "{shown}");
    stage.end().await;
}

#[tokio::test]
async fn agents_are_shown_with_stream_calls_and_commands_and_listed_by_page_and_filter() {
    let stage = Stage::start().await;
    let client = stage.client();
    for (agent, destination) in [("1001", "desk"), ("1002", "desk"), ("1003", "other")] {
        let mut events = client.watched(destination).await;
        client.signs_in(agent, destination, &mut events).await;
    }
    client.accepted("MakeReady#1001", "").await;
    stage.control().until_state("1001", "READY").await;
    let call = stage.control().call("5550100", "1001").await;
    until("the call", async || get(&client, "/agents/1001").await["calls"] != json!([])).await;
    // Finesse does not answer, so that the command is open.
    let late = json!({ "when": { "method": "PUT" }, "times": 1, "then": { "do": "delay", "ms": 60_000 } });
    stage.control().fault(late).await;
    let command = client.accepted("AnswerCall#1001", &call).await;
    let mut shown = get(&client, "/agents/1001").await;
    for age in ["/stream/ageSeconds", "/openCommands/0/ageSeconds"] {
        assert!(shown.pointer_mut(age).unwrap().take().is_u64(), "{shown}");
    }
    let node = shown["stream"]["node"].take();
    assert!(node.as_str().unwrap().contains(':'), "{node}");
    let stream = json!({ "open": true, "ageSeconds": null, "transport": "websocket", "node": null });
    let commands =
        json!([{ "commandId": command, "command": "AnswerCall", "client": "desk", "ageSeconds": null }]);
    let calls = json!([{ "dialogId": call, "state": "ALERTING", "callType": shown["calls"][0]["callType"] }]);
    let expected = json!({
        "agent": "1001", "cluster": "default", "client": "desk", "state": shown["state"], "extension": "2001",
        "stream": stream, "openCommands": commands, "calls": calls,
    });
    assert_eq!(shown, expected);

    let list = async |query: &str| {
        let page = get(&client, &format!("/agents?{query}")).await;
        let agents: Vec<_> =
            page["agents"].as_array().unwrap().iter().map(|each| each["agent"].clone()).collect();
        (json!(agents), page["next"].clone())
    };
    for (query, agents, next) in [
        ("", json!(["1001", "1002", "1003"]), Value::Null),
        ("limit=2", json!(["1001", "1002"]), json!("default/1002")),
        ("limit=2&after=default/1002", json!(["1003"]), Value::Null),
        ("limit=3", json!(["1001", "1002", "1003"]), Value::Null),
        ("client=desk", json!(["1001", "1002"]), Value::Null),
        ("state=NOT_READY&limit=1", json!(["1002"]), json!("default/1002")),
        ("stream=absent", json!([]), Value::Null),
        ("stream=open&cluster=default&client=other", json!(["1003"]), Value::Null),
        ("cluster=west", json!([]), Value::Null),
    ] {
        assert_eq!(list(query).await, (agents, next), "{query}");
    }
    for query in ["limit=0", "limit=1001", "stream=broken", "page=2"] {
        ask(&client, Method::GET, &format!("/agents?{query}")).await.is_error(400, "GENERAL_ERROR");
    }
    ask(&client, Method::GET, "/agents/1099").await.is_error(404, "GENERAL_ERROR");
    ask(&client, Method::GET, "/agents/1001?at=x").await.is_error(400, "GENERAL_ERROR");
    stage.end().await;
}

#[tokio::test]
async fn errors_are_counted_by_code_with_the_last_texts() {
    let stage = Stage::start().await;
    let client = stage.client();
    let mut events = client.watched("desk").await;
    client.signs_in("1001", "desk", &mut events).await;
    assert_eq!(get(&client, "/errors").await, json!({ "errors": [] }));
    let mut texts = Vec::new();
    for _ in 0..2 {
        let command = client.accepted("AnswerCall#1001", "7").await;
        let error = events.of_type("Error").await.data;
        assert_eq!(error["errorType"], "NO_DIALOG_ID");
        let text = error["errorMessage"].clone();
        texts.insert(0, json!({ "text": text, "client": "desk", "agent": "1001", "commandId": command }));
    }
    let mut shown = get(&client, "/errors").await;
    for error in shown["errors"][0]["last"].as_array_mut().unwrap() {
        let at = error.as_object_mut().unwrap().remove("at").unwrap();
        assert!(at.as_str().unwrap().ends_with('Z'), "{at}");
    }
    assert_eq!(shown, json!({ "errors": [{ "code": "NO_DIALOG_ID", "count": 2, "last": texts }] }));
    stage.end().await;
}

#[tokio::test]
async fn whatever_administrators_read_is_as_the_contract_says() {
    let stage = Stage::start().await;
    let client = stage.client();
    let rejected = "HTTP/1.1 422 Unprocessable Content\r\ncontent-length: 0\r\n\r\n";
    let receiver = Receiver::scripted([(); 3].map(|()| Then::Answer(rejected)), OK).await;
    client.hello_with_callback("desk", &receiver.url).await;
    let mut events = client.watched("desk").await;
    client.signs_in("1001", "desk", &mut events).await;
    client.accepted("AnswerCall#1001", "7").await;
    events.of_type("Error").await;
    let letters = "/clients/desk/dead-letters";
    until("a dead letter", async || get(&client, letters).await != json!([])).await;
    let letter = get(&client, letters).await[0]["id"].as_str().unwrap().to_owned();

    let document = openapi(Dialect::Gc4412);
    let mut read = 0;
    for (path, methods) in
        document["paths"].as_object().unwrap().iter().filter(|(path, _)| path.starts_with("/admin/"))
    {
        let answer = &methods["get"]["responses"]["200"]["content"]["application/json"];
        if answer.is_null() {
            continue;
        }
        let id = if path.contains("agents") { "1001" } else { &letter };
        let address = path.trim_start_matches("/admin").replace("{client}", "desk").replace("{id}", id);
        let shown = ask(&client, Method::GET, &address).await;
        if shown.status == 200 {
            let place = format!(
                "#/paths/{}/get/responses/200/content/application~1json/schema",
                path.replace('/', "~1")
            );
            let faults = faults(&judge_at(document.clone(), &place), &shown.json);
            assert!(faults.is_empty(), "{path}: {faults:#?}");
        } else {
            assert_eq!((path.as_str(), shown.status), ("/admin/log", 409), "tests log by themselves");
        }
        read += 1;
    }
    assert_eq!(read, 12);
    let status = get(&client, "/status").await;
    let reason = json!({ "text": "1 client (desk) has dead letters.", "see": "/admin/clients" });
    assert_eq!((&status["well"], &status["reasons"]), (&json!(false), &json!([reason])));
    stage.end().await;
}

#[tokio::test]
async fn an_agent_whose_stream_was_taken_is_a_reason_until_it_is_back() {
    let stage = Stage::start().await;
    let client = stage.client();
    let mut events = client.watched("desk").await;
    client.signs_in("1001", "desk", &mut events).await;
    assert_eq!(get(&client, "/status").await["well"], true);
    stage.control().take_stream("1001").await;
    events.of_type("Error").await;
    let text = "1 agent (1001) is not back since another program took its notification stream.";
    let reasons = json!([{ "text": text, "see": "/admin/errors" }]);
    assert_eq!(get(&client, "/status").await["reasons"], reasons);
    client.signs_in("1001", "desk", &mut events).await;
    assert_eq!(get(&client, "/status").await["well"], true);
    stage.end().await;
}

#[tokio::test]
async fn administrators_can_have_a_listener_of_their_own_and_the_other_one_knows_nothing_of_them() {
    let clients = format!("[{}, {}]", entry("acme", 1, "agent"), entry("root", 4, "admin"));
    let settings = [("client", clients.as_str()), ("http.admin_listen", "'127.0.0.1:0'")];
    let stage = Stage::with(&settings).await;
    let root = Client::of(stage.server.admin_address().unwrap()).bearing(&token(4));
    assert_eq!(get(&root, "/clusters").await["clusters"].as_array().unwrap().len(), 1);
    assert_eq!(root.get("/admin/").await.status(), 200);
    for path in ["/health/live", "/health/ready", "/openapi.json"] {
        assert_eq!(root.get(path).await.status(), 200, "{path}");
    }
    for path in ["/gc/events/acme", "/metrics", "/"] {
        assert_eq!(root.get(path).await.status(), 404, "{path}");
    }
    let acme = Client::of(stage.server.admin_address().unwrap()).bearing(&token(1));
    ask(&acme, Method::GET, "/clusters").await.is_error(403, "GENERAL_ERROR");

    // Like any address that is not there, with or without a token.
    for client in [stage.client(), stage.client().bearing(&token(4))] {
        for path in ["/admin", "/admin/", "/admin/clusters", "/admin/log", "/nothing"] {
            let answer = client.ask(client.http.get(format!("{}{path}", client.url))).await;
            answer.is_error(404, "GENERAL_ERROR");
            assert!(!answer.json["errorMessage"].as_str().unwrap().contains("admin"), "{answer:?}");
        }
    }
    stage.client().bearing(&token(1)).hello("acme").await;
    stage.end().await;
}

#[tokio::test]
async fn an_agent_is_not_moved_where_no_other_node_serves() {
    let stage = Stage::start().await;
    let client = stage.client();
    let mut events = client.watched("desk").await;
    client.signs_in("1001", "desk", &mut events).await;
    let refused = ask(&client, Method::POST, "/agents/1001/move").await;
    refused.is_error(409, "GENERAL_ERROR");
    assert!(refused.json["errorMessage"].as_str().unwrap().contains("one node only"), "{refused:?}");
    stage.end().await;

    let stage = two_nodes().await;
    let client = stage.client();
    let mut events = client.watched("desk").await;
    client.signs_in("1001", "desk", &mut events).await;
    stage.control().system_of("b", "OUT_OF_SERVICE").await;
    let out = async || get(&client, "/clusters").await["clusters"][0]["nodes"][1]["inService"] == false;
    until("the other node to go", out).await;
    let unknown = ask(&client, Method::POST, "/agents/1001/move?node=fc.example:8445").await;
    unknown.is_error(409, "GENERAL_ERROR");
    assert!(
        unknown.json["errorMessage"].as_str().unwrap().contains("no node fc.example:8445"),
        "{unknown:?}"
    );
    let refused = ask(&client, Method::POST, "/agents/1001/move").await;
    refused.is_error(409, "GENERAL_ERROR");
    let text = refused.json["errorMessage"].as_str().unwrap();
    assert!(text.contains("not in service: it says OUT_OF_SERVICE"), "{text}");
    assert_eq!(stage.control().cut("1001", "a").await, 1, "its stream is where it was");
    stage.end().await;
}

#[tokio::test]
async fn what_is_logged_is_changed_at_run_time_also_for_one_agent_until_a_reload() {
    let sim = simulator(true).await;
    let toml = gc_toml(&sim, &[]);
    let process = Process::serve(&toml, "info").await;
    let client = process.client();
    for agent in ["1001", "1002"] {
        let mut events = client.watched(agent).await;
        client.signs_in(agent, agent, &mut events).await;
    }
    let put = async |body: &str| {
        let request =
            client.http.put(format!("{}/admin/log", client.url)).header("content-type", "application/json");
        client.ask(request.body(body.to_owned())).await
    };
    let configured = json!({ "filter": "info", "agents": {}, "configured": "info", "changedBy": null, "notConnected": [] });
    assert_eq!(get(&client, "/log").await, configured);
    for (body, says) in [
        (r#"{"filter":"loud"}"#, r#"In the filter, "loud" is no level: write off"#),
        (r#"{"filter":"[agent]=debug"}"#, r#"In the filter, "[agent]" is no name of a part"#),
        (r#"{"filter":"audit=off,info"}"#, "The filter cannot name audit, which stays on"),
        (r#"{"agents":{"1001":"loud"}}"#, "Send {"),
        (r#"{"level":"debug"}"#, "Send {"),
        ("debug", "Send {"),
        ("[]", "Send {"),
        (r#"["off",{"1001":"trace"}]"#, "Send {"),
    ] {
        let answer = put(body).await;
        answer.is_error(400, "GENERAL_ERROR");
        assert!(answer.json["errorMessage"].as_str().unwrap().contains(says), "{body}: {answer:?}");
    }
    assert_eq!(get(&client, "/log").await, configured, "nothing has changed");

    let closer = json!({ "filter": "info", "agents": { "1001": "debug", "4711": "debug" }, "configured": "info", "changedBy": "anyone", "notConnected": ["4711"] });
    let answer = put(r#"{"agents":{"1001":"debug","4711":"debug"}}"#).await;
    assert_eq!((answer.status, &answer.json), (200, &closer), "{answer:?}");
    assert_eq!(get(&client, "/log").await, closer);
    let not_ready = async |agent: &str| {
        client.accepted(&format!("MakeReady#{agent}"), "").await;
        until("READY", async || get(&client, &format!("/agents/{agent}")).await["state"] == "READY").await;
    };
    not_ready("1002").await;
    not_ready("1001").await;
    let debug_of = |logs: &str, agent: &str| {
        let of = format!(r#""id":"{agent}""#);
        logs.lines().filter(|line| line.contains(r#""level":"DEBUG""#) && line.contains(&of)).count()
    };
    until("debug of 1001", async || process.has_logged(r#""level":"DEBUG""#)).await;
    process.reload(&toml, "\"reloaded\"").await;
    until("the configured filter", async || get(&client, "/log").await == configured).await;
    process.terminate().await;
    let (_, logs) = process.ended().await;
    assert_eq!((debug_of(&logs, "1002"), debug_of(&logs, "1001") > 0), (0, true), "{logs}");
    let debug: Vec<_> = logs.lines().filter(|line| line.contains(r#""level":"DEBUG""#)).collect();
    let is_ours =
        |line: &&str| [r#""target":"gc_"#, r#""target":"finesse_"#].iter().any(|ours| line.contains(ours));
    assert!(debug.iter().all(is_ours), "{logs}");
    assert!(debug.iter().any(|line| line.contains("command accepted")), "{logs}");
    let changes = entries(&logs).into_iter().filter(|(entry, _)| entry["action"] == "PUT /admin/log");
    let outcomes: Vec<_> = changes.map(|(entry, _)| entry["outcome"].clone()).collect();
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == "accepted").count(), 1, "{outcomes:?}");
    assert_eq!(outcomes.len(), 9);
    sim.shutdown().await;
}
