//! What the log says without being asked.

use serde_json::Value;

use crate::support::process::Process;
use crate::support::stage::simulator;
use crate::support::until;

#[tokio::test]
async fn a_node_that_is_out_is_logged_once_with_its_reason_whatever_the_filter() {
    let sim = simulator(true).await;
    let url = sim.first_node().rest_url();
    let untrusted = url.trim_end_matches("/finesse/api");
    let gc_toml = format!(
        "http.listen = '127.0.0.1:0'\nfinesse.health_interval = '100ms'\n\
         finesse.nodes = [{{ url = '{untrusted}' }}, {{ url = 'https://127.0.0.1:1' }}]\n"
    );
    let process = Process::listening(&gc_toml, "gc_server=info,off").await;
    let client = process.client();
    let checks = async || {
        let scrape = client.get("/metrics").await.text().await.unwrap();
        let failed = "gc_finesse_request_seconds_count{cluster=\"default\",operation=\"system_info\",outcome=\"unreachable\"} ";
        let count = scrape.lines().find_map(|line| line.strip_prefix(failed)?.parse::<u64>().ok());
        count.unwrap_or_default()
    };
    // Three attempts make one check of a node.
    until("three checks of both nodes", async || checks().await >= 18).await;
    process.terminate().await;
    let (_, logs) = process.ended().await;
    sim.shutdown().await;
    let lines = logs.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let lines: Vec<_> =
        lines.filter(|line| line["fields"]["message"] == "a Finesse node is out of service").collect();
    let about = |node: &str| {
        let of_node: Vec<_> = lines.iter().filter(|line| line["fields"]["node"] == node).collect();
        assert_eq!(of_node.len(), 1, "{node}: {lines:#?}");
        assert_eq!(of_node[0]["level"], "WARN");
        of_node[0]["fields"]["reason"].as_str().unwrap().to_owned()
    };
    let certificate = about(untrusted.trim_start_matches("https://"));
    assert!(certificate.contains("certificate"), "{certificate}");
    let away = about("127.0.0.1:1");
    assert!(away.contains("cannot be reached") && !away.contains("certificate"), "{away}");
}
