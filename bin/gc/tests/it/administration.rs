//! `gc agents`, `gc clients`, `gc dead-letters`, `gc health`.

use crate::support::Stage;

/// Nobody listens there: the port was somebody's until now.
fn nowhere() -> String {
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    format!("http://{address}/")
}

#[tokio::test]
async fn clients_are_listed_with_what_waits_for_them() {
    let stage = Stage::start().await;
    stage.signs_in().await;
    let table = stage.does(&["clients"]).await;
    let [head, desk] = table.lines().collect::<Vec<_>>()[..] else { panic!("{table}") };
    assert!(head.starts_with("CLIENT  AGENTS  UNDELIVERED"), "{table}");
    assert_eq!(desk.split_whitespace().take(3).collect::<Vec<_>>(), ["desk", "1", "0"]);
    let ran = stage.gc(&["clients", "--json"]).run().await;
    assert_eq!((ran.json()[0]["destination"].as_str(), ran.json().len()), (Some("desk"), 1));
    stage.end().await;
}

#[tokio::test]
async fn agents_are_listed_with_their_streams_and_calls() {
    let stage = Stage::start().await;
    assert_eq!(stage.does(&["agents"]).await, "");
    stage.signs_in().await;
    let table = stage.does(&["agents"]).await;
    let [head, agent] = table.lines().collect::<Vec<_>>()[..] else { panic!("{table}") };
    assert!(head.starts_with("AGENT  CLUSTER  CLIENT"), "{table}");
    let cells: Vec<_> = agent.split_whitespace().collect();
    assert_eq!(cells, ["1001", "default", "desk", "NOT_READY", "2001", "websocket", "0", "0"]);
    let ran = stage.gc(&["agents", "--client", "desk", "--json"]).run().await;
    assert_eq!((ran.json()[0]["agent"].as_str(), ran.json().len()), (Some("1001"), 1));
    assert_eq!(stage.does(&["agents", "--client", "other"]).await, "");
    stage.end().await;
}

#[tokio::test]
async fn where_there_is_nothing_a_terminal_is_informed() {
    let stage = Stage::start().await;
    for (list, says) in [
        ("agents", "gc: no agent is connected"),
        ("clients", "gc: there is no client"),
        ("dead-letters", "gc: there is no dead letter"),
    ] {
        assert_eq!(stage.does(&[list]).await, "");
        let Some(said) = stage.at_terminal(list).await else { break };
        assert_eq!(said.trim_end(), says);
    }
    stage.end().await;
}

#[tokio::test]
async fn dead_letters_are_listed_shown_replayed_and_deleted() {
    let stage = Stage::with(
        "callback.max_age = '50ms'\ncallback.max_retry_after = '0s'\ncallback.gone_pause = '50ms'\n",
    )
    .await;
    let hello = ["send", "Hello", "desk", "--no-wait", "--callback", &nowhere()];
    stage.does(&hello).await;
    let mut by_client = String::new();
    while by_client.is_empty() {
        by_client = stage.does(&["dead-letters"]).await;
    }
    let row: Vec<_> = by_client.lines().nth(1).unwrap().split_whitespace().take(2).collect();
    assert_eq!(row, ["desk", "1"], "{by_client}");
    let ran = stage.gc(&["dead-letters", "desk", "--json"]).run().await;
    let id = ran.json()[0]["id"].as_str().unwrap().to_owned();
    let list = stage.does(&["dead-letters", "desk"]).await;
    assert!(list.contains(&id) && list.contains("  expired  "), "{list}");
    let ran = stage.gc(&["dead-letters", "desk", "--id", &id]).run().await;
    assert_eq!(ran.json()[0]["event"]["status"], "IN_SERVICE");
    // It expires again.
    assert_eq!(
        stage.does(&["dead-letters", "desk", "--id", &id, "--replay"]).await,
        "1 to be delivered again\n"
    );
    while stage.does(&["dead-letters", "desk"]).await.is_empty() {}
    assert_eq!(stage.does(&["dead-letters", "desk", "--purge"]).await, "1 deleted\n");
    assert_eq!(stage.does(&["dead-letters", "desk"]).await, "");
    stage.gc(&["dead-letters", "nobody"]).run().await.failed(1, "There is no client \"nobody\".");
    stage.end().await;
}

#[tokio::test]
async fn a_listener_of_its_own_for_administrators_is_named_by_option_variable_or_profile() {
    let stage = Stage::with("http.admin_listen = '127.0.0.1:0'\n").await;
    stage.does(&["send", "Hello", "desk", "--no-wait"]).await;
    let admin = stage.admin_url();
    for command in [&["clients"][..], &["agents"], &["dead-letters"], &["dead-letters", "desk", "--purge"]] {
        let says = format!("gc: there is no /admin at {}/: a connector with http.admin_listen", stage.url());
        stage.gc(command).run().await.failed(69, &says);
        stage.gc(command).variable("GC_ADMIN_URL", &admin).run().await.succeeded();
        stage.does(&[command, &["--admin-url", &admin]].concat()).await;
    }
    let nobody = stage.gc(&["dead-letters", "nobody"]).variable("GC_ADMIN_URL", &admin).run().await;
    nobody.failed(1, "There is no client \"nobody\".");
    let profile = format!("[profile.site]\nurl = '{}'\nadmin_url = '{admin}'\n", stage.url());
    stage.profiles(&profile, 0o600);
    let clients = stage.alone(&["clients", "--profile", "site"]).run().await.succeeded();
    assert!(clients.contains("desk"), "{clients}");
    stage.alone(&["health", "--profile", "site"]).run().await.succeeded();
    stage.end().await;
}

#[tokio::test]
async fn health_says_alive_and_ready_and_a_finesse_that_is_away_is_exit_code_75() {
    let stage = Stage::start().await;
    assert_eq!(stage.does(&["health"]).await, format!("{}/ is alive\nready\n", stage.url()));
    stage.sim_goes_away().await;
    let mut ran = stage.gc(&["health"]).run().await;
    while ran.code == Some(0) {
        ran = stage.gc(&["health"]).run().await;
    }
    ran.failed(75, "gc: not ready: Finesse is not in service in cluster default");
    stage.end().await;
}
