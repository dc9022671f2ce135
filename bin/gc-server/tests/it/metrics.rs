//! What a scrape shows, and to whom.

use std::collections::BTreeSet;

use crate::support::client::Client;
use crate::support::receiver::{OK, Receiver, Then};
use crate::support::stage::Stage;
use crate::support::tenants::{entry, token};
use crate::support::until;

const REJECTED: Then = Then::Answer("HTTP/1.1 422 Unprocessable Content\r\ncontent-length: 0\r\n\r\n");

/// acme, a tenant; root, who administers everything; watch, who may read everything.
async fn stage() -> (Stage, Client, Client, Client) {
    let hash = token(3).hash();
    let watch =
        format!("{{ name = 'watch', token_hashes = ['{hash}'], destinations = ['*'], rights = ['read'] }}");
    let clients = format!("[{}, {}, {watch}]", entry("acme", 1, "supervisor"), entry("root", 2, "admin"));
    let settings = [("client", clients.as_str()), ("http.health_listen", "'127.0.0.1:0'")];
    let stage = Stage::with(&settings).await;
    let [acme, root, watch] = [1, 2, 3].map(|number| stage.client().bearing(&token(number)));
    (stage, acme, root, watch)
}

async fn scrape(who: &Client) -> String {
    let answer = who.get("/metrics").await;
    assert_eq!(answer.status(), 200);
    let content_type = answer.headers()["content-type"].to_str().unwrap().to_owned();
    assert!(content_type.starts_with("application/openmetrics-text; version=1.0.0"), "{content_type}");
    answer.text().await.unwrap()
}

/// The value of the series that begins like this: a name, or a name with its labels.
fn value(scrape: &str, series: &str) -> Option<f64> {
    let line =
        scrape.lines().find(|line| line.strip_prefix(series).is_some_and(|rest| rest.starts_with(' ')))?;
    line.rsplit(' ').next()?.parse().ok()
}

#[tokio::test]
async fn a_scrape_shows_what_happened_and_names_nobody() {
    let (stage, acme, root, watch) = stage().await;
    let mut events = acme.watched("acme-live").await;
    acme.signs_in("1001", "acme-live", &mut events).await;
    acme.accepted("AnswerCall#1001", "16777999").await;
    events.of_type("Error").await;
    assert_eq!(acme.send("MakeReady#4711", "").await.status, 409);
    let receiver = Receiver::scripted([OK, REJECTED, REJECTED, REJECTED], Then::Silence).await;
    acme.hello_with_callback("acme-callback", &receiver.url).await;
    acme.accepted("Beat#acme-callback", "").await;
    acme.accepted("Beat#acme-callback", "").await;
    until("a dead letter and an event that waits", async || {
        let scrape = scrape(&root).await;
        value(&scrape, "gc_dead_letters_total{reason=\"refused\"}") == Some(1.0)
            && value(&scrape, "gc_outbox_undelivered{cluster=\"default\"}") == Some(1.0)
    })
    .await;

    let scrape = scrape(&watch).await;
    assert!(scrape.ends_with("# EOF\n"), "{scrape}");
    for (series, expected) in [
        ("gc_agents{cluster=\"default\",state=\"NOT_READY\"}", 1.0),
        ("gc_sessions{cluster=\"default\"}", 1.0),
        ("gc_streams{cluster=\"default\",transport=\"websocket\"}", 1.0),
        ("gc_open_commands{cluster=\"default\"}", 0.0),
        ("gc_commands_total{cluster=\"default\",command=\"Connect\",outcome=\"done\"}", 1.0),
        ("gc_commands_total{cluster=\"default\",command=\"AnswerCall\",outcome=\"failed\"}", 1.0),
        ("gc_commands_total{cluster=\"default\",command=\"Beat\",outcome=\"done\"}", 2.0),
        ("gc_command_seconds_count{cluster=\"default\",command=\"Login\"}", 1.0),
        ("gc_events_total{cluster=\"default\",type=\"ConnectStatus\"}", 1.0),
        ("gc_deliveries_total{result=\"delivered\"}", 1.0),
        ("gc_deliveries_total{result=\"failed\"}", 2.0),
        ("gc_deliveries_total{result=\"refused\"}", 1.0),
        ("gc_delivery_seconds_count", 4.0),
        ("gc_event_end_to_end_seconds_count", 1.0),
        ("gc_dead_letters_kept", 1.0),
        ("gc_refusals_total{reason=\"unknown_agent\"}", 1.0),
        ("gc_breaker_open", 0.0),
        ("gc_store_working", 1.0),
    ] {
        assert_eq!(value(&scrape, series), Some(expected), "{series}\n{scrape}");
    }
    let login = "gc_finesse_request_seconds_count{cluster=\"default\",operation=\"login\",outcome=\"ok\"}";
    assert_eq!(value(&scrape, login), Some(1.0), "{scrape}");
    assert!(value(&scrape, "gc_store_commit_seconds_count").unwrap() > 3.0, "{scrape}");
    assert!(value(&scrape, "gc_outbox_oldest_seconds{cluster=\"default\"}").is_some(), "{scrape}");
    let url = stage.sim.first_node().rest_url();
    let host_and_port = url.trim_start_matches("https://").trim_end_matches("/finesse/api");
    let node = format!("gc_finesse_service{{cluster=\"default\",node=\"{host_and_port}\"}}");
    assert_eq!(value(&scrape, &node), Some(1.0), "{scrape}");
    // Without the figures and the node's port, in which any digits may stand by chance.
    let series = scrape.lines().map(|line| line.rsplit_once(' ').map_or(line, |(series, _)| series));
    let series = series.collect::<Vec<_>>().join("\n").replace(host_and_port, "");
    assert!(series.contains("gc_command_seconds_sum{cluster=\"default\",command=\"Login\"}"), "{series}");
    for private in ["1001", "4711", "16777999", "acme", "root", "watch", "://"] {
        assert!(!series.contains(private), "{private}\n{series}");
    }
    stage.end().await;
}

#[tokio::test]
async fn figures_of_all_clients_are_for_callers_of_the_whole_connector() {
    let (stage, acme, _root, watch) = stage().await;
    let answer = acme.ask(acme.http.get(format!("{}/metrics", acme.url))).await;
    answer.is_error(403, "GENERAL_ERROR");
    let nobody = stage.client();
    nobody.ask(nobody.http.get(format!("{}/metrics", nobody.url))).await.is_error(401, "GENERAL_ERROR");
    // The listener for health checks asks for the same.
    let health = format!("http://{}", stage.server.health_address().unwrap());
    let at = |who: &Client| Client { http: who.http.clone(), url: health.clone() };
    assert_eq!(at(&nobody).get("/health/live").await.status(), 200);
    for (who, status) in [(&nobody, 401), (&acme, 403), (&watch, 200)] {
        assert_eq!(at(who).get("/metrics").await.status(), status);
    }
    let refusals = scrape(&at(&watch)).await;
    assert_eq!(value(&refusals, "gc_refusals_total{reason=\"right_missing\"}"), Some(2.0), "{refusals}");
    stage.end().await;
}

#[tokio::test]
async fn an_ended_session_is_counted_no_more_and_a_node_that_is_out_is_shown() {
    let (stage, acme, root, _watch) = stage().await;
    let mut events = acme.watched("acme-live").await;
    acme.signs_in("1001", "acme-live", &mut events).await;
    acme.accepted("Logout#1001", "").await;
    until("the sign-out", async || {
        let scrape = scrape(&root).await;
        value(&scrape, "gc_agents{cluster=\"default\",state=\"LOGOUT\"}") == Some(1.0)
            && value(&scrape, "gc_agents{cluster=\"default\",state=\"NOT_READY\"}") == Some(0.0)
    })
    .await;
    stage.sim.shutdown().await;
    until("the node is out of service, and its stream is counted as ended", async || {
        let scrape = scrape(&root).await;
        let node = scrape.lines().find(|line| line.starts_with("gc_finesse_service{")).unwrap_or_default();
        let lost = "gc_streams{cluster=\"default\",transport=\"websocket\"}";
        node.ends_with(" 0")
            && value(&scrape, lost) == Some(0.0)
            && scrape.contains("gc_stream_closed_total{cluster=\"default\",reason=")
    })
    .await;
    stage.server.stop().await;
}

/// The metrics that a document names in the first column of a table.
fn documented() -> BTreeSet<String> {
    let document = include_str!("../../../../docs/metrics.md");
    let names = document.lines().filter_map(|line| line.strip_prefix("| `gc_")?.split(['`', '{']).next());
    names.map(|name| format!("gc_{name}")).collect()
}

/// The names that rules and panels use: those of series, without the endings that belong to the type.
fn exposed(scrape: &str) -> BTreeSet<String> {
    let types = scrape.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
    let name = |(name, kind): (&str, &str)| match kind {
        "counter" => format!("{name}_total"),
        "info" => format!("{name}_info"),
        _ => name.to_owned(),
    };
    types.map(name).collect()
}

#[tokio::test]
async fn every_metric_is_explained_and_nothing_else_is() {
    let (stage, _acme, root, _watch) = stage().await;
    // Those of a group are there with a group (`group.rs`).
    let mut alone = documented();
    alone.retain(|name| !name.starts_with("gc_group_"));
    assert_eq!(exposed(&scrape(&root).await), alone);
    stage.end().await;
}

/// The metrics that an expression somewhere in this text uses.
fn used(text: &str) -> BTreeSet<&str> {
    let is_name = |character: char| character.is_ascii_alphanumeric() || character == '_';
    text.split(|character| !is_name(character)).filter(|word| word.starts_with("gc_")).collect()
}

#[tokio::test]
async fn dashboard_and_alerts_use_only_metrics_that_there_are() {
    let (stage, _acme, root, _watch) = stage().await;
    let mut there = exposed(&scrape(&root).await);
    there.extend(documented().into_iter().filter(|name| name.starts_with("gc_group_")));
    let is_there = |name: &str| {
        let of_histogram = ["_bucket", "_count", "_sum"].into_iter().filter_map(|end| name.strip_suffix(end));
        there.contains(name) || of_histogram.into_iter().any(|name| there.contains(name))
    };
    for (file, text) in [
        ("dashboard.json", include_str!("../../../../docs/monitoring/dashboard.json")),
        ("alerts.yml", include_str!("../../../../docs/monitoring/alerts.yml")),
        ("alerts_test.yml", include_str!("../../../../docs/monitoring/alerts_test.yml")),
    ] {
        let unknown: Vec<_> = used(text).into_iter().filter(|name| !is_there(name)).collect();
        assert!(unknown.is_empty(), "{file} uses {unknown:?}");
    }
    let dashboard: serde_json::Value =
        serde_json::from_str(include_str!("../../../../docs/monitoring/dashboard.json")).unwrap();
    assert_eq!(dashboard["title"], "Generic Connector");
    stage.end().await;
}

#[test]
fn operations_says_of_every_alert_and_of_no_other_what_to_do() {
    let rules = include_str!("../../../../docs/monitoring/alerts.yml");
    let rules: BTreeSet<_> =
        rules.lines().filter_map(|line| line.trim_start().strip_prefix("- alert: ")).collect();
    let operations = include_str!("../../../../docs/operations.md");
    let rows = operations.lines().filter_map(|line| line.strip_prefix("| `Gc")?.split('`').next());
    let explained: Vec<_> = rows.map(|name| format!("Gc{name}")).collect();
    assert_eq!(explained.iter().map(String::as_str).collect::<BTreeSet<_>>(), rules);
    assert!(rules.len() > 15 && explained.len() == rules.len(), "{explained:?}");
}

#[test]
fn promtool_accepts_the_rules_and_they_fire_when_they_should() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/monitoring");
    for arguments in [["check", "rules", "alerts.yml"], ["test", "rules", "alerts_test.yml"]] {
        let output = std::process::Command::new("promtool").args(arguments).current_dir(directory).output();
        match output {
            Ok(output) => assert!(output.status.success(), "{arguments:?}: {output:?}"),
            Err(error) if std::env::var_os("INTEROP_REQUIRED").is_none() => {
                println!("skipped: promtool cannot be started: {error}");
                return;
            }
            Err(error) => panic!("promtool: {error}"),
        }
    }
}
